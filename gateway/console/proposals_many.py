"""Many proposals decided in one act: what will happen is shown before, and what came after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.proposals import decider
from gateway.api.signin import fresh, same_origin
from gateway.console.language import later, say
from gateway.console.render import MOST_FIELDS
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierUnknown,
    GatewayError,
    NotAllowed,
)
from gateway.domain.principal import may_decide
from gateway.domain.proposal import ProposalState
from gateway.proposing import confirming
from gateway.proposing.deciding import Decision, found
from gateway.proposing.showing import shown

if TYPE_CHECKING:
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

PATH = "/console/de-xuat/nhieu"
#: Proposals that are decided in one act.
MOST = 100
REASON_CHARS = 500
NO_REASON = later("Cần ghi lý do: ai kiểm tra, bằng cách nào.")
NOTHING = later("Chưa chọn đề xuất nào.")
Office = Annotated[str, Query(alias="don-vi")]
_DOES = {"confirm": confirming.confirm, "reject": confirming.reject}


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the choice and the act; before the page whose path would take it."""
    tools = pages.tools

    @routes.get(PATH)
    async def choose(request: Request, office: Office = "") -> Response:
        principal = await decider(tools, request)
        return await _choice(pages, principal, office)

    @routes.post(PATH)
    async def act(request: Request) -> Response:
        same_origin(request)
        principal = await decider(tools, request)
        fresh(tools, principal)
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
        chosen = [str(one) for one in form.getlist("chon")][:MOST]
        reason = str(form.get("reason", "")).strip()[:REASON_CHARS]
        what, office = str(form.get("what", "")), str(form.get("don-vi", ""))
        if what not in _DOES:
            raise DossierUnknown
        if not (chosen and reason):
            wrong = say(NOTHING if reason else NO_REASON)
            return await _choice(pages, principal, office, (chosen, reason, wrong))
        done, left = await _decided(tools, principal, chosen, what, reason)
        return pages.render(
            "proposals_done.html",
            principal,
            asked=len(chosen),
            done=done,
            left=left,
            confirmed=what == "confirm",
            here="proposals",
        )


async def _choice(
    pages: Pages,
    principal: Principal,
    office: str,
    typed: tuple[list[str], str, str] | None = None,
) -> Response:
    """The list with its boxes; all of them are ticked until somebody typed."""
    tools = pages.tools
    rows = await tools.proposals.proposals(
        principal.scope,
        state=ProposalState.OPEN,
        office=office or None,
        after=None,
        limit=MOST,
    )
    ticked, reason, wrong = typed or ([one.id for one in rows], "", "")
    return pages.render(
        "proposals_many.html",
        principal,
        422 if typed else 200,
        rows=[
            await shown(tools, row)
            for row in rows
            if not await confirming.is_overtaken(tools, row)
        ],
        ticked=ticked,
        reason=reason,
        wrong=wrong,
        office=office,
        most=MOST,
        chars=REASON_CHARS,
        here="proposals",
    )


async def _decided(
    tools: Tools, principal: Principal, chosen: list[str], what: str, reason: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Each by itself: one that is not possible leaves the others as they are."""
    said = Decision(principal.id, reason, decides=may_decide(principal), alone=False)
    done, left = [], []
    for identifier in dict.fromkeys(chosen):
        told: dict[str, Any] = {"number": identifier, "dossier_id": None}
        try:
            row = await found(tools, identifier, principal.scope)
            told = await shown(tools, row)
            await _DOES[what](tools, row, said)
        except (ActionNotPossible, ChangedMeanwhile, NotAllowed, DossierUnknown) as no:
            left.append({**told, "why": _why(no)})
        else:
            done.append(told)
    return done, left


def _why(error: GatewayError) -> str:
    return error.remedy
