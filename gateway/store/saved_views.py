"""Lists that people named, as rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.errors import KeyTaken
from gateway.domain.identifiers import PayloadId
from gateway.ports.saved_views import SavedView, SavedViews
from gateway.ports.vault import SealedPayload
from gateway.store.chains import append
from gateway.store.rows import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_COLUMNS = (
    "id, by, at, page, query, name, shared, payload, kind, ciphertext, salt, digest"
)
_ADD = (
    f"INSERT INTO saved_view ({_COLUMNS})"  # noqa: S608  constants
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_OF = f"SELECT {_COLUMNS} FROM saved_view WHERE page = ? AND"  # noqa: S608  constants


class SavedViewRows(SavedViews):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def add_view(self, row: SavedView, line: JournalLine, *, most: int) -> bool:
        """Keep one."""
        chain = self._chain(line.at)
        return await self._unit(lambda tx: add(tx, row, line, chain, most), chain)

    async def views(self, by: str, page: str) -> Sequence[SavedView]:
        """Own and shared ones."""
        return await self._list(views, by, page)

    async def drop_view(self, identifier: str, by: str, line: JournalLine) -> bool:
        """Forget one."""
        chain = self._chain(line.at)
        return await self._unit(lambda tx: drop(tx, identifier, by, line, chain), chain)


def add(tx: Tx, row: SavedView, line: JournalLine, chain: str, most: int) -> bool:
    """Keep one, with its line; False: that would be too many.

    Raises:
        KeyTaken: there is one of that name.
    """
    count = "SELECT count(*) FROM saved_view WHERE by = ?"
    if tx.db.execute(count, (row.by,)).get >= most:
        return False
    one = row.sealed
    tx.db.execute(
        _ADD,
        (
            *(row.id, row.by, stamp(row.at), row.page, row.query, row.blind),
            *(int(row.shared), one.id, one.kind, one.ciphertext, one.salt, one.digest),
        ),
    )
    if not tx.db.changes():
        raise KeyTaken("saved_view")
    append(tx.db, chain, [line])
    return True


def views(db: Database, by: str, page: str) -> list[SavedView]:
    """Those of somebody, then shared ones of others."""
    own = db.execute(f"{_OF} by = ? ORDER BY at, id", (page, by)).fetchall()
    others = db.execute(
        f"{_OF} shared = 1 AND by <> ? ORDER BY at, id", (page, by)
    ).fetchall()
    return [_view_of(row) for row in (*own, *others)]


def drop(tx: Tx, identifier: str, by: str, line: JournalLine, chain: str) -> bool:
    """Forget one of somebody's own, with a line."""
    tx.db.execute("DELETE FROM saved_view WHERE id = ? AND by = ?", (identifier, by))
    if not tx.db.changes():
        return False
    append(tx.db, chain, [line])
    return True


def _view_of(row: Row) -> SavedView:
    identifier, by, at, page, query, name, shared, payload, kind, *sealed = row
    return SavedView(
        id=identifier,
        by=by,
        at=moment(at),
        page=page,
        query=query,
        blind=bytes(name),
        shared=bool(shared),
        sealed=SealedPayload(PayloadId(payload), None, kind, *map(bytes, sealed)),
    )
