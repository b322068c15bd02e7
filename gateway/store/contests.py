"""Who answers for latenesses, objections and the links of mails, read as rows."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.lateness import ChargeState, Party, Standing, party_of
from gateway.domain.measure import Whose
from gateway.ports.contests import ChargeCount, ContestStore, LatenessLink
from gateway.store.contest_rows import CHARGE, OBJECTION, charge_of, objection_of
from gateway.store.database import insert
from gateway.store.rows import BESIDE, as_list, from_json, moment, scope_of, stamp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.domain.lateness import ObjectionState
    from gateway.domain.principal import Scope
    from gateway.ports.contests import Asked, ChargeRow, Day, ObjectionRow
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
# As ``Charge.standing`` says it, of a day and of the day since when offices are told.
_STANDING = (
    f"CASE WHEN d.state = '{ChargeState.UNTOLD}' AND d.ended_at >= ?"
    f" THEN '{Standing.UNTOLD}'"
    f" WHEN d.state = '{ChargeState.OBJECTED}' THEN '{Standing.UNDER_REVIEW}'"
    f" WHEN d.state = '{ChargeState.TOLD}' AND d.until_on >= ?"
    f" THEN '{Standing.MAY_OBJECT}' ELSE '{Standing.SETTLED}' END"
)
_MOVED = f"(d.whose <> '{Whose.AGENCY}' OR d.office <> d.cause)"
_COUNTS = (
    "SELECT d.month, d.cause, d.clock, d.whose, d.office,"  # noqa: S608  constants
    f" {_STANDING} AS standing, count(*), CAST(sum(d.minutes) AS bigint)"
    " FROM charge AS d WHERE d.month >= ? AND d.month <= ? AND {scope}"
    " GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6"
)
_SHOWN = f"SELECT {CHARGE}, {_STANDING} AS standing FROM charge AS d"  # noqa: S608
_UNTOLD = f"d.state = '{ChargeState.UNTOLD}' AND d.ended_at >= ?"


class ContestRows(ContestStore):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _unit_of(self, dossier: str, work: Callable[[Tx], T]) -> Awaitable[T]:
        """Do ``work`` as one unit, where waiting for a dossier's rows is allowed."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def charge_counts(
        self, first_month: str, last_month: str, scope: Scope, day: Day
    ) -> Sequence[ChargeCount]:
        """Latenesses of dossiers that ended in these months."""
        return await self._list(charge_counts, first_month, last_month, scope, day)

    async def charges(
        self,
        asked: Asked,
        scope: Scope,
        day: Day,
        *,
        after: DossierId | None = None,
        limit: int,
    ) -> Sequence[ChargeRow]:
        """A page of them."""
        return await self._list(charges, asked, scope, day, after, limit)

    async def charge(self, dossier_id: DossierId, day: Day) -> ChargeRow | None:
        """That of one dossier."""
        return await self._list(charge, dossier_id, day)

    async def untold(
        self, office: OfficeId, since: datetime | None, limit: int
    ) -> Sequence[DossierId]:
        """Dossiers of which an office is to be told."""
        return await self._list(untold, office, _since(since), limit)

    async def untold_offices(
        self, since: datetime | None
    ) -> Sequence[tuple[OfficeId, int]]:
        """Offices that are to be told."""
        return await self._list(untold_offices, _since(since))

    async def objections(
        self,
        scope: Scope,
        *,
        state: ObjectionState,
        office: str | None = None,
        after: str | None = None,
        limit: int,
    ) -> Sequence[ObjectionRow]:
        """A page, the oldest first."""
        return await self._list(objections, scope, state, office, after, limit)

    async def add_lateness_link(self, link: LatenessLink) -> None:
        """Keep a link."""
        await self._unit_of("", lambda tx: add_link(tx.db, link))

    async def lateness_link(self, token: bytes, now: datetime) -> LatenessLink | None:
        """What a link opens."""
        return await self._list(link_of, token, stamp(now))


def _since(since: datetime | None) -> int:
    return 0 if since is None else stamp(since)


def _of_day(day: Day) -> Row:
    return _since(day.since), day.today.isoformat()


def charge_counts(
    db: Database, first: str, last: str, scope: Scope, day: Day
) -> list[ChargeCount]:
    """Latenesses by month, cause, who answers, and how they stand."""
    condition, values = scope_of(scope, BESIDE)
    rows = db.execute(
        _COUNTS.replace("{scope}", condition), (*_of_day(day), first, last, *values)
    ).fetchall()
    return [
        ChargeCount(
            month=month,
            cause=OfficeId(cause),
            clock=clock,
            party=Party(Whose(whose), OfficeId(office) if office else None),
            standing=Standing(standing),
            dossiers=dossiers,
            minutes=minutes,
        )
        for month, cause, clock, whose, office, standing, dossiers, minutes in rows
    ]


