"""A change of the calendar: its effect on open dossiers first, then that it is meant."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.answers import own_number
from gateway.api.calendar_import import apply, effect_of, proposed, shown
from gateway.api.problems import status_of
from gateway.api.signin import administrator, fresh, same_origin
from gateway.calendar.editing import (
    NotOfThisYear,
    OfSeveralDays,
    expected,
    toml_of,
    with_row,
    without,
)
from gateway.console import offices, show
from gateway.console.language import later, say
from gateway.console.render import form_of
from gateway.console.working_calendar import PATH, UnitAsked, YearAsked, year_of
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, SenderError
from gateway.domain.identifiers import DossierId
from gateway.domain.json_text import of_json
from gateway.domain.principal import EVERYTHING
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.api.calendar_import import Proposal
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.ports.issued import IssuedReports
    from gateway.sealing.tools import Tools

CHANGE, APPLY = f"{PATH}/doi", f"{PATH}/ap-dung"
#: Characters of a year's file that the page takes.
MOST_TEXT = 200_000
_MOST_NAME = 200
Removed = Annotated[str, Query(alias="bo")]
WHAT = {
    "holiday": later("Ngày nghỉ lễ"),
    "swapped": later("Nghỉ hoán đổi, làm bù ngày khác"),
    "half_day": later("Chỉ làm một phần ngày"),
    "closed": later("Đóng cửa (lũ lụt, mất điện…)"),
}
_NOT_HERE = later("Tệp lịch năm này không ghi gì riêng cho ngày ấy.")
_SEVERAL = later(
    "Ngày này nằm trong một đợt đóng cửa nhiều ngày: sửa ở phần cả tệp bên dưới."
)
_NOT_BEGUN = later(
    "Năm này chưa có dữ liệu của tỉnh: nhập cả tệp ở dưới, đã ghi sẵn ngày dự kiến."
)
_MEANWHILE = later("Cấu hình đang được nhiều người đổi: xem lại rồi làm lại.")
_AT_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")


def register(
    pages: Pages, kept: IssuedReports, routes: APIRouter, applied: Callable[[], None]
) -> None:
    """Add the form, what it would change, and the act."""
    tools = pages.tools

    @routes.get(CHANGE)
    async def ask(
        request: Request,
        year: YearAsked = "",
        removed: Removed = "",
        unit: UnitAsked = "",
    ) -> Response:
        principal = await administrator(tools, request)
        number = str(year_of(tools, year))
        if not removed:
            return _form(pages, principal, number, {})
        try:
            table = without(_table(tools, number), _day(removed), unit)
            return await _preview(pages, kept, principal, number, table)
        except SenderError as error:
            return _form(pages, principal, number, {}, error.remedy)
        except OfSeveralDays:
            return _form(pages, principal, number, {}, say(_SEVERAL))
        except NotOfThisYear:
            return _form(pages, principal, number, {}, say(_NOT_HERE))

    @routes.post(CHANGE)
    async def see(request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        form = await form_of(request)
        number = str(year_of(tools, form.get("year", "")))
        try:
            table = (
                _read(form.get("file", ""))
                if form.get("what") == "file"
                else _with_row(tools, number, form)
            )
            return await _preview(pages, kept, principal, number, table)
        except SenderError as error:
            return _form(pages, principal, number, form, error.remedy)

    _applying(pages, routes, applied)


def _applying(pages: Pages, routes: APIRouter, applied: Callable[[], None]) -> None:
    tools = pages.tools

    @routes.post(APPLY)
    async def do(request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        fresh(tools, principal)
        form = await form_of(request)
        content = {
            "year": form.get("year", ""),
            "calendar": _sent(form.get("table", "")),
            "confirm": form.get("confirm", ""),
            "reason": form.get("reason", ""),
        }
        back = f"{PATH}?nam={year_of(tools, form.get('year', ''))}"
        try:
            done = await apply(tools, principal, content)
        except ChangedMeanwhile:
            return pages.told(principal, 409, say(_MEANWHILE), back)
        except (SenderError, ActionNotPossible) as error:
            return pages.told(principal, status_of(error), error.remedy, back)
        applied()
        told = say("Đã áp dụng lịch năm %(year)s, phiên bản cấu hình %(version)s.")
        said = told % {"year": done.year, "version": done.version}
        return pages.told(principal, 200, said, back)


def _table(tools: Tools, year: str) -> Mapping[str, Any]:
    table: Mapping[str, Any] | None = tools.versions.current.calendar.get(year)
    if table is None:
        raise SenderError(code="calendar_year", remedy=say(_NOT_BEGUN))
    return table


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SenderError(
            code="calendar_invalid", remedy=say("Ghi ngày (năm-tháng-ngày).")
        ) from None


def _with_row(tools: Tools, year: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The year with the row that a form describes.

    Raises:
        SenderError: something that every such row needs is missing.
    """
    table, what = _table(tools, year), form.get("what", "")
    first = _day(form.get("date", "")).isoformat()
    name = form.get("name", "").strip()[:_MOST_NAME]
    row: dict[str, Any] = {}
    if what == "swapped":
        row = {"off": first, "worked": _day(form.get("worked", "")).isoformat()}
        row |= {"name": name} if name else {}
    elif what in WHAT:
        row = {"date": first, "reason" if what == "closed" else "name": name}
        if not name:
            raise SenderError(
                code="calendar_invalid", remedy=say("Ghi tên ngày, hoặc vì sao.")
            )
    else:
        raise SenderError(code="calendar_invalid", remedy=say("Chọn thay đổi gì."))
    if what == "half_day":
        row["hours"] = [{"from": form.get("from", ""), "to": form.get("to", "")}]
    basis = form.get("basis", "").strip()[:_MOST_NAME]
    row |= {"basis": basis} if basis else {}
    row["verified"] = form.get("verified") == "1"
    if form.get("office") and what in {"half_day", "closed"}:
        row["offices"] = [form["office"]]
    return with_row(table, what, row)


