"""Lists of operators: what stands still, and how much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import answers
from gateway.api.answers import answer
from gateway.api.paging import PAGE, page_of, place_after
from gateway.api.pulling import not_pulled
from gateway.api.signin import signed_in
from gateway.api.standing import standing, told_accepted
from gateway.domain.identifiers import OfficeId
from gateway.domain.principal import EVERYTHING
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.ports.overview import Still
    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the lists."""

    @routes.get("/still")
    async def get_still(
        request: Request, after: str | None = None, limit: int = PAGE
    ) -> Response:
        """Hồ sơ đang đứng yên: lý do, nơi, từ khi nào, việc tiếp theo."""
        principal = await signed_in(tools, request)
        page = page_of(limit)
        rows = await tools.overview.still(
            principal.scope, after=place_after(after), limit=page
        )
        following = rows[-1].cursor if len(rows) == page else None
        items = [await _still(tools, row) for row in rows]
        unseen = await not_pulled(tools)
        return answer({"still": items, "after": following, "not_pulled": unseen})

    @routes.get("/counts")
    async def get_counts(request: Request) -> Response:
        """Số lượng đang mở, chờ cán bộ xử lý, chưa rõ, chưa xác định cơ quan."""
        principal = await signed_in(tools, request)
        return answer(dict(await tools.overview.counts(principal.scope)))


async def _still(tools: Tools, row: Still) -> dict[str, Any]:
    dossier = await tools.store.dossier(row.dossier_id, EVERYTHING)
    number = await answers.own_number(Folder.of(tools, dossier)) if dossier else ""
    office = tools.versions.current.offices.get(OfficeId(row.office))
    case = dossier.case if dossier else None
    said = standing(tools, row, row.reason, case)
    return {
        "words": said.reason,
        "next_action": said.next_action,
        "dossier_id": row.dossier_id,
        "number": number,
        "reason": row.reason,
        "agency": row.agency,
        "office": row.office,
        "office_name": office.name if office else row.office,
        "since": row.since.isoformat(),
        "state": row.state,
        "fate": row.fate,
        "kind": row.kind,
        "transfer_id": row.transfer_id,
        "due_on": row.due_on,
        "behind": row.behind,
        "told_accepted": case is not None and told_accepted(case, row),
    }
