"""Files that were refused and are shut away, as rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.identifiers import DossierId
from gateway.ports.scanning import Quarantine, Quarantined
from gateway.ports.store import Change
from gateway.store.apply import apply_change
from gateway.store.chains import append
from gateway.store.rows import ATTACHMENT, attachment_row, moment, stamp, stored_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.ports.attachments import StoredAttachment
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_COLUMNS = (
    f"{ATTACHMENT}, blind, sealed_digest, code, signature, door, by, dossier_id,"
    " at, last_at, times"
)
# What is there already is counted, whichever node it came to.
_ADD = (
    f"INSERT INTO quarantine ({_COLUMNS})"  # noqa: S608  constants
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)"
    " ON CONFLICT (by, blind) DO UPDATE SET times = quarantine.times + 1,"
    " last_at = excluded.last_at, signature = excluded.signature"
    " RETURNING id"
)
_LISTED = (
    f"SELECT {_COLUMNS} FROM quarantine WHERE last_at < ?"  # noqa: S608
    " ORDER BY last_at DESC, id LIMIT ?"
)
_ONE = f"SELECT {_COLUMNS} FROM quarantine WHERE id = ?"  # noqa: S608
_END = f"DELETE FROM quarantine WHERE id = ? RETURNING {ATTACHMENT}"  # noqa: S608
_OLD = "SELECT id FROM quarantine WHERE last_at < ? ORDER BY last_at LIMIT ?"
_LAST = 2**62


class QuarantineRows(Quarantine):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T], of: str | None = None) -> Awaitable[T]:
        """What a unit gives, once durable; ``of``: the dossier whose row it locks."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def confine(self, row: Quarantined, line: JournalLine) -> bool:
        """Keep one with its line, or count it."""
        dossier, chain = row.dossier_id, self._chain(line.at)
        if dossier is None:
            return await self._unit(lambda tx: _confine(tx, row, line, chain), chain)
        return await self._write(lambda tx: _confine(tx, row, line, chain), dossier)

    async def quarantined(
        self, *, before: datetime | None, limit: int
    ) -> Sequence[Quarantined]:
        """Newest first."""
        at = _LAST if before is None else stamp(before)
        return await self._list(_listed, at, limit)

    async def one_quarantined(self, identifier: str) -> Quarantined | None:
        """One."""
        return await self._list(_one, identifier)

    async def end_quarantined(
        self, identifier: str, line: JournalLine
    ) -> StoredAttachment | None:
        """Forget one with its line."""
        chain = self._chain(line.at)
        return await self._unit(lambda tx: _end(tx, identifier, line, chain), chain)

    async def old_quarantined(self, before: datetime, *, limit: int) -> Sequence[str]:
        """Oldest first."""
        return await self._list(_old, stamp(before), limit)


def _confine(tx: Tx, row: Quarantined, line: JournalLine, chain: str) -> bool:
    if _added(tx.db, _values(row)) != row.stored.id:
        return False
    if row.dossier_id is None:
        append(tx.db, chain, [line])
    else:
        about = Change(now=line.at, dossier_id=row.dossier_id, journal=(line,))
        apply_change(tx, about, chain)
    return True


def _added(db: Database, values: Row) -> str:
    """Identifier of the row that stands."""
    ((identifier,),) = db.execute(_ADD, values).fetchall()
    return str(identifier)


def _end(
    tx: Tx, identifier: str, line: JournalLine, chain: str
) -> StoredAttachment | None:
    row = tx.db.execute(_END, (identifier,)).fetchone()
    if row is None:
        return None
    append(tx.db, chain, [line])
    return stored_of(row)


def _listed(db: Database, at: int, limit: int) -> list[Quarantined]:
    return [_row(row) for row in db.execute(_LISTED, (at, limit)).fetchall()]


def _one(db: Database, identifier: str) -> Quarantined | None:
    row = db.execute(_ONE, (identifier,)).fetchone()
    return None if row is None else _row(row)


def _old(db: Database, at: int, limit: int) -> list[str]:
    return [str(row[0]) for row in db.execute(_OLD, (at, limit)).fetchall()]


def _values(row: Quarantined) -> Row:
    return (
        *attachment_row(row.stored),
        row.blind,
        row.sealed_digest,
        row.code,
        row.signature,
        row.door,
        row.by,
        row.dossier_id,
        stamp(row.at),
        stamp(row.last_at),
    )


def _row(row: Row) -> Quarantined:
    return Quarantined(
        stored=stored_of(row[:4]),
        blind=bytes(row[4]),
        sealed_digest=bytes(row[5]),
        code=row[6],
        signature=row[7],
        door=row[8],
        by=row[9],
        dossier_id=None if row[10] is None else DossierId(row[10]),
        at=moment(row[11]),
        last_at=moment(row[12]),
        times=row[13],
    )
