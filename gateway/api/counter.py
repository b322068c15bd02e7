"""Acts of the counter on a dossier: withdrawal, supplement, handing out, slips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import whole
from gateway.api.handing_in import (
    accepted,
    body_of,
    checked,
    key_of,
    refuse_when_pressed,
)
from gateway.api.signin import signed_in
from gateway.api.slips import MAX_SLIP_BYTES, take_slip
from gateway.intake import amend, counter, examining
from gateway.intake.acts import find
from gateway.intake.choose import choose
from gateway.intake.extend import extend

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the acts."""
    _papers(tools, routes)
    _examined(tools, routes)
    _choices(tools, routes)
    _results(tools, routes)


def _papers(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/dossiers/{number:path}/withdrawal", status_code=202)
    async def post_withdrawal(number: str, request: Request) -> Response:
        """Người nộp rút hồ sơ."""
        principal = await signed_in(tools, request)
        content, _ = await body_of(tools, request, "withdrawal", principal)
        content = checked(tools, content, "withdrawal")
        key = key_of(request, content)
        return accepted(
            await amend.withdraw(tools, principal, number, content, key=key)
        )

    @routes.post("/dossiers/{number:path}/supplements", status_code=202)
    async def post_supplement(number: str, request: Request) -> Response:
        """Chuyển giấy tờ bổ sung của người nộp."""
        principal = await signed_in(tools, request)
        content, parts = await body_of(tools, request, "supplement", principal)
        content = checked(tools, content, "supplement")
        key = key_of(request, content)
        return accepted(
            await counter.supplement(
                tools, principal, number, content, key=key, parts=parts
            )
        )

    @routes.post("/dossiers/{number:path}/answers", status_code=202)
    async def post_answer(number: str, request: Request) -> Response:
        """Trả lời yêu cầu bổ sung, giải trình của thuế."""
        principal = await signed_in(tools, request)
        content, parts = await body_of(tools, request, "answer", principal)
        content = checked(tools, content, "answer")
        key = key_of(request, content)
        return accepted(
            await counter.question_answered(
                tools, principal, number, content, key=key, parts=parts
            )
        )


def _examined(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/dossiers/{number:path}/refusal", status_code=202)
    async def post_refusal(number: str, request: Request) -> Response:
        """Từ chối tiếp nhận hồ sơ do cơ quan khác chuyển về."""
        principal = await signed_in(tools, request)
        content, _ = await body_of(tools, request, "refusal", principal)
        content = checked(tools, content, "refusal")
        key = key_of(request, content)
        return accepted(
            await examining.refused(tools, principal, number, content, key=key)
        )

    @routes.post("/dossiers/{number:path}/supplement-request", status_code=202)
    async def post_supplement_request(number: str, request: Request) -> Response:
        """Yêu cầu bổ sung trước khi tiếp nhận hồ sơ do cơ quan khác chuyển về."""
        principal = await signed_in(tools, request)
        content, _ = await body_of(tools, request, "supplement_request", principal)
        content = checked(tools, content, "supplement-request")
        key = key_of(request, content)
        return accepted(
            await examining.papers_asked(tools, principal, number, content, key=key)
        )


def _choices(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/dossiers/{number:path}/extension", status_code=202)
    async def post_extension(number: str, request: Request) -> Response:
        """Xin lỗi và hẹn lại ngày trả kết quả, một lần, trước hạn."""
        principal = await signed_in(tools, request)
        content, _ = await body_of(tools, request, "extension", principal)
        content = checked(tools, content, "extension")
        key = key_of(request, content)
        return accepted(await extend(tools, principal, number, content, key=key))

    @routes.post("/dossiers/{number:path}/choices", status_code=202)
    async def post_choices(number: str, request: Request) -> Response:
        """Một cửa chọn điều cơ quan hỏi: người tiếp nhận, trường hợp."""
        principal = await signed_in(tools, request)
        content, _ = await body_of(tools, request, "choices", principal)
        content = checked(tools, content, "choices")
        key = key_of(request, content)
        return accepted(await choose(tools, principal, number, content, key=key))


def _results(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/dossiers/{number:path}/handed-out", status_code=202)
    async def post_handed_out(number: str, request: Request) -> Response:
        """Đã trả kết quả cho người nộp."""
        principal = await signed_in(tools, request)
        content, _ = await body_of(tools, request, "handed_out", principal)
        content = checked(tools, content, "handed-out")
        key = key_of(request, content)
        return accepted(
            await counter.handed_out(tools, principal, number, content, key=key)
        )

    @routes.post("/dossiers/{number:path}/result-wrong", status_code=202)
    async def post_result_wrong(number: str, request: Request) -> Response:
        """Kết quả có sai sót, báo cơ quan đã ra kết quả."""
        principal = await signed_in(tools, request)
        content, parts = await body_of(tools, request, "result_wrong", principal)
        content = checked(tools, content, "result-wrong")
        key = key_of(request, content)
        return accepted(
            await counter.result_wrong(
                tools, principal, number, content, key=key, parts=parts
            )
        )

    @routes.put("/dossiers/{number:path}/slips/{so_phieu:path}", status_code=202)
    async def put_slip(number: str, so_phieu: str, request: Request) -> Response:
        """Gửi phiếu chuyển thông tin đã ký (nguyên vẹn từng byte)."""
        principal = await signed_in(tools, request)
        refuse_when_pressed(tools)
        signed = await whole(request, MAX_SLIP_BYTES)
        row = await find(tools, principal, number)
        taken = await take_slip(tools, row, signed, by=principal, so_phieu=so_phieu)
        return answer({"slip": so_phieu, "standing": taken.standing.value}, 202)
