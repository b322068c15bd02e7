"""The agencies that this installation speaks to, for the linter and for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.registry.manifest import installed

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
_MARKS = {
    "agreed": "đã thống nhất",
    "observed": "quan sát được",
    "assumed": "giả định",
    "ours": "của cổng",
}


def kinds() -> dict[str, frozenset[str]]:
    """Agency → message kinds that its adapter knows."""
    return {
        one.id: frozenset(str(kind) for kind in one.traits)
        for one in installed(SCHEMAS)
    }


def optional() -> dict[str, frozenset[str]]:
    """Agency → message kinds that only some of its offices take."""
    return {one.id: one.optional for one in installed(SCHEMAS) if one.optional}


def described() -> list[dict[str, Any]]:
    """One row per agency: what it takes, and how sure its interface document is."""
    rows = []
    for one in installed(SCHEMAS):
        marks = [f"{_MARKS[mark]}: {count}" for mark, count in one.marks.items()]
        rows.append(
            {
                "id": one.id,
                "name": one.name,
                "document": one.document,
                "kinds": [str(traits.kind) for traits in one.kinds],
                "marks": dict(one.marks),
                "provenance": ", ".join(marks),
            }
        )
    return rows
