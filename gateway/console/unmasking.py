"""The form by which somebody asks to see the people of one dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.signin import same_origin, signed_in
from gateway.console.language import later, say
from gateway.console.render import form_of, to
from gateway.domain.errors import DossierUnknown
from gateway.domain.identifiers import DossierId
from gateway.sealing.viewing import unmask

if TYPE_CHECKING:
    from gateway.console.render import Pages

#: Characters of a reason.
MOST = 500
#: Pages that offer it as well, by the word in the form's address.
_BACK = {"sua-ho-so": "/console/sua-ho-so"}
_WHY = later("Cần ghi lý do: xem để làm việc gì, theo đề nghị của ai.")


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the form's address."""
    tools = pages.tools

    @routes.post("/console/ho-so/{identifier}/mo-che")
    async def show(identifier: str, request: Request, ve: str = "") -> Response:
        same_origin(request)
        principal = await signed_in(tools, request)
        row = await tools.store.dossier(DossierId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        back = _BACK.get(ve, f"/console/ho-so/{row.case.dossier_id}")
        reason = (await form_of(request)).get("reason", "").strip()[:MOST]
        if not reason:
            return pages.told(principal, 422, say(_WHY), back)
        await unmask(tools, principal, row, reason)
        return to(back)
