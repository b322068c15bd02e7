"""Seeing the people of one dossier for a while, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.accounts import reason_of
from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import signed_in
from gateway.intake.acts import find
from gateway.sealing.viewing import unmask

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the call."""

    @routes.post("/dossiers/{number:path}/unmask")
    async def post_unmask(number: str, request: Request) -> Response:
        """Xem dữ liệu cá nhân của một hồ sơ trong 30 phút, có lý do; được ghi nhật ký."""
        principal = await signed_in(tools, request)
        content = await json_object(request)
        row = await find(tools, principal, number)
        until = await unmask(tools, principal, row, reason_of(content))
        body = {"dossier": row.case.dossier_id, "until": until.isoformat()}
        return answer(body)
