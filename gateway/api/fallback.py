"""A manual entry that stands in for an office that is down for long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import administrator
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.errors import SenderError
from gateway.domain.identifiers import OfficeId

if TYPE_CHECKING:
    from gateway.delivery.fallback import Fallbacks
    from gateway.delivery.lanes import Lanes
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools


def register(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    """Add the call; it comes before that which takes any act with a lane."""

    @routes.post("/lanes/{office}/fallback")
    async def post_fallback(office: str, request: Request) -> Response:
        """Cho một kênh làm tay nhận thay đơn vị đang hỏng lâu; end: trở lại."""
        principal = await administrator(tools, request)
        content = await json_object(request)
        await steer(tools, lanes.fallbacks, principal, office, content)
        shown = shown_fallback(tools, lanes.fallbacks, OfficeId(office))
        return answer({"office": office, "fallback": shown})


async def steer(
    tools: Tools,
    fallbacks: Fallbacks,
    principal: Principal,
    office: str,
    content: dict[str, Any],
) -> None:
    """Begin or end; what has not left is re-addressed by the loop, at once.

    Raises:
        SenderError: nothing was changed; says what is missing.
    """
    reason = str(content.get("reason") or "").strip()[:REASON_AT_MOST]
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    await fallbacks.load()
    here = OfficeId(office)
    if content.get("end") is True:
        await fallbacks.end(here, principal.id, reason)
    else:
        to = OfficeId(str(content.get("to") or ""))
        await fallbacks.begin(here, to, principal.id, reason)
    tools.probe.action(action="lane_fallback", actor=principal.id, office=office)


def shown_fallback(
    tools: Tools, fallbacks: Fallbacks, office: OfficeId
) -> dict[str, Any] | None:
    """Who stands in for an office, since when and why; None: nobody does."""
    one = fallbacks.of(office)
    if one is None:
        return None
    entry = tools.versions.current.offices.get(one.stands)
    return {
        "to": one.stands,
        "to_name": entry.name if entry else one.stands,
        "since": one.since.isoformat(),
        "by": one.by,
        "why": one.why,
    }
