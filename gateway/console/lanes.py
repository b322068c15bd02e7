"""The page of offices: which needs a look, what waits for each, when it was reached."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.contacts import person
from gateway.api.fallback import steer
from gateway.api.lanes import steered
from gateway.api.offices import MOST, glances
from gateway.api.problems import status_of
from gateway.api.pulling import shown_pull
from gateway.api.routes import Routes
from gateway.api.signin import administrator, same_origin
from gateway.console import office
from gateway.console.guarding import guard
from gateway.console.language import later, say
from gateway.console.office_row import PATH, row_of
from gateway.console.render import PageRoute, Pages, form_of, to
from gateway.delivery.seen import shut_by_plan
from gateway.domain.errors import ActionNotPossible, DossierUnknown, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.watch.stuck_findings import quiet_now

if TYPE_CHECKING:
    from gateway.delivery.checking import Checks
    from gateway.delivery.lanes import Lanes
    from gateway.ports.line_counts import LineCounts
    from gateway.ports.ways import Ways
    from gateway.sealing.tools import Tools

#: What can be done with an office's lane here; going live is done by command.
_STEERS = frozenset({"pause", "resume"})
_NO_REASON = later("Cần ghi lý do của thao tác: ai quyết định, vì sao.")


def router(
    tools: Tools, lanes: Lanes, checks: Checks, counts: LineCounts, ways: Ways
) -> Routes:
    """The pages of all offices and of one."""
    pages = Pages(tools, lanes)
    guard(pages)
    routes = Routes(include_in_schema=False, route_class=PageRoute.of(pages))
    known = office.Known(checks, counts, ways)
    _board(pages, known, routes)
    _steering(pages, routes)
    _standing_in(pages, routes)
    office.register(pages, known, routes)
    return routes


def _board(pages: Pages, known: office.Known, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(PATH)
    async def page(request: Request) -> Response:
        principal = await person(tools, request)
        found = await glances(tools, pages.lanes, known.checks, known.counts, principal)
        silent = await quiet_now(tools, shut_by_plan(tools, pages.lanes))
        rows = [
            {
                **row_of(tools, one),
                "pull": await shown_pull(tools, one.office.id),
                "silent": silent.get(one.office.id),
            }
            for one in found
        ]
        return pages.render(
            "lanes.html",
            principal,
            rows=rows,
            bad=sum(row["bad"] for row in rows),
            most=MOST,
            here="lanes",
        )


def _steering(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{office_id}}/gui/{{what}}")
    async def steer_lane(office_id: str, what: str, request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        known = office_id in tools.versions.current.offices
        if what not in _STEERS or not known:
            raise DossierUnknown
        back = f"{PATH}/{quote(office_id)}"
        reason = (await form_of(request)).get("reason", "").strip()
        if not reason:
            return pages.told(principal, 422, say(_NO_REASON), back)
        try:
            await steered(
                *(tools, pages.lanes, OfficeId(office_id), what),
                by=principal.id,
                reason=reason,
            )
        except ActionNotPossible as error:
            return pages.told(principal, status_of(error), error.remedy, back)
        return to(back)


def _standing_in(pages: Pages, routes: APIRouter) -> None:
    tools, fallbacks = pages.tools, pages.lanes.fallbacks

    @routes.post(f"{PATH}/{{office_id}}/thay")
    async def fallback(office_id: str, request: Request) -> Response:
        same_origin(request)
        principal = await administrator(tools, request)
        form = await form_of(request)
        content = {**form, "end": form.get("end") == "1"}
        back = f"{PATH}/{quote(office_id)}"
        try:
            await steer(tools, fallbacks, principal, office_id, content)
        except SenderError as wrong:
            return pages.told(principal, status_of(wrong), wrong.remedy, PATH)
        return to(back)
