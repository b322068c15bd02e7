"""What pages say of one office: numbers with their lists, moments with their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from gateway.api.lane_words import sentence
from gateway.api.offices import failed_words
from gateway.console import labels, offices, show
from gateway.domain.check_words import in_one
from gateway.domain.lane import LaneState
from gateway.timing.explaining import hours

if TYPE_CHECKING:
    from gateway.api.offices import Glance
    from gateway.delivery.seen import Seen
    from gateway.sealing.tools import Tools

PATH = "/console/don-vi"


def row_of(tools: Tools, one: Glance) -> dict[str, Any]:
    """What a list says of an office."""
    lane, now, its = one.lane, tools.clock.now(), one.office
    people = tools.contacts.at(its.id)
    first = people[0] if people else None
    return {
        "id": its.id,
        "name": its.name,
        "agency": offices.sector(tools, its.agency),
        "identifier": its.identifier,
        "to": f"{PATH}/{quote(its.id)}",
        "bad": one.is_bad or one.overdue > 0,
        "state": labels.lane(lane.state),
        "state_code": lane.state.value,
        "why": _why(tools, lane),
        "since": None if lane.state is LaneState.OPEN else lane.since,
        "for": show.span(now - lane.since) if lane.since else "",
        "heard": one.heard,
        "failed_words": failed_words(tools, one),
        "count": one.count,
        "age": hours(one.age_minutes),
        "dossiers": one.holder.dossiers if one.holder else 0,
        "overdue": one.overdue,
        "lists": _lists(its.id),
        "check": one.check,
        "check_words": in_one(one.check) if one.check else "",
        "call": f"{first.name} {first.phone}".strip()
        if first
        else offices.contact(tools, its.id),
    }


def _why(tools: Tools, lane: Seen) -> str:
    """Why nothing leaves, without what the state beside it says already."""
    said = sentence(tools, lane)
    if lane.state is not LaneState.OFF_HOURS:
        return said
    return said.removeprefix("ngoài giờ nhận của cơ quan").removeprefix(", ")


def _lists(identifier: str) -> dict[str, str]:
    """The list behind each number."""

    def transfers(state: str) -> str:
        asked = {"trang-thai": state, "don-vi": identifier}
        return f"/console/luot-gui?{urlencode(asked)}"

    return {
        "ready": transfers("due"),
        "unconfirmed": transfers("unconfirmed"),
        "parked": transfers("parked"),
        "overdue": f"/console/den-han?{urlencode({'ngay': 0, 'don-vi': identifier})}",
        "stuck": "/console/dung-yen",
        "chases": "/console/don-doc",
    }
