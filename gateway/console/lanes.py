"""The page of offices: how sending to each stands, and whom to call there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.contacts import person
from gateway.api.fallback import shown_fallback, steer
from gateway.api.lane_words import sentence
from gateway.api.lanes import steered
from gateway.api.problems import status_of
from gateway.api.pulling import shown_pull
from gateway.api.signin import administrator, same_origin
from gateway.console import labels, offices, show
from gateway.console.language import later, say
from gateway.console.render import form_of, to
from gateway.delivery.seen import seen, shut_by_plan
from gateway.domain.contact import ROLES
from gateway.domain.errors import ActionNotPossible, DossierUnknown, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.lane import LaneState
from gateway.domain.principal import EVERYTHING, may_configure
from gateway.watch.stuck_findings import quiet_now

if TYPE_CHECKING:
    from gateway.console.render import Pages
    from gateway.delivery.fallback import Fallbacks
    from gateway.routing.catalogue import Office

PATH = "/console/don-vi"
#: What is more than so many is told as that.
MOST = 100
_ON_THEIR_WAY = ("waiting", "due", "sending", "unconfirmed")
#: What can be done with an office's lane here; going live is done by command.
_STEERS = frozenset({"pause", "resume"})
#: What a person may do about an office that stands so.
_STEER = {
    LaneState.OPEN: "pause",
    LaneState.PROBING: "pause",
    LaneState.CLOSED: "pause",
    LaneState.PAUSED: "resume",
    LaneState.OFF_HOURS: "pause",
    LaneState.MAINTENANCE: "pause",
    LaneState.HELD: "pause",
}
_NO_REASON = later("Cần ghi lý do của thao tác: ai quyết định, vì sao.")


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the page, and the form by which a manual entry stands in."""
    tools, fallbacks = pages.tools, pages.lanes.fallbacks

    @routes.get(PATH)
    async def page(request: Request) -> Response:
        principal = await person(pages.tools, request)
        found = pages.tools.versions.current.offices.values()
        silent = await quiet_now(tools, shut_by_plan(tools, pages.lanes))
        steers = may_configure(principal)
        rows = [
            {
                **_row(pages, fallbacks, office),
                "left": await _left(pages, office) if steers else 0,
                "pull": await shown_pull(pages.tools, office.id),
                "silent": silent.get(office.id),
            }
            for office in found
        ]
        return pages.render(
            "lanes.html",
            principal,
            rows=rows,
            steers=steers,
            most=MOST,
            here="lanes",
        )

    _steering(pages, routes)

    @routes.post(f"{PATH}/{{office}}/thay")
    async def fallback(office: str, request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        form = await form_of(request)
        content = {**form, "end": form.get("end") == "1"}
        try:
            await steer(tools, fallbacks, principal, office, content)
        except SenderError as wrong:
            return pages.told(principal, status_of(wrong), wrong.remedy, PATH)
        return to(f"{PATH}#{quote(office)}")


def _steering(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{office}}/gui/{{what}}")
    async def steer_lane(office: str, what: str, request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        known = office in tools.versions.current.offices
        if what not in _STEERS or not known:
            raise DossierUnknown
        reason = (await form_of(request)).get("reason", "").strip()
        if not reason:
            return pages.told(principal, 422, say(_NO_REASON), PATH)
        try:
            await steered(
                *(tools, pages.lanes, OfficeId(office), what),
                by=principal.id,
                reason=reason,
            )
        except ActionNotPossible as error:
            return pages.told(principal, status_of(error), error.remedy, PATH)
        return to(f"{PATH}#{quote(office)}")


async def _left(pages: Pages, office: Office) -> int:
    """Transfers to an office that are not done, up to ``MOST``."""
    rows = await pages.tools.overview.transfers_in(
        EVERYTHING, states=_ON_THEIR_WAY, office=office.id, after=None, limit=MOST
    )
    return len(rows)


def _row(pages: Pages, fallbacks: Fallbacks, office: Office) -> dict[str, Any]:
    tools, now = pages.tools, pages.tools.clock.now()
    one = seen(pages.lanes, office.id, now)
    open_ = one.state is LaneState.OPEN
    people = tools.contacts.at(office.id)
    return {
        "id": office.id,
        "name": office.name,
        "agency": labels.agency_name(office.agency),
        "identifier": office.identifier,
        "state": labels.lane(one.state),
        "state_code": one.state.value,
        "steer": _STEER.get(one.state, ""),
        "why": sentence(tools, one),
        "since": None if open_ else one.since,
        "for": show.span(now - one.since) if one.since else "",
        "people": [
            {
                "role": say(ROLES[who.role]),
                "name": who.name,
                "phone": who.phone,
                "email": who.email,
                "until": show.day(who.valid_to),
            }
            for who in people
        ],
        "contact": "" if people else offices.contact(tools, office.id),
        "fallback": shown_fallback(tools, fallbacks, office.id),
        "manual": [
            (one.id, one.name)
            for one in tools.versions.current.offices.values()
            if one.agency == office.agency
            and one is not office
            and offices.works_by_list(tools, one.id)
        ],
    }
