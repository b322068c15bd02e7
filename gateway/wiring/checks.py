"""What is served about lines of offices and the gateway's own health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.api import checks, offices, vitals
from gateway.console import health as health_page
from gateway.console import lanes as lane_pages
from gateway.delivery.checking import Checks
from gateway.wiring.ways import WiredWays

if TYPE_CHECKING:
    from gateway.api.routes import Routes
    from gateway.delivery.lanes import Lanes
    from gateway.sealing.tools import Tools
    from gateway.wiring.adapters import WiredAdapters
    from gateway.wiring.ports import Opened
    from gateway.wiring.vitals import Vitals


def lines(
    tools: Tools, lanes: Lanes, adapters: WiredAdapters, opened: Opened
) -> list[Routes]:
    """Calls and pages; looks are counted, kept and taken in turn by what nodes share."""
    kept = opened.kept
    looks = Checks(tools, lanes, adapters, kept, permits=kept, turns=kept)
    ways = WiredWays(adapters, tools.versions)
    return [
        checks.router(tools, looks),
        offices.router(tools, lanes, looks, kept),
        lane_pages.router(tools, lanes, looks, kept, ways),
    ]


def vital_routers(tools: Tools, lanes: Lanes, told: Vitals) -> list[Routes]:
    """How the gateway itself does, as a call and as a page."""
    return [
        vitals.router(tools, told.look),
        health_page.router(tools, lanes, told.look),
    ]
