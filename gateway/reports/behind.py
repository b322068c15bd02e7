"""The dossiers behind a number of a report, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import SenderError
from gateway.domain.identifiers import DossierId
from gateway.domain.lateness import Standing, party_of
from gateway.domain.lateness_words import STANDINGS
from gateway.domain.legal_day import legal_day
from gateway.domain.measure import Timeliness, Whose
from gateway.domain.principal import EVERYTHING
from gateway.ports import contests
from gateway.ports.measured import Behind, ClockCount, ShareCount
from gateway.reports.lateness import MOVED, UNNAMED_WORDS, day_of
from gateway.reports.reading import number_of
from gateway.routing.telling import desk, places
from gateway.sealing.folder import Folder
from gateway.timing.explaining import TIMELINESS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.principal import Scope
    from gateway.ports.measured import MeasureRow
    from gateway.reports.naming import Names
    from gateway.sealing.tools import Tools

_EARLY, _ON_TIME, _LATE = Timeliness.EARLY, Timeliness.ON_TIME, Timeliness.LATE
_IN_TIME = (_EARLY, _ON_TIME)
_NONE = Timeliness.NO_DATE
#: What a number is about → the conditions that its dossiers meet, one of them each.
CLASSES: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "ended": ({},),
    "early": ({"timeliness": _EARLY},),
    "on_time": ({"timeliness": _ON_TIME},),
    "in_time": tuple({"timeliness": one} for one in _IN_TIME),
    "late": ({"timeliness": _LATE},),
    "no_date": ({"timeliness": _NONE, "by_hand": False},),
    "by_hand": ({"by_hand": True},),
    "falsely_late": tuple({"timeliness": _LATE, "as_told": one} for one in _IN_TIME),
    "clicked_late": tuple({"timeliness": o, "as_portal": _LATE} for o in _IN_TIME),
    "clicked_early": tuple({"timeliness": _LATE, "as_portal": o} for o in _IN_TIME),
    "portal_undated": tuple(
        {"timeliness": _NONE, "as_portal": o, "by_hand": False} for o in _IN_TIME
    ),
    "portal_in_time": tuple({"as_portal": one} for one in _IN_TIME),
    "portal_late": ({"as_portal": _LATE},),
}
#: Numbers about what is open now.
OPEN = ("open", "overdue", "open_no_date", "due")
#: Numbers of the tables of own time and of terms.
SHARES, CLOCKS = "shares", "clocks"
#: A number about to whom latenesses are counted.
CHARGES = "charges"
KINDS = (*CLASSES, *OPEN, SHARES, CLOCKS, CHARGES)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which number is meant; empty: whatever."""

    month: str
    kind: str
    unit: str | None = None
    procedure: str | None = None
    lead: str | None = None
    office: str | None = None
    clock: str | None = None
    whose: str | None = None
    timeliness: str | None = None
    standing: str | None = None
    #: how far it is settled to whom a lateness is counted, or ``moved``
    party: str | None = None
    #: to whom it is counted
    first: date | None = None
    last: date | None = None
    #: days for which open dossiers are promised, both included


@dataclass(frozen=True, slots=True)
class Found:
    """One dossier behind a number; ``place`` is where the next page begins after it."""

    row: MeasureRow
    place: str
    minutes: int


async def behind(
    tools: Tools, asked: Asked, scope: Scope, *, after: str | None, limit: int
) -> list[Found]:
    """A page of the dossiers behind a number.

    Raises:
        SenderError: there is no such number.
    """
    if asked.kind in CLASSES:
        return await _ended(tools, asked, scope, after, limit)
    if asked.kind in OPEN:
        return await _open(tools, asked, scope, after, limit)
    if asked.kind == SHARES:
        return await _shares(tools, asked, scope, after, limit)
    if asked.kind == CLOCKS:
        return await _clocks(tools, asked, scope, after, limit)
    if asked.kind == CHARGES:
        return await _charges(tools, asked, scope, after, limit)
    raise _unknown()


def _unknown() -> SenderError:
    return SenderError(
        code="figure_unknown",
        remedy=f"Không có số liệu này; chọn một trong: {', '.join(KINDS)}.",
    )


async def _ended(
    tools: Tools, asked: Asked, scope: Scope, after: str | None, limit: int
) -> list[Found]:
    rows: list[MeasureRow] = []
    for wanted in CLASSES[asked.kind]:
        of = Behind(
            month=asked.month,
            unit=asked.unit,
            procedure=asked.procedure,
            lead=asked.lead,
            late_office=asked.office,
            late_clock=asked.clock,
            **wanted,
        )
        start = DossierId(after) if after else None
        rows += await tools.measures.standing_out(of, scope, after=start, limit=limit)
    rows.sort(key=lambda one: one.dossier_id)
    return [Found(one, one.dossier_id, one.minutes) for one in rows[:limit]]


