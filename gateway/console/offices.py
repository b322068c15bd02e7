"""Names, telephone numbers and own words of the offices that pages speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.delivery.seen import seen
from gateway.domain.errors import NeedsConfiguration
from gateway.domain.identifiers import OfficeId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.delivery.lanes import Lanes
    from gateway.sealing.tools import Tools


def name(tools: Tools, office: str) -> str:
    """An office as people call it."""
    found = tools.versions.current.offices.get(OfficeId(office))
    return found.name if found else office


def contact(tools: Tools, office: str) -> str:
    """Whom to call: ``[office.contact]`` of its configuration; empty when not given."""
    found = tools.versions.current.offices.get(OfficeId(office))
    given: Any = found.settings.get("contact") if found else None
    if not isinstance(given, dict):
        return ""
    parts = (given.get("name"), given.get("phone"), given.get("hours"))
    return ", ".join(str(part) for part in parts if part)


def emergencies(tools: Tools, lanes: Lanes) -> list[dict[str, Any]]:
    """Offices toward which an emergency stop holds everything, why and since when."""
    now = tools.clock.now()
    found = (seen(lanes, office, now) for office in tools.versions.current.offices)
    return [
        {"office": name(tools, one.office), "why": one.why, "since": one.since}
        for one in found
        if one.emergency
    ]


def words(tools: Tools, office: str) -> Mapping[str, tuple[str, str]]:
    """Reasons and next actions of the codes of an office's own answers."""
    try:
        return tools.adapters.of(OfficeId(office)).words
    except NeedsConfiguration:
        return {}
