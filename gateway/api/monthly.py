"""Reports of months: figures, the dossiers behind each, what was issued and restated."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.description import XLSX
from gateway.api.paging import PAGE, page_of
from gateway.api.reconciling import file
from gateway.api.routes import Routes
from gateway.api.signin import signed_in
from gateway.domain.errors import NotAllowed, SenderError
from gateway.domain.identifiers import DossierId
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.reports import behind
from gateway.reports.behind import Asked
from gateway.reports.figures import total
from gateway.reports.issuing import enter, figures_of, issue
from gateway.reports.monthly import counted, report, restated_summary
from gateway.reports.months import month_asked
from gateway.reports.naming import Names
from gateway.reports.one_stop_sheet import rows_of
from gateway.reports.restating import restated_row
from gateway.reports.workbook import pages

if TYPE_CHECKING:
    from gateway.domain.principal import Principal, Scope
    from gateway.ports.issued import Issue, IssuedReports, OneStopCount
    from gateway.ports.sheets import Spreadsheets
    from gateway.sealing.tools import Tools

#: Rows of a one-stop's file: its units times its procedures.
MAX_ROWS = 5_000


class ReportDesk:
    """Makes reports, for pages and programs."""

    def __init__(
        self, tools: Tools, issued: IssuedReports, sheets: Spreadsheets
    ) -> None:
        """Nothing is read before it is asked for."""
        self.tools = tools
        self.issued = issued
        self._sheets = sheets

    def month(self, text: str) -> str:
        """A month that can be reported on.

        Raises:
            SenderError: it is none, or has not begun.
        """
        return month_asked(text, legal_day(self.tools.clock.now()))

    async def report(self, scope: Scope, month: str) -> dict[str, Any]:
        """The figures of now, with what was issued and what changed since."""
        found = await counted(self.tools, self.issued, month, scope)
        made = report(found, Names(self.tools))
        issues = await self.issued.issues(month)
        made["issued"] = [_told(one) for one in issues]
        made["restated"] = await self._since(scope, issues[-1]) if issues else None
        return made

    async def _since(self, scope: Scope, last: Issue) -> dict[str, Any]:
        key = (last.month, last.number, scope)
        was = await self.issued.issued_counts(*key)
        now = await self.tools.measures.monthly(last.month, last.month, scope)
        changed = await self.issued.restated_count(*key)
        return restated_summary(last, total(was), total(now), changed)

    async def workbook(self, scope: Scope, month: str) -> bytes:
        """The same as a file."""
        made = await self.report(scope, month)
        return await asyncio.to_thread(lambda: self._sheets.write(pages(made)))

    async def behind(
        self, scope: Scope, asked: Asked, after: str | None, limit: int
    ) -> dict[str, Any]:
        """A page of the dossiers behind a number."""
        rows = await behind.behind(self.tools, asked, scope, after=after, limit=limit)
        names = Names(self.tools)
        following = rows[-1].place if len(rows) == limit else None
        shown = await behind.all_shown(self.tools, names, rows)
        return {"dossiers": shown, "after": following}

    async def restated(
        self, scope: Scope, month: str, number: int, after: str | None, limit: int
    ) -> dict[str, Any]:
        """A page of the dossiers that changed since a report was issued.

        Raises:
            SenderError: there is no such report.
        """
        found = await self.one_issue(month, number)
        rows = await self.issued.restated_since(
            month,
            found.number,
            scope,
            after=DossierId(after) if after else None,
            limit=limit,
        )
        following = rows[-1].dossier_id if len(rows) == limit else None
        shown = [await restated_row(self.tools, found, one) for one in rows]
        return {"issued": _told(found), "dossiers": shown, "after": following}

    async def one_issue(self, month: str, number: int) -> Issue:
        """A report that was issued; 0: the last one.

        Raises:
            SenderError: there is none.
        """
        issues = await self.issued.issues(month)
        wanted = number or len(issues)
        for one in issues:
            if one.number == wanted:
                return one
        raise SenderError(
            code="report_not_issued",
            remedy="Báo cáo của tháng này chưa chốt, hoặc không có lần chốt này.",
        )

    async def issue(self, principal: Principal, month: str) -> dict[str, Any]:
        """Keep the report of a month as it is now."""
        made = await issue(self.tools, self.issued, principal, month)
        return {**_told(made), "report": figures_of(made)}

    async def enter(
        self, principal: Principal, month: str, content: dict[str, Any]
    ) -> list[OneStopCount]:
        """Replace what a one-stop counted by itself."""
        rows = content.get("counts")
        if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
            raise SenderError(
                code="one_stop_counts_invalid",
                remedy='Ghi "counts": danh sách các dòng theo đơn vị, thủ tục.',
            )
        sender = str(content.get("sender") or "")
        return await enter(self.tools, self.issued, principal, month, sender, rows)

    async def read(self, content: bytes) -> list[dict[str, Any]]:
        """The rows of a one-stop's file.

        Raises:
            SenderError: it cannot be read.
        """
        read = self._sheets.read
        return rows_of(
            await asyncio.to_thread(lambda: read(content, max_rows=MAX_ROWS))
        )


def _told(one: Issue) -> dict[str, Any]:
    return {
        "month": one.month,
        "number": one.number,
        "issued_at": one.issued_at.isoformat(),
        "by": one.by,
    }


def counts_told(counts: list[OneStopCount]) -> dict[str, Any]:
    """Rows as they were kept."""
    return {
        "counts": [
            {
                "sender": one.sender,
                "unit": one.unit,
                "procedure": one.procedure,
                "received": one.received,
                "early": one.early,
                "on_time": one.on_time,
                "late": one.late,
                "entered_at": one.entered_at.isoformat(),
                "by": one.by,
            }
            for one in counts
        ]
    }


Figure = Annotated[str, Query(description=f"số liệu: {', '.join(behind.KINDS)}")]
Code = Annotated[str | None, Query()]
Day = Annotated[date | None, Query(description="figure=due: ngày hẹn trả từ, đến")]


def router(desk: ReportDesk) -> Routes:
    """Routes under /v1; what ends in a file's name comes before what takes any month."""
    routes = Routes(prefix="/v1", tags=["reports"])
    _figures(desk, routes)
    _behind(desk, routes)
    _restated(desk, routes)
    _acts(desk, routes)
    return routes