async def _open(
    tools: Tools, asked: Asked, scope: Scope, after: str | None, limit: int
) -> list[Found]:
    measures, today = tools.measures, legal_day(tools.clock.now())
    of = {"unit": asked.unit, "procedure": asked.procedure, "lead": asked.lead}
    if asked.kind == "open_no_date":
        start = DossierId(after) if after else None
        rows = await measures.without_day(scope, **of, after=start, limit=limit)
        return [Found(one, one.dossier_id, one.minutes) for one in rows]
    first, last = asked.first, asked.last
    if asked.kind != "due":
        overdue = asked.kind == "overdue"
        first = None if overdue else today
        last = today - timedelta(days=1) if overdue else None
    rows = await measures.due_days(
        scope, first=first, last=last, **of, after=after, limit=limit
    )
    return [Found(one, one.by_day, one.minutes) for one in rows]


async def _shares(
    tools: Tools, asked: Asked, scope: Scope, after: str | None, limit: int
) -> list[Found]:
    try:
        whose = Whose(asked.whose or "")
    except ValueError:
        raise _unknown() from None
    count = ShareCount(asked.month, whose, asked.office or "", 0, 0)
    rows = await tools.measures.shares_behind(count, scope, after=after, limit=limit)
    return [
        Found(measured, one.place, one.minutes)
        for one in rows
        if (measured := await tools.measures.measured(one.dossier_id)) is not None
    ]


async def _clocks(
    tools: Tools, asked: Asked, scope: Scope, after: str | None, limit: int
) -> list[Found]:
    try:
        which = Timeliness(asked.timeliness or "")
    except ValueError:
        raise _unknown() from None
    count = ClockCount(
        asked.month, asked.office or "", asked.clock or "", which, 0, 0, 0
    )
    rows = await tools.measures.clocks_behind(count, scope, after=after, limit=limit)
    return [
        Found(measured, one.place, one.used_minutes)
        for one in rows
        if (measured := await tools.measures.measured(one.dossier_id)) is not None
    ]


async def _charges(
    tools: Tools, asked: Asked, scope: Scope, after: str | None, limit: int
) -> list[Found]:
    try:
        of = _lateness_asked(asked)
    except ValueError:
        raise _unknown() from None
    rows = await tools.contests.kept.charges(
        of,
        scope,
        day_of(tools),
        after=DossierId(after) if after else None,
        limit=limit,
    )
    return [
        Found(measured, one.dossier_id, one.charge.minutes)
        for one in rows
        if (measured := await tools.measures.measured(one.dossier_id)) is not None
    ]


def _lateness_asked(asked: Asked) -> contests.Asked:
    """Of a cause those that it still answers for; of a party all that it does.

    Raises:
        ValueError: there is no such party, or standing.
    """
    moved = asked.standing == MOVED
    party = party_of(asked.party).key if asked.party is not None else None
    standing = Standing(asked.standing) if asked.standing and not moved else None
    return contests.Asked(
        month=asked.month,
        cause=asked.office,
        clock=asked.clock,
        party=party,
        standing=standing,
        moved=moved if asked.standing and party is None else None,
    )


async def shown(tools: Tools, names: Names, one: Found) -> dict[str, Any]:
    """A dossier of a list: its code and dates, nothing personal."""
    row = one.row
    number, desks = await lies(tools, row.dossier_id)
    late = row.ended_at is None and _is_over(tools, row)
    which = Timeliness.OVERDUE if late else row.timeliness
    return {
        "dossier_id": row.dossier_id,
        "number": number,
        "places": [
            {"office": d.office, "place": d.place, "since": d.since.isoformat()}
            for d in desks
        ],
        "unit": row.unit,
        "procedure": row.procedure,
        "procedure_name": names.procedure(row.procedure),
        "office": row.lead,
        "office_name": names.lead(row.lead),
        "accepted_at": row.accepted_at.isoformat(),
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "timeliness": which.value,
        "timeliness_text": TIMELINESS[which],
        "as_portal": row.as_portal.value,
        "as_told": row.as_told.value,
        "minutes": one.minutes,
        "lateness": await _lateness(tools, names, row),
    }


async def _lateness(tools: Tools, names: Names, row: MeasureRow) -> str:
    """To whom a late dossier is counted, and how far that is settled, in words."""
    if row.timeliness is not Timeliness.LATE or row.ended_at is None:
        return ""
    found = await tools.contests.kept.charge(row.dossier_id, day_of(tools))
    if found is None:
        return UNNAMED_WORDS
    party = found.charge.party
    named = names.party(party.whose, party.office or "")
    return f"{named}: {STANDINGS[found.standing]}"


def _is_over(tools: Tools, row: MeasureRow) -> bool:
    return row.due_on is not None and row.due_on < legal_day(tools.clock.now())


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a dossier lies, and since when."""

    office: str
    place: str
    since: datetime


async def lies(tools: Tools, dossier_id: DossierId) -> tuple[str, list[Desk]]:
    """A dossier's code, and on whose desks it lies."""
    stored = await tools.store.dossier(dossier_id, EVERYTHING)
    if stored is None:
        return "", []
    desks = [
        Desk(leg.office, desk(leg, tools.versions.current), leg.since)
        for leg in places(stored.case)
        if leg.office
    ]
    return await number_of(Folder.shown(tools, stored)), desks


async def all_shown(
    tools: Tools, names: Names, found: Sequence[Found]
) -> list[dict[str, Any]]:
    """A page of them."""
    return [await shown(tools, names, one) for one in found]
