"""The operation that the gateway hosts for a company: it pushes its progress (§9).

Its key stands in the body: what is kept of a message is kept without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from gateway.adapters.electricity.codes import Codes
from gateway.adapters.electricity.reading import PUSH, Check, pushed, reports
from gateway.domain.errors import ReportRefused
from gateway.ports.agency import (
    BodySecret,
    HostedOperation,
    HostedReply,
    InboundMessage,
)
from gateway.ports.inbox import Part, PartResult

JSON = "application/json; charset=utf-8"
_WRONG = "Sai kiểu dữ liệu"
#: What a refusal of §2.2 may say; any other words are for our own people.
_SAID = (_WRONG, "Thiếu trường", "Không tìm thấy hồ sơ", "Không có quyền truy cập")


def reply(text: str, *, ok: bool) -> HostedReply:
    """``{TYPE, MESSAGE}`` with HTTP 200, whatever is said."""
    if ok:
        told = {"TYPE": "OK", "MESSAGE": "Cập nhật thành công"}
    else:
        told = {"TYPE": "ERROR", "MESSAGE": text if text.startswith(_SAID) else _WRONG}
    return HostedReply(200, JSON, orjson.dumps(told))


REFUSAL = reply("Không có quyền truy cập", ok=False)


def key_in(body: bytes) -> str:
    """The ``KHOA`` that a body shows; empty for none."""
    key = _object(body).get("KHOA")
    return key if isinstance(key, str) else ""


def hosted_operation(
    check: Check, codes: Codes, *, max_body_bytes: int
) -> HostedOperation:
    """``CapNhatTienDo``; each row of a push is a part, in the order of their times."""

    def parts(message: InboundMessage) -> Sequence[Part]:
        content = _object(message.body)
        raw = orjson.dumps({n: v for n, v in content.items() if n != "KHOA"})
        try:
            found = reports(pushed(content, check), codes, message.arrived_at)
        except ReportRefused as refused:
            return [Part({}, raw, refused=refused)]
        return [Part({}, raw, report=one) for one in found]

    return HostedOperation(
        name=PUSH,
        method="POST",
        read=None,
        reply=reply,
        max_body_bytes=max_body_bytes,
        secret=BodySecret(key_in, REFUSAL),
        parts=parts,
        reply_parts=_parts_reply,
    )


def _parts_reply(results: Sequence[PartResult]) -> HostedReply:
    """One reply for all rows, which are of one dossier."""
    for one in results:
        if one.part.refused is not None:
            return reply(one.part.refused.remedy, ok=False)
        if one.code == "no_dossier":
            return reply("Không tìm thấy hồ sơ", ok=False)
    return reply("", ok=True)


def _object(body: bytes) -> Mapping[str, Any]:
    """A body as an object; nothing where it is none, which no schema allows."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
