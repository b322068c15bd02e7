"""Weekly letters of what is due, as rows."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.errors import ChangedMeanwhile
from gateway.ports.due_mails import DueMailRow, DueMailState, DueMailStore
from gateway.store.rows import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_FIELDS = "version, state, at, dossiers, overdue, addresses, refused, code"
_LIST = (
    f"SELECT kind, target, {_FIELDS} FROM due_mail WHERE week = ? ORDER BY kind, target"  # noqa: S608
)
_ADD = (
    f"INSERT INTO due_mail ({_FIELDS}, week, kind, target)"  # noqa: S608
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_CHANGE = (
    "UPDATE due_mail SET version = ?, state = ?, at = ?, dossiers = ?, overdue = ?,"
    " addresses = ?, refused = ?, code = ?"
    " WHERE week = ? AND kind = ? AND target = ? AND version = ?"
)


class DueMails(DueMailStore):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T], of: str | None = None) -> Awaitable[T]:
        """What a unit gives, once durable; ``of``: the dossier whose row it locks."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def due_mails(self, week: date) -> Sequence[DueMailRow]:
        """All of a week."""
        return await self._list(due_mails, week)

    async def keep_due_mail(self, row: DueMailRow) -> None:
        """Keep the next version of one."""
        await self._write(lambda tx: keep_due_mail(tx.db, row))


def due_mails(db: Database, week: date) -> list[DueMailRow]:
    """All of a week, by whom they are meant for."""
    rows = db.execute(_LIST, (week.isoformat(),)).fetchall()
    return [_row_of(week, row) for row in rows]


def keep_due_mail(db: Database, row: DueMailRow) -> None:
    """Keep the next version.

    Raises:
        ChangedMeanwhile: it is not the next one.
    """
    values = (
        *(row.version, row.state.value, stamp(row.at), row.dossiers, row.overdue),
        *(row.addresses, row.refused, row.code),
        *(row.week.isoformat(), row.kind, row.target),
    )
    if row.version == 1:
        db.execute(_ADD, values)
    else:
        db.execute(_CHANGE, (*values, row.version - 1))
    if not db.changes():
        raise ChangedMeanwhile("due_mail")


def _row_of(week: date, row: Row) -> DueMailRow:
    kind, target, version, state, at, dossiers, overdue, addresses, refused, code = row
    return DueMailRow(
        *(week, kind, target, version, DueMailState(state), moment(at)),
        *(dossiers, overdue, addresses, refused, code),
    )
