"""What stands still, one dossier, and what waits for a person; Vietnamese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import Query, Request
from fastapi.responses import Response, StreamingResponse

from gateway.api.answers import answer
from gateway.api.problems import status_of
from gateway.api.routes import Routes, take_in
from gateway.api.signin import operator, same_origin, signed_in
from gateway.console import (
    accounts,
    chases,
    closings,
    contests,
    corrections,
    evidence,
    kept,
    labels,
    maintenance,
    note_box,
    notes,
    own_account,
    packages,
    papers,
    proposals,
    put_off,
    quarantine,
    reconciling,
    saved_views,
    sign_in,
    slips,
    speaking,
    still,
    stuck,
    timeline,
    today,
    transfers,
    unmasking,
    unrouted,
    views,
    work,
)
from gateway.console import alerts as alert_pages
from gateway.console import journal as journal_pages
from gateway.console.dossier import result_file
from gateway.console.guarding import guard
from gateway.console.language import later, say
from gateway.console.render import (
    START,
    PageRoute,
    Pages,
    form_of,
    nothing,
    static,
    to,
)
from gateway.delivery.parked import act
from gateway.domain.errors import ActionNotPossible, DossierUnknown
from gateway.domain.identifiers import DossierId
from gateway.domain.principal import may_act
from gateway.domain.text import as_download
from gateway.domain.transfer import Action, State
from gateway.intake.acts import find as find_dossier
from gateway.receipts.hand import ReportAction
from gateway.receipts.waiting import again, assign, settle
from gateway.sealing.folder import Folder
from gateway.sealing.reads import note_reads
from gateway.sealing.viewing import must_see

if TYPE_CHECKING:
    from gateway.api.reconciling import Desk
    from gateway.delivery.lanes import Lanes
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.receipts.collector import Collector
    from gateway.sealing.tools import Tools
    from gateway.watch.roads import Roads

WAITING = "/console/cho-xu-ly"
#: Which transfers the page of waiting ones shows, by ``loc`` in its address.
_SHOWN = {
    "": (State.PARKED, State.UNCONFIRMED),
    "parked": (State.PARKED,),
    "unconfirmed": (State.UNCONFIRMED,),
}
#: Whose box an act was done in.
Chased = Annotated[str, Query(alias="don-vi")]
_LISTS = {"open": later("Hồ sơ đang giải quyết")}
_NO_REASON = later("Cần ghi lý do của thao tác: ai xác nhận, bằng cách nào.")


def router(
    tools: Tools, lanes: Lanes, desk: Desk, collector: Collector, roads: Roads
) -> Routes:
    """The pages; errors are pages too."""
    pages = Pages(tools, lanes)
    routes = Routes(include_in_schema=False, route_class=PageRoute.of(pages))
    routes.add_api_route("/", nothing)
    routes.add_api_route("/console/static/{name}", static)
    guard(pages)
    sign_in.register(pages, routes)
    kept.register(pages, routes)
    own_account.register(pages, routes)
    accounts.register(pages, routes)
    speaking.register(routes)
    today.register(pages, roads, routes)
    still.register(pages, routes)
    _waiting(pages, routes)
    unrouted.register(pages, routes)
    _lists(pages, routes)
    papers.register(pages, routes)
    _dossier(pages, routes)
    evidence.register(pages, routes)
    slips.register(pages, routes)
    chases.register(pages, routes)
    notes.register(pages, routes)
    _move(pages, routes)
    _end_report(pages, routes)
    closings.register(pages, routes)
    corrections.register(pages, routes)
    transfers.register(pages, routes)
    saved_views.register(pages, routes)
    stuck.register(pages, routes)
    maintenance.register(pages, routes)
    alert_pages.register(pages, roads, routes)
    work.register(pages, routes)
    reconciling.register(pages, desk, routes)
    proposals.register(pages, desk, routes)
    contests.register(pages, routes)
    packages.register(pages, collector, routes)
    unmasking.register(pages, routes)
    journal_pages.register(pages, routes)
    quarantine.register(pages, routes)
    take_in(routes, _as_json(tools))
    return routes


def _as_json(tools: Tools) -> Routes:
    """What the page of a dossier tells, for programs."""
    routes = Routes(prefix="/v1", tags=["dossiers"])

    @routes.get("/dossiers/{number}/timeline")
    async def get_timeline(number: str, request: Request) -> Response:
        """Diễn biến của một hồ sơ qua các cơ quan, theo số bất kỳ."""
        principal = await signed_in(tools, request)
        row = await find_dossier(tools, principal, number)
        await views.note_read(tools, principal, row)
        transfers = await tools.store.transfers(row.case.dossier_id)
        lines = await timeline.lines(
            tools, Folder.shown(tools, row), transfers, principal
        )
        return answer({"timeline": [timeline.plain(line) for line in lines]})

    return routes


def _waiting(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    @routes.get(WAITING)
    async def waiting(
        request: Request,
        after: str | None = None,
        report: str | None = None,
        loc: str = "",
        done: str = "",
        hoan: str = "",
    ) -> Response:
        principal = await signed_in(tools, request)
        states = _SHOWN.get(loc, _SHOWN[""])
        rows, following = await views.waiting(
            *(tools, pages.lanes, principal.scope, states),
            after=after,
            asked=put_off.asked(tools, principal, hoan),
        )
        await note_box.beside(tools, principal, rows, "dossier_id")
        reports, more = (
            await views.unmatched(tools, principal.scope, after=report)
            if may_act(principal)
            else ([], None)
        )
        return pages.render(
            "waiting.html",
            principal,
            rows=rows,
            following=following,
            loc=loc if loc in _SHOWN else "",
            **await put_off.counted(tools, principal, hoan),
            unmatched=reports,
            more=more,
            done=labels.done(done),
            here="waiting",
        )


def _lists(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    @routes.get("/console/ho-so")
    async def dossiers(
        request: Request, after: str | None = None, loc: str = "open"
    ) -> Response:
        principal = await signed_in(tools, request)
        if loc == "unrouted":
            return to(unrouted.PATH)
        state = loc if loc in _LISTS else "open"
        rows, following = await views.dossiers(
            tools, principal.scope, state, after=after
        )
        return pages.render(
            "found.html",
            principal,
            title=say(_LISTS[state]),
            rows=rows,
            following=following,
            loc=state,
            here="dossiers",
        )

    @routes.get("/console/tim")
    async def nothing_wanted() -> Response:
        return to(START)

    @routes.post("/console/tim")
    async def find(request: Request) -> Response:
        # What is looked for may be a name: it travels in the body, never in a URL.
        same_origin(request)
        principal = await signed_in(tools, request)
        wanted = (await form_of(request)).get("q", "").strip()
        rows = await views.find(tools, principal.scope, wanted)
        if len(rows) == 1:
            return to(f"/console/ho-so/{rows[0]['id']}")
        return pages.render(
            "found.html",
            principal,
            title=say("Kết quả tìm «%(wanted)s»") % {"wanted": wanted},
            rows=rows,
            following=None,
            loc="",
            here="dossiers",
        )


async def _opened(
    tools: Tools, request: Request, identifier: str
) -> tuple[Principal, DossierRow]:
    """A dossier that somebody looks at, and that they did is noted."""
    principal = await signed_in(tools, request)
    row = await tools.store.dossier(DossierId(identifier), principal.scope)
    if row is None:
        raise DossierUnknown
    await views.note_read(tools, principal, row)
    return principal, row


def _dossier(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    @routes.get("/console/ho-so/so/{number:path}")
    async def by_number(number: str, request: Request) -> Response:
        # For links of others, who know a number and no identifier of ours.
        principal = await signed_in(tools, request)
        rows = await views.find(tools, principal.scope, number)
        if len(rows) != 1:
            raise DossierUnknown
        return to(f"/console/ho-so/{rows[0]['id']}")

    @routes.get("/console/ho-so/{identifier}")
    async def dossier(
        identifier: str,
        request: Request,
        xong: str = "",
        chased: Chased = "",
        ghi: str = "",
    ) -> Response:
        principal, row = await _opened(tools, request, identifier)
        said, noted = chases.done(xong, chased), note_box.done(ghi)
        return await chases.dossier_page(pages, principal, row, said, noted=noted)

    @routes.get("/console/ho-so/{identifier}/ket-qua/{attachment}")
    async def result(identifier: str, attachment: str, request: Request) -> Response:
        principal, row = await _opened(tools, request, identifier)
        must_see(row.case.dossier_id)
        found = await result_file(tools, row, attachment)
        if found is None:
            raise DossierUnknown
        note = {"file": attachment}
        await note_reads(tools, principal, [row.case.dossier_id], note)
        name, stored, key = found
        return StreamingResponse(
            tools.attachments.open(stored, key),
            media_type="application/octet-stream",
            headers={
                "Content-Disposition": as_download(name),
                "Content-Length": str(stored.size_bytes),
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )


def _move(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    @routes.post("/console/luot-gui/{identifier}/{action}")
    async def move(identifier: str, action: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        form = await form_of(request)
        reason = form.get("reason", "").strip()
        if not views.is_action(action):
            raise DossierUnknown
        own = f"{transfers.PATH}/{quote(identifier)}"
        from_own = form.get("from") == "transfer"
        back = own if from_own else f"{WAITING}#{quote(identifier)}"
        if not reason:
            return pages.told(principal, 422, say(_NO_REASON), back)
        try:
            await act(tools, principal, identifier, Action(action), reason=reason)
        except ActionNotPossible as error:
            told = say(
                "Lượt gửi đã đổi trạng thái, thao tác này không còn phù hợp."
                " Xem lại tình trạng rồi chọn thao tác khác."
            )
            return pages.told(principal, status_of(error), told, back)
        return to(f"{own if from_own else WAITING}?done={action}")


def _end_report(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    @routes.post("/console/phan-hoi/{identifier}/{action}")
    async def end(identifier: str, action: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        form = await form_of(request)
        reason, number = (form.get(name, "").strip() for name in ("reason", "number"))
        if action not in set(ReportAction):
            raise DossierUnknown
        back = f"{WAITING}#chua-khop"
        if not reason:
            return pages.told(principal, 422, say(_NO_REASON), back)
        try:
            if action == ReportAction.SETTLE:
                await settle(tools, principal, identifier, reason=reason)
                return to(f"{WAITING}?done={action}")
            if action == ReportAction.AGAIN:
                await again(tools, principal, identifier, reason=reason)
                return to(f"{WAITING}?done={action}")
            dossier = await find_dossier(tools, principal, number)
            await assign(tools, principal, identifier, dossier, reason=reason)
        except (ActionNotPossible, DossierUnknown) as error:
            return pages.told(principal, status_of(error), error.remedy, back)
        return to(f"/console/ho-so/{dossier.case.dossier_id}")
