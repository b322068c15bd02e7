"""Pages of reports: months, one month, the dossiers behind a number, what was restated."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from gateway.api.bodies import limited
from gateway.api.description import XLSX
from gateway.api.monthly import Day
from gateway.api.multipart import read_in_memory
from gateway.api.problems import status_of
from gateway.api.reconciling import file
from gateway.api.routes import Routes
from gateway.api.signin import same_origin, signed_in
from gateway.console import show
from gateway.console.charts import late_bars
from gateway.console.guarding import guard
from gateway.console.language import later, say
from gateway.console.render import PageRoute, Pages, to
from gateway.domain.errors import ChangedMeanwhile, NotAllowed, SenderError
from gateway.domain.lateness import Standing
from gateway.domain.lateness_words import STANDINGS
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.measure import Timeliness
from gateway.domain.principal import Role, may_act
from gateway.reports.behind import Asked
from gateway.reports.figures import as_json, grouped
from gateway.reports.issuing import enter, may_issue
from gateway.reports.months import before, in_words, is_over, month_of
from gateway.reports.naming import Names
from gateway.timing.explaining import TIMELINESS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.api.monthly import ReportDesk
    from gateway.delivery.lanes import Lanes
    from gateway.domain.principal import Principal

PATH = "/console/bao-cao"
PAGE = 50
#: Months that the first page shows.
SHOWN = 12
#: What a one-stop's file may have.
MAX_FILE_BYTES = 8 * 1024 * 1024
FIGURES = {
    "ended": later("đã kết thúc"),
    "early": later("trước hạn"),
    "on_time": later("đúng hạn"),
    "in_time": later("trong hạn"),
    "late": later("quá hạn"),
    "no_date": later("kết thúc, không có ngày hẹn"),
    "by_hand": later("kết thúc bằng tay khi chưa quá ngày hẹn"),
    "falsely_late": later("quá hạn trên hệ thống, đã giải quyết xong"),
    "clicked_late": later("xong trong hạn, bấm kết thúc sau ngày hẹn"),
    "clicked_early": later("bấm kết thúc trong hạn, sự kiện được tính sau ngày hẹn"),
    "portal_undated": later("không có ngày hẹn, Cổng tính là đúng hạn"),
    "portal_in_time": later("đúng hạn theo Cổng"),
    "portal_late": later("quá hạn theo Cổng"),
    "open": later("đang giải quyết, trong hạn"),
    "overdue": later("đang giải quyết, đã quá hạn"),
    "open_no_date": later("đang giải quyết, không có ngày hẹn"),
    "due": later("hẹn trả"),
    "shares": later("thời gian ở một bên"),
    "clocks": later("phần việc của cơ quan"),
    "charges": later("quá hạn, theo bên được tính"),
}
#: What an address narrows a number to.
_NARROWED = (
    *("unit", "procedure", "lead", "office", "clock", "whose", "timeliness"),
    *("standing", "party"),
)


def router(desk: ReportDesk, lanes: Lanes) -> Routes:
    """The pages; a file comes before what takes any month."""
    pages = Pages(desk.tools, lanes)
    guard(pages)
    routes = Routes(include_in_schema=False, route_class=PageRoute.of(pages))
    _months(pages, desk, routes)
    _month(pages, desk, routes)
    _lists(pages, desk, routes)
    _acts(pages, desk, routes)
    return routes


def _months(pages: Pages, desk: ReportDesk, routes: Routes) -> None:
    tools = pages.tools

    @routes.get(PATH)
    async def months(request: Request, month: str = "") -> Response:
        principal = await signed_in(tools, request)
        if month:
            return to(f"{PATH}/{desk.month(month)}")
        now = month_of(legal_day(tools.clock.now()))
        first = before(now, SHOWN - 1)
        counts = await tools.measures.monthly(first, now, principal.scope)
        found = grouped(counts, lambda one: one.month)
        rows = [
            {
                "month": of,
                "total": as_json(found[of]) if of in found else None,
                "issued": len(await desk.issued.issues(of)),
                "runs": of == now,
            }
            for of in (before(now, back) for back in range(SHOWN))
        ]
        totals: list[dict[str, Any]] = [
            {**as_json(found[of]), "month": of} for of in sorted(found, reverse=True)
        ]
        chart = late_bars(
            totals,
            name=lambda row: in_words(row["month"]),
            to=lambda row, figure: f"{PATH}/{row['month']}/ho-so?figure={figure}",
        )
        return pages.render(
            "reports.html",
            principal,
            rows=rows,
            chart=chart,
            now_month=now,
            here="reports",
        )


def _month(pages: Pages, desk: ReportDesk, routes: Routes) -> None:
    tools = pages.tools

    @routes.get(f"{PATH}/{{month}}.xlsx")
    async def workbook(month: str, request: Request) -> Response:
        principal = await signed_in(tools, request)
        month = desk.month(month)
        content = await desk.workbook(principal.scope, month)
        return file(content, f"bao-cao-{month}.xlsx", XLSX)

    @routes.get(f"{PATH}/{{month}}")
    async def report(month: str, request: Request, done: str = "") -> Response:
        principal = await signed_in(tools, request)
        return await _shown(pages, desk, principal, desk.month(month), done=done)


async def _shown(
    pages: Pages,
    desk: ReportDesk,
    principal: Principal,
    month: str,
    status: int = 200,
    *,
    done: str = "",
    wrong: str = "",
) -> Response:
    tools = pages.tools
    found = await desk.report(principal.scope, month)
    today = legal_day(tools.clock.now())

    def listed(figure: str, **more: str) -> str:
        return f"{PATH}/{month}/ho-so?{urlencode({'figure': figure, **more})}"

    one_stop = principal.role is Role.ONE_STOP
    chart = late_bars(
        found["groups"]["lead"],
        name=lambda row: say(row["name"]),
        to=lambda row, figure: listed(figure, lead=row["id"]),
        sort=True,
    )
    return pages.render(
        "report.html",
        principal,
        status,
        report=found,
        chart=chart,
        by_nobody=await _by_nobody(pages, principal, month),
        listed=listed,
        may_issue=may_issue(principal) and is_over(month, today),
        may_enter=one_stop or (may_act(principal) and principal.scope.everything),
        senders=[] if one_stop else _senders(pages),
        earlier=before(month, 1),
        later=before(month, -1) if is_over(month, today) else "",
        done=say(_DONE[done]) if done in _DONE else "",
        wrong=wrong,
        titles={of: tuple(map(say, words)) for of, words in _TITLES.items()},
        here="reports",
    )


async def _by_nobody(pages: Pages, principal: Principal, month: str) -> int:
    """Corrections of a month that took effect without a second person's approval."""
    if not principal.scope.everything:
        return 0
    first, last = (
        datetime.combine(date.fromisoformat(f"{of}-01"), time(), VIETNAM)
        for of in (month, before(month, -1))
    )
    return await pages.tools.corrections.by_nobody(first, last)


