"""Pages about contested latenesses: what the head decides, whom to tell, what a link opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import contests as calls
from gateway.api.problems import status_of
from gateway.api.signin import head, operator, same_origin, signed_in
from gateway.console.language import later, say
from gateway.console.render import form_of, to
from gateway.contesting import links
from gateway.contesting.listing import objections, untold_of, untold_offices
from gateway.contesting.objecting import REASON_AT_MOST, Said, object_to
from gateway.contesting.telling import give_days
from gateway.domain.errors import ActionNotPossible, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.lateness import ObjectionState
from gateway.domain.lateness_words import STATES
from gateway.domain.principal import may_act, may_decide
from gateway.intake.acts import find

if TYPE_CHECKING:
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal

PATH = "/console/y-kien"
UNTOLD = f"{PATH}/chua-bao"
BY_LINK = "/console/cham/thu"
#: Objections of one page, and dossiers of one letter.
ROWS, LETTER = 50, 200
_NO_REASON = later("Cần ghi lý do.")
_DONE = {
    "decided": later("đã quyết định về ý kiến"),
    "objected": later("đã ghi ý kiến của đơn vị"),
    "term": later("đã cho thêm thời hạn nêu ý kiến"),
    "told": later("đã ghi văn bản báo đơn vị"),
}


def _done(code: str) -> str:
    return say(_DONE[code]) if code in _DONE else ""


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the pages; what has a name of its own comes before what takes any dossier."""
    _listed(pages, routes)
    _untold(pages, routes)
    _linked(pages, routes)
    _acts(pages, routes)


def _listed(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(PATH)
    async def page(
        request: Request, loc: str = "open", after: str | None = None, done: str = ""
    ) -> Response:
        principal = await signed_in(tools, request)
        state = calls.state_of(loc)
        rows, following = await objections(
            tools, principal.scope, state, office=None, after=after, limit=ROWS
        )
        all_ = may_act(principal) and principal.scope.everything
        return pages.render(
            "objections.html",
            principal,
            rows=rows,
            following=following,
            state=state.value,
            states=[(one.value, say(STATES[one])) for one in ObjectionState],
            decides=may_decide(principal),
            untold=await untold_offices(tools) if all_ else [],
            most=REASON_AT_MOST,
            done=_done(done),
            here="objections",
        )


def _untold(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(UNTOLD)
    async def page(request: Request, office: str, done: str = "") -> Response:
        principal = await operator(tools, request)
        calls.must_see_all(principal)
        rows = await untold_of(tools, OfficeId(office), LETTER)
        known = tools.versions.current.offices.get(OfficeId(office))
        return pages.render(
            "lateness_untold.html",
            principal,
            office=office,
            office_name=known.name if known else office,
            rows=rows,
            days=tools.contests.days,
            done=_done(done),
            here="objections",
        )

    @routes.post(UNTOLD)
    async def told(request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        calls.must_see_all(principal)
        form = await form_of(request)
        office = form.get("office", "")
        back = f"{UNTOLD}?office={office}"
        shown = form.get("dossiers", "").split()
        try:
            await calls.told_by_paper(
                tools, principal, office, shown, form.get("paper", "")
            )
        except (ActionNotPossible, SenderError) as wrong:
            return pages.told(principal, status_of(wrong), wrong.remedy, back)
        return to(f"{PATH}?done=told")


def _linked(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(f"{BY_LINK}/{{token}}")
    async def linked(token: str, done: str = "") -> Response:
        link = await links.opened(tools, token)
        known = tools.versions.current.offices.get(link.office)
        return pages.render(
            "lateness_link.html",
            None,
            rows=await links.named(tools, link),
            office_name=known.name if known else link.office,
            until=link.expires_at,
            base=f"{BY_LINK}/{token}",
            most=REASON_AT_MOST,
            done=_done(done),
        )

    @routes.post(f"{BY_LINK}/{{token}}/{{dossier}}")
    async def objects(token: str, dossier: str, request: Request) -> Response:
        same_origin(request)
        link = await links.opened(tools, token)
        row = await links.of_link(tools, link, dossier)
        form, back = await form_of(request), f"{BY_LINK}/{token}"
        said = Said(
            f"link:{link.contact}", form.get("reason", ""), form.get("paper", "")
        )
        try:
            await object_to(tools, row, link.office, said)
        except (ActionNotPossible, SenderError) as wrong:
            return pages.told(None, status_of(wrong), wrong.remedy, back)
        return to(f"{back}?done=objected")


def _acts(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{dossier}}/han")
    async def term(dossier: str, request: Request) -> Response:
        same_origin(request)
        principal = await head(tools, request)
        row = await find(tools, principal, dossier)
        reason = (await form_of(request)).get("reason", "").strip()
        back = f"/console/ho-so/{row.case.dossier_id}#cham"
        if not reason:
            return pages.told(principal, 422, say(_NO_REASON), back)
        try:
            await give_days(tools, principal, row, reason)
        except ActionNotPossible as wrong:
            return pages.told(principal, status_of(wrong), wrong.remedy, back)
        return to(back)

    @routes.post(f"{PATH}/{{dossier}}/thay-don-vi")
    async def objected(dossier: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        row = await find(tools, principal, dossier)
        form, back = (
            await form_of(request),
            f"/console/ho-so/{row.case.dossier_id}#cham",
        )
        try:
            await calls.objected(tools, principal, row, form, "")
        except (ActionNotPossible, SenderError) as wrong:
            return pages.told(principal, status_of(wrong), wrong.remedy, back)
        return to(back)

    @routes.post(f"{PATH}/{{dossier}}/{{objection}}")
    async def decided(dossier: str, objection: str, request: Request) -> Response:
        same_origin(request)
        principal = await head(tools, request)
        return await _decided(pages, principal, dossier, objection, request)


async def _decided(
    pages: Pages, principal: Principal, dossier: str, objection: str, request: Request
) -> Response:
    row = await find(pages.tools, principal, dossier)
    form = await form_of(request)
    content: dict[str, Any] = {
        "upheld": form.get("upheld") == "1",
        "party": form.get("party", ""),
        "reason": form.get("reason", ""),
    }
    try:
        await calls.decided(pages.tools, principal, row, objection, content)
    except (ActionNotPossible, SenderError) as wrong:
        return pages.told(principal, status_of(wrong), wrong.remedy, PATH)
    return to(f"{PATH}?done=decided")
