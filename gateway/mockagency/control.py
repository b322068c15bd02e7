"""The control routes of a mock: clock, books, how hard it was pushed, held calls."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.mockagency.clock import patience_of
from gateway.mockagency.faults_routes import FaultRoutes
from gateway.mockagency.journal_routes import JournalRoutes

if TYPE_CHECKING:
    from gateway.mockagency.server import MockAgency


class Control:
    """What stands beside an agency's own operations; no agency has it."""

    def __init__(self, mock: MockAgency) -> None:
        """Of one mock."""
        self._mock = mock

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/_control/clock", self._get_clock)
        app.router.add_post("/_control/clock", self._set_clock)
        app.router.add_get("/_control/book/{name}", self._book)
        app.router.add_get("/_control/load", self._load)
        app.router.add_post("/_control/release", self._release)
        JournalRoutes(self._mock.journal, self._mock.expectations).add_to(app)
        FaultRoutes(self._mock).add_to(app)

    async def _get_clock(self, request: web.Request) -> web.Response:
        await self._mock.clock.stillness(patience_of(request))
        return web.json_response(self._mock.state())

    async def _set_clock(self, request: web.Request) -> web.Response:
        self._mock.set_clock(datetime.fromisoformat((await request.json())["now"]))
        return web.json_response(self._mock.state())

    async def _load(self, _request: web.Request) -> web.Response:
        """How hard it was pushed, whoever did it."""
        return web.json_response(
            {
                "most_at_once": self._mock.counted.most_at_once,
                "most_in_a_second": self._mock.counted.most_in_a_second,
                "faults": sum(row["met"] for row in self._mock.plan.rows()),
            }
        )

    async def _release(self, _request: web.Request) -> web.Response:
        self._mock.release()
        return web.json_response({})

    async def _book(self, request: web.Request) -> web.Response:
        books = {
            "arrivals": self._mock.arrivals,
            "effects": self._mock.effects,
            "faults": self._mock.met,
        }
        name = request.match_info["name"]
        if name not in books:
            raise web.HTTPNotFound
        return web.json_response(books[name].lines())
