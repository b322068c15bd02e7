"""The part of a dossier that a leg may see; everything else is absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def released(document: Mapping[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    """A copy with the named fields only.

    ``applicant.name`` names one field, ``parcels`` a whole block; a path through
    a list applies to each of its items.
    """
    out: dict[str, Any] = {}
    for path in paths:
        _copy(document, out, path.split("."))
    return out


def _copy(source: Mapping[str, Any], target: dict[str, Any], path: list[str]) -> None:
    head, rest = path[0], path[1:]
    if head not in source:
        return
    value = source[head]
    if not rest:
        target[head] = value
    elif isinstance(value, Mapping):
        inner = target.setdefault(head, {})
        if isinstance(inner, dict):
            _copy(value, inner, rest)
    elif isinstance(value, list):
        items = target.setdefault(head, [{} for _ in value])
        for item, copied in zip(value, items, strict=True):
            if isinstance(item, Mapping) and isinstance(copied, dict):
                _copy(item, copied, rest)
