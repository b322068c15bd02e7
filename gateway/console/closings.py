"""Pages on which staff end something by hand: one asks, another confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import closings as calls
from gateway.api.corrections import must_see
from gateway.api.problems import status_of
from gateway.api.signin import fresh, same_origin, signed_in
from gateway.console import labels, views
from gateway.console.language import later, say
from gateway.console.render import form_of, to
from gateway.domain.closing import WHOLE, Closing, Way, closed
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierUnknown,
    NotAllowed,
    SenderError,
)
from gateway.domain.identifiers import DossierId
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Right, may
from gateway.intake import closing
from gateway.intake.closing_asked import (
    NUMBER_AT_MOST,
    REASON_AT_MOST,
    read_closing,
)
from gateway.routing.telling import closed_words
from gateway.sealing.viewing import is_masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.console.render import Pages
    from gateway.domain.case import Case
    from gateway.domain.correction import Correction, StandIn
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

#: Where what waits is listed: with corrections, on one page.
LIST = "/console/sua-ho-so"
PATH = "/console/ket-thuc"
#: Begins the name of a box that tells a leg's office to give the dossier back.
BACK = "rut."
WHY = later("Cần ghi lý do: đã đối chiếu bằng cách nào.")


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the form and the decision; what waits is listed with corrections."""
    _form(pages, routes)
    _decision(pages, routes)


def _form(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    async def opened(request: Request, identifier: str) -> tuple[Principal, DossierRow]:
        principal = await signed_in(tools, request)
        if not may(principal, Right.EDIT):
            raise NotAllowed
        row = await tools.store.dossier(DossierId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        return principal, row

    @routes.get("/console/ho-so/{identifier}/ket-thuc")
    async def form(identifier: str, request: Request, phan: str = WHOLE) -> Response:
        principal, row = await opened(request, identifier)
        closing.must_reach(principal, row, phan)
        return await _page(pages, principal, row, {"leg": phan})

    @routes.post("/console/ho-so/{identifier}/ket-thuc")
    async def ask(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal, row = await opened(request, identifier)
        typed = await form_of(request)
        try:
            wanted = read_closing(_content(typed), legal_day(tools.clock.now()))
            found = await closing.look(tools, principal, row, wanted)
            if typed.get("do") != "gui":
                shown = calls.told(tools, found)
                return await _page(pages, principal, row, typed, outlook=shown)
            fresh(tools, principal)
            seen = tuple(typed.get("seen", "").split())
            await closing.ask(tools, principal, row, wanted, seen)
        except ChangedMeanwhile:
            refused = calls.another()
            return await _page(pages, principal, row, typed, refused=refused)
        except (ActionNotPossible, SenderError) as error:
            return await _page(pages, principal, row, typed, refused=error)
        return to(f"{LIST}?xong=ket-thuc")


def _content(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as calls have it."""
    backs = [name.removeprefix(BACK) for name in typed if name.startswith(BACK)]
    named = ("way", "leg", "outcome", "number", "on", "reason")
    return {**{name: typed.get(name, "") for name in named}, "withdraws": backs}


async def _page(
    pages: Pages,
    principal: Principal,
    row: DossierRow,
    typed: Mapping[str, str],
    *,
    outlook: Mapping[str, Any] | None = None,
    refused: SenderError | None = None,
) -> Response:
    """The form as it was filled in; with what would happen, once that was asked."""
    tools, leg = pages.tools, typed.get("leg", WHOLE)
    offered = {one["leg"]: one for one in calls.offered(tools, row, principal)}
    status = status_of(refused) if refused else 200
    here = offered.get(leg) if leg else {"office_name": "", "outcomes": []}
    return pages.render(
        "close.html",
        principal,
        status,
        number=await views.number_of(tools, row),
        dossier=row.case.dossier_id,
        leg=leg,
        offered=here,
        typed=_kept(typed),
        withdrawable=await _withdrawable(tools, row, leg) if here else [],
        backs={name for name in typed if name.startswith(BACK)},
        outlook=outlook,
        wrong=refused.remedy if refused else "",
        most=REASON_AT_MOST,
        most_number=NUMBER_AT_MOST,
        today=legal_day(tools.clock.now()).isoformat(),
        here="dossiers",
    )


def _kept(typed: Mapping[str, str]) -> dict[str, str]:
    return {
        name: typed.get(name, "")[:REASON_AT_MOST]
        for name in ("way", "outcome", "number", "on", "reason")
    }


async def _withdrawable(tools: Tools, row: DossierRow, leg: str) -> list[Any]:
    """Offices that could be told to give the dossier back."""
    way = Way.SKIP if leg else Way.DOSSIER
    try:
        found = await closing.foreseen(tools, row, Closing(way, leg, ""))
    except ActionNotPossible:
        return []
    return list(calls.told(tools, found)["withdrawable"])


def _decision(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{identifier}}/{{what}}")
    async def decide(identifier: str, what: str, request: Request) -> Response:
        same_origin(request)
        principal = await signed_in(tools, request)
        must_see(principal)
        fresh(tools, principal)
        if what not in {"duyet", "bo"}:
            raise DossierUnknown
        typed = await form_of(request)
        reason = typed.get("reason", "").strip()[:REASON_AT_MOST]
        if not reason:
            return pages.told(principal, 422, say(WHY), LIST)
        try:
            row = await closing.decide(
                tools,
                principal,
                identifier,
                approve=what == "duyet",
                reason=reason,
                seen=tuple(typed.get("seen", "").split()),
            )
        except (SenderError, ActionNotPossible) as error:
            return pages.told(principal, status_of(error), error.remedy, LIST)
        if what == "duyet":
            return to(f"/console/ho-so/{row.case.dossier_id}")
        return to(f"{LIST}?xong=bo-ket-thuc")


async def card(
    pages: Pages, principal: Principal, kept: Correction, alone: StandIn | None
) -> dict[str, Any] | None:
    """One that waits, for the list; None: it is not this account's."""
    tools = pages.tools
    row = await calls.reached(tools, principal, kept)
    if row is None:
        return None
    hidden = is_masked(kept.dossier_id)
    if not hidden:
        await views.note_read(tools, principal, row)
    found = await calls.waiting(tools, principal, row, kept, alone)
    outlook = found["outlook"]
    possible = outlook is not None and not outlook["unsure"]
    return {
        **found,
        "by": labels.actor(kept.by),
        "at": kept.at,
        "takes_effect_at": alone.effect_at if alone else None,
        "approves": found["may_approve"] and not hidden and possible,
        "hidden": hidden and found["may_approve"],
        "own": principal.id == kept.by,
    }


def by_hand(tools: Tools, case: Case, leg: str = WHOLE) -> dict[str, Any] | None:
    """How something was ended by hand, and by whom; None: it was not."""
    found = closed(case, leg)
    if found is None:
        return None
    confirmed = found.get("confirmed_by", "")
    return {
        "sentence": closed_words(case, leg, tools.versions.current),
        "asked_by": labels.actor(str(found.get("asked_by", ""))),
        "confirmed_by": labels.actor(str(confirmed)),
        "nobody_else": bool(found.get("nobody_else")),
    }
