"""What a one-stop system calls: submit, correct, supplement, withdraw, read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from gateway.api import answers
from gateway.api.answers import answer
from gateway.api.bodies import (
    json_bytes,
    limited,
    object_without_nulls,
    whole,
)
from gateway.api.multipart import read_form
from gateway.api.signin import signed_in
from gateway.api.slips import take_slip
from gateway.domain.errors import (
    DossierInvalid,
    DossierUnknown,
    SenderError,
)
from gateway.intake import amend, counter
from gateway.intake.acts import find
from gateway.intake.submit import sender_of, submit
from gateway.ports.store import Upload
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.intake.submit import Accepted
    from gateway.ports.attachments import StoredAttachment
    from gateway.sealing.tools import Tools

MAX_ATTACHMENT_BYTES = 200 * 1024 * 1024
MAX_SLIP_BYTES = 2 * 1024 * 1024
MAX_FORM_BYTES = 512 * 1024 * 1024
PAGE = 100
#: Beyond it no cursor of the feed lies: stores count in 64 bits.
LAST_CURSOR = 2**63 - 1

_Body = tuple[dict[str, Any], "dict[str, StoredAttachment]"]


async def _body(tools: Tools, request: Request, name: str) -> _Body:
    """A JSON body, or a form with the part ``name`` and files."""
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        return object_without_nulls(await json_bytes(request)), {}
    form = await read_form(
        limited(request, MAX_FORM_BYTES),
        kind,
        tools.attachments,
        limit_bytes=MAX_ATTACHMENT_BYTES,
    )
    if name not in form.fields:
        raise SenderError(
            code="malformed_multipart",
            remedy=f"Thiếu phần «{name}» (JSON) trong yêu cầu multipart.",
        )
    return object_without_nulls(form.fields[name]), form.files


def _accepted(accepted: Accepted) -> Response:
    return answer({**accepted.answer, "repeated": accepted.repeated}, 202)


def _key(request: Request, content: dict[str, Any]) -> str:
    return request.headers.get("idempotency-key") or str(
        content.pop("idempotency_key", "")
    )


def router(tools: Tools) -> APIRouter:
    """Routes under /v1 for one-stop systems.

    An office's own number may hold a slash, which servers hand on unescaped: a
    number takes in what it can, so that longer paths must be looked at first.
    """
    routes = APIRouter(prefix="/v1", tags=["dossiers"])
    _acts(tools, routes)
    _writing(tools, routes)
    _reading(tools, routes)
    return routes


def submission(tools: Tools) -> Callable[[Request], Awaitable[Response]]:
    """The call that every dossier makes."""

    async def post_dossier(request: Request) -> Response:
        """Nộp hồ sơ (JSON hoặc multipart/form-data)."""
        principal = await signed_in(tools, request)
        document, parts = await _body(tools, request, "dossier")
        key = request.headers.get("idempotency-key")
        return _accepted(await submit(tools, principal, document, key=key, parts=parts))

    return post_dossier


def _writing(tools: Tools, routes: APIRouter) -> None:
    routes.post("/dossiers", status_code=202)(submission(tools))

    @routes.put("/dossiers/{number:path}", status_code=202)
    async def put_dossier(number: str, request: Request) -> Response:
        """Gửi bản sửa của hồ sơ; revision là bản kế tiếp."""
        principal = await signed_in(tools, request)
        document, parts = await _body(tools, request, "dossier")
        key = _key(request, document)
        return _accepted(
            await amend.revise(tools, principal, number, document, key=key, parts=parts)
        )

    @routes.post("/attachments", status_code=201)
    async def post_attachment(request: Request) -> Response:
        """Tải một tệp lên trước; trả về sha256 để hồ sơ gọi tên."""
        sender = sender_of(await signed_in(tools, request))
        stored = await tools.attachments.put(
            limited(request, MAX_ATTACHMENT_BYTES), limit_bytes=MAX_ATTACHMENT_BYTES
        )
        blind = tools.vault.blind("sha256", stored.sha256)
        now = tools.clock.now()
        await tools.store.add_upload(Upload(stored, sender, blind, now))
        return answer(
            {"sha256": stored.sha256, "size": stored.size_bytes, "upload": stored.id},
            201,
        )


def _acts(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/dossiers/{number:path}/withdrawal", status_code=202)
    async def post_withdrawal(number: str, request: Request) -> Response:
        """Người nộp rút hồ sơ."""
        principal = await signed_in(tools, request)
        content, _ = await _body(tools, request, "withdrawal")
        content = _checked(tools, content, "withdrawal")
        key = _key(request, content)
        return _accepted(
            await amend.withdraw(tools, principal, number, content, key=key)
        )

    @routes.post("/dossiers/{number:path}/supplements", status_code=202)
    async def post_supplement(number: str, request: Request) -> Response:
        """Chuyển giấy tờ bổ sung của người nộp."""
        principal = await signed_in(tools, request)
        content, parts = await _body(tools, request, "supplement")
        content = _checked(tools, content, "supplement")
        key = _key(request, content)
        return _accepted(
            await counter.supplement(
                tools, principal, number, content, key=key, parts=parts
            )
        )

    @routes.post("/dossiers/{number:path}/handed-out", status_code=202)
    async def post_handed_out(number: str, request: Request) -> Response:
        """Đã trả kết quả cho người nộp."""
        principal = await signed_in(tools, request)
        content, _ = await _body(tools, request, "handed_out")
        content = _checked(tools, content, "handed-out")
        key = _key(request, content)
        return _accepted(
            await counter.handed_out(tools, principal, number, content, key=key)
        )

    @routes.post("/dossiers/{number:path}/result-wrong", status_code=202)
    async def post_result_wrong(number: str, request: Request) -> Response:
        """Kết quả có sai sót, báo cơ quan đã ra kết quả."""
        principal = await signed_in(tools, request)
        content, parts = await _body(tools, request, "result_wrong")
        content = _checked(tools, content, "result-wrong")
        key = _key(request, content)
        return _accepted(
            await counter.result_wrong(
                tools, principal, number, content, key=key, parts=parts
            )
        )

    @routes.put("/dossiers/{number:path}/slips/{so_phieu:path}", status_code=202)
    async def put_slip(number: str, so_phieu: str, request: Request) -> Response:
        """Gửi phiếu chuyển thông tin đã ký (nguyên vẹn từng byte)."""
        principal = await signed_in(tools, request)
        signed = await whole(request, MAX_SLIP_BYTES)
        row = await find(tools, principal, number)
        standing = await take_slip(tools, row.case.dossier_id, so_phieu, signed)
        return answer({"slip": so_phieu, "standing": standing}, 202)


def _checked(tools: Tools, content: dict[str, Any], name: str) -> dict[str, Any]:
    wrong = tools.schemas.errors(f"urn:lienthong:schema:one_stop:{name}:1", content)
    if wrong:
        raise DossierInvalid(wrong, code="request_invalid")
    return content


def _reading(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/dossiers/{number:path}/summary")
    async def get_summary(number: str, request: Request) -> Response:
        """Trạng thái hiện tại của hồ sơ theo số bất kỳ."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        return answer(await answers.summary(tools, row))

    @routes.get("/dossiers/{number:path}/results/{attachment}")
    async def get_result(number: str, attachment: str, request: Request) -> Response:
        """Tải một tệp kết quả."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        for link in await tools.store.attachments(row.case.dossier_id):
            if link.attachment.id == attachment and link.role in {"result", "notice"}:
                headers = {
                    "Content-Disposition": "attachment",
                    "X-Content-Type-Options": "nosniff",
                    "Cache-Control": "no-store",
                    "Content-Length": str(link.attachment.size_bytes),
                }
                return StreamingResponse(
                    tools.attachments.open(link.attachment),
                    media_type="application/octet-stream",
                    headers=headers,
                )
        raise DossierUnknown

    @routes.get("/dossiers/{number:path}")
    async def get_dossier(number: str, request: Request) -> Response:
        """Hồ sơ đầy đủ theo số bất kỳ."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        folder = Folder.of(tools, row)
        body = await answers.summary(tools, row)
        body["document"] = await folder.document(row.case.revision)
        body["legs"] = [
            answers.leg(here, tools.versions.current) for here in row.case.legs
        ]
        body["transfers"] = [
            answers.transfer(t)
            for t in await tools.store.transfers(row.case.dossier_id)
        ]
        return answer(body)

    @routes.get("/dossiers")
    async def get_dossiers(
        request: Request,
        state: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Response:
        """Danh sách hồ sơ, từng trang."""
        principal = await signed_in(tools, request)
        page = min(max(limit, 1), PAGE)
        rows = await tools.overview.dossiers(
            principal.scope, state=state, after=after, limit=page
        )
        items = [
            answers.listed(
                row,
                await answers.own_number(Folder.of(tools, row)),
                tools.versions.current,
            )
            for row in rows
        ]
        following = rows[-1].case.dossier_id if len(rows) == page else None
        return answer({"dossiers": items, "after": following})

    @routes.get("/events")
    async def get_events(
        request: Request, after: int = 0, limit: int = PAGE
    ) -> Response:
        """Dòng sự kiện trạng thái đã niêm phong, theo con trỏ."""
        principal = await signed_in(tools, request)
        after = min(max(after, 0), LAST_CURSOR)
        items = await tools.overview.feed(
            principal.scope, after=after, limit=min(max(limit, 1), PAGE)
        )
        body = [
            {
                "cursor": item.cursor,
                "dossier_id": item.dossier_id,
                "at": item.at.isoformat(),
                **item.facts,
            }
            for item in items
        ]
        return answer({"events": body, "after": body[-1]["cursor"] if body else after})
