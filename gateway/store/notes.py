"""What staff write on dossiers and what they put off, as rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import DossierId, PayloadId
from gateway.domain.note import NoteKind, NoteRow
from gateway.ports.notes import CausePostponed, Notes
from gateway.ports.store import Change
from gateway.ports.vault import SealedPayload
from gateway.store.apply import apply_change
from gateway.store.chains import append
from gateway.store.overview import COUNTED
from gateway.store.put_off import put_off
from gateway.store.rows import (
    marks,
    moment,
    moment_or_none,
    scope_of,
    stamp,
    stamp_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Scope
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_COLUMNS = "id, dossier_id, kind, at, by, payload, until, version, ended_at, ended_by"
_ADD = (
    f"INSERT INTO note ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, '')"  # noqa: S608
    " ON CONFLICT DO NOTHING"
)
_END = (
    "UPDATE note SET ended_at = ?, ended_by = ?"
    " WHERE id = ? AND dossier_id = ? AND ended_at IS NULL"
)
_CAUSE = "cause, version, at, by, until, payload, kind, ciphertext, salt, digest"
_LAST = (
    f"SELECT {_CAUSE} FROM cause_postponed AS n WHERE NOT EXISTS (SELECT 1"  # noqa: S608
    " FROM cause_postponed AS m WHERE m.cause = n.cause AND m.version > n.version)"
    " ORDER BY cause"
)
_KNOWN = "SELECT 1 FROM cause_postponed WHERE cause = ? AND version = ?"
_NEXT = (
    f"INSERT INTO cause_postponed ({_CAUSE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
    " ON CONFLICT (cause, version) DO NOTHING"
)


class NoteRows(Notes):
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

    async def add_note(
        self,
        row: NoteRow,
        sealed: SealedPayload,
        line: JournalLine,
        *,
        instead: str | None = None,
    ) -> None:
        """Keep one with its line."""
        change = Change(
            now=row.at,
            dossier_id=row.dossier_id,
            expects=row.version,
            payloads=(sealed,),
            journal=(line,),
        )
        await self._write(lambda tx: add(tx, row, change, instead), row.dossier_id)

    async def end_note(
        self, dossier_id: DossierId, identifier: str, line: JournalLine
    ) -> None:
        """End one with its line."""
        change = Change(now=line.at, dossier_id=dossier_id, journal=(line,))
        await self._write(lambda tx: end(tx, identifier, change), dossier_id)

    async def notes(self, dossiers: Sequence[DossierId]) -> Sequence[NoteRow]:
        """All of these dossiers."""
        return await self._list(of_dossiers, tuple(dossiers)) if dossiers else ()

    async def postponed(self, scope: Scope, now: datetime) -> Mapping[str, int]:
        """How many of each count."""
        return await self._list(counted, scope, now)

    async def causes_postponed(self) -> Sequence[CausePostponed]:
        """The last version of each."""
        return await self._list(causes)

    async def postpone_cause(self, row: CausePostponed, line: JournalLine) -> None:
        """Keep the next one."""
        chain = self._chain(line.at)
        await self._unit(lambda tx: postpone(tx, row, line, chain), chain)


def add(tx: Tx, row: NoteRow, change: Change, instead: str | None) -> None:
    """Keep one, and end the one that it follows.

    Raises:
        ChangedMeanwhile: that one has ended, another stands, or the case has gone on.
    """
    apply_change(tx, change, "")
    if instead is not None:
        _end(tx, instead, row.dossier_id, row.at, row.by)
    tx.db.execute(
        _ADD,
        (
            *(row.id, row.dossier_id, row.kind.value, stamp(row.at), row.by),
            *(row.payload, stamp_or_none(row.until), row.version),
        ),
    )
    if not tx.db.changes():
        raise ChangedMeanwhile


def end(tx: Tx, identifier: str, change: Change) -> None:
    """End one.

    Raises:
        ChangedMeanwhile: it is none of the dossier's, or has ended.
    """
    apply_change(tx, change, "")
    (line,) = change.journal
    dossier_id = change.dossier_id or DossierId("")
    _end(tx, identifier, dossier_id, line.at, line.actor)


def _end(tx: Tx, identifier: str, dossier: DossierId, at: datetime, by: str) -> None:
    tx.db.execute(_END, (stamp(at), by, identifier, dossier))
    if not tx.db.changes():
        raise ChangedMeanwhile


def of_dossiers(db: Database, dossiers: tuple[DossierId, ...]) -> list[NoteRow]:
    """All of these, oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM note WHERE dossier_id IN ({marks(len(dossiers))})"  # noqa: S608
        " ORDER BY at, id",
        dossiers,
    ).fetchall()
    return [_note_of(row) for row in rows]


def counted(db: Database, scope: Scope, now: datetime) -> dict[str, int]:
    """Of each count what is put off: found from what is put off, which is little."""
    condition, values = scope_of(scope)
    found: dict[str, int] = {}
    for name, (source, since) in COUNTED.items():
        found[name] = db.execute(
            f"SELECT count(*) FROM {source} AND {condition} AND {put_off(since)}",  # noqa: S608
            (*values, stamp(now)),
        ).get
    return found


def causes(db: Database) -> list[CausePostponed]:
    """The last version of each."""
    return [_cause_of(row) for row in db.execute(_LAST).fetchall()]


def postpone(tx: Tx, row: CausePostponed, line: JournalLine, chain: str) -> None:
    """Keep the next version, with its line.

    Raises:
        ChangedMeanwhile: that version is there already, or the one before is not.
    """
    before = (row.cause, row.version - 1)
    if row.version > 1 and tx.db.execute(_KNOWN, before).fetchone() is None:
        raise ChangedMeanwhile
    one = row.sealed
    tx.db.execute(
        _NEXT,
        (
            *(row.cause, row.version, stamp(row.at), row.by, stamp_or_none(row.until)),
            *(one.id, one.kind, one.ciphertext, one.salt, one.digest),
        ),
    )
    if not tx.db.changes():
        raise ChangedMeanwhile
    append(tx.db, chain, [line])


def _note_of(row: Row) -> NoteRow:
    return NoteRow(
        id=row[0],
        dossier_id=DossierId(row[1]),
        kind=NoteKind(row[2]),
        at=moment(row[3]),
        by=row[4],
        payload=PayloadId(row[5]),
        until=moment_or_none(row[6]),
        version=row[7],
        ended_at=moment_or_none(row[8]),
        ended_by=row[9],
    )


def _cause_of(row: Row) -> CausePostponed:
    cause, version, at, by, until, payload, kind, *sealed = row
    return CausePostponed(
        cause=cause,
        version=version,
        at=moment(at),
        by=by,
        until=moment_or_none(until),
        sealed=SealedPayload(PayloadId(payload), None, kind, *map(bytes, sealed)),
    )
