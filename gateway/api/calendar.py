"""The working calendar: what holds in a year, what is wrong with a file, a new year."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.calendar_import import (
    apply,
    asked,
    effect_of,
    proposed,
    shown,
)
from gateway.api.signin import administrator, signed_in
from gateway.calendar.checking import check_year
from gateway.calendar.days import week_for
from gateway.calendar.predicted import predicted
from gateway.calendar.telling import prediction_note, spans_in_words
from gateway.calendar.working_time import FIRST_YEAR, LAST_YEAR, working_time
from gateway.domain.errors import SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.opening import WEEKDAY_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.calendar.days import DayOff
    from gateway.calendar.fault import Fault
    from gateway.calendar.working_time import WorkingTime
    from gateway.sealing.tools import Tools

_NOT_SEEN = "Đơn vị không có giờ riêng trong lịch: theo giờ của tỉnh."


def register(tools: Tools, routes: APIRouter, applied: Callable[[], None]) -> None:
    """Add the calls about the calendar; ``applied`` is called after a new one."""

    @routes.get("/calendar")
    async def get_calendar(
        request: Request, *, year: int = 0, unit: str = ""
    ) -> Response:
        """Lịch làm việc một năm: giờ, ngày nghỉ, ngày làm bù; unit: của một đơn vị."""
        await signed_in(tools, request)
        return answer(
            year_shown(tools, year or legal_day(tools.clock.now()).year, unit)
        )

    @routes.post("/calendar/check")
    async def post_check(request: Request) -> Response:
        """Kiểm tra lịch một năm mà không áp dụng."""
        await signed_in(tools, request)
        year, table = asked(await json_object(request))
        found = check_year(year, table, tools.versions.current.offices)
        wrong = any(not one.warning for one in found)
        return answer({"valid": not wrong, "findings": [_fault(one) for one in found]})

    @routes.post("/calendar/import")
    async def post_import(request: Request) -> Response:
        """Thay lịch một năm: không có confirm thì chỉ cho xem những gì thay đổi."""
        principal = await administrator(tools, request)
        content = await json_object(request)
        if "confirm" in content:
            done = await apply(tools, principal, content)
            applied()
            return answer(shown(tools, done, applied=True))
        found = await proposed(tools, content)
        moves = await effect_of(tools, found)
        return answer({**shown(tools, found, applied=False), "effect": moves})


def _fault(one: Fault) -> dict[str, Any]:
    return {
        "where": "/" + "/".join(map(str, one.where)) if one.where else "",
        "severity": "warning" if one.warning else "error",
        "what": one.what,
        "todo": one.todo,
    }


def year_shown(tools: Tools, year: int, unit: str) -> dict[str, Any]:
    """What holds in a year, with the words that have to stand beside it."""
    catalogue = tools.versions.current
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise SenderError(code="calendar_year", remedy="Ghi năm bốn chữ số: 2026.")
    office = catalogue.offices.get(OfficeId(unit)) if unit else None
    if unit and office is None:
        raise SenderError(
            code="office_unknown",
            remedy="Không có đơn vị mang mã này trong cấu hình.",
        )
    working = working_time(catalogue.calendar, unit)
    first, last = date(year, 1, 1), date(year, 12, 31)
    own = unit and working != working_time(catalogue.calendar)
    notes = [
        prediction_note(working, first, last),
        _NOT_SEEN if unit and not own else "",
    ]
    return {
        "year": year,
        "years": sorted(int(one) for one in catalogue.calendar),
        "unit": unit,
        "unit_name": office.name if office else None,
        "version": catalogue.version,
        "known": working.known(first),
        "notes": [note for note in notes if note],
        "full_day_minutes": working.full_day,
        "week": _week(working, year),
        "days": [_day(working, one) for one in _days(working, year)],
    }


def _week(working: WorkingTime, year: int) -> list[dict[str, Any]]:
    week = week_for(working.weeks, year)
    return [
        {"weekday": name, "hours": spans_in_words(week.spans(day))}
        for day, name in enumerate(WEEKDAY_WORDS)
    ]


def _days(working: WorkingTime, year: int) -> list[DayOff]:
    """Every day with a name, those on a weekend, too."""
    named = {day: one for day, one in working.named.items() if day.year == year}
    if not working.known(date(year, 1, 1)):
        named = {one.day: one for one in predicted(year)} | named
    return [named[day] for day in sorted(named)]


def _day(working: WorkingTime, one: DayOff) -> dict[str, Any]:
    return {
        "day": one.day.isoformat(),
        "weekday": WEEKDAY_WORDS[one.day.weekday()],
        "kind": one.kind.value,
        "name": one.name,
        "hours": spans_in_words(working.spans(one.day)),
        "instead_of": one.instead_of.isoformat() if one.instead_of else None,
        "basis": one.basis,
        "verified": one.verified,
        "predicted": one.predicted,
    }
