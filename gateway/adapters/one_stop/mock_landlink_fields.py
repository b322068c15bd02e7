"""Fields of a message of the land system: whether they are there, and what they say."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

VIETNAM = timezone(timedelta(hours=7))
_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
#: Years that say "not set".
_FIRST_YEAR, _NO_YEAR = 1900, 9999


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an interface: its kind, and what it is made of."""

    name: str
    kind: str
    required: bool = False
    parts: Sequence[Field] = ()


def of(kind: str, *names: str) -> tuple[Field, ...]:
    """Fields of one kind; a name that ends in ``!`` is required."""
    return tuple(Field(name.rstrip("!"), kind, name.endswith("!")) for name in names)


def absent(value: Any) -> bool:
    """Absent, null and empty text are one thing in this interface."""
    return value is None or value == ""


def wrong(content: Mapping[str, Any], fields: Sequence[Field]) -> list[str]:
    """Names of fields that are missing or cannot be read, in order."""
    found: list[str] = []
    for field in fields:
        value = content.get(field.name)
        if absent(value) or (field.kind == "time" and not_set(value)):
            found += [field.name] if field.required else []
        elif not _holds(field.kind, value):
            found.append(field.name)
        elif field.parts:
            rows: list[Any] = value if isinstance(value, list) else [value]
            inside = [name for row in rows for name in wrong(row, field.parts)]
            found += [f"{field.name}.{name}" for name in inside]
    return found


def moment(value: Any) -> datetime | None:
    """A time of the land system by the clock on this side's wall.

    Unmarked times are UTC, so that seven hours are added; a mark is read as it
    says. None: not set.

    Raises:
        ValueError: no such time.
    """
    if absent(value) or not_set(value):
        return None
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("not a time")
    read = datetime.fromisoformat(value)
    marked = read if read.tzinfo else read.replace(tzinfo=UTC)
    return marked.astimezone(VIETNAM)


def not_set(value: Any) -> bool:
    """Whether a time stands for no time at all."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    year = int(value[:4])
    return year < _FIRST_YEAR or year == _NO_YEAR


def _holds(kind: str, value: Any) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "integer":
            return _whole(value) and value >= 0
        case "number":
            return _whole(value) or isinstance(value, float)
        case "object":
            return isinstance(value, dict)
        case "list":
            return isinstance(value, list) and all(isinstance(r, dict) for r in value)
        case "base64":
            return _is_base64(value)
        case _:
            return _is_time(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_base64(value: Any) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return False
    return True


def _is_time(value: Any) -> bool:
    try:
        moment(value)
    except ValueError:
        return False
    return True