_DONE = {
    "chot": later(
        "Đã chốt báo cáo. Số liệu lúc chốt được giữ nguyên; thay đổi về sau được nêu"
        " ở mục «Thay đổi từ khi chốt»."
    ),
    "mot-cua": later("Đã nhập số liệu một cửa tự đếm."),
}
_TITLES = {
    "unit": (later("Theo đơn vị tiếp nhận"), later("Đơn vị")),
    "lead": (later("Theo cơ quan giải quyết"), later("Cơ quan")),
    "procedure": (later("Theo thủ tục"), later("Thủ tục")),
}


def _senders(pages: Pages) -> list[tuple[str, str]]:
    offices = pages.tools.versions.current.offices.values()
    return [(one.id, one.name) for one in offices if one.agency == "one_stop"]


def _lists(pages: Pages, desk: ReportDesk, routes: Routes) -> None:
    tools = pages.tools

    @routes.get(f"{PATH}/{{month}}/ho-so")
    async def dossiers(
        month: str,
        request: Request,
        figure: str = "ended",
        after: str | None = None,
        first: Day = None,
        last: Day = None,
    ) -> Response:
        principal = await signed_in(tools, request)
        month, given = desk.month(month), dict(request.query_params)
        narrowed = {name: given[name] for name in _NARROWED if name in given}
        asked = Asked(month, figure, **narrowed, first=first, last=last)
        days: dict[str, str] = {
            name: given[name] for name in ("first", "last") if name in given
        }
        found = await desk.behind(principal.scope, asked, after, PAGE)
        place: dict[str, str] = {
            "figure": figure,
            **narrowed,
            **days,
            "after": found["after"] or "",
        }
        return pages.render(
            "behind.html",
            principal,
            month=month,
            title=_title(pages, asked, narrowed),
            rows=found["dossiers"],
            timed=figure in {"shares", "clocks"},
            following=urlencode(place) if found["after"] else "",
            beginning=after is None,
            here="reports",
        )

    @routes.get(f"{PATH}/{{month}}/thay-doi")
    async def restated(
        month: str, request: Request, number: int = 0, after: str | None = None
    ) -> Response:
        principal = await signed_in(tools, request)
        month = desk.month(month)
        found = await desk.restated(principal.scope, month, number, after, PAGE)
        return pages.render(
            "restated.html", principal, month=month, found=found, here="reports"
        )


