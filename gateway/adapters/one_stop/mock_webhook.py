"""A status webhook as the interface document describes it: checked from its body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

STATUS = "lienthong.status"


class NotTaken(Exception):
    """The event is not taken; ``status`` and ``code`` as in section 7.4."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        """``detail`` is Vietnamese and names no personal value."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of an event whose signature holds."""

    id: str
    timestamp: int
    payload: bytes
    event: Mapping[str, Any]


def key_of(secret: str) -> bytes:
    """The shared secret as the key that signs."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"))
    return secret.encode()


def read(body: bytes, key: bytes) -> Delivery:
    """Check a delivery and read its event.

    Raises:
        NotTaken: it is malformed, or signed by somebody else.
    """
    envelope = _object(body)
    try:
        identifier, timestamp = str(envelope["id"]), int(envelope["timestamp"])
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = str(envelope["signature"])
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise NotTaken(400, "malformed", "Thiếu hoặc sai trường của phong bì") from None
    if not holds(signatures, f"{identifier}.{timestamp}.".encode() + payload, key):
        raise NotTaken(401, "signature_invalid", "Chữ ký không đúng")
    event = _object(payload)
    if event.get("type") != STATUS or event.get("id") != identifier:
        raise NotTaken(422, "event_invalid", "Không phải sự kiện trạng thái")
    return Delivery(identifier, timestamp, payload, event)


def holds(signatures: str, signed: bytes, key: bytes) -> bool:
    """Whether one of the signatures is ours over these bytes."""
    own = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    shown = [one.partition(",") for one in signatures.split(" ")]
    return any(
        version == "v1" and hmac.compare_digest(own, value)
        for version, _, value in shown
        if value.isascii()
    )


def numbers_named(body: bytes) -> tuple[str, str]:
    """Identifier and dossier number that a body names, unverified; empty if none."""
    try:
        envelope = _object(body)
        event = _object(base64.b64decode(str(envelope.get("payload", ""))))
    except (NotTaken, binascii.Error, ValueError):
        return "", ""
    return str(envelope.get("id", "")), str(event.get("number", ""))


def named(body: bytes, field: str) -> str:
    """A field of a JSON object; empty if there is none."""
    try:
        return str(_object(body).get(field, ""))
    except NotTaken:
        return ""


def _object(text: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NotTaken(400, "malformed", "Không phải JSON") from None
    if not isinstance(content, dict):
        raise NotTaken(400, "malformed", "Không phải đối tượng JSON")
    return content
