"""Restores of the store: what is in doubt since, and who has looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.paging import PAGE, page_of, row_after
from gateway.api.routes import Routes
from gateway.api.signin import administrator, operator
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.errors import ActionNotPossible, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.words import words_of

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.domain.transfer import Transfer
    from gateway.ports.incarnations import Incarnation, Incarnations, Unheard
    from gateway.sealing.tools import Tools

#: What a person has to do after a restore, beside the lists.
TO_DO = (
    (
        "Gửi lại từ một cửa mọi hồ sơ và việc phát sinh sau thời điểm sao lưu: cổng nhận"
        " ra bản trùng, cái chưa có được tiếp nhận."
    ),
    (
        "Xem lại các lệnh dừng gửi, lịch bảo trì, mã truy cập đã thu hồi và cấu hình đã"
        " áp dụng sau thời điểm sao lưu: đặt lại. Khóa đã thu hồi nay có hiệu lực lại."
    ),
    (
        "Hỏi từng cơ quan chỉ báo chủ động (danh sách dưới) các kết quả đã báo sau thời"
        " điểm sao lưu: nhờ gửi lại. Tệp đã đọc trong thư mục trao đổi thì đặt lại vào"
        " thư mục đến."
    ),
)


def router(tools: Tools, kept: Incarnations) -> Routes:
    """Routes under /v1."""
    routes = Routes(prefix="/v1", tags=["operations"])

    @routes.get("/restores")
    async def get_restores(request: Request) -> Response:
        """Các lần khôi phục kho, còn bao nhiêu lượt gửi chưa rõ, cơ quan nào cần hỏi."""
        await operator(tools, request)
        known = [one for one in await kept.incarnations() if one.begun_at]
        unheard = await kept.unheard() if known else ()
        return answer(
            {
                "restores": [shown(one) for one in known],
                "left": await kept.count_doubted(),
                "unheard": [_unheard(tools, one) for one in unheard],
                "to_do": list(TO_DO) if known else [],
            }
        )

    @routes.get("/restores/doubts")
    async def get_doubts(
        request: Request, after: str = "", limit: int = PAGE
    ) -> Response:
        """Lượt gửi có thể đã gửi trước khi khôi phục mà chưa rõ, từng trang."""
        await operator(tools, request)
        page = page_of(limit)
        rows = await kept.doubted(row_after(after, "t") or "", page)
        following = rows[-1].id if len(rows) == page else None
        return answer(
            {"transfers": [_doubt(tools, t) for t in rows], "next": following}
        )

    @routes.post("/restores/{number}/acknowledge")
    async def post_acknowledge(number: int, request: Request) -> Response:
        """Ghi đã xem danh sách của một lần khôi phục (reason); thư tự động gửi tiếp."""
        principal = await administrator(tools, request)
        reason = str((await json_object(request)).get("reason", "")).strip()
        return answer(
            shown(await _acknowledged(tools, kept, number, principal, reason))
        )

    return routes


async def _acknowledged(
    tools: Tools, kept: Incarnations, number: int, by: Principal, reason: str
) -> Incarnation:
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    facts = {"incarnation": number, "why": reason[:REASON_AT_MOST]}
    facts["left"] = await kept.count_doubted()
    line = JournalLine("restore_acknowledged", tools.clock.now(), by.id, facts)
    if not await kept.acknowledge_incarnation(number, by.id, line):
        raise ActionNotPossible(
            code="restore_not_open",
            remedy="Không có lần khôi phục này, hoặc đã có người ghi đã xem.",
        )
    tools.probe.action(action="restore_acknowledged", actor=by.id)
    return next(one for one in await kept.incarnations() if one.number == number)


def told(one: Incarnation) -> dict[str, Any]:
    """What the readiness check says until somebody has acknowledged it."""
    return {
        "number": one.number,
        "point": one.point.isoformat() if one.point else None,
        "doubted": one.doubted,
        "next_action": (
            "Kho vừa được khôi phục: xem lienthong restored list, rồi ghi đã xem bằng"
            f" lienthong restored acknowledge {one.number}."
        ),
    }


def shown(one: Incarnation) -> dict[str, Any]:
    """One restore."""
    return {
        "number": one.number,
        "backup": one.backup or None,
        "point": one.point.isoformat() if one.point else None,
        "by": one.by,
        "why": one.why,
        "begun_at": one.begun_at.isoformat() if one.begun_at else None,
        "doubted": one.doubted,
        "acknowledged_at": (
            one.acknowledged_at.isoformat() if one.acknowledged_at else None
        ),
        "acknowledged_by": one.acknowledged_by,
    }


def _name(tools: Tools, office: OfficeId) -> str:
    known = tools.versions.current.offices.get(office)
    return known.name if known else office


def _unheard(tools: Tools, one: Unheard) -> dict[str, Any]:
    return {
        "office": one.office,
        "office_name": _name(tools, one.office),
        "legs": one.count,
        "first": one.first,
    }


def _doubt(tools: Tools, transfer: Transfer) -> dict[str, Any]:
    cause = transfer.cause or "restored"
    said = words_of(cause, {})
    return {
        "id": transfer.id,
        "dossier_id": transfer.dossier_id,
        "office": transfer.office,
        "office_name": _name(tools, transfer.office),
        "kind": transfer.kind,
        "state": transfer.state.value,
        "doubt": transfer.doubt,
        "code": cause,
        "reason": said.reason,
        "next_action": said.next_action,
    }
