"""Lists of what stands still, and notes on its causes, over whatever reads and writes."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import PayloadId
from gateway.ports.stuck import NoteRow, StuckStore
from gateway.ports.vault import SealedPayload
from gateway.store import stuck
from gateway.store.chains import append
from gateway.store.rows import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Scope
    from gateway.domain.stuck import Cause
    from gateway.ports.stuck import Bounds, Holder, StuckCount, StuckRow
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_COLUMNS = "cause, version, at, by, payload, kind, ciphertext, salt, digest"
_LAST = (
    f"SELECT {_COLUMNS} FROM cause_note AS n WHERE NOT EXISTS (SELECT 1"  # noqa: S608
    " FROM cause_note AS m WHERE m.cause = n.cause AND m.version > n.version)"
    " ORDER BY cause"
)
_OF_CAUSE = f"SELECT {_COLUMNS} FROM cause_note WHERE cause = ? ORDER BY version"  # noqa: S608
_KNOWN = "SELECT 1 FROM cause_note WHERE cause = ? AND version = ?"
_ADD = (
    f"INSERT INTO cause_note ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
    " ON CONFLICT (cause, version) DO NOTHING"
)


class StuckRows(StuckStore):
    """The port; counts however the server finds best, pages by their index."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds by the index, whatever the statistics say."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def stuck(self, scope: Scope, bounds: Bounds) -> Sequence[StuckCount]:
        """Every cause."""
        return await self._look(stuck.stuck, scope, bounds)

    async def stuck_by(
        self,
        cause: Cause,
        scope: Scope,
        bounds: Bounds,
        *,
        after: str | None,
        limit: int,
    ) -> Sequence[StuckRow]:
        """What stands still by one."""
        return await self._look(stuck.stuck_by, cause, scope, bounds, after, limit)

    async def holders(self) -> Sequence[Holder]:
        """Offices on which something waits."""
        return await self._list(stuck.holders)

    async def cause_notes(self) -> Sequence[NoteRow]:
        """The last note of each cause."""
        return await self._list(cause_notes)

    async def cause_history(self, cause: str) -> Sequence[NoteRow]:
        """Every note on one."""
        return await self._list(cause_history, cause)

    async def note_cause(self, row: NoteRow, journal: JournalLine) -> None:
        """Keep the next one."""
        chain = self._chain(journal.at)
        await self._unit(lambda tx: note_cause(tx, row, journal, chain), chain)


def cause_notes(db: Database) -> list[NoteRow]:
    """The last note of each cause."""
    return [_note_of(row) for row in db.execute(_LAST).fetchall()]


def cause_history(db: Database, cause: str) -> list[NoteRow]:
    """Every note on a cause, oldest first."""
    return [_note_of(row) for row in db.execute(_OF_CAUSE, (cause,)).fetchall()]


def note_cause(tx: Tx, row: NoteRow, journal: JournalLine, chain: str) -> None:
    """Keep the next note, with its line in the journal.

    Raises:
        ChangedMeanwhile: that version is there already, or the one before is not.
    """
    sealed = row.sealed
    content = (sealed.id, sealed.kind, sealed.ciphertext, sealed.salt, sealed.digest)
    before = (row.cause, row.version - 1)
    if row.version > 1 and tx.db.execute(_KNOWN, before).fetchone() is None:
        raise ChangedMeanwhile
    tx.db.execute(_ADD, (row.cause, row.version, stamp(row.at), row.by, *content))
    if not tx.db.changes():
        raise ChangedMeanwhile
    append(tx.db, chain, [journal])


def _note_of(row: Row) -> NoteRow:
    cause, version, at, by, payload, kind, *sealed = row
    return NoteRow(
        cause=cause,
        version=version,
        at=moment(at),
        by=by,
        sealed=SealedPayload(PayloadId(payload), None, kind, *map(bytes, sealed)),
    )
