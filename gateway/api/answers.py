"""JSON answers of the API, made from what the store holds and the folder opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from fastapi.responses import Response

from gateway.domain.case import PORTAL_CODES, portal_code
from gateway.routing.joining import aside
from gateway.routing.telling import desk, places, status_facts
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.domain.case import Case, LegCase
    from gateway.domain.procedure import Procedure
    from gateway.domain.transfer import Transfer
    from gateway.ports.store import DossierRow
    from gateway.routing.catalogue import Catalogue
    from gateway.sealing.tools import Tools

UNROUTED = "cổng liên thông (chưa xác định cơ quan)"


def answer(body: Any, status: int = 200) -> Response:
    """A JSON answer that no cache keeps."""
    return Response(
        orjson.dumps(body, default=str),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


async def numbers(folder: Folder) -> list[dict[str, str]]:
    """All numbers of a dossier."""
    return [
        {"agency": r.agency, "kind": r.kind, "value": r.value}
        for r in await folder.references()
    ]


async def own_number(folder: Folder) -> str:
    """The number people quote: the one-stop's; else that of the agency that opened it."""
    known = await folder.references()
    own = next((r.value for r in known if r.kind == "ma_ho_so"), None)
    return own or (known[0].value if known else "")


async def summary(tools: Tools, row: DossierRow) -> dict[str, Any]:
    """The whole present state, the same as a status event tells."""
    folder = Folder.shown(tools, row)
    case = row.case
    facts = status_facts(case, tools.versions.current)
    results = [
        {
            "id": link.attachment.id,
            "name": folder.key.open_value("file", link.sealed_name),
            "size_bytes": link.attachment.size_bytes,
        }
        for link in await tools.store.attachments(case.dossier_id)
        if link.role == "result"
    ]
    return {
        "id": case.dossier_id,
        "number": await own_number(folder),
        "numbers": await numbers(folder),
        **facts,
        "unrouted": case.unrouted or None,
        "results": results,
    }


def listed(case_row: DossierRow, number: str, catalogue: Catalogue) -> dict[str, Any]:
    """One line of a list of dossiers."""
    case = case_row.case
    code = portal_code(case)
    return {
        "id": case.dossier_id,
        "number": number,
        "procedure": case.procedure,
        "portal_code": code,
        "portal_text": PORTAL_CODES[code],
        "places": [place(leg, catalogue) for leg in places(case)],
        "due_on": case.due_on.isoformat() if case.due_on else None,
        "end": case.end.value,
        "unrouted": case.unrouted or None,
    }


def place(here: LegCase, catalogue: Catalogue) -> str:
    """Where a leg lies; one without a competent office can only lie at the gateway."""
    return desk(here, catalogue) if here.office else UNROUTED


def legs(
    case: Case, procedure: Procedure, catalogue: Catalogue
) -> list[dict[str, Any]]:
    """Every leg with its place."""
    return [
        {**_leg(one, catalogue), "aside": aside(case, procedure.leg(one.name), one)}
        for one in case.legs
    ]


def _leg(here: LegCase, catalogue: Catalogue) -> dict[str, Any]:
    office = catalogue.offices.get(here.office)
    return {
        "name": here.name,
        "agency": here.agency,
        "office": here.office,
        "office_name": office.name if office else here.office,
        "carried_by": here.carried_by.value,
        "state": here.state.value,
        "place": here.place.value,
        "since": here.since.isoformat(),
        "pause": here.pause.value,
        "step": here.step,
        "happened": list(here.happened),
    }


def transfer(row: Transfer) -> dict[str, Any]:
    """One transfer; times in UTC."""
    return {
        "id": row.id,
        "dossier_id": row.dossier_id,
        "agency": row.agency,
        "office": row.office,
        "conversation": row.conversation,
        "kind": row.kind,
        "state": row.state.value,
        "fate": row.fate.value,
        "attempts": row.attempts,
        "enquiries": row.enquiries,
        "created_at": row.created_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "ask_at": row.ask_at.isoformat() if row.ask_at else None,
        "cause": row.cause,
        "named_by": row.named_by,
    }
