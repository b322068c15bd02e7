"""What is held of one person, for that person: asked in a body, never in an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object, reason_of
from gateway.api.retention import decider
from gateway.reports import person

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the call."""

    @routes.post("/person-export")
    async def post_export(request: Request) -> Response:
        """Trả lời người dân: cổng giữ gì của người này, đã gửi cho ai, ai đã xem.

        Theo số giấy tờ, hoặc họ tên cùng ngày sinh; người khác trong cùng hồ sơ được che.
        """
        principal = await decider(tools, request)
        content = await json_object(request)
        sought, reason = person.sought_of(content), reason_of(content)
        return answer(await person.export(tools, principal, sought, reason))
