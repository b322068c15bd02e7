"""Names, telephone numbers and own words of the offices that pages speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.console import labels
from gateway.console.language import say_of
from gateway.delivery.seen import seen
from gateway.domain.errors import NeedsConfiguration
from gateway.domain.identifiers import OfficeId
from gateway.sealing.contacts import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.delivery.lanes import Lanes
    from gateway.sealing.tools import Tools


def name(tools: Tools, office: str) -> str:
    """An office as people call it."""
    found = tools.versions.current.offices.get(OfficeId(office))
    return found.name if found else office


def sector(tools: Tools, agency: str) -> str:
    """What agencies of a kind are called: by us, else as the configuration says."""
    if agency in labels.AGENCIES:
        return labels.agency_name(agency)
    every = tools.versions.current.offices.values()
    own = (office.sector for office in every if office.agency == agency)
    return next(filter(None, own), agency)


def contact(tools: Tools, office: str) -> str:
    """Whom to call there today; empty when nobody is known."""
    return spoken(tools.contacts, tools.versions.current.offices.get(OfficeId(office)))


#: Offices of one stop that are named; the list of lanes has them all.
NAMED = 6


def emergencies(tools: Tools, lanes: Lanes) -> list[dict[str, Any]]:
    """Emergency stops: which offices each holds, why and since when."""
    now = tools.clock.now()
    found = (seen(lanes, office, now) for office in tools.versions.current.offices)
    stops: dict[tuple[Any, str], list[str]] = {}
    for one in found:
        if one.emergency:
            stops.setdefault((one.since, one.why), []).append(name(tools, one.office))
    return [
        {"offices": _named(offices), "why": why, "since": since}
        for (since, why), offices in stops.items()
    ]


def _named(offices: Sequence[str]) -> str:
    told = "; ".join(offices[:NAMED])
    more = len(offices) - NAMED
    if more <= 0:
        return told
    text = say_of(
        "%(offices)s và %(more)s đơn vị khác",
        "%(offices)s và %(more)s đơn vị khác",
        more,
    )
    return text % {"offices": told, "more": more}


def works_by_list(tools: Tools, office: str) -> bool:
    """Whether an officer speaks for it."""
    try:
        return tools.adapters.of(OfficeId(office)).desk is not None
    except NeedsConfiguration:
        return False


def words(tools: Tools, office: str) -> Mapping[str, tuple[str, str]]:
    """Reasons and next actions of the codes of an office's own answers."""
    try:
        return tools.adapters.of(OfficeId(office)).words
    except NeedsConfiguration:
        return {}
