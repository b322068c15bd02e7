"""Status events and their signatures, by the one-stop's interface document."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from gateway.conforming import Answer, Trial


def body(content: object) -> bytes:
    """JSON in UTF-8."""
    return json.dumps(content, ensure_ascii=False).encode()


def event(t: Trial, code: int = 4, pause: str = "", **more: Any) -> dict[str, Any]:
    """A status event (§7.3) about the dossier that the counterpart knows."""
    number, at = t.code("dossier"), t.now().isoformat(timespec="seconds")
    return {
        "type": "lienthong.status",
        "id": t.identifier(),
        "at": at,
        "number": number,
        "numbers": [{"agency": "one_stop", "kind": "ma_ho_so", "value": number}],
        "sequence": newer(t),
        "portal_code": code,
        "portal_text": "đang xử lý",
        "pause": pause,
        "places": [],
        "due_on": "2026-03-27",
        "due_reason": "theo giấy tiếp nhận",
        "round": 1,
        "revision": 1,
        "end": "",
        "procedure": t.code("procedure"),
        "sentence": "Hồ sơ thử của bộ thử kết nối.",
        "results": [],
        **more,
    }


def newer(t: Trial) -> int:
    """A sequence greater than every one before, of earlier runs too."""
    last = max(int(t.now().timestamp()), int(t.memory.get("sequence", 0)) + 1)
    t.memory["sequence"] = last
    return last


def key_of(secret: str) -> bytes:
    """The shared secret as the key that signs (§7.1)."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"))
    return secret.encode()


def signed(
    t: Trial,
    content: Mapping[str, Any],
    *,
    secret: bytes = b"",
    raw: bytes = b"",
    away_s: int = 0,
) -> dict[str, Any]:
    """An envelope (§7.1); ``raw``: the payload's bytes where they are odd."""
    payload, time = raw or body(content), int(t.now().timestamp()) + away_s
    covered = f"{content['id']}.{time}.".encode() + payload
    key = secret or key_of(t.key("webhook"))
    digest = base64.b64encode(hmac.digest(key, covered, hashlib.sha256)).decode()
    return {
        "id": content["id"],
        "timestamp": time,
        "payload": base64.b64encode(payload).decode(),
        "signature": f"v1,{digest}",
    }


def received(answer: Answer, identifier: str) -> bool:
    """§7.4: received or repeated."""
    if answer.status == 204:
        return not answer.body
    return answer.status == 200 and (answer.content or {}).get("received") == identifier