def _read(text: str) -> dict[str, Any]:
    """The table that a file's text holds.

    Raises:
        SenderError: it is no TOML, or too long.
    """
    if len(text) > MOST_TEXT:
        raise SenderError(
            code="calendar_invalid", remedy=say("Tệp lịch dài quá: chỉ ghi một năm.")
        )
    try:
        read = tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        at = _AT_LINE.search(str(wrong))
        where = (
            say("Dòng %(line)s, cột %(column)s của tệp viết sai cách.")
            % {"line": at[1], "column": at[2]}
            if at
            else say("Tệp viết sai cách (TOML).")
        )
        raise SenderError(code="calendar_invalid", remedy=where) from None
    table: dict[str, Any] = json.loads(json.dumps(read, default=_written))
    return table


def _written(value: object) -> str:
    return (
        value.isoformat() if isinstance(value, date | datetime | time) else str(value)
    )


def _sent(text: str) -> Any:
    try:
        return of_json(text.encode())
    except ValueError:
        return None


async def _preview(
    pages: Pages,
    kept: IssuedReports,
    principal: Principal,
    year: str,
    table: dict[str, Any],
) -> Response:
    """What a table would change.

    Raises:
        SenderError: it is wrong; names the first rows.
    """
    tools = pages.tools
    found = await proposed(tools, {"year": year, "calendar": table})
    moves = await effect_of(tools, found)
    return pages.render(
        "calendar_effect.html",
        principal,
        found=shown(tools, found, applied=False),
        year=year,
        table=json.dumps(table, ensure_ascii=False),
        dates=[await _named(tools, one) for one in moves["dates"]],
        promises=[await _named(tools, one) for one in moves["promises"]],
        moves=moves,
        issued=await _issued(kept, found),
        most=REASON_AT_MOST,
        here="calendar",
    )


async def _named(tools: Tools, one: Mapping[str, Any]) -> dict[str, Any]:
    """A line of an effect with the number of its dossier."""
    row = await tools.store.dossier(DossierId(one["dossier_id"]), EVERYTHING)
    number = await own_number(Folder.shown(tools, row)) if row is not None else ""
    return {**one, "number": number or one["dossier_id"]}


async def _issued(kept: IssuedReports, found: Proposal) -> list[dict[str, Any]]:
    """Months with changed days whose report was issued already."""
    months = sorted({f"{one.day:%Y-%m}" for of in found.changes for one in of.days})
    if any(of.week for of in found.changes):
        months = [f"{found.year}-{number:02}" for number in range(1, 13)]
    told = []
    for month in months:
        issues = await kept.issues(month)
        if issues:
            at = show.moment(issues[-1].issued_at)
            told.append({"month": month, "at": at})
    return told


def _form(
    pages: Pages,
    principal: Principal,
    year: str,
    typed: Mapping[str, str],
    wrong: str = "",
) -> Response:
    tools = pages.tools
    table = tools.versions.current.calendar.get(year)
    begun = table if table is not None else expected(int(year))
    return pages.render(
        "calendar_change.html",
        principal,
        422 if wrong else 200,
        year=year,
        known=table is not None,
        what=[(code, say(name)) for code, name in WHAT.items()],
        typed={
            **dict.fromkeys(
                ("what", "date", "worked", "name", "basis", "from", "to", "office"), ""
            ),
            **typed,
        },
        verified=typed.get("verified") == "1",
        file=typed.get("file") or toml_of(begun),
        offices=[
            (one.id, offices.name(tools, one.id))
            for one in tools.versions.current.offices.values()
        ],
        wrong=wrong,
        here="calendar",
    )
