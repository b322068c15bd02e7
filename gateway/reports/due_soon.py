"""What a unit has due within the coming working days, and overdue, by where it lies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gateway.calendar.working_time import working_time
from gateway.domain.legal_day import legal_day
from gateway.domain.paper import DueSoonList
from gateway.domain.paper_due import DueDossier, DueOffice
from gateway.domain.paper_forms import Form, form_name
from gateway.reports.behind import lies
from gateway.reports.naming import Names

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gateway.domain.principal import Scope
    from gateway.reports.reading import Directory
    from gateway.sealing.tools import Tools

#: Working days ahead, unless somebody says otherwise.
DAYS = 5
#: More than this on one list nobody works through in a week.
MOST = 300
_GATEWAY = "cổng liên thông"


@dataclass(frozen=True, slots=True)
class Due:
    """One dossier that is due: where it lies, and since when."""

    dossier_id: str
    number: str
    procedure: str
    due_on: date
    late: bool
    office: str
    place: str
    since: datetime


@dataclass(frozen=True, slots=True)
class DueSoon:
    """All of them, the earliest day first; ``left_out`` found no place."""

    unit: str
    days: int
    today: date
    until: date
    rows: Sequence[Due]
    left_out: int


async def due_soon(
    tools: Tools, scope: Scope, unit: str, days: int, most: int = MOST
) -> DueSoon:
    """Read them; an empty ``unit`` is every unit of the scope."""
    today = legal_day(tools.clock.now())
    until = working_time(tools.versions.current.calendar).days_after(today, days)
    return await due_until(tools, scope, unit, until, days=days, most=most)


async def due_until(
    tools: Tools,
    scope: Scope,
    unit: str,
    until: date,
    *,
    days: int,
    without: Collection[str] = (),
    most: int = MOST,
) -> DueSoon:
    """The same up to a day, which is so many working days ahead.

    ``without``: units of the scope that have lists of their own.
    """
    today = legal_day(tools.clock.now())
    found: list[Due] = []
    left_out, after, names = 0, None, Names(tools)
    while True:
        page = await tools.measures.due_days(
            scope, last=until, unit=unit or None, after=after, limit=most
        )
        for row in page:
            if row.unit in without:
                continue
            if len(found) == most:
                left_out += 1
                continue
            number, desks = await lies(tools, row.dossier_id)
            first = min(desks, key=lambda desk: desk.since, default=None)
            found.append(
                Due(
                    dossier_id=row.dossier_id,
                    number=number,
                    procedure=names.procedure(row.procedure),
                    due_on=row.due_on or until,
                    late=row.due_on is not None and row.due_on < today,
                    office=first.office if first else "",
                    place="; ".join(desk.place for desk in desks) or _GATEWAY,
                    since=first.since if first else row.accepted_at,
                )
            )
        if len(page) < most:
            return DueSoon(unit, days, today, until, found, left_out)
        after = page[-1].by_day
        # Thousands may be due: others get their turn between two pages.
        await tools.clock.rest(0)


def by_office(found: DueSoon) -> dict[str, list[Due]]:
    """Rows by the office that they lie with, the one with the earliest day first."""
    groups: dict[str, list[Due]] = {}
    for row in found.rows:
        groups.setdefault(row.office, []).append(row)
    return groups


def as_json(found: DueSoon, names: Names) -> dict[str, Any]:
    """The list for programs."""
    return {
        "unit": found.unit,
        "unit_name": names.unit(found.unit),
        "days": found.days,
        "today": found.today.isoformat(),
        "until": found.until.isoformat(),
        "count": len(found.rows) + found.left_out,
        "overdue": sum(row.late for row in found.rows),
        "left_out": found.left_out,
        "offices": [
            {
                "office": office,
                "name": names.lead(office) if office else _GATEWAY,
                "dossiers": [_row(row) for row in rows],
            }
            for office, rows in by_office(found).items()
        ],
    }


def _row(row: Due) -> dict[str, Any]:
    return {
        "dossier_id": row.dossier_id,
        "number": row.number,
        "procedure_name": row.procedure,
        "due_on": row.due_on.isoformat(),
        "overdue": row.late,
        "place": row.place,
        "since": row.since.isoformat(),
    }


def as_paper(
    found: DueSoon, names: Names, directory: Directory | None, now: datetime
) -> DueSoonList:
    """The letter of a week; without a directory it names no contacts."""

    def head(office: str) -> str:
        if not office:
            return _GATEWAY
        contact = directory.contact(office) if directory else ""
        return f"{names.lead(office)}{f' (đầu mối: {contact})' if contact else ''}"

    return DueSoonList(
        form=form_name(Form.DUE_SOON, found.today),
        unit=names.unit(found.unit),
        until=found.until,
        days=found.days,
        count=len(found.rows) + found.left_out,
        overdue=sum(row.late for row in found.rows),
        left_out=found.left_out,
        offices=tuple(
            DueOffice(
                head(office),
                tuple(
                    DueDossier(
                        number=row.number,
                        procedure=row.procedure,
                        due_on=row.due_on,
                        late=row.late,
                        place=row.place,
                        since=legal_day(row.since),
                    )
                    for row in rows
                ),
            )
            for office, rows in by_office(found).items()
        ),
        printed_at=now,
    )
