"""The morning briefing, and what a unit has due soon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.alerts import STANDING, listed
from gateway.api.answers import answer
from gateway.api.chases import line
from gateway.api.papers import word
from gateway.api.signin import signed_in
from gateway.api.standing import standing
from gateway.chasing.listing import listed as chased
from gateway.domain.chase import Standing
from gateway.domain.paper import Form
from gateway.domain.principal import Role
from gateway.reports.due_soon import DAYS, as_json, as_paper, due_soon
from gateway.reports.morning import ROWS, morning
from gateway.reports.naming import Names
from gateway.reports.reading import Directory
from gateway.watch.alerts import content_of

if TYPE_CHECKING:
    from gateway.domain.paper import DueSoonList
    from gateway.domain.principal import Principal, Scope
    from gateway.ports.overview import Still
    from gateway.sealing.tools import Tools
    from gateway.watch.roads import Roads

Days = Annotated[int, Query(ge=1, le=30, description="số ngày làm việc tới")]
_PAGE = 500
#: What stands still is grouped by cause; of more than this the rest is a number.
_MOST = 5_000


def router(tools: Tools, roads: Roads) -> APIRouter:
    """Routes under /v1; a unit's code may hold a slash, files come first."""
    routes = APIRouter(prefix="/v1", tags=["reports"])

    @routes.get("/briefing")
    async def get_briefing(request: Request) -> Response:
        """Giao ban sáng: quá hạn, đến hạn, đứng yên, thất hẹn, mới kết thúc quá hạn, cảnh báo."""
        principal = await signed_in(tools, request)
        return answer(await briefing(tools, roads, principal))

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


async def briefing(tools: Tools, roads: Roads, principal: Principal) -> dict[str, Any]:
    """All that is told in a morning; of alerts a one-stop system sees none."""
    people = principal.role is not Role.ONE_STOP
    return {
        **await morning(tools, principal.scope, Names(tools)),
        "stuck": await stuck(tools, principal.scope),
        "broken_promises": await _broken(tools, principal.scope) if people else None,
        "alerts": await _alerts(roads) if people else None,
    }


async def stuck(tools: Tools, scope: Scope) -> dict[str, Any]:
    """What stands still, by cause and office: how many, since when, what is to be done."""
    groups: dict[tuple[str, str], list[Still]] = {}
    counted, after = 0, None
    while counted < _MOST:
        page = await tools.overview.still(scope, after=after, limit=_PAGE)
        for row in page:
            groups.setdefault((row.reason, row.office), []).append(row)
        counted += len(page)
        if len(page) < _PAGE:
            after = None
            break
        after = page[-1].cursor
    ordered = sorted(groups.values(), key=lambda rows: (-len(rows), rows[0].since))
    return {
        "count": counted,
        "more": after is not None,
        "causes": [await _cause(tools, scope, rows) for rows in ordered],
    }


async def _cause(tools: Tools, scope: Scope, rows: list[Still]) -> dict[str, Any]:
    sample = min(rows, key=lambda row: row.since)
    stored = await tools.store.dossier(sample.dossier_id, scope)
    said = standing(tools, sample, sample.reason, stored.case if stored else None)
    return {
        "reason": sample.reason,
        "words": said.reason,
        "next_action": said.next_action,
        "office": sample.office,
        "office_name": Names(tools).lead(sample.office) if sample.office else "",
        "count": len(rows),
        "since": sample.since.isoformat(),
        "sample": sample.dossier_id,
    }


async def _broken(tools: Tools, scope: Scope) -> dict[str, Any]:
    rows, following = await chased(tools, scope, (Standing.BROKEN,), limit=ROWS)
    lines = [await line(tools, one) for one in rows]
    return {"dossiers": lines, "more": following is not None}


async def _alerts(roads: Roads) -> list[dict[str, Any]]:
    rows, _ = await listed(roads, STANDING, after=None, limit=ROWS)
    return [content_of(row.alert) for row in rows]
