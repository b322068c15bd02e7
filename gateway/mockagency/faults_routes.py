"""The control routes for faults: what is planned, what was met; plan more, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from gateway.mockagency.faults_reading import BadPlan, agree, fit, read_rows

if TYPE_CHECKING:
    from gateway.mockagency.faults import FaultPlan
    from gateway.mockagency.server import MockAgency

PATH = "/_control/faults"
#: What a row that came by a call is named as.
WHERE = "POST /_control/faults"


class FaultRoutes:
    """Shows and changes the plan of one mock."""

    def __init__(self, mock: MockAgency) -> None:
        """Of one mock."""
        self._mock = mock

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(PATH, self._show)
        app.router.add_post(PATH, self._plan)
        app.router.add_delete(PATH, self._clear)

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response(told(self._mock.plan))

    async def _plan(self, request: web.Request) -> web.Response:
        """Add rows; all of them, or none."""
        mock = self._mock
        try:
            try:
                raw = await request.json()
            except ValueError:
                raise BadPlan(f"{WHERE}: nội dung không phải JSON.") from None
            planned = read_rows(raw, WHERE, known=[mock.agency])
            fit(planned.faults, mock.agency, mock.operations)
            agree([*mock.plan.faults, *planned.faults])
        except BadPlan as bad:
            return web.json_response({"code": "bad_plan", "told": str(bad)}, status=422)
        if planned.seed is not None:
            mock.plan.seed = planned.seed
        mock.plan.extend(planned.faults)
        return web.json_response(told(mock.plan))

    async def _clear(self, _request: web.Request) -> web.Response:
        self._mock.plan.clear()
        return web.json_response(told(self._mock.plan))


def told(plan: FaultPlan) -> dict[str, Any]:
    """A plan with its counts; ``seed`` and ``fault`` alone, given again, make it again."""
    rows = plan.rows()
    return {
        "seed": plan.seed,
        "fault": [row["row"] for row in rows],
        "counts": [
            {name: row[name] for name in ("place", "says", "seen", "met", "missed")}
            for row in rows
        ],
    }
