"""The page of packages that people carry: copies to take along, and what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import packages as calls
from gateway.api.bodies import limited
from gateway.api.description import CMS, ZIP
from gateway.api.multipart import read_in_memory
from gateway.api.problems import status_of
from gateway.api.signin import operator_of_all, same_origin
from gateway.console import labels
from gateway.console.language import say
from gateway.domain.errors import NotAllowed, NotSignedIn, SenderError, TooLarge

if TYPE_CHECKING:
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.receipts.collector import Collector

PATH = "/console/goi-tin"
#: What a browser writes around the file.
FORM_BYTES = 4 * 1024
PART = "package"


def register(pages: Pages, collector: Collector, routes: APIRouter) -> None:
    """Add the page, the copies and the form."""
    tools = pages.tools

    async def shown(principal: Principal, status: int = 200, **more: Any) -> Response:
        desks = await calls.listed(tools, principal)
        values = {"desks": desks, "what": _what, "done": [], "wrong": "", **more}
        return pages.render(
            "packages.html", principal, status, **values, here="packages"
        )

    @routes.get(PATH)
    async def page(request: Request) -> Response:
        return await shown(await operator_of_all(tools, request))

    @routes.post(f"{PATH}/{{office}}/ban-sao")
    async def copy_all(office: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator_of_all(tools, request)
        content = await calls.copies(tools, principal, office)
        return _file(content, ZIP, f"{office}.zip")

    @routes.post(f"{PATH}/{{office}}/ban-sao/{{name}}")
    async def copy_one(office: str, name: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator_of_all(tools, request)
        content = await calls.copy(tools, principal, office, name)
        return _file(content, CMS, name)

    @routes.post(f"{PATH}/{{office}}")
    async def bring(office: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator_of_all(tools, request)
        try:
            body = await _uploaded(request)
            done = await calls.bring(tools, collector, principal, office, "", body)
        except (NotAllowed, NotSignedIn):
            raise
        except SenderError as wrong:
            return await shown(principal, status_of(wrong), wrong=wrong.remedy)
        told = [calls.told(tools, office, one) for one in done]
        return await shown(principal, done=told)


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)


async def _uploaded(request: Request) -> bytes:
    kind = request.headers.get("content-type", "")
    sent = limited(request, calls.MAX_UPLOAD_BYTES + FORM_BYTES)
    try:
        return (await read_in_memory(sent, kind, frozenset({PART}))).get(PART, b"")
    except TooLarge as wrong:
        remedy = say("Tệp lớn hơn 64 MB: nộp từng gói .p7m.")
        raise TooLarge(remedy=remedy) from wrong


def _what(row: dict[str, Any]) -> str:
    """What a package is about, for people."""
    if row["answers"]:
        return say("Biên nhận cho gói của cơ quan")
    kind = row.get("kind")
    return labels.message_kind(kind) if kind else say("Hồ sơ ngoài phạm vi được xem")
