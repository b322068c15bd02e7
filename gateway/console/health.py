"""The page of the gateway's own health: what is wrong first, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import Response

from gateway.api.routes import Routes
from gateway.api.vitals import keeper
from gateway.console.guarding import guard
from gateway.console.language import later, say
from gateway.console.render import PageRoute, Pages
from gateway.watch.vitals import Tone

if TYPE_CHECKING:
    from gateway.api.vitals import Look
    from gateway.delivery.lanes import Lanes
    from gateway.sealing.tools import Tools

PATH = "/console/suc-khoe"
_TONES = {
    Tone.GOOD: (later("tốt"), "delivered"),
    Tone.UNKNOWN: (later("không biết"), ""),
    Tone.LOOK: (later("cần xem"), "paused"),
    Tone.BAD: (later("hỏng"), "refused"),
}


def router(tools: Tools, lanes: Lanes, look: Look) -> Routes:
    """The page."""
    pages = Pages(tools, lanes)
    guard(pages)
    routes = Routes(include_in_schema=False, route_class=PageRoute.of(pages))

    @routes.get(PATH)
    async def page(request: Request) -> Response:
        principal = await keeper(tools, request)
        found = await look()
        rows = [
            {"one": one, "tone": say(_TONES[one.tone][0]), "css": _TONES[one.tone][1]}
            for one in found
        ]
        return pages.render(
            "health.html",
            principal,
            rows=rows,
            bad=sum(one.tone >= Tone.LOOK for one in found),
            here="health",
        )

    return routes
