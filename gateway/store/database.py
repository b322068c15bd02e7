"""What the store's statements need of a connection, with rows as plain tuples."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from gateway.store.dialect import Dialect

#: A row as the driver gives it.
Row = tuple[Any, ...]


class Cursor(Protocol):
    """Rows of one statement; read to the end at once, so that no snapshot stays open."""

    @abstractmethod
    def fetchall(self) -> list[Row]:
        """All rows."""

    @abstractmethod
    def fetchone(self) -> Row | None:
        """The first row."""

    @property
    @abstractmethod
    def get(self) -> Any:
        """The one value of the one row; None when there is no row."""


class Database(Protocol):
    """A connection of whatever driver."""

    @property
    @abstractmethod
    def dialect(self) -> Dialect:
        """Which text of a statement it understands."""

    @abstractmethod
    def execute(self, statements: str, bindings: Sequence[Any] = ..., /) -> Cursor:
        """Run one statement (or a script without values)."""

    @abstractmethod
    def changes(self) -> int:
        """How many rows the last statement changed."""

    @abstractmethod
    def unless_changed(self, count: int, otherwise: Callable[[], None]) -> None:
        """Call ``otherwise`` if the last statement changed another number of rows.

        It may be called later, but not after the unit was kept; what it raises fails
        the unit.
        """


@dataclass(slots=True)
class Tx:
    """What a unit works with; ``woke`` when it set a moment that loops must know."""

    db: Database
    woke: bool = False


def insert(
    db: Database, table: str, columns: str, rows: Sequence[Row], otherwise: str = ""
) -> None:
    """Insert rows by one statement; ``otherwise`` is its ON CONFLICT clause.

    A statement costs more than a row: each gives the interpreter away and waits
    to get it back.
    """
    if rows:
        statement = _insertion(table, columns, len(rows), len(rows[0]), otherwise)
        db.execute(statement, [value for row in rows for value in row])


@lru_cache(maxsize=256)
def _insertion(table: str, columns: str, rows: int, values: int, otherwise: str) -> str:
    row = f"({', '.join('?' * values)})"
    return (
        f"INSERT INTO {table} ({columns}) VALUES"  # noqa: S608  constants of this package
        f" {', '.join([row] * rows)} {otherwise}"
    )
