"""What is over its time, and what will be within some working days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api import answers
from gateway.api.answers import answer
from gateway.api.paging import PAGE, must_be_an_office, page_of, place_after
from gateway.api.signin import signed_in
from gateway.calendar.working_time import working_time
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import legal_day
from gateway.sealing.folder import Folder
from gateway.timing.explaining import WHOSE

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.principal import Scope
    from gateway.ports.measured import ClockRow
    from gateway.sealing.tools import Tools

#: Working days ahead unless somebody says otherwise, and at most.
DAYS, DAYS_AT_MOST = 3, 60
#: Percents of a budget at which the journal has a line.
RUNGS = (50, 70, 90, 100)
#: Clocks that one page looks through at most, where only a part of them is wanted.
MOST = 2_000
Days = Annotated[
    int, Query(ge=0, le=DAYS_AT_MOST, description="Số ngày làm việc tới; 0: hôm nay")
]
Percent = Annotated[
    int,
    Query(ge=0, le=100, description="Đã dùng từ bao nhiêu phần trăm thời hạn trở lên"),
]


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the list."""

    @routes.get("/due")
    async def get_due(
        request: Request,
        *,
        days: Days = DAYS,
        office: str = "",
        unit: str = "",
        percent: Percent = 0,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Response:
        """Thời hạn đã quá và sắp đến trong số ngày làm việc tới, quá lâu nhất trước."""
        principal = await signed_in(tools, request)
        rows, following = await listed(
            tools,
            principal.scope,
            until=due_until(tools, days),
            office=office,
            unit=unit,
            percent=percent,
            after=place_after(after),
            limit=page_of(limit),
        )
        must_be_an_office(tools, office, rows)
        shown_ = [await shown(tools, principal.scope, row) for row in rows]
        return answer({"due": shown_, "after": following})


def due_until(tools: Tools, days: int) -> datetime:
    """The end of the working day that is so many ahead of today."""
    working = working_time(tools.versions.current.calendar)
    today = legal_day(tools.clock.now())
    last = working.days_after(today, days) if days else today
    return working.day_end(working.next_working(last))


async def listed(
    tools: Tools,
    scope: Scope,
    *,
    until: datetime,
    office: str,
    unit: str,
    percent: int,
    after: str | None,
    limit: int,
) -> tuple[list[ClockRow], str | None]:
    """A page of running clocks that are due by a moment, and where the next begins."""
    found: list[ClockRow] = []
    for _ in range(MOST // PAGE):
        rows = await tools.measures.due(
            scope,
            before=until,
            office=office or None,
            unit=unit or None,
            after=after,
            limit=PAGE,
        )
        for row in rows:
            if reached(tools, row) < percent:
                continue
            if len(found) == limit:
                return found, found[-1].cursor
            found.append(row)
        if len(rows) < PAGE:
            return found, None
        after = rows[-1].cursor
    return found, after


def reached(tools: Tools, row: ClockRow) -> int:
    """The highest percent of its budget that it has passed; 0: none yet."""
    now = tools.clock.now()
    if row.due_at is not None and row.due_at <= now:
        return 100
    rules = tools.versions.current.clocks
    rungs = next((one.rungs for one in rules if one.id == row.rule), RUNGS)
    coming = row.rung is not None and row.rung_at is not None and row.rung_at > now
    passed = [one for one in rungs if row.rung is None or one < row.rung]
    if row.rung is not None and not coming:
        passed.append(row.rung)
    return max(passed, default=0)


async def shown(tools: Tools, scope: Scope, row: ClockRow) -> dict[str, Any]:
    """One clock: whose time, how much of it is used, where its dossier is."""
    catalogue = tools.versions.current
    stored = await tools.store.dossier(row.dossier_id, scope)
    office = catalogue.offices.get(OfficeId(row.office))
    label = next((r.label for r in catalogue.clocks if r.id == row.rule), row.name)
    line: dict[str, Any] = {
        "dossier_id": row.dossier_id,
        "number": "",
        "procedure": "",
        "places": [],
        "leg": row.leg,
        "clock": row.name,
        "label": label,
        "whose": row.whose.value,
        "whose_name": WHOSE[row.whose],
        "office": row.office,
        "office_name": office.name if office else row.office,
        "unit": row.unit,
        "since": row.begun_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "overdue": row.due_at is not None and row.due_at < tools.clock.now(),
        "percent": reached(tools, row),
        "why": f"/v1/dossiers/{row.dossier_id}/due",
    }
    if stored is None:
        return line
    number = await answers.own_number(Folder.of(tools, stored))
    places = answers.listed(stored, number, catalogue)["places"]
    procedure = tools.versions.procedure_of(stored.case).name
    about = {"number": number, "places": list(dict.fromkeys(places))}
    return {**line, **about, "procedure": procedure}
