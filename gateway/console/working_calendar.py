"""The page of the working calendar: a year at a glance, and who differs from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.calendar import year_shown
from gateway.api.signin import signed_in
from gateway.calendar.editing import toml_of
from gateway.calendar.showing import Mark, deviations, months
from gateway.calendar.telling import spans_in_words
from gateway.calendar.working_time import FIRST_YEAR, LAST_YEAR, working_time
from gateway.console import offices, show
from gateway.console.configuration_words import shown_row
from gateway.console.language import later, say
from gateway.console.render import HEADERS
from gateway.domain.errors import DossierUnknown
from gateway.domain.legal_day import legal_day
from gateway.domain.opening import WEEKDAY_WORDS
from gateway.domain.principal import may_configure

if TYPE_CHECKING:
    from gateway.calendar.showing import Day, Deviation
    from gateway.console.render import Pages
    from gateway.ports.configurations import Configurations
    from gateway.sealing.tools import Tools

PATH = "/console/lich"
YearAsked = Annotated[str, Query(alias="nam")]
UnitAsked = Annotated[str, Query(alias="don-vi")]
KINDS = {
    "off": later("nghỉ"),
    "worked": later("làm bù"),
    "half": later("làm một phần ngày"),
}
#: Beside the number of a day, so that colour alone says nothing.
_SIGNS = {Mark.OFF: "✕", Mark.MADE_UP: "+", Mark.HALF: "½"}
_MARKS = {
    Mark.WORKED: "",
    Mark.WEEKEND: "",
    Mark.OFF: later("nghỉ"),
    Mark.MADE_UP: later("làm bù"),
    Mark.HALF: later("làm một phần ngày"),
}
_SHORT = (
    *(later("T2"), later("T3"), later("T4"), later("T5")),
    *(later("T6"), later("T7"), later("CN")),
)


#: Versions among which changes of the calendar are looked for, and those that are told.
LOOKED_AT, TOLD = 200, 10


def register(pages: Pages, kept: Configurations, routes: APIRouter) -> None:
    """Add the page, and the file of a year."""
    tools = pages.tools

    @routes.get(PATH)
    async def page(
        request: Request, year: YearAsked = "", unit: UnitAsked = ""
    ) -> Response:
        principal = await signed_in(tools, request)
        number = year_of(tools, year)
        unit = unit if unit in tools.versions.current.offices else ""
        calendar = tools.versions.current.calendar
        shown = year_shown(tools, number, unit)
        today = legal_day(tools.clock.now())
        return pages.render(
            "calendar.html",
            principal,
            shown=shown,
            months=[
                [[_cell(day, today.isoformat()) for day in week] for week in month]
                for month in months(working_time(calendar, unit), number)
            ],
            weekdays=[
                (say(short), say(name))
                for short, name in zip(_SHORT, WEEKDAY_WORDS, strict=True)
            ],
            kinds={code: say(name) for code, name in KINDS.items()},
            others=[_deviation(tools, one) for one in deviations(calendar, number)],
            offices=[(o.id, o.name) for o in tools.versions.current.offices.values()],
            made=await _made(kept),
            unit=unit,
            year=number,
            years=sorted({*shown["years"], today.year, today.year + 1, number}),
            unchecked=sum(not one["verified"] for one in shown["days"]),
            steers=may_configure(principal),
            here="calendar",
        )

    @routes.get(f"{PATH}/tep")
    async def file(request: Request, year: YearAsked = "") -> Response:
        await signed_in(tools, request)
        table = tools.versions.current.calendar.get(year)
        if table is None:
            raise DossierUnknown
        name = f'attachment; filename="{quote(year)}.toml"'
        return Response(
            toml_of(table),
            media_type="text/plain; charset=utf-8",
            headers={**HEADERS, "Content-Disposition": name},
        )


async def _made(kept: Configurations) -> list[dict[str, Any]]:
    """The last changes of any year: when, by whom, why, how many days."""
    rows = await kept.configurations(before=None, limit=LOOKED_AT)
    return [
        {
            **shown_row(row),
            "year": (row.facts or {}).get("year", ""),
            "days": len((row.facts or {}).get("days", ())),
            "moved": (row.facts or {}).get("moved", 0),
        }
        for row in rows
        if row.kind == "calendar"
    ][:TOLD]


def year_of(tools: Tools, text: str) -> int:
    """The year of an address; what is none is this one."""
    plain = len(text) == 4 and text.isascii() and text.isdecimal()
    if plain and FIRST_YEAR <= int(text) <= LAST_YEAR:
        return int(text)
    return legal_day(tools.clock.now()).year


def _cell(day: Day | None, today: str) -> dict[str, Any] | None:
    if day is None:
        return None
    said = say(_MARKS[day.mark]) if _MARKS[day.mark] else ""
    return {
        "number": day.day.day,
        "mark": day.mark.value,
        "sign": _SIGNS.get(day.mark, ""),
        "said": said,
        "name": day.name,
        "predicted": day.predicted,
        "today": day.day.isoformat() == today,
    }


def _deviation(tools: Tools, one: Deviation) -> dict[str, Any]:
    return {
        "id": one.unit,
        "name": offices.name(tools, one.unit),
        "week": [
            (say(WEEKDAY_WORDS[day]), spans_in_words(spans)) for day, spans in one.week
        ],
        "days": [
            (show.day(day.day), say(KINDS[day.kind.value]), day.name)
            for day in one.days
        ],
    }
