"""Pages of what the whole province goes by: its calendar, its configuration."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

from fastapi import Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.paging import PAGE
from gateway.api.routes import Routes, take_in
from gateway.api.signin import administrator
from gateway.console import (
    calendar_change,
    codes,
    configuration_change,
    configuration_waiting,
    configurations,
    working_calendar,
)
from gateway.console.guarding import guard
from gateway.console.render import PageRoute, Pages
from gateway.ports.configurations import Configurations
from gateway.ports.issued import IssuedReports
from gateway.routing.diffing import differing

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.delivery.lanes import Lanes
    from gateway.ports.candidates import Candidates
    from gateway.sealing.tools import Tools


class Kept(IssuedReports, Configurations, Protocol):
    """What these pages read of the store beside the usual."""


def router(
    tools: Tools,
    lanes: Lanes,
    kept: Kept,
    candidates: Candidates,
    applied: Callable[[], None],
) -> Routes:
    """The pages; ``applied`` is called after a new version of the configuration."""
    pages = Pages(tools, lanes)
    guard(pages)
    routes = Routes(include_in_schema=False, route_class=PageRoute.of(pages))
    working_calendar.register(pages, kept, routes)
    calendar_change.register(pages, kept, routes, applied)
    codes.register(pages, routes)
    # Before what takes any version.
    configuration_change.register(pages, candidates, routes, applied)
    configuration_waiting.register(pages, routes, applied)
    configurations.register(pages, kept, candidates, routes)
    take_in(routes, _as_json(tools, kept))
    return routes


def _as_json(tools: Tools, kept: Configurations) -> Routes:
    """What the pages of versions tell, for programs."""
    routes = Routes(prefix="/v1", tags=["operations"])

    @routes.get("/configuration/versions")
    async def get_versions(request: Request, before: int | None = None) -> Response:
        """Các phiên bản cấu hình, mới nhất trước: từ lúc nào, ai, vì sao."""
        await administrator(tools, request)
        rows = await kept.configurations(before=before, limit=PAGE + 1)
        return answer(
            {
                "running": tools.versions.newest,
                "versions": [configurations.plain(row) for row in rows[:PAGE]],
                "next": rows[PAGE - 1].version if len(rows) > PAGE else None,
            }
        )

    @routes.get("/configuration/versions/{version}/changes")
    async def get_changes(version: int, request: Request, since: int = 0) -> Response:
        """Phiên bản khác phiên bản trước (hoặc since) ở đâu; khóa, mật khẩu được che."""
        await administrator(tools, request)
        content = await configurations.content_of(tools, version)
        rows = await kept.configurations(before=version, limit=1)
        earlier = since or (rows[0].version if rows else 0)
        before = await configurations.content_of(tools, earlier) if earlier else {}
        entries = differing(before, content)
        return answer(
            {
                "version": version,
                "since": earlier or None,
                "changes": [asdict(one) for one in entries],
            }
        )

    return routes
