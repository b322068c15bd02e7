"""Whether the gateway stands in the line of a one-stop and an office, and leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.problems import unknown_path
from gateway.api.routes import Routes
from gateway.api.signin import administrator, operator_of_all
from gateway.domain.errors import NeedsConfiguration
from gateway.intake.line import (
    BY_OFFICE,
    BY_ONE_STOP,
    heard,
    is_in_line,
    owed,
    set_in_line,
)
from gateway.routing.link import all_links, link_between

if TYPE_CHECKING:
    from gateway.intake.line import Owed
    from gateway.routing.link import Link
    from gateway.sealing.tools import Tools


def router(tools: Tools) -> Routes:
    """Routes under /v1."""
    routes = Routes(prefix="/v1", tags=["operations"])

    @routes.get("/links")
    async def get_links(request: Request) -> Response:
        """Một cửa nối thẳng qua cổng: đang ở trong đường nối hay không, còn chờ gì."""
        await operator_of_all(tools, request)
        links = all_links(tools.versions.current)
        return answer({"links": [await _link(tools, link) for link in links]})

    @routes.post("/links/{one_stop}/{office}/out")
    async def post_out(one_stop: str, office: str, request: Request) -> Response:
        """Ra khỏi đường nối: không nhận thêm; trả lời còn chờ những gì."""
        return await _set(one_stop, office, request, stays=False)

    @routes.post("/links/{one_stop}/{office}/in")
    async def post_in(one_stop: str, office: str, request: Request) -> Response:
        """Vào đường nối: nhận trở lại."""
        return await _set(one_stop, office, request, stays=True)

    async def _set(
        one_stop: str, office: str, request: Request, *, stays: bool
    ) -> Response:
        principal = await administrator(tools, request)
        link = link_between(tools.versions.current, one_stop, office)
        if link is None:
            return unknown_path()
        await set_in_line(tools, principal, link, stays=stays)
        return answer(await _link(tools, link))

    return routes


async def _link(tools: Tools, link: Link) -> dict[str, Any]:
    waits = await owed(tools, link)
    offices = tools.versions.current.offices
    by_one_stop = await heard(tools, link, BY_ONE_STOP)
    by_office = await heard(tools, link, BY_OFFICE)
    return {
        "one_stop": link.one_stop,
        "one_stop_name": offices[link.one_stop].name,
        "office": link.office,
        "office_name": offices[link.office].name,
        "address": _address(tools, link),
        "secret": f"{link.one_stop}.dropin",
        "callbacks": f"/callbacks/{link.office}",
        "callbacks_secret": f"{link.office}.callback",
        "heard_one_stop_at": by_one_stop.isoformat() if by_one_stop else None,
        "heard_office_at": by_office.isoformat() if by_office else None,
        "in_line": await is_in_line(tools, link),
        "may_change_back": all(one.nothing for one in waits.values()),
        **{direction: _owed(one) for direction, one in waits.items()},
    }


def _address(tools: Tools, link: Link) -> str:
    """Path of the address that the one-stop is given, its secret left out."""
    try:
        dialect = tools.adapters.of(link.office).link
    except NeedsConfiguration:
        dialect = None
    below = dialect.path if dialect else "{dialect}"
    return f"/dropin/{link.one_stop}/{link.office}/{{secret}}/{below}"


def _owed(one: Owed) -> dict[str, int]:
    return {
        "unsent": one.unsent,
        "unconfirmed": one.unconfirmed,
        "parked": one.parked,
    }
