"""What people did and read, found in the journal; who may see a dossier's people."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.audit import BY_ITSELF, GROUPS, Act, Found
from gateway.domain.identifiers import DossierId
from gateway.ports.audit import Audit
from gateway.ports.store import Change
from gateway.store.apply import apply_change
from gateway.store.rows import LINE, line_of, marks, moment, scope_of, stamp
from gateway.store.verify_day import verify_day

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import date

    from gateway.domain.audit import Asked, Verified
    from gateway.domain.identifiers import PrincipalId
    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Scope
    from gateway.ports.vault import SealedPayload
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
#: Lines that one look visits at most, when those wanted lie among others.
WALK = 1_000
_LAST = 2**62
# The words of the migration: by other words neither database would know its index.
ACTS = f"kind NOT IN ({', '.join(repr(kind) for kind in BY_ITSELF)})"
LISTED = (
    f"SELECT {LINE}, id, coalesce(chain, ''), position, about, coalesce(office, '')"  # noqa: S608
    " FROM journal WHERE {within} AND at >= ? AND at < ? AND (at, id) < (?, ?)"
    " ORDER BY at DESC, id DESC LIMIT ?"
)
_UNMASK = (
    "INSERT INTO unmasking (who, dossier_id, until) VALUES (?, ?, ?)"
    " ON CONFLICT (who, dossier_id) DO UPDATE SET until = excluded.until"
)
_OVER = "DELETE FROM unmasking WHERE who = ? AND until <= ?"
_HOLDING = "SELECT dossier_id, until FROM unmasking WHERE who = ? AND until > ?"


class AuditRows(Audit):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T], of: str | None = None) -> Awaitable[T]:
        """What a unit gives, once durable; ``of``: the dossier whose row it locks."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds by the index, whatever the statistics say."""

    async def acts(
        self, scope: Scope, asked: Asked, *, after: str | None, limit: int
    ) -> Found:
        """A page, newest first."""
        return await self._look(acts, scope, asked, after, limit)

    async def verify_day(self, day: date, after: int | None) -> Verified:
        """A part of a day."""
        return await self._look(verify_day, day, after)

    async def unmask(
        self,
        who: PrincipalId,
        dossier_id: DossierId,
        until: datetime,
        sealed: SealedPayload,
        line: JournalLine,
    ) -> None:
        """Keep it with its reason, in the dossier's own chain."""
        change = Change(
            now=line.at, dossier_id=dossier_id, payloads=(sealed,), journal=(line,)
        )
        await self._write(
            lambda tx: _unmask(tx, who, until, change),
            dossier_id,
        )

    async def unmasked(
        self, who: PrincipalId, now: datetime
    ) -> Mapping[DossierId, datetime]:
        """Those that hold."""
        return await self._list(unmasked, who, now)


def _unmask(tx: Tx, who: str, until: datetime, change: Change) -> None:
    apply_change(tx, change, "")
    # What is over is gone, so that a person has as many rows as are of use.
    tx.db.execute(_OVER, (who, stamp(change.now)))
    tx.db.execute(_UNMASK, (who, change.dossier_id, stamp(until)))


def unmasked(db: Database, who: str, now: datetime) -> dict[DossierId, datetime]:
    """Dossiers and moments."""
    rows = db.execute(_HOLDING, (who, stamp(now))).fetchall()
    return {DossierId(row[0]): moment(row[1]) for row in rows}


def acts(
    db: Database, scope: Scope, asked: Asked, after: str | None, limit: int
) -> Found:
    """A page of acts: by the index that narrows most, then line by line."""
    start = _start(after)
    if start is None:
        return Found((), None)
    sources = _sources(asked)
    exact = scope.everything and _is_exact(asked)
    walk = limit + 1 if exact else WALK
    rows: list[Row] = []
    for within, values in sources:
        rows += db.execute(
            LISTED.format(within=within),
            (*values, stamp(asked.since), stamp(asked.until), *start, walk),
        ).fetchall()
    rows.sort(key=lambda row: (row[1], row[6]), reverse=True)
    visited = [_act(row) for row in rows[:walk]]
    seen = _within(db, scope, visited)
    kinds = GROUPS.get(asked.group)
    fitting = [one for one in visited if seen(one) and _fits(one, asked, kinds)]
    if len(fitting) > limit:
        return Found(tuple(fitting[:limit]), fitting[limit - 1].cursor)
    more = len(rows) >= walk and not exact
    return Found(tuple(fitting), visited[-1].cursor if more and visited else None)


def _start(after: str | None) -> tuple[int, int] | None:
    """The place that a cursor names; None: it names none."""
    if after is None:
        return _LAST, _LAST
    at, _, identifier = after.partition("~")
    try:
        place = stamp(datetime.fromisoformat(at)), int(identifier)
    except (TypeError, ValueError, OverflowError):
        return None
    return place if 0 <= place[1] <= _LAST else None


def _sources(asked: Asked) -> list[tuple[str, Sequence[str]]]:
    """Conditions with an index each, of which the wanted lines are in the union."""
    if asked.dossier:
        return [("about = ?", (asked.dossier,))]
    if asked.office:
        return [("office = ?", (asked.office,))]
    if asked.actor:
        return [(f"actor = ? AND {ACTS}", (asked.actor,))]
    if asked.group:
        kinds = GROUPS.get(asked.group, ())
        return [(f"kind = ? AND {ACTS}", (kind,)) for kind in kinds]
    return [(ACTS, ())]


def _is_exact(asked: Asked) -> bool:
    """Whether every line that the index gives is wanted."""
    given = (asked.dossier, asked.office, asked.actor, asked.group)
    return sum(map(bool, given)) <= 1


def _fits(one: Act, asked: Asked, kinds: Sequence[str] | None) -> bool:
    return (
        asked.actor in {"", one.line.actor}
        and asked.office in {"", one.office}
        and asked.dossier in {None, one.about}
        and (not asked.group or (kinds is not None and one.line.kind in kinds))
    )


def _act(row: Row) -> Act:
    return Act(
        id=row[6],
        chain=row[7],
        position=row[8],
        about=None if row[9] is None else DossierId(row[9]),
        office=row[10],
        line=line_of(row),
    )


def _within(db: Database, scope: Scope, found: Sequence[Act]) -> Callable[[Act], bool]:
    """Which of these a scope shows."""
    if scope.everything:
        return lambda _: True
    wanted = list({one.about for one in found if one.about})
    known: set[str] = set()
    condition, values = scope_of(scope)
    for at in range(0, len(wanted), 100):
        some = wanted[at : at + 100]
        rows = db.execute(
            f"SELECT d.id FROM dossier AS d WHERE d.id IN ({marks(len(some))})"  # noqa: S608
            f" AND {condition}",
            (*some, *values),
        ).fetchall()
        known |= {row[0] for row in rows}

    def shown(one: Act) -> bool:
        if one.about:
            return one.about in known
        return bool(one.office) and one.office in scope.offices

    return shown
