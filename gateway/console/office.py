"""The page of one office: its line step by step, what waits, how it is reached, whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.contacts import person
from gateway.api.fallback import shown_fallback
from gateway.api.offices import MOST, glances
from gateway.api.problems import status_of
from gateway.api.pulling import shown_pull
from gateway.api.signin import must_be_of, operator, same_origin
from gateway.console import labels, offices, show
from gateway.console.language import VIETNAMESE, say, spoken
from gateway.console.office_row import PATH, row_of
from gateway.console.office_words import grade, road
from gateway.console.render import form_of, to
from gateway.domain.check_words import WHOSE, in_one, told
from gateway.domain.contact import ROLES
from gateway.domain.errors import ActionNotPossible, DossierUnknown
from gateway.domain.identifiers import OfficeId
from gateway.domain.lane import LaneState
from gateway.domain.principal import EVERYTHING, Right, may, may_configure

if TYPE_CHECKING:
    from gateway.console.render import Pages
    from gateway.delivery.checking import Checks
    from gateway.domain.check import Check
    from gateway.ports.line_counts import LineCounts
    from gateway.ports.ways import Ways
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

#: What a person may do about an office that stands so.
_STEER = {
    LaneState.PAUSED: "resume",
    LaneState.SHADOW: "",
}
_ON_THEIR_WAY = ("waiting", "due", "sending", "unconfirmed")
#: What is more than so many is told as that, before an act.
_LEFT = 100


@dataclass(frozen=True, slots=True)
class Known:
    """Who knows of lines, numbers and roads."""

    checks: Checks
    counts: LineCounts
    ways: Ways


def register(pages: Pages, known: Known, routes: APIRouter) -> None:
    """Add the page, and the button that looks at the line."""
    _page(pages, known, routes)
    _button(pages, known, routes)


def _page(pages: Pages, known: Known, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(f"{PATH}/{{identifier}}")
    async def page(identifier: str, request: Request) -> Response:
        principal = await person(tools, request)
        its = _office(tools, identifier)
        must_be_of(principal, its.id)
        found = await glances(tools, pages.lanes, known.checks, known.counts, principal)
        one = next(one for one in found if one.office.id == its.id)
        steers = may_configure(principal)
        return pages.render(
            "office.html",
            principal,
            row=row_of(tools, one),
            office=its,
            most=MOST,
            pull=await shown_pull(tools, its.id),
            steps=_steps(one.check),
            way=road(known.ways.way(its.id)),
            interfaces=[
                {
                    "one": each,
                    "grade": grade(each.grade),
                    "document": _readable(each.document),
                }
                for each in await known.ways.proved(its.id)
            ],
            people=_people(tools, its),
            contact=offices.contact(tools, its.id),
            checks=may(principal, Right.MOVE),
            asked_not_to=_asked_not_to(one.lane.state, emergency=one.lane.emergency),
            steers=steers,
            steer=_STEER.get(one.lane.state, "pause") if steers else "",
            left=await _left(tools, its) if steers else 0,
            left_most=_LEFT,
            fallback=shown_fallback(tools, pages.lanes.fallbacks, its.id),
            manual=_manual(tools, its),
            here="lanes",
        )


def _button(pages: Pages, known: Known, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{identifier}}/kiem-tra")
    async def check(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        its = _office(tools, identifier)
        must_be_of(principal, its.id)
        back = f"{PATH}/{quote(its.id)}"
        anyway = (await form_of(request)).get("anyway") == "1"
        try:
            await known.checks.check(its.id, by=principal.id, anyway=anyway)
        except ActionNotPossible as error:
            return pages.told(principal, status_of(error), error.remedy, back)
        return to(f"{back}#duong-truyen")


def _office(tools: Tools, identifier: str) -> Office:
    found = tools.versions.current.offices.get(OfficeId(identifier))
    if found is None:
        raise DossierUnknown
    return found


def _asked_not_to(state: LaneState, *, emergency: bool) -> bool:
    """Whether somebody has to say that the line may be tried all the same."""
    return emergency or state is LaneState.MAINTENANCE


def _readable(document: str) -> str:
    """The connection document in the language that this page is read in."""
    if spoken() != VIETNAMESE:
        return document
    return document.removesuffix(".md") + ".vi.md"


def _steps(check: Check | None) -> dict[str, Any] | None:
    """The last look at the line, step by step."""
    if check is None:
        return None
    return {
        "at": check.at,
        "by": labels.actor(check.by),
        "good": check.failed is None,
        "words": in_one(check),
        "rows": [
            {
                "said": told(one),
                "result": one.result.value,
                "whose": WHOSE[told(one).whose],
            }
            for one in check.findings
        ],
    }


def _people(tools: Tools, office: Office) -> list[dict[str, Any]]:
    return [
        {
            "role": say(ROLES[who.role]),
            "name": who.name,
            "phone": who.phone,
            "email": who.email,
            "until": show.day(who.valid_to),
        }
        for who in tools.contacts.at(office.id)
    ]


async def _left(tools: Tools, office: Office) -> int:
    """Transfers to an office that are not done, up to a limit."""
    rows = await tools.overview.transfers_in(
        EVERYTHING, states=_ON_THEIR_WAY, office=office.id, after=None, limit=_LEFT
    )
    return len(rows)


def _manual(tools: Tools, office: Office) -> list[tuple[str, str]]:
    """Entries by which people could stand in for it."""
    return [
        (one.id, one.name)
        for one in tools.versions.current.offices.values()
        if one.agency == office.agency
        and one is not office
        and offices.works_by_list(tools, one.id)
    ]
