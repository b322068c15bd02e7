"""Messages of an interface field by field, in words, from its schema files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gateway.conformance.partner.messages_xsd import xsd_messages
from gateway.domain.paper_conformance import Message, MessageField

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = {
    "string": "chữ",
    "integer": "số nguyên",
    "number": "số",
    "boolean": "đúng/sai",
    "array": "danh sách",
    "object": "đối tượng",
}


def messages(folder: Path) -> tuple[Message, ...]:
    """Every message of an interface: JSON in order of its file's name, then XML."""
    found = []
    for path in sorted(folder.glob("*.json")):
        schema = json.loads(path.read_text("utf-8"))
        rows = tuple(_fields(schema, schema, ""))
        if rows:
            found.append(Message(path.stem, str(schema.get("title", "")), rows))
    return (*found, *xsd_messages(folder))


def _fields(
    root: Mapping[str, Any], schema: Mapping[str, Any], before: str, depth: int = 0
) -> Iterator[MessageField]:
    required = schema.get("required", ())
    for name, raw in schema.get("properties", {}).items():
        one = _meant(root, raw)
        if not isinstance(one, Mapping):
            continue
        meaning = str(raw.get("description", one.get("description", "")))
        yield MessageField(f"{before}{name}", _kind(one), name in required, meaning)
        if depth < 2:
            inner = _meant(root, one.get("items", one))
            more = "[]." if "items" in one else "."
            if isinstance(inner, Mapping):
                yield from _fields(root, inner, f"{before}{name}{more}", depth + 1)


def _meant(root: Mapping[str, Any], raw: Any) -> Any:
    """What a reference inside the same file leads to."""
    if isinstance(raw, Mapping) and str(raw.get("$ref", "")).startswith("#/"):
        found: Any = root
        for part in raw["$ref"][2:].split("/"):
            found = found.get(part, {}) if isinstance(found, Mapping) else {}
        return found
    return raw


def _kind(one: Mapping[str, Any]) -> str:
    if "enum" in one:
        return ", ".join(str(value) for value in one["enum"])
    if "const" in one:
        return str(one["const"])
    if options := one.get("anyOf") or one.get("oneOf"):
        return " hoặc ".join(_kind(option) for option in options)
    given = one.get("type", "")
    kinds = given if isinstance(given, list) else [given]
    told = " hoặc ".join(
        _KINDS.get(kind, str(kind)) for kind in kinds if kind != "null"
    )
    if "maxLength" in one:
        return f"{told} ≤ {one['maxLength']}"
    if "maxItems" in one:
        return f"{told} {one.get('minItems', 0)}–{one['maxItems']}"
    if "format" in one:
        return f"{told} ({one['format']})"
    return f"{told}, theo khuôn" if "pattern" in one else told
