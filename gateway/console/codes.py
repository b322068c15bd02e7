"""A code looked up: what it is in the list of communes, and in the tables of each office."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.contacts import person
from gateway.console import labels, show
from gateway.console.configurations import running
from gateway.console.language import later, say
from gateway.routing.looking_up import communes, rows

if TYPE_CHECKING:
    from gateway.console.render import Pages
    from gateway.routing.looking_up import Listed, Meaning

PATH = "/console/bang-ma"
#: Rows and communes that one look shows.
MOST = 100
_LONGEST = 100
Wanted = Annotated[str, Query(alias="ma")]
TABLES = {
    "area": later("địa bàn"),
    "case": later("trường hợp"),
    "receiver": later("người tiếp nhận"),
    "user": later("cán bộ một cửa"),
    "slip_issuer": later("nơi lập phiếu chuyển"),
    "road": later("đường gửi theo ngày"),
    "hours": later("giờ nhận"),
}


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the page."""
    tools = pages.tools

    @routes.get(PATH)
    async def look(request: Request, wanted: Wanted = "") -> Response:
        principal = await person(tools, request)
        wanted = wanted.strip()[:_LONGEST]
        found: list[Listed] = []
        known: list[Meaning] = []
        if wanted:
            _, content = await running(tools)
            offices = principal.scope.offices or None
            found = list(islice(rows(content, wanted, offices), MOST + 1))
            areas = tools.versions.current.areas
            known = list(islice(communes(areas, wanted), MOST + 1))
        return pages.render(
            "codes.html",
            principal,
            wanted=wanted,
            rows=[_row(one) for one in found[:MOST]],
            communes=[_commune(one) for one in known[:MOST]],
            more=len(found) > MOST or len(known) > MOST,
            most=MOST,
            version=tools.versions.newest,
            here="codes",
        )


def _row(one: Listed) -> dict[str, Any]:
    table = TABLES.get(one.table)
    return {
        "office": one.office_name,
        "office_id": one.office,
        "agency": labels.agency_name(one.agency),
        "table": say(table) if table else one.table,
        "values": one.values,
    }


def _commune(one: Meaning) -> dict[str, Any]:
    unit = one.unit
    return {
        "code": unit.code,
        "name": unit.name,
        # The list does not say since when: year 1.
        "since": show.day(unit.since) if unit.since.year > 1 else "",
        "until": show.day(unit.until),
        "became": [(code, show.day(on)) for code, on in one.became],
    }
