"""Dates and places of a dossier, with what each rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object, reason_of
from gateway.api.signin import head, signed_in
from gateway.domain.errors import SenderError
from gateway.intake.acts import find
from gateway.receipts.counting import decide
from gateway.reports.due import due

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls about dates."""

    @routes.get("/dossiers/{number:path}/due")
    async def get_due(number: str, request: Request) -> Response:
        """Vì sao là ngày này: từng thời hạn, căn cứ, thời gian không tính, hồ sơ ở đâu bao lâu."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        return answer(await due(tools, row))

    @routes.post("/dossiers/{number:path}/backdated/{report}")
    async def post_backdated(number: str, report: str, request: Request) -> Response:
        """Lãnh đạo xác nhận, hoặc không, ngày mà cơ quan khai lùi; số liệu tính lại."""
        principal = await head(tools, request)
        content = await json_object(request)
        row = await find(tools, principal, number)
        await decide(
            tools,
            principal,
            row,
            report,
            counts=counts_in(content),
            reason=reason_of(content),
        )
        return answer(await due(tools, row))


def counts_in(content: Mapping[str, Any]) -> bool:
    """Whether the agency's own moment is to count.

    Raises:
        SenderError: it is not said with true or false.
    """
    counts = content.get("counts")
    if not isinstance(counts, bool):
        raise SenderError(
            code="counts_missing",
            remedy='Ghi "counts": true nếu tính theo ngày cơ quan ghi, false nếu tính theo'
            " lúc phản hồi đến.",
        )
    return counts
