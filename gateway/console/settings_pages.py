"""Pages of what the whole province goes by: its calendar, its configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.api.routes import Routes
from gateway.console import calendar_change, working_calendar
from gateway.console.guarding import guard
from gateway.console.render import PageRoute, Pages
from gateway.ports.issued import IssuedReports

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.delivery.lanes import Lanes
    from gateway.sealing.tools import Tools


class Kept(IssuedReports, Protocol):
    """What these pages read of the store beside the usual."""


def router(
    tools: Tools, lanes: Lanes, kept: Kept, applied: Callable[[], None]
) -> Routes:
    """The pages; ``applied`` is called after a new version of the configuration."""
    pages = Pages(tools, lanes)
    guard(pages)
    routes = Routes(include_in_schema=False, route_class=PageRoute.of(pages))
    working_calendar.register(pages, routes)
    calendar_change.register(pages, kept, routes, applied)
    return routes
