"""What a one-stop system calls: submit, correct, supplement, withdraw, read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import Response

from gateway.api import counter, evidence, loading, papers, reading, unmasking
from gateway.api.answers import answer
from gateway.api.bodies import limited
from gateway.api.handing_in import (
    MAX_ATTACHMENT_BYTES,
    accepted,
    body_of,
    key_of,
    refuse_when_pressed,
)
from gateway.api.refusals import route_telling
from gateway.api.routes import Routes
from gateway.api.signin import signed_in
from gateway.domain.trace import CALLER
from gateway.intake import amend
from gateway.intake.submit import sender_of, submit
from gateway.ports.attachments import FileSource
from gateway.ports.store import Upload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.sealing.tools import Tools


def router(tools: Tools) -> Routes:
    """Routes under /v1 for one-stop systems.

    An office's own number may hold a slash, which servers hand on unescaped: a
    number takes in what it can, so that longer paths must be looked at first.
    """
    routes = Routes(prefix="/v1", tags=["dossiers"], route_class=route_telling(tools))
    counter.register(tools, routes)
    unmasking.register(tools, routes)
    evidence.register(tools, routes)
    loading.register(tools, routes)
    _writing(tools, routes)
    papers.register(tools, routes)
    reading.register(tools, routes)
    return routes


def submission(tools: Tools) -> Callable[[Request], Awaitable[Response]]:
    """The call that every dossier makes."""

    async def post_dossier(request: Request) -> Response:
        """Nộp hồ sơ (JSON hoặc multipart/form-data)."""
        CALLER.set(request.headers.get("traceparent", ""))
        principal = await signed_in(tools, request)
        document, parts = await body_of(tools, request, "dossier", principal)
        key = request.headers.get("idempotency-key")
        return accepted(await submit(tools, principal, document, key=key, parts=parts))

    return post_dossier


def _writing(tools: Tools, routes: Routes) -> None:
    routes.post("/dossiers", status_code=202)(submission(tools))

    @routes.put("/dossiers/{number:path}", status_code=202)
    async def put_dossier(number: str, request: Request) -> Response:
        """Gửi bản sửa của hồ sơ; revision là bản kế tiếp."""
        principal = await signed_in(tools, request)
        document, parts = await body_of(tools, request, "dossier", principal)
        key = key_of(request, document)
        return accepted(
            await amend.revise(tools, principal, number, document, key=key, parts=parts)
        )

    @routes.post("/attachments", status_code=201)
    async def post_attachment(request: Request) -> Response:
        """Tải một tệp lên trước; trả về sha256 để hồ sơ gọi tên.

        Mỗi lần tải lên dùng cho một hồ sơ; không hồ sơ nào dùng thì tệp bị xóa sau
        số ngày đã cấu hình (mặc định 7).
        """
        sender = sender_of(await signed_in(tools, request))
        refuse_when_pressed(tools)
        stored = await tools.attachments.put(
            limited(request, MAX_ATTACHMENT_BYTES),
            limit_bytes=MAX_ATTACHMENT_BYTES,
            source=FileSource("upload", sender),
        )
        blind = tools.vault.blind("sha256", stored.sha256)
        now = tools.clock.now()
        await tools.store.add_upload(Upload(stored, sender, blind, now))
        return answer(
            {"sha256": stored.sha256, "size": stored.size_bytes, "upload": stored.id},
            201,
        )
