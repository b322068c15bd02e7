"""What staff ask for and another person approves, as rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.correction import Correction, CorrectionKind, CorrectionState
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import DossierId, PayloadId, PrincipalId
from gateway.ports.corrections import Corrections
from gateway.ports.store import Change
from gateway.store import stand_ins
from gateway.store.apply import apply_change
from gateway.store.rows import moment, moment_or_none, scope_of, stamp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.correction import StandIn
    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Scope
    from gateway.ports.vault import SealedPayload
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_COLUMNS = (
    "c.id, c.dossier_id, c.revision, c.by, c.at, c.payload, c.state, c.decided_by,"
    " c.decided_at, c.kind, c.leg"
)
_ADD = (
    "INSERT INTO correction (id, dossier_id, revision, by, at, payload, state,"
    " decided_by, kind, leg) VALUES (?, ?, ?, ?, ?, ?, 'open', '', ?, ?)"
    " ON CONFLICT DO NOTHING"
)


class CorrectionRows(Corrections):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T], of: str | None = None) -> Awaitable[T]:
        """What a unit gives, once durable; ``of``: the dossier whose row it locks."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def add_correction(
        self,
        row: Correction,
        sealed: SealedPayload,
        line: JournalLine,
        *,
        stands_in: bool = False,
    ) -> None:
        """Keep one with its line."""
        change = Change(
            now=row.at, dossier_id=row.dossier_id, payloads=(sealed,), journal=(line,)
        )
        await self._write(
            lambda tx: add(tx, row, change, stands_in=stands_in), row.dossier_id
        )

    async def correction(self, identifier: str, scope: Scope) -> Correction | None:
        """One, within scope."""
        return await self._list(one, identifier, scope)

    async def corrections(
        self,
        scope: Scope,
        *,
        after: str | None,
        limit: int,
        kind: CorrectionKind | None = None,
    ) -> Sequence[Correction]:
        """Those that wait."""
        return await self._list(waiting, scope, after, limit, kind)

    async def stand_ins(
        self, corrections: Sequence[str] | None = None
    ) -> Sequence[StandIn]:
        """Those that are not over, or those of these."""
        if corrections is None:
            return await self._list(stand_ins.waiting)
        return await self._list(stand_ins.of_corrections, tuple(corrections))

    async def told_stand_in(
        self, correction: str, at: datetime, effect_at: datetime
    ) -> bool:
        """Its time runs."""
        return await self._write(
            lambda tx: stand_ins.told(tx, correction, at, effect_at)
        )

    async def end_stand_in(self, correction: str, at: datetime) -> None:
        """It waits as any other."""
        await self._write(lambda tx: stand_ins.end(tx.db, correction, at))

    async def by_nobody(self, since: datetime, until: datetime) -> int:
        """How many."""
        return await self._list(stand_ins.by_nobody, since, until)

    async def corrections_of(self, dossier_id: DossierId) -> Sequence[Correction]:
        """All of a dossier."""
        return await self._list(of_dossier, dossier_id)


def add(tx: Tx, row: Correction, change: Change, *, stands_in: bool) -> None:
    """Keep one.

    Raises:
        ChangedMeanwhile: another one of the dossier waits already.
    """
    apply_change(tx, change, "")
    tx.db.execute(
        _ADD,
        (
            *(row.id, row.dossier_id, row.revision, row.by),
            *(stamp(row.at), row.payload, row.kind.value, row.leg),
        ),
    )
    if not tx.db.changes():
        raise ChangedMeanwhile
    if stands_in:
        stand_ins.begin(tx.db, row)


def one(db: Database, identifier: str, scope: Scope) -> Correction | None:
    """One, within scope."""
    condition, values = scope_of(scope)
    row = db.execute(
        f"SELECT {_COLUMNS} FROM correction AS c"  # noqa: S608  constants
        f" JOIN dossier AS d ON d.id = c.dossier_id WHERE c.id = ? AND {condition}",
        (identifier, *values),
    ).fetchone()
    return _of(row) if row else None


def waiting(
    db: Database,
    scope: Scope,
    after: str | None,
    limit: int,
    kind: CorrectionKind | None,
) -> list[Correction]:
    """Those that wait, by their identifiers, which is their order in time."""
    condition, values = scope_of(scope)
    if kind is not None:
        condition, values = f"c.kind = ? AND {condition}", (kind.value, *values)
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM correction AS c"  # noqa: S608  constants
        " JOIN dossier AS d ON d.id = c.dossier_id"
        f" WHERE c.state = 'open' AND c.id > ? AND {condition} ORDER BY c.id LIMIT ?",
        (after or "", *values, limit),
    ).fetchall()
    return [_of(row) for row in rows]


def of_dossier(db: Database, dossier_id: DossierId) -> list[Correction]:
    """All of a dossier."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM correction AS c WHERE c.dossier_id = ? ORDER BY c.id",  # noqa: S608
        (dossier_id,),
    ).fetchall()
    return [_of(row) for row in rows]


def _of(row: Row) -> Correction:
    return Correction(
        id=row[0],
        dossier_id=DossierId(row[1]),
        revision=row[2],
        by=PrincipalId(row[3]),
        at=moment(row[4]),
        payload=PayloadId(row[5]),
        state=CorrectionState(row[6]),
        decided_by=row[7],
        decided_at=moment_or_none(row[8]),
        kind=CorrectionKind(row[9]),
        leg=row[10],
    )
