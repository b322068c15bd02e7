"""Dossiers that were under way before the gateway: taken over with their numbers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import object_without_nulls, whole
from gateway.api.handing_in import checked
from gateway.api.signin import signed_in
from gateway.domain.case import Pause
from gateway.domain.errors import DossierInvalid, SenderError
from gateway.intake.submit import submit
from gateway.routing.opening import Begun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

MAX_LOAD_BYTES = 16 * 1024 * 1024


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the call."""

    @routes.post("/dossiers/load")
    async def post_load(request: Request) -> Response:
        """Nạp hồ sơ đang mở, với số và ngày của chúng; không gửi gì cho cơ quan."""
        principal = await signed_in(tools, request)
        body = await whole(request, MAX_LOAD_BYTES)
        content = checked(tools, object_without_nulls(body), "load")
        results = [await _loaded(tools, principal, row) for row in content["dossiers"]]
        return answer({"results": results})


async def _loaded(
    tools: Tools, principal: Principal, row: Mapping[str, Any]
) -> dict[str, Any]:
    """What became of one; a wrong one stops no other."""
    document = dict(row["dossier"])
    told = {"number": document.get("number")}
    begun = [
        Begun(
            leg=str(leg["leg"]),
            since=datetime.fromisoformat(str(leg["since"])),
            pause=Pause(leg.get("pause", "")),
            numbers=tuple((n["kind"], n["value"]) for n in leg.get("numbers", ())),
        )
        for leg in row["legs"]
    ]
    try:
        taken = await submit(
            tools, principal, document, key=None, parts={}, begun=begun
        )
    except DossierInvalid as wrong:
        errors = [
            {"pointer": e.pointer, "code": e.code, "message": e.message}
            for e in wrong.fields
        ]
        return {**told, "result": "wrong", "code": wrong.code, "errors": errors}
    except SenderError as wrong:
        return {**told, "result": "wrong", "code": wrong.code, "remedy": wrong.remedy}
    result = "known" if taken.repeated else "loaded"
    return {**told, "result": result, "id": taken.answer["dossier"]["id"]}