def charges(
    db: Database,
    asked: Asked,
    scope: Scope,
    day: Day,
    after: DossierId | None,
    limit: int,
) -> list[ChargeRow]:
    """A page of them, by dossier."""
    condition, values = scope_of(scope, BESIDE)
    wanted: dict[str, str | None] = {
        "month": asked.month,
        "cause": asked.cause,
        "clock": asked.clock,
    }
    if asked.party is not None:
        party = party_of(asked.party)
        wanted |= {"whose": party.whose.value, "office": party.office or ""}
    given = {column: value for column, value in wanted.items() if value is not None}
    conditions = [*(f"d.{column} = ?" for column in given), "d.dossier_id > ?"]
    values = (*given.values(), after or "", *values)
    conditions.append(condition)
    if asked.moved is not None:
        conditions.append(_MOVED if asked.moved else f"NOT {_MOVED}")
    if asked.standing is not None:
        conditions.append(f"{_STANDING} = ?")
        values = (*values, *_of_day(day), asked.standing.value)
    rows = db.execute(
        f"{_SHOWN} WHERE {' AND '.join(conditions)} ORDER BY d.dossier_id LIMIT ?",
        (*_of_day(day), *values, limit),
    ).fetchall()
    return [charge_of(row) for row in rows]


def charge(db: Database, dossier_id: DossierId, day: Day) -> ChargeRow | None:
    """That of one dossier."""
    row = db.execute(
        f"{_SHOWN} WHERE d.dossier_id = ?", (*_of_day(day), dossier_id)
    ).fetchone()
    return None if row is None else charge_of(row)


def untold(db: Database, office: OfficeId, since: int, limit: int) -> list[DossierId]:
    """Dossiers of which an office is to be told."""
    rows = db.execute(
        f"SELECT d.dossier_id FROM charge AS d WHERE {_UNTOLD} AND d.office = ?"  # noqa: S608
        " ORDER BY d.dossier_id LIMIT ?",
        (since, office, limit),
    ).fetchall()
    return [DossierId(row[0]) for row in rows]


def untold_offices(db: Database, since: int) -> list[tuple[OfficeId, int]]:
    """Offices that are to be told, and of how many dossiers."""
    rows = db.execute(
        f"SELECT d.office, count(*) FROM charge AS d WHERE {_UNTOLD}"  # noqa: S608
        " GROUP BY 1 ORDER BY 1",
        (since,),
    ).fetchall()
    return [(OfficeId(office), count) for office, count in rows]


def objections(
    db: Database,
    scope: Scope,
    state: ObjectionState,
    office: str | None,
    after: str | None,
    limit: int,
) -> list[ObjectionRow]:
    """A page, the oldest first."""
    condition, values = scope_of(scope, BESIDE)
    at, _, identifier = (after or "").partition("~")
    rows = db.execute(
        f"SELECT {OBJECTION} FROM objection AS d WHERE d.state = ?"  # noqa: S608
        " AND (d.at, d.id) > (?, ?) AND (CAST(? AS text) IS NULL OR d.office = ?)"
        f" AND {condition} ORDER BY d.at, d.id LIMIT ?",
        (state.value, _stamp(at), identifier, office, office, *values, limit),
    ).fetchall()
    return [objection_of(row) for row in rows]


def _stamp(text: str) -> int:
    """The moment of a cursor; of one that is none, the first."""
    try:
        return stamp(datetime.fromisoformat(text))
    except (TypeError, ValueError):
        return 0


def add_link(db: Database, link: LatenessLink) -> None:
    """Keep a link."""
    values = (
        *(link.token, link.office, as_list(link.dossiers), link.contact),
        stamp(link.expires_at),
    )
    insert(
        db, "lateness_link", "token, office, dossiers, contact, expires_at", [values]
    )


def link_of(db: Database, token: bytes, now: int) -> LatenessLink | None:
    """What a link opens."""
    row = db.execute(
        "SELECT token, office, dossiers, contact, expires_at FROM lateness_link"
        " WHERE token = ? AND expires_at > ?",
        (token, now),
    ).fetchone()
    if row is None:
        return None
    kept, office, dossiers, contact, expires_at = row
    return LatenessLink(
        bytes(kept),
        OfficeId(office),
        tuple(map(DossierId, from_json(dossiers))),
        contact,
        moment(expires_at),
    )
