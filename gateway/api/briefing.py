"""The morning briefing, and what a unit has due soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response

from gateway.api import stuck
from gateway.api.alerts import STANDING, listed
from gateway.api.answers import answer
from gateway.api.chases import line
from gateway.api.papers import word
from gateway.api.routes import Routes
from gateway.api.signin import signed_in
from gateway.chasing.listing import listed as chased
from gateway.delivery.seen import shut_by_plan
from gateway.domain.chase import Standing
from gateway.domain.paper_forms import Form
from gateway.domain.principal import Role
from gateway.reports.due_soon import DAYS, as_json, as_paper, due_soon
from gateway.reports.morning import ROWS, morning
from gateway.reports.naming import Names
from gateway.reports.reading import Directory
from gateway.watch.alerts import content_of

if TYPE_CHECKING:
    from gateway.delivery.lanes import Lanes
    from gateway.domain.paper import DueSoonList
    from gateway.domain.principal import Principal, Scope
    from gateway.sealing.tools import Tools
    from gateway.watch.roads import Roads

Days = Annotated[int, Query(ge=1, le=30, description="số ngày làm việc tới")]


def router(tools: Tools, lanes: Lanes, roads: Roads) -> Routes:
    """Routes under /v1; a unit's code may hold a slash, files come first."""
    routes = Routes(prefix="/v1", tags=["reports"])

    @routes.get("/briefing")
    async def get_briefing(request: Request) -> Response:
        """Giao ban sáng: quá hạn, đến hạn, đứng yên, thất hẹn, mới kết thúc quá hạn, cảnh báo."""
        principal = await signed_in(tools, request)
        return answer(await briefing(tools, lanes, roads, principal))

    @routes.get("/units/{unit:path}/due-soon.docx")
    async def get_due_soon_docx(
        unit: str, request: Request, days: Days = DAYS
    ) -> Response:
        """Danh sách hồ sơ sắp đến hạn và quá hạn của một đơn vị, tệp Word."""
        principal = await signed_in(tools, request)
        made = await letter(tools, principal.scope, unit, days)
        return await word(tools, Form.DUE_SOON, made)

    @routes.get("/units/{unit:path}/due-soon")
    async def get_due_soon(unit: str, request: Request, days: Days = DAYS) -> Response:
        """Hồ sơ sắp đến hạn và đã quá hạn của một đơn vị, theo nơi hồ sơ đang ở."""
        principal = await signed_in(tools, request)
        found = await due_soon(tools, principal.scope, unit, days)
        return answer(as_json(found, Names(tools)))

    return routes


async def letter(tools: Tools, scope: Scope, unit: str, days: int) -> DueSoonList:
    """The list of a unit as a paper."""
    found = await due_soon(tools, scope, unit, days)
    directory = Directory(tools.versions.current, tools.contacts)
    return as_paper(found, Names(tools), directory, tools.clock.now())


async def briefing(
    tools: Tools, lanes: Lanes, roads: Roads, principal: Principal
) -> dict[str, Any]:
    """All that is told in a morning; a one-stop system sees its own dates alone."""
    people = principal.role is not Role.ONE_STOP
    return {
        **await morning(tools, principal.scope, Names(tools)),
        "stuck": await _stuck(tools, lanes, principal) if people else None,
        "broken_promises": await _broken(tools, principal.scope) if people else None,
        "alerts": await _alerts(roads) if people else None,
    }


async def _stuck(tools: Tools, lanes: Lanes, principal: Principal) -> dict[str, Any]:
    """What stands still, by cause, the most dossiers first."""
    causes = await stuck.listed(tools, principal, shut_by_plan(tools, lanes))
    causes.sort(key=lambda one: (-one["dossiers"], one["first"]))
    return {"causes": causes, "definition": stuck.definition(tools)}


async def _broken(tools: Tools, scope: Scope) -> dict[str, Any]:
    rows, following = await chased(tools, scope, (Standing.BROKEN,), limit=ROWS)
    lines = [await line(tools, one) for one in rows]
    return {"dossiers": lines, "more": following is not None}


async def _alerts(roads: Roads) -> list[dict[str, Any]]:
    rows, _ = await listed(roads, STANDING, after=None, limit=ROWS)
    return [content_of(row.alert) for row in rows]