def _figures(desk: ReportDesk, routes: Routes) -> None:
    tools = desk.tools

    @routes.get("/reports/{month}.xlsx")
    async def get_workbook(month: str, request: Request) -> Response:
        """Báo cáo tháng, tệp .xlsx, mỗi bảng một trang kèm định nghĩa."""
        principal = await signed_in(tools, request)
        month = desk.month(month)
        content = await desk.workbook(principal.scope, month)
        return file(content, f"bao-cao-{month}.xlsx", XLSX)

    @routes.get("/reports/{month}")
    async def get_report(month: str, request: Request) -> Response:
        """Báo cáo tháng: trong hạn, quá hạn, thời gian từng bên, chênh với Cổng và một cửa."""
        principal = await signed_in(tools, request)
        return answer(await desk.report(principal.scope, desk.month(month)))


def _behind(desk: ReportDesk, routes: Routes) -> None:
    tools = desk.tools

    @routes.get("/reports/{month}/dossiers")
    async def get_dossiers(  # noqa: PLR0913, PLR0917  each is a parameter of the call
        month: str,
        request: Request,
        figure: Figure = "ended",
        unit: Code = None,
        procedure: Code = None,
        lead: Code = None,
        office: Code = None,
        clock: Code = None,
        whose: Code = None,
        timeliness: Code = None,
        standing: Code = None,
        party: Code = None,
        first: Day = None,
        last: Day = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Response:
        """Các hồ sơ đứng sau một con số của báo cáo, từng trang."""
        principal = await signed_in(tools, request)
        asked = Asked(
            month=desk.month(month),
            kind=figure,
            unit=unit,
            procedure=procedure,
            lead=lead,
            office=office,
            clock=clock,
            whose=whose,
            timeliness=timeliness,
            standing=standing,
            party=party,
            first=first,
            last=last,
        )
        page = page_of(limit)
        return answer(await desk.behind(principal.scope, asked, after, page))


def _restated(desk: ReportDesk, routes: Routes) -> None:
    tools = desk.tools

    @routes.get("/reports/{month}/restated")
    async def get_restated(
        month: str,
        request: Request,
        number: int = 0,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Response:
        """Hồ sơ đổi từ khi báo cáo được chốt: cũ, mới, vì sao; number: lần chốt nào."""
        principal = await signed_in(tools, request)
        month, page = desk.month(month), page_of(limit)
        found = await desk.restated(principal.scope, month, number, after, page)
        return answer(found)


def _acts(desk: ReportDesk, routes: Routes) -> None:
    tools = desk.tools

    @routes.post("/reports/{month}/issue")
    async def post_issue(month: str, request: Request) -> Response:
        """Chốt báo cáo tháng: giữ nguyên số liệu lúc này, đánh số lần chốt."""
        principal = await signed_in(tools, request)
        return answer(await desk.issue(principal, desk.month(month)), 201)

    @routes.get("/reports/{month}/issued/{number}")
    async def get_issued(month: str, number: int, request: Request) -> Response:
        """Báo cáo như đã chốt; chỉ cho người xem được toàn tỉnh."""
        principal = await signed_in(tools, request)
        found = await desk.one_issue(desk.month(month), number)
        if principal.scope != EVERYTHING:
            raise NotAllowed
        return answer({**_told(found), "report": figures_of(found)})

    @routes.get("/reports/{month}/one-stop")
    async def get_one_stop(month: str, request: Request) -> Response:
        """Số liệu một cửa tự đếm của tháng, như đã nhập."""
        principal = await signed_in(tools, request)
        month = desk.month(month)
        found = await desk.issued.one_stop_counts(month, month, principal.scope)
        return answer(counts_told(list(found)))

    @routes.put("/reports/{month}/one-stop")
    async def put_one_stop(month: str, request: Request) -> Response:
        """Nhập số liệu một cửa tự đếm của tháng; thay toàn bộ số đã nhập trước."""
        principal = await signed_in(tools, request)
        month, content = desk.month(month), await json_object(request)
        return answer(counts_told(await desk.enter(principal, month, content)))
