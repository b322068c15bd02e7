"""Corrections of dossiers by staff: one asks, another approves; the list of what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer, own_number
from gateway.api.bodies import json_object, reason_of
from gateway.api.paging import PAGE, page_of, row_after
from gateway.api.signin import allowed, fresh, signed_in
from gateway.domain.correction import CorrectionKind
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierUnknown,
    NotAllowed,
    SenderError,
)
from gateway.domain.principal import Right, may, may_approve
from gateway.intake import correcting
from gateway.intake.acts import find
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.correction import Correction, StandIn
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

#: Characters of a reason.
MOST = 500


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls."""

    @routes.get("/corrections")
    async def get_corrections(
        request: Request, after: str | None = None, limit: int = PAGE
    ) -> Response:
        """Đề nghị sửa hồ sơ đang chờ duyệt: sửa gì, vì sao, ai đề nghị, có hiệu lực khi nào."""
        principal = await signed_in(tools, request)
        must_see(principal)
        after, page = row_after(after, "k"), page_of(limit)
        rows = await tools.corrections.corrections(
            principal.scope, after=after, limit=page + 1, kind=CorrectionKind.DOCUMENT
        )
        alone = await stand_ins(tools, rows)
        shown = [
            await _shown(tools, principal, one, alone.get(one.id))
            for one in rows[:page]
        ]
        following = rows[page - 1].id if len(rows) > page else None
        return answer({"corrections": shown, "after": following})

    @routes.post("/dossiers/{number:path}/corrections", status_code=201)
    async def post_correction(number: str, request: Request) -> Response:
        """Đề nghị sửa nội dung hồ sơ; hồ sơ chỉ đổi khi người thứ hai duyệt."""
        principal = await allowed(tools, request, Right.EDIT)
        fresh(tools, principal)
        row = await find(tools, principal, number)
        content = await json_object(request)
        changes = _changes(content)
        reason = reason_of(content)[:MOST]
        try:
            kept = await correcting.ask(tools, principal, row, changes, reason)
        except ChangedMeanwhile:
            raise ActionNotPossible(
                code="correction_waiting",
                remedy="Hồ sơ này đã có một đề nghị đang chờ duyệt: xử lý đề nghị ấy"
                " trước.",
            ) from None
        alone = await stand_ins(tools, [kept])
        shown = await _shown(tools, principal, kept, alone.get(kept.id))
        return answer(shown, 201)

    _deciding(tools, routes)


def _deciding(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/corrections/{identifier}/approval")
    async def post_approval(identifier: str, request: Request) -> Response:
        """Duyệt một đề nghị của người khác: hồ sơ có bản mới, được gửi lại ngay."""
        return await _decide(tools, request, identifier, approve=True)

    @routes.post("/corrections/{identifier}/refusal")
    async def post_refusal(identifier: str, request: Request) -> Response:
        """Bỏ một đề nghị sửa; hồ sơ giữ nguyên."""
        return await _decide(tools, request, identifier, approve=False)


def _changes(content: Mapping[str, Any]) -> dict[str, str]:
    """What shall change, by JSON pointer.

    Raises:
        SenderError: it is none.
    """
    changes = content.get("changes")
    if not isinstance(changes, dict) or not all(
        isinstance(text, str) for text in changes.values()
    ):
        raise SenderError(
            code="correction_invalid",
            remedy="changes là bảng từ đường dẫn JSON (/applicant/phone) đến chữ mới.",
        )
    return changes


async def _decide(
    tools: Tools, request: Request, identifier: str, *, approve: bool
) -> Response:
    principal = await signed_in(tools, request)
    must_see(principal)
    fresh(tools, principal)
    reason = reason_of(await json_object(request))[:MOST]
    row = await correcting.decide(
        tools, principal, identifier, approve=approve, reason=reason
    )
    present = await tools.store.dossier(row.case.dossier_id, principal.scope) or row
    body = {
        "id": identifier,
        "dossier_id": row.case.dossier_id,
        "approved": approve,
        "revision": present.case.revision,
    }
    return answer(body)


def must_see(principal: Principal) -> None:
    """Refuse who neither asks for corrections nor approves them.

    Raises:
        NotAllowed: they do neither.
    """
    if not (may(principal, Right.EDIT) or may(principal, Right.APPROVE)):
        raise NotAllowed


async def stand_ins(tools: Tools, rows: Sequence[Correction]) -> dict[str, StandIn]:
    """Of these corrections those that nobody else may approve."""
    found = await tools.corrections.stand_ins([one.id for one in rows])
    return {one.correction: one for one in found if one.over_at is None}


async def _shown(
    tools: Tools, principal: Principal, kept: Correction, alone: StandIn | None
) -> dict[str, Any]:
    row = await tools.store.dossier(kept.dossier_id, principal.scope)
    if row is None:
        raise DossierUnknown
    wanted = await correcting.opened(tools, row, kept)
    told, effect = (alone.told_at, alone.effect_at) if alone else (None, None)
    return {
        "id": kept.id,
        "dossier_id": kept.dossier_id,
        "number": await own_number(Folder.of(tools, row)),
        "revision": kept.revision,
        "by": kept.by,
        "at": kept.at.isoformat(),
        "reason": wanted.reason,
        "changes": [
            {"path": path, "was": was, "now": now}
            for path, (was, now) in wanted.changes.items()
        ],
        "may_approve": may_approve(principal, kept.by),
        "overtaken": row.case.revision != kept.revision,
        "nobody_else": alone is not None,
        "head_told_at": told.isoformat() if told else None,
        "takes_effect_at": effect.isoformat() if effect else None,
    }
