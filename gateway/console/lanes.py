"""The page of offices: how sending to each stands, and whom to call there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.contacts import person
from gateway.api.lane_words import sentence
from gateway.console import labels, offices, show
from gateway.delivery.seen import seen
from gateway.domain.contact import ROLES

if TYPE_CHECKING:
    from gateway.console.render import Pages
    from gateway.routing.catalogue import Office

PATH = "/don-vi"


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the page."""

    @routes.get(PATH)
    async def page(request: Request) -> Response:
        principal = await person(pages.tools, request)
        found = pages.tools.versions.current.offices.values()
        rows = [_row(pages, office) for office in found]
        return pages.render("lanes.html", principal, rows=rows, here="lanes")


def _row(pages: Pages, office: Office) -> dict[str, Any]:
    tools, now = pages.tools, pages.tools.clock.now()
    one = seen(pages.lanes, office.id, now)
    people = tools.contacts.at(office.id)
    return {
        "id": office.id,
        "name": office.name,
        "agency": labels.AGENCIES.get(office.agency, office.agency),
        "state": labels.LANES[one.state],
        "state_code": one.state.value,
        "why": sentence(tools, one),
        "since": one.since,
        "for": show.span(now - one.since) if one.since else "",
        "people": [
            {
                "role": ROLES[who.role],
                "name": who.name,
                "phone": who.phone,
                "email": who.email,
                "until": show.day(who.valid_to),
            }
            for who in people
        ],
        "contact": "" if people else offices.contact(tools, office.id),
    }
