"""Signed callbacks: who made the message, when, and whether it came before.

The signature stands in headers, or, since platforms strip headers, in the body: an
object of ``id``, ``timestamp``, ``payload`` (base64) and ``signature``, as our own
status webhooks have it. Which of an office's callbacks must be signed, its entry
says (``callback_signature``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import orjson

from gateway.domain.clock_wrong import ClockWrong
from gateway.validation.webhook import holds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

OFF, WANTED, REQUIRED = "off", "wanted", "required"
MODES = (OFF, WANTED, REQUIRED)
#: Seconds that a signature may be old, or ahead, by wall time.
WINDOW_S = 300
#: Longer ids are none: they are kept.
MOST_ID = 256
_PARTS = {"id", "timestamp", "payload", "signature"}
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")

MISSING = "Bản tin phải được ký (webhook-id, webhook-timestamp, webhook-signature)."
WRONG = "Chữ ký của bản tin không đúng hoặc không còn hiệu lực."
OLD = "Giờ ký của bản tin lệch quá 5 phút so với giờ của cổng: kiểm tra đồng hồ."
REUSED = "Mã bản tin này đã dùng cho nội dung khác: đặt mã mới."


class SigningSecrets(Protocol):
    """Secrets that agencies sign with."""

    def value(self, name: str) -> str:
        """A secret by name; KeyError: there is none."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a message says of its own signature, and the exact bytes that it is over."""

    identifier: str
    timestamp: str
    signatures: str
    payload: bytes


def mode_of(entry: Office | None) -> str:
    """Whether an office signs; what nobody can read is the strictest."""
    said = entry.settings.get("callback_signature", OFF) if entry is not None else OFF
    return said if said in MODES else REQUIRED


def opened(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, Claim | None]:
    """The agency's own message, and its signature if it has one; the body's counts."""
    inside = _envelope(body)
    if inside is not None:
        return inside.payload, inside
    identifier, timestamp, signatures = (headers.get(name, "") for name in _HEADERS)
    if not signatures:
        return body, None
    return body, Claim(identifier, timestamp, signatures, body)


def _envelope(body: bytes) -> Claim | None:
    if b'"signature"' not in body or body.lstrip()[:1] != b"{":
        return None
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict) or said.keys() != _PARTS:
        return None
    if not all(isinstance(said[one], str) for one in _PARTS - {"timestamp"}):
        return None
    try:
        payload = base64.b64decode(said["payload"], validate=True)
    except (binascii.Error, ValueError):
        return None
    return Claim(said["id"], str(said["timestamp"]), said["signature"], payload)


async def trouble_with(
    tools: Tools, secrets: SigningSecrets, entry: Office, claim: Claim | None
) -> str:
    """Why a message is not believed, for its sender; empty: it is, and is remembered.

    One that comes again with the same bytes is let through: taking it in says what
    was said the first time. Nobody else can use its id.

    Raises:
        ClockWrong: it is theirs, and whether it is of now cannot be said.
    """
    mode = mode_of(entry)
    if mode == OFF or (mode == WANTED and claim is None):
        return ""
    if claim is None:
        return MISSING
    named = 0 < len(claim.identifier) <= MOST_ID and "." not in claim.identifier
    digits = claim.timestamp.isascii() and claim.timestamp.isdigit()
    if not named or not digits or len(claim.timestamp) > 12:
        return WRONG
    if not _is_theirs(secrets, entry, claim):
        return WRONG
    if tools.clock.wrong():
        # Of now or not is not to be said; it comes again.
        raise ClockWrong
    now = tools.clock.now()
    if abs(now.timestamp() - int(claim.timestamp)) > WINDOW_S:
        return OLD
    blind = tools.vault.blind("webhook_id", f"{entry.id}|{claim.identifier}")
    digest = hashlib.sha256(claim.payload).hexdigest()
    said = tools.vault.blind("webhook_body", digest)
    first = await tools.replays.remember(blind, said, now)
    return "" if first == said else REUSED


def _is_theirs(secrets: SigningSecrets, entry: Office, claim: Claim) -> bool:
    shared = []
    for name in (f"{entry.id}.callback.sign", f"{entry.id}.callback.sign.next"):
        try:
            shared.append(secrets.value(name))
        except KeyError:
            continue
    public = entry.settings.get("callback_keys", ())
    signed = f"{claim.identifier}.{claim.timestamp}.".encode() + claim.payload
    listed = public if isinstance(public, list | tuple) else ()
    return holds(claim.signatures, signed, shared=shared, public=map(str, listed))
