"""Reports that fit no dossier or cannot be read: the list, and their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.paging import PAGE, row_after
from gateway.api.signin import operator
from gateway.api.standing import kept_words
from gateway.domain.errors import SenderError
from gateway.domain.identifiers import ReportId
from gateway.intake.acts import find
from gateway.receipts.kept import named_by
from gateway.receipts.waiting import again, assign, possible, settle

if TYPE_CHECKING:
    from gateway.ports.store import ReportRow
    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls about reports that wait for a person."""

    @routes.get("/unmatched")
    async def get_unmatched(request: Request, after: str | None = None) -> Response:
        """Phản hồi chưa khớp hồ sơ nào hoặc không đọc được."""
        principal = await operator(tools, request)
        after = row_after(after, "r")
        rows = await tools.overview.unmatched(principal.scope, after=after, limit=PAGE)
        following = rows[-1].id if len(rows) == PAGE else None
        named = await named_by(tools, rows)
        items = [{**_listed(tools, row), "named": named[row.id]} for row in rows]
        return answer({"unmatched": items, "after": following})

    @routes.post("/unmatched/{identifier}/settle")
    async def post_settle(identifier: str, request: Request) -> Response:
        """Ghi nhận cán bộ đã xử lý xong một phản hồi; phản hồi rời danh sách."""
        principal = await operator(tools, request)
        reason = _reason(await json_object(request))
        row = await settle(tools, principal, identifier, reason=reason)
        return answer(_listed(tools, row))

    @routes.post("/unmatched/{identifier}/assign")
    async def post_assign(identifier: str, request: Request) -> Response:
        """Gắn một phản hồi vào hồ sơ mà cán bộ đã đối chiếu."""
        principal = await operator(tools, request)
        content = await json_object(request)
        reason = _reason(content)
        dossier = await find(tools, principal, _number(content))
        standing = await assign(tools, principal, identifier, dossier, reason=reason)
        row = await tools.store.report(ReportId(identifier))
        shown = _listed(tools, row) if row else {}
        became = {"became": standing.value, "dossier_id": dossier.case.dossier_id}
        return answer({**shown, **became})

    @routes.post("/unmatched/{identifier}/again")
    async def post_again(identifier: str, request: Request) -> Response:
        """Nhận lại một phản hồi, theo cấu hình hiện nay."""
        principal = await operator(tools, request)
        reason = _reason(await json_object(request))
        standing = await again(tools, principal, identifier, reason=reason)
        row = await tools.store.report(ReportId(identifier))
        shown = _listed(tools, row) if row else {}
        return answer({**shown, "became": standing.value})


def _reason(content: dict[str, Any]) -> str:
    """Why a person acts.

    Raises:
        SenderError: it is missing or blank.
    """
    reason = str(content.get("reason") or "").strip()
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    return reason


def _number(content: dict[str, Any]) -> str:
    """The number of the dossier that a person names.

    Raises:
        SenderError: it is missing or blank.
    """
    number = str(content.get("number") or "").strip()
    if not number:
        raise SenderError(
            code="number_missing", remedy="Ghi số của hồ sơ mà phản hồi thuộc về."
        )
    return number


def _listed(tools: Tools, row: ReportRow) -> dict[str, Any]:
    """A report without what it says: that is sealed."""
    office = tools.versions.current.offices.get(row.office)
    said = kept_words(tools, row)
    return {
        "id": row.id,
        "agency": row.agency,
        "office": row.office,
        "office_name": office.name if office else row.office,
        "dossier_id": row.dossier_id,
        "kind": row.kind,
        "arrived_at": row.arrived_at.isoformat(),
        "standing": row.standing.value,
        "code": row.code,
        "words": said.reason,
        "next_action": said.next_action,
        "actions": [action.value for action in possible(row)],
    }
