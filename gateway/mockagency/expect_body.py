"""A body held against its schema, field by field, in words for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.mockagency.journal_masks import UNKNOWN, Masks, is_secret_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema_rs import ValidationError

#: A longer value is shown by its beginning.
_SHOWN = 120
#: So many differences are shown of one body.
MOST = 60
TYPES = {
    "string": "chuỗi ký tự",
    "integer": "số nguyên",
    "number": "số",
    "boolean": "true hoặc false",
    "object": "đối tượng",
    "array": "danh sách",
    "null": "null",
}
_WHAT = {
    "required": "missing",
    "dependentRequired": "missing",
    "additionalProperties": "unknown",
    "unevaluatedProperties": "unknown",
    "falseSchema": "unknown",
    "type": "type",
    "pattern": "format",
    "format": "format",
    "enum": "code",
    "const": "code",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where what was seen is not what is expected."""

    where: str
    what: str
    #: missing, unknown, type, format, code, value, malformed, route, cut
    seen: str
    wanted: str
    words: str


def differences(
    body: Any, validator: Any, schema: Mapping[str, Any], masks: Masks
) -> Iterator[Difference]:
    """Every place, each once, the first ones."""
    told: dict[tuple[str, str, str], Difference] = {}
    for error in validator.iter_errors(body):
        for one in _of(error, body, schema, masks):
            told.setdefault((one.where, one.what, one.wanted), one)
            if len(told) >= MOST:
                yield from told.values()
                return
    yield from told.values()


def _of(
    error: ValidationError, body: Any, schema: Mapping[str, Any], masks: Masks
) -> Iterator[Difference]:
    here: tuple[str | int, ...] = tuple(error.instance_path)
    kind: Any = error.kind
    keyword = str(kind.name)
    if keyword in {"required", "dependentRequired"}:
        place = (*here, str(kind.property))
        about = described(schema, place)
        words = f"Thiếu trường bắt buộc{about}."
        yield Difference(_where(place), "missing", "", str(kind.property), words)
        return
    if keyword in {"additionalProperties", "unevaluatedProperties"}:
        for name in kind.unexpected:
            place = (*here, str(name))
            near = _near(str(name), schema, here)
            words = "Lược đồ không có trường này." + (
                f" Có phải {near}?" if near else ""
            )
            seen = _seen(_value(body, place), place, masks)
            yield Difference(_where(place), "unknown", seen, near, words)
        return
    if keyword in {"anyOf", "oneOf"} and (branch := _nearest(kind, len(here))):
        for inner in branch:
            yield from _of(inner, body, schema, masks)
        return
    wanted = _wanted(keyword, kind)
    words = (
        f"Cần {wanted}{described(schema, here)}."
        if wanted
        else "Giá trị không được phép."
    )
    seen = _seen(_value(body, here), here, masks)
    yield Difference(_where(here), _WHAT.get(keyword, "value"), seen, wanted, words)


def _wanted(keyword: str, kind: Any) -> str:
    match keyword:
        case "type":
            return " hoặc ".join(TYPES.get(str(t), str(t)) for t in kind.types)
        case "pattern":
            return f"đúng mẫu {kind.pattern}"
        case "format":
            return f"dạng {kind.format}"
        case "enum":
            options = [json.dumps(one, ensure_ascii=False) for one in kind.options]
            return f"một trong {', '.join(options[:20])}"
        case "const":
            return f"đúng bằng {json.dumps(kind.expected_value, ensure_ascii=False)}"
        case "minLength" | "maxLength" | "minItems" | "maxItems":
            most = "nhiều nhất" if keyword.startswith("max") else "ít nhất"
            unit = "ký tự" if keyword.endswith("Length") else "mục"
            return f"{most} {kind.limit} {unit}"
        case "minimum" | "exclusiveMinimum":
            return f"số từ {kind.limit} trở lên"
        case "maximum" | "exclusiveMaximum":
            return f"số từ {kind.limit} trở xuống"
        case _:
            return ""


def _nearest(kind: Any, depth: int) -> list[ValidationError]:
    """Errors of the alternative that fits best: it fails deepest, or least."""
    branches = [list(branch) for branch in getattr(kind, "context", ())]
    if not branches:
        return []

    def fits(branch: list[ValidationError]) -> tuple[int, int]:
        below = sum(len(tuple(error.instance_path)) > depth for error in branch)
        return (len(branch) - below, len(branch))

    return min(branches, key=fits)


def described(schema: Mapping[str, Any], place: tuple[str | int, ...]) -> str:
    """What the schema says of a field, in brackets."""
    text = _part(schema, place).get("description", "")
    return f" ({text})" if text else ""


def _near(name: str, schema: Mapping[str, Any], here: tuple[str | int, ...]) -> str:
    """A field of the schema that differs by case and signs only."""
    known = _part(schema, here).get("properties", {})
    flat = _flat(name)
    return next((one for one in known if _flat(one) == flat and one != name), "")


def _part(schema: Any, place: tuple[str | int, ...]) -> Mapping[str, Any]:
    """What a schema says of a place; nothing where it says it by reference."""
    for step in place:
        if not isinstance(schema, dict):
            return {}
        inner = schema.get("properties", {}).get(step)
        schema = schema.get("items") if isinstance(step, int) else inner
    return schema if isinstance(schema, dict) else {}


def _flat(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _value(body: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return None
    return body


def _seen(value: Any, place: tuple[str | int, ...], masks: Masks) -> str:
    """The value as it came, without secrets."""
    names = [str(step) for step in place if isinstance(step, str)]
    if names and is_secret_header(names[-1]):
        return UNKNOWN
    text = masks.text(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _where(place: tuple[str | int, ...]) -> str:
    """As people write it: ``DanhSach[0].Ten``."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")
