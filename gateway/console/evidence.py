"""Evidence of a dossier: what its page shows of it, and the form that takes it away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.evidence import made
from gateway.api.signin import same_origin, signed_in
from gateway.console.language import later, say
from gateway.console.render import form_of
from gateway.domain.delivering_words import party, said, what
from gateway.domain.errors import DossierUnknown
from gateway.domain.identifiers import DossierId
from gateway.domain.principal import Right, may
from gateway.evidence.gathering import handed

if TYPE_CHECKING:
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

#: Characters of a reason.
MOST = 500
_WHY = later("Cần ghi lý do: ai yêu cầu, theo văn bản nào.")
_TONES = {"failed": "unconfirmed", "rejected": "refused", "unknown": "unconfirmed"}


async def box(tools: Tools, row: DossierRow, principal: Principal) -> dict[str, Any]:
    """Every hand-over, oldest first, and what the reader may take away."""
    found, names = await handed(tools, row)
    return {
        "rows": [
            {
                "at": one.at,
                "said": say(said(one)),
                "what": say(what(one)),
                "giver": say(party(one.giver, names)),
                "receiver": say(party(one.receiver, names)),
                "line": one.line,
                "tone": _TONES.get(one.result.value, ""),
            }
            for one in found
        ],
        "may_take": may(principal, Right.AUDIT),
        "may_payloads": may(principal, Right.PAYLOAD),
        "most": MOST,
    }


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the form's address."""
    tools = pages.tools

    @routes.post("/console/ho-so/{identifier}/bang-chung")
    async def take(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal = await signed_in(tools, request)
        row = await tools.store.dossier(DossierId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        form = await form_of(request)
        reason = form.get("reason", "").strip()[:MOST]
        if not reason:
            back = f"/console/ho-so/{row.case.dossier_id}#bang-chung"
            return pages.told(principal, 422, say(_WHY), back)
        payloads = form.get("payloads") == "1"
        return await made(tools, principal, row, reason, payloads=payloads)
