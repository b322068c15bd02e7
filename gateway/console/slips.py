"""A signed slip handed in as a file, where its issuer's system cannot send it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.bodies import limited
from gateway.api.multipart import read_in_memory
from gateway.api.problems import status_of
from gateway.api.signin import operator, same_origin
from gateway.api.slips import MAX_SLIP_BYTES, take_slip
from gateway.console.language import say
from gateway.console.render import to
from gateway.domain.errors import (
    DossierInvalid,
    DossierUnknown,
    GatewayError,
    SenderError,
    TooLarge,
)
from gateway.domain.identifiers import DossierId
from gateway.domain.words import words_of

if TYPE_CHECKING:
    from gateway.console.render import Pages

#: What a browser writes around the file.
FORM_BYTES = 4 * 1024
PART = "slip"


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the form's address."""
    tools = pages.tools

    @routes.post("/console/ho-so/{identifier}/phieu")
    async def hand_in(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        row = await tools.store.dossier(DossierId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        back = f"/console/ho-so/{quote(identifier)}"
        try:
            await take_slip(tools, row, await _file(request), by=principal)
        except SenderError as wrong:
            return pages.told(principal, status_of(wrong), _words(wrong), back)
        return to(back)


async def _file(request: Request) -> bytes:
    kind = request.headers.get("content-type", "")
    sent = limited(request, MAX_SLIP_BYTES + FORM_BYTES)
    return (await read_in_memory(sent, kind, frozenset({PART}))).get(PART, b"")


def _words(wrong: GatewayError) -> str:
    """Why a slip is not taken, for whoever chose the file."""
    if isinstance(wrong, TooLarge):
        return say(
            "Tệp lớn hơn 2 MB: phiếu chuyển là một tệp XML, không phải bản quét."
        )
    if isinstance(wrong, DossierInvalid):
        said = words_of(wrong.code, {})
        asked = " ".join(field.message for field in wrong.fields)
        return f"{said.reason}. {asked}" if said.reason != wrong.code else asked
    return wrong.remedy
