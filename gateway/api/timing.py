"""Dates and places of a dossier, with what each rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.signin import signed_in
from gateway.intake.acts import find
from gateway.reports.due import due

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls about dates."""

    @routes.get("/dossiers/{number:path}/due")
    async def get_due(number: str, request: Request) -> Response:
        """Vì sao là ngày này: từng thời hạn, căn cứ, thời gian không tính, hồ sơ ở đâu bao lâu."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        return answer(await due(tools, row))
