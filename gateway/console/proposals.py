"""The page of proposals, and the same behind a link in a mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.problems import status_of
from gateway.api.proposals import PARTS, decider, taken
from gateway.api.signin import operator, same_origin, signed_in
from gateway.console import labels, proposals_many
from gateway.console.language import later, say
from gateway.console.render import form_of, to
from gateway.domain.errors import (
    ActionNotPossible,
    DossierUnknown,
    NotAllowed,
    NotSignedIn,
    SenderError,
)
from gateway.domain.identifiers import OfficeId
from gateway.domain.principal import Role, may_act, may_decide
from gateway.domain.proposal import (
    CHANGING,
    STATE_NAMES,
    ProposalKind,
    ProposalState,
)
from gateway.proposing import confirming, links
from gateway.proposing.deciding import Decision, found
from gateway.proposing.showing import shown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.api.reconciling import Desk
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.ports.proposals import ProposalRow
    from gateway.sealing.tools import Tools

PATH = "/console/de-xuat"
BY_LINK = f"{PATH}/thu"
#: Proposals of one page.
ROWS = 50
#: Of a reason, so many characters are kept.
REASON_CHARS = 500
_DOES = {"confirm": confirming.confirm, "reject": confirming.reject}
_NO_REASON = later("Cần ghi lý do: ai kiểm tra, bằng cách nào.")


def register(pages: Pages, desk: Desk, routes: APIRouter) -> None:
    """Add the page, its acts, the upload, and what a link opens."""
    tools = pages.tools
    proposals_many.register(pages, routes)
    _linked(pages, routes)
    _upload(pages, desk, routes)

    @routes.get(PATH)
    async def page(
        request: Request,
        after: str | None = None,
        office: str = "",
        done: str = "",
        state: str = ProposalState.OPEN.value,
    ) -> Response:
        principal = await signed_in(tools, request)
        wanted = ProposalState(state) if state in STATE_NAMES else ProposalState.OPEN
        return await _listed(pages, principal, wanted, office, after, done)

    @routes.post(f"{PATH}/{{identifier}}/{{what}}")
    async def act(identifier: str, what: str, request: Request) -> Response:
        same_origin(request)
        principal = await decider(tools, request)
        row = await found(tools, identifier, principal.scope)
        form = await form_of(request)
        said = Decision(
            principal.id,
            _reason(form),
            decides=may_decide(principal),
            alone=form.get("alone") == "1",
        )
        if what == "undo":
            return await _acted(
                pages, principal, row, said, confirming.undo, PATH, what
            )
        return await _decided(pages, principal, row, said, what, PATH)


async def _listed(
    pages: Pages,
    principal: Principal,
    state: ProposalState,
    office: str,
    after: str | None,
    done: str,
) -> Response:
    rows = await pages.tools.proposals.proposals(
        principal.scope,
        state=state,
        office=office or None,
        after=after,
        limit=ROWS,
    )
    return pages.render(
        "proposals.html",
        principal,
        groups=await _groups(pages, rows),
        decides=principal.role is Role.ONE_STOP or may_act(principal),
        uploads=may_act(principal),
        head=may_decide(principal),
        offices=_offices(pages),
        following=rows[-1].id if len(rows) == ROWS else None,
        office=office,
        state=state.value,
        states=[(one.value, say(name)) for one, name in STATE_NAMES.items()],
        done=_done(done),
        base=PATH,
        link=False,
        here="proposals",
    )


def _upload(pages: Pages, desk: Desk, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/danh-sach")
    async def upload(request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        try:
            parts = await desk.form(request, PARTS | {"office"})
            office = OfficeId(parts.get("office", b"").decode("utf-8", "replace"))
            if office not in tools.versions.current.offices:
                raise DossierUnknown
            listed, result = await taken(tools, desk, principal, office, parts)
        except (NotAllowed, NotSignedIn):
            raise
        except (SenderError, ActionNotPossible) as wrong:
            return pages.told(principal, status_of(wrong), wrong.remedy, PATH)
        counts = result.counts
        return pages.render(
            "proposals_found.html",
            principal,
            counts=[
                (say(_COUNTS[name]), counts[name]) for name in _COUNTS if counts[name]
            ],
            rows=len(listed.rows),
            problems=listed.problems[:ROWS],
            notes=(*listed.notes, *filter(None, [listed.misfit])),
            office=office,
            here="proposals",
        )


def _linked(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(f"{BY_LINK}/{{token}}")
    async def linked(token: str, done: str = "") -> Response:
        try:
            link = await links.opened(tools, token)
        except DossierUnknown:
            return pages.render("link_over.html", None, 404, days=links.DAYS)
        rows = await links.named(tools, link)
        return pages.render(
            "proposals.html",
            None,
            groups=await _groups(pages, rows),
            decides=True,
            uploads=False,
            head=False,
            offices=[],
            following=None,
            office="",
            state=ProposalState.OPEN.value,
            states=[],
            done=_done(done),
            base=f"{BY_LINK}/{token}",
            link=True,
        )

    @routes.post(f"{BY_LINK}/{{token}}/{{identifier}}/{{what}}")
    async def act(token: str, identifier: str, what: str, request: Request) -> Response:
        same_origin(request)
        try:
            link = await links.opened(tools, token)
        except DossierUnknown:
            return pages.render("link_over.html", None, 404, days=links.DAYS)
        # A link opens what its mail named, and nothing else of anybody.
        row = next(
            (one for one in await links.named(tools, link) if one.id == identifier),
            None,
        )
        if row is None:
            raise DossierUnknown
        said = Decision(f"link:{link.contact}", _reason(await form_of(request)))
        return await _decided(pages, None, row, said, what, f"{BY_LINK}/{token}")


async def _decided(
    pages: Pages,
    principal: Principal | None,
    row: ProposalRow,
    said: Decision,
    what: str,
    back: str,
) -> Response:
    if what not in _DOES:
        raise DossierUnknown
    return await _acted(pages, principal, row, said, _DOES[what], back, what)


async def _acted(
    pages: Pages,
    principal: Principal | None,
    row: ProposalRow,
    said: Decision,
    act: Callable[[Tools, ProposalRow, Decision], Awaitable[ProposalRow]],
    back: str,
    done: str,
) -> Response:
    if not said.reason:
        return pages.told(principal, 422, say(_NO_REASON), back)
    try:
        await act(pages.tools, row, said)
    except (ActionNotPossible, NotAllowed) as error:
        return pages.told(principal, status_of(error), error.remedy, back)
    return to(f"{back}?done={done}")


def _reason(form: dict[str, str]) -> str:
    return form.get("reason", "").strip()[:REASON_CHARS]


async def _groups(
    pages: Pages, rows: Sequence[ProposalRow]
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Proposals by their office, as the page shows them."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if await confirming.is_overtaken(pages.tools, row):
            continue
        told = await shown(pages.tools, row)
        told["changing"] = row.kind in CHANGING
        told["by_name"] = labels.actor(row.by) if row.by else ""
        groups.setdefault(told["office_name"], []).append(told)
    return sorted(groups.items())


def _offices(pages: Pages) -> list[tuple[str, str]]:
    offices = pages.tools.versions.current.offices.values()
    return sorted((one.id, one.name) for one in offices)


def _done(code: str) -> str:
    return say(_DONE[code]) if code in _DONE else ""


_DONE = {
    "confirm": later("đã xác nhận"),
    "reject": later("đã bỏ đề xuất"),
    "undo": later(
        "đã rút lại xác nhận, số liệu tính lại; hồ sơ đã kết thúc không mở lại"
    ),
}
#: How people call what a list led to, in the order in which it is shown.
_COUNTS = {
    ProposalKind.FINISHED_THERE.value: later("đã xong ở cơ quan, còn mở ở cổng"),
    ProposalKind.LATE_ON_PAPER.value: later(
        "quá hạn trên hệ thống, đã giải quyết xong"
    ),
    ProposalKind.WAITING_THERE.value: later("cơ quan đang chờ người dân"),
    ProposalKind.UNKNOWN_THERE.value: later("cổng có, danh sách không có"),
    ProposalKind.UNKNOWN_HERE.value: later("danh sách có, cổng không có"),
    "agrees": later("khớp, không cần làm gì"),
    "no_part_here": later("hồ sơ có ở cổng, không có phần việc của cơ quan này"),
    "unclear": later("chưa rõ trạng thái, hoặc một mã ghi nhiều lần khác nhau"),
}
