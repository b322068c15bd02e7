"""Answers of a one-stop → what ``replies.toml`` decides by; pure."""

from __future__ import annotations

import orjson

#: An answer that counts is short; of a longer one only this much is looked at.
MAX_TEXT_BYTES = 65536


def fields_of(body: bytes, identifier: str, *, asks_to_wait: bool) -> dict[str, str]:
    """What an answer says, as the fields that the rows are written for.

    ``identifier``: the event that was told; ``asks_to_wait``: a ``Retry-After``
    came with the answer.
    """
    fields = {"retry_after": "given" if asks_to_wait else ""}
    if not body:
        return fields
    try:
        content = orjson.loads(body[:MAX_TEXT_BYTES])
    except orjson.JSONDecodeError:
        return fields
    if not isinstance(content, dict):
        return fields
    if "received" in content:
        fields["received"] = "same" if content["received"] == identifier else "other"
    fields["repeated"] = "yes" if content.get("repeated") is True else ""
    fields["code"] = str(content.get("code", ""))
    return fields
