"""JSON as it is hashed and sealed: UTF-8, compact."""

from __future__ import annotations

from typing import Any

import orjson


def as_json(value: Any) -> bytes:
    """A value with its fields in the order that they have.

    Raises:
        TypeError: it is no JSON value.
    """
    return orjson.dumps(value)


def canonical_json(value: Any) -> bytes:
    """The same bytes for the same content in any order of fields: by their bytes.

    Raises:
        TypeError: it is no JSON value.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def of_json(text: bytes) -> Any:
    """The value that ``as_json`` wrote.

    Raises:
        ValueError: it is no JSON.
    """
    return orjson.loads(text)


def at_pointer(value: Any, pointer: str) -> Any:
    """What stands at a JSON pointer; None when nothing does."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict):
            value = value.get(name)
        else:
            return None
    return value
