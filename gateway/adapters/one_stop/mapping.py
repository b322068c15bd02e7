"""A status transfer → the event that a one-stop reads, and its signed envelope; pure.

The signature covers the exact payload bytes, which travel as base64: nothing that
a platform does to headers or to the JSON around them can break it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from standardwebhooks.webhooks import Webhook

from gateway.domain.errors import NeedsConfiguration
from gateway.ports.agency import File, OutboundMessage

#: Together, before base64; above it results go by link (interface document, 7.3).
MAX_INLINE_BYTES = 2 * 1024 * 1024
#: Facts of a status, as ``routing`` tells them, that an event repeats unchanged.
STATE = (
    "sequence",
    "portal_code",
    "portal_text",
    "pause",
    "places",
    "due_on",
    "due_reason",
    "round",
    "revision",
    "end",
    "procedure",
    "sentence",
    "asks",
    "by_hand",
)
#: What a notice of an agency tells the applicant; what else it holds stays here.
NOTICE = ("number", "kind", "amount", "issued_on", "due_on", "state")


def event(
    message: OutboundMessage, contents: Mapping[str, bytes], *, now: datetime
) -> dict[str, Any]:
    """The event; ``contents`` are the results that go inline, by identifier."""
    facts = message.facts
    told: dict[str, Any] = {
        "type": "lienthong.status",
        "id": message.idempotency_key,
        "at": (message.created_at or now).astimezone(UTC).isoformat(),
        "number": message.number("ma_ho_so") or _foreign_number(message),
        "numbers": [
            {"agency": r.agency, "kind": r.kind, "value": r.value}
            for r in message.references
        ],
        **{name: facts[name] for name in STATE if name in facts},
        "results": [_result(file, facts, contents) for file in message.view.files],
    }
    if "dossier_id" in facts:
        told["dossier_id"] = facts["dossier_id"]
    return told | _said(message.content)


def _foreign_number(message: OutboundMessage) -> str:
    """The number of a dossier that an agency opened: the agency's own."""
    return message.references[0].value if message.references else ""


def _said(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the agency wrote and which notices it issued, where its report says so."""
    told: dict[str, Any] = {}
    if content.get("note"):
        told["note"] = str(content["note"])
    if content.get("question"):
        told["question"] = {
            name: str(content[key])
            for name, key in (("number", "question"), ("due_on", "due_on"))
            if content.get(key)
        }
    notices = [
        {name: str(notice[name]) for name in NOTICE if notice.get(name)}
        for notice in content.get("notices") or ()
    ]
    if any(notices):
        told["notices"] = [notice for notice in notices if notice]
    return told


def _result(
    file: File, facts: Mapping[str, Any], contents: Mapping[str, bytes]
) -> dict[str, Any]:
    """One result; its title is the identifier that the API serves it under."""
    told: dict[str, Any] = {
        "id": file.title,
        "name": file.name,
        "size_bytes": file.size_bytes,
    }
    if file.title in contents:
        told["content"] = base64.b64encode(contents[file.title]).decode()
    elif "dossier_id" in facts:
        # The dossier's own number is personal and stays out of addresses.
        told["link"] = f"/v1/dossiers/{facts['dossier_id']}/results/{file.title}"
    return told


class Signer:
    """Signs with every secret that is valid just now: one, or two while it changes."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """Read the secrets; the newest first.

        Raises:
            NeedsConfiguration: there is none.
        """
        if not any(secrets):
            raise NeedsConfiguration(
                code="webhook_secret_missing",
                remedy="Quản trị khai báo khóa bí mật webhook của một cửa.",
            )
        self._webhooks = [Webhook(_key(secret)) for secret in secrets if secret]

    def sign(self, identifier: str, at: datetime, text: str) -> str:
        """Signatures of Standard Webhooks, separated by blanks."""
        # The library takes any time for UTC, whatever zone it carries.
        moment = at.astimezone(UTC)
        return " ".join(w.sign(identifier, moment, text) for w in self._webhooks)


def _key(secret: str) -> str | bytes:
    return secret if secret.startswith("whsec_") else secret.encode()


def sealed(
    told: Mapping[str, Any], signer: Signer, *, now: datetime
) -> tuple[bytes, dict[str, str]]:
    """The body of the call and the headers that repeat what it says of itself."""
    identifier = str(told["id"])
    payload = orjson.dumps(told)
    timestamp = int(now.timestamp())
    body = orjson.dumps(
        {
            "id": identifier,
            "timestamp": timestamp,
            "payload": base64.b64encode(payload).decode(),
            "signature": signer.sign(identifier, now, payload.decode()),
        }
    )
    headers = {
        "Content-Type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signer.sign(identifier, now, body.decode()),
    }
    return body, headers
