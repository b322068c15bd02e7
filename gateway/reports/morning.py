"""What a head of operations reads at half past seven: overdue, due, ended late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.calendar.working_time import working_time
from gateway.domain.identifiers import DossierId
from gateway.domain.legal_day import legal_day
from gateway.domain.measure import Timeliness
from gateway.ports.measured import Behind
from gateway.reports.behind import Found, shown
from gateway.reports.months import month_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.principal import Scope
    from gateway.ports.measured import MeasureRow, OpenCount
    from gateway.reports.naming import Names
    from gateway.sealing.tools import Tools

#: Working days ahead that still count as near.
NEAR_DAYS = 2
#: Rows of each list: all of them fit on two sheets of paper; what is more is a number.
ROWS = 5
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Days:
    """The days that a briefing is about."""

    today: date
    near: date
    #: the last day that is near
    since: date
    #: the working day before today: what ended from then on is new


def days_of(now: datetime, working: WorkingTime) -> Days:
    """The days of a morning."""
    today = legal_day(now)
    since = today - timedelta(days=1)
    # The longest holiday is Tết; a calendar without any working day must not hang.
    for _ in range(31):
        if working.is_working(since):
            break
        since -= timedelta(days=1)
    return Days(today, working.days_after(today, NEAR_DAYS), since)


async def morning(tools: Tools, scope: Scope, names: Names) -> dict[str, Any]:
    """Numbers by office, and the first rows of each list."""
    now = tools.clock.now()
    days = days_of(now, working_time(tools.versions.current.calendar))
    late = await _ended_late(tools, scope, days)
    return {
        "at": now.isoformat(),
        "today": days.today.isoformat(),
        "tomorrow": _morrow(days.today).isoformat(),
        "near": days.near.isoformat(),
        "since": days.since.isoformat(),
        "offices": await _by_office(tools, scope, days, names),
        "lists": {
            "overdue": await _open(tools, scope, names, None, _eve(days.today)),
            "today": await _open(tools, scope, names, days.today, days.today),
            "near": await _open(tools, scope, names, _morrow(days.today), days.near),
        },
        "ended_late": {
            "count": len(late),
            "dossiers": [
                await shown(tools, names, Found(row, row.dossier_id, row.minutes))
                for row in late[:ROWS]
            ],
        },
    }


def _eve(day: date) -> date:
    return day - timedelta(days=1)


def _morrow(day: date) -> date:
    return day + timedelta(days=1)


async def _by_office(
    tools: Tools, scope: Scope, days: Days, names: Names
) -> list[dict[str, Any]]:
    """What is overdue on a day was due before it: three counts tell all three numbers."""
    counts = [
        _overdue(await tools.measures.open_now(scope, day))
        for day in (days.today, _morrow(days.today), _morrow(days.near))
    ]
    rows = []
    for lead in sorted(counts[-1]):
        before, with_today, with_near = (count.get(lead, 0) for count in counts)
        rows.append(
            {
                "office": lead,
                "name": names.lead(lead),
                "overdue": before,
                "today": with_today - before,
                "near": with_near - with_today,
            }
        )
    return sorted(rows, key=lambda row: (-row["overdue"], -row["today"], row["name"]))


def _overdue(counts: Sequence[OpenCount]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in counts:
        if one.timeliness is Timeliness.OVERDUE:
            found[one.lead] = found.get(one.lead, 0) + one.dossiers
    return found


async def _open(
    tools: Tools, scope: Scope, names: Names, first: date | None, last: date
) -> list[dict[str, Any]]:
    rows = await tools.measures.due_days(scope, first=first, last=last, limit=ROWS)
    return [await shown(tools, names, Found(r, r.by_day, r.minutes)) for r in rows]


async def _ended_late(tools: Tools, scope: Scope, days: Days) -> list[MeasureRow]:
    """What ended late from the last working day until today, the latest first."""
    found: list[MeasureRow] = []
    for month in sorted({month_of(days.since), month_of(_eve(days.today))}):
        behind, after = Behind(month, timeliness=Timeliness.LATE), None
        while True:
            rows = await tools.measures.standing_out(
                behind, scope, after=after, limit=_PAGE
            )
            found += [
                row
                for row in rows
                if row.ended_at and days.since <= legal_day(row.ended_at) < days.today
            ]
            if len(rows) < _PAGE:
                break
            after = DossierId(rows[-1].dossier_id)
    return sorted(found, key=lambda row: str(row.ended_at), reverse=True)
