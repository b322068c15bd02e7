"""The agencies that this installation speaks to, for the linter and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.registry import shipped
from gateway.registry.manifest import installed
from gateway.routing.finding import Keys, Known

if TYPE_CHECKING:
    from gateway.domain.report import ReportKind
    from gateway.registry.manifest import Manifest

SCHEMAS = shipped.folder("schemas")
_MARKS = {
    "agreed": "đã thống nhất",
    "observed": "quan sát được",
    "assumed": "giả định",
    "ours": "của cổng",
}


def _usual() -> tuple[Manifest, ...]:
    return tuple(one for one in installed(SCHEMAS) if not one.apart)


def kinds() -> dict[str, frozenset[str]]:
    """Agency → message kinds that its adapter knows."""
    known: dict[str, frozenset[str]] = {}
    for one in _usual():
        known[one.id] = known.get(one.id, frozenset()) | frozenset(one.traits)
    return known


def optional() -> dict[str, frozenset[str]]:
    """Agency → message kinds that only some of its offices, or roads, take."""
    known, some = kinds(), dict.fromkeys(kinds(), frozenset[str]())
    for one in _usual():
        missing = known[one.id] - frozenset(one.traits)
        some[one.id] = some[one.id] | one.optional | missing
    return {agency: found for agency, found in some.items() if found}


def known() -> Known:
    """All that the linter is told of them."""
    reports: dict[str, frozenset[ReportKind] | None] = {}
    keys: dict[str, dict[str, Keys | None]] = {}
    for one in _usual():
        told, more = reports.get(one.id, frozenset()), one.reports
        reports[one.id] = None if told is None or more is None else told | more
        for key, below in (one.office or {}).items():
            keys.setdefault(one.folder, {})[key] = dict.fromkeys(below) or None
    said = {agency: told for agency, told in reports.items() if told is not None}
    return Known(kinds(), optional(), said, keys)


def described() -> list[dict[str, Any]]:
    """One row per interface: what it takes, and how sure its document is."""
    rows = []
    for one in installed(SCHEMAS):
        marks = [f"{_MARKS[mark]}: {count}" for mark, count in one.marks.items()]
        rows.append(
            {
                "id": one.id,
                "interface": one.interface,
                "name": one.name,
                "document": one.document,
                "carrier": one.carrier,
                "kinds": [str(traits.kind) for traits in one.kinds],
                "marks": dict(one.marks),
                "provenance": ", ".join(marks),
            }
        )
    return rows
