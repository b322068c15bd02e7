"""The closed set of leg conditions: named predicates, no expressions, no eval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Document = Mapping[str, Any]


def _has_exemption(document: Document) -> bool:
    return bool(document.get("exemption"))


def _has_certificate(document: Document) -> bool:
    return bool((document.get("certificate") or {}).get("serial"))


def _is_citizen(document: Document) -> bool:
    kind: str = (document.get("applicant") or {}).get("kind", "citizen")
    return kind == "citizen"


def _has_linked_number(document: Document) -> bool:
    return bool(document.get("linked_number"))


CONDITIONS: dict[str, Callable[[Document], bool]] = {
    "has_exemption": _has_exemption,
    "has_certificate": _has_certificate,
    "applicant_is_citizen": _is_citizen,
    "has_linked_number": _has_linked_number,
}


def holds(name: str, document: Document) -> bool:
    """Whether a named condition holds; ``not NAME`` turns it round.

    Raises:
        ValueError: the name is not of the closed set.
    """
    turned = name.startswith("not ")
    predicate = CONDITIONS.get(name.removeprefix("not "))
    if predicate is None:
        message = f"unknown condition {name!r}"
        raise ValueError(message)
    return predicate(document) is not turned
