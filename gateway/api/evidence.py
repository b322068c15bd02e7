"""Evidence of one dossier as a package, and the public keys that it is checked with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.accounts import reason_of
from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.description import ZIP
from gateway.api.signin import allowed, fresh, signed_in
from gateway.disk import archives
from gateway.domain.errors import ActionNotPossible, NotAllowed
from gateway.domain.evidence import KEY_LINE
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Right, may
from gateway.evidence.events import told
from gateway.evidence.gathering import handed, package
from gateway.evidence.packing import key_told
from gateway.evidence.rooting import publish_keys
from gateway.intake.acts import find
from gateway.registry import shipped
from gateway.reports.due import due

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

#: The program that checks a package and knows nothing of the gateway.
SCRIPT = shipped.folder("examples") / "verify" / "verify.py"


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls; they come before those that take any path for a number."""
    _package(tools, routes)
    _keys(tools, routes)


async def made(
    tools: Tools, principal: Principal, row: DossierRow, reason: str, *, payloads: bool
) -> Response:
    """A package as a file.

    Raises:
        NotAllowed: the principal may not take evidence away, or not with its payloads.
        ProofNeeded: the password has to be shown once more.
    """
    if not may(principal, Right.AUDIT) or (
        payloads and not may(principal, Right.PAYLOAD)
    ):
        raise NotAllowed
    fresh(tools, principal)
    script = await asyncio.to_thread(SCRIPT.read_bytes)
    files = await package(
        tools, principal, row, reason, script=script, payloads=payloads
    )
    content = await asyncio.to_thread(archives.stored, files)
    name = f"bang-chung-{row.case.dossier_id}.zip"
    return Response(
        content,
        media_type=ZIP,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _package(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/dossiers/{number:path}/evidence")
    async def get_evidence(number: str, request: Request) -> Response:
        """Mỗi lần giao, nhận của hồ sơ và hồ sơ ở đâu từ lúc nào; không có dữ liệu cá nhân.

        `hop`: submission, relay, delivery, retrieval; `result`: accepted, rejected,
        failed, non_delivery, unknown (chưa rõ đã nhận hay chưa); `etsi` là tên trong
        ETSI EN 319 522, `line` là dòng nhật ký làm căn cứ.
        """
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        found, names = await handed(tools, row)
        dates = await due(tools, row)
        events = [told(one) for one in found]
        body = {"events": events, "names": names, "custody": dates["shares"]}
        return answer({"dossier": row.case.dossier_id, **body})

    @routes.post("/dossiers/{number:path}/evidence")
    async def post_evidence(number: str, request: Request) -> Response:
        """Gói bằng chứng giao nhận của một hồ sơ, kiểm tra được không cần cổng.

        Mặc định không có dữ liệu cá nhân; `payloads`: kèm nguyên văn nội dung và tệp
        (lãnh đạo, đã mở xem dữ liệu cá nhân). Ai lấy, vì sao được ghi nhật ký.
        """
        principal = await allowed(tools, request, Right.AUDIT)
        content = await json_object(request)
        reason, payloads = reason_of(content), content.get("payloads") is True
        row = await find(tools, principal, number)
        return await made(tools, principal, row, reason, payloads=payloads)


def _keys(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/evidence-keys")
    async def get_evidence_keys() -> Response:
        """Khóa công khai để kiểm tra gói bằng chứng; ai cũng xem được."""
        return answer({"keys": [key_told(one) for one in await publish_keys(tools)]})

    @routes.post("/evidence-keys/{key}/revoke")
    async def post_revoke(key: str, request: Request) -> Response:
        """Thu hồi một khóa: từ nay chữ ký của nó không còn giá trị, không hoàn lại được."""
        principal = await allowed(tools, request, Right.KEYS)
        fresh(tools, principal)
        content = await json_object(request)
        return answer(await revoked(tools, principal, key, reason_of(content)))


async def revoked(
    tools: Tools, principal: Principal, key: str, reason: str
) -> dict[str, Any]:
    """Revoke a key; roots that it signed are signed again by another.

    Raises:
        ActionNotPossible: no key of that name counts.
    """
    now = tools.clock.now()
    line = JournalLine(
        KEY_LINE, now, principal.id, {"key": key, "revoked": True, "why": reason}
    )
    if not await tools.evidence.revoke_evidence_key(key, now, line):
        raise ActionNotPossible(
            code="evidence_key_unknown",
            remedy="Không có khóa này, hoặc đã thu hồi: xem lienthong key evidence.",
        )
    tools.probe.action(action=KEY_LINE, actor=principal.id)
    return {"key": key, "revoked_at": now.isoformat()}