def _title(pages: Pages, asked: Asked, narrowed: Mapping[str, str]) -> str:
    """What a list is of: the figure, then all that narrows it."""
    names = Names(pages.tools)
    said: dict[str, Callable[[str], str]] = {
        "unit": names.unit,
        "procedure": names.procedure,
        "lead": names.lead,
        "office": names.lead,
        "clock": lambda name: names.clock(name, asked.office or ""),
    }
    figure = say(FIGURES[asked.kind]) if asked.kind in FIGURES else ""
    parts = [say("Hồ sơ %(figure)s") % {"figure": figure}]
    for name, value in narrowed.items():
        if name in said and (value or name != "office"):
            parts.append(said[name](value) if value else say("không rõ"))
    if asked.first or asked.last:
        days = {show.day(one) for one in (asked.first, asked.last) if one}
        parts.append(" – ".join(sorted(days)))
    if asked.standing in set(Standing):
        parts.append(say(STANDINGS[Standing(asked.standing)]))
    if asked.timeliness in set(Timeliness):
        parts.append(say(TIMELINESS[Timeliness(asked.timeliness)]))
    return " · ".join(filter(None, parts))


def _acts(pages: Pages, desk: ReportDesk, routes: Routes) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{month}}/chot")
    async def issue(month: str, request: Request) -> Response:
        same_origin(request)
        principal = await signed_in(tools, request)
        month = desk.month(month)
        try:
            await desk.issue(principal, month)
        except NotAllowed:
            raise
        except (SenderError, ChangedMeanwhile) as wrong:
            status = status_of(wrong)
            return await _shown(
                pages, desk, principal, month, status, wrong=wrong.remedy
            )
        return to(f"{PATH}/{month}?done=chot")

    @routes.post(f"{PATH}/{{month}}/mot-cua")
    async def counts(month: str, request: Request) -> Response:
        same_origin(request)
        principal = await signed_in(tools, request)
        month = desk.month(month)
        kind = request.headers.get("content-type", "")
        names = frozenset({"file", "sender"})
        try:
            parts = await read_in_memory(limited(request, MAX_FILE_BYTES), kind, names)
            rows: list[dict[str, Any]] = await desk.read(parts.get("file", b""))
            sender = parts.get("sender", b"").decode("utf-8", "replace")
            await enter(tools, desk.issued, principal, month, sender, rows)
        except NotAllowed:
            raise
        except SenderError as wrong:
            status = status_of(wrong)
            return await _shown(
                pages, desk, principal, month, status, wrong=wrong.remedy
            )
        return to(f"{PATH}/{month}?done=mot-cua")
