"""How an office's lane stands, for whoever looks: stored state, hours and windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.delivery import circuit_breaker
from gateway.domain.identifiers import OfficeId
from gateway.domain.lane import LaneState
from gateway.domain.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.delivery.doors import Shut
    from gateway.delivery.lanes import Lanes
    from gateway.domain.lane import Lane
    from gateway.sealing.tools import Tools

_BY_PLAN = frozenset({LaneState.OFF_HOURS, LaneState.MAINTENANCE})
#: What a person decided, and what goes before hours and windows.
_BY_PERSON = frozenset({LaneState.PAUSED, LaneState.SHADOW})


@dataclass(frozen=True, slots=True)
class Seen:
    """One office's lane at one moment; ``why`` is a code or what a person wrote."""

    office: OfficeId
    state: LaneState
    since: datetime | None
    why: str = ""
    by: str = ""
    until: datetime | None = None
    #: when it opens, or tries again, by itself
    emergency: bool = False
    window: str = ""
    #: the maintenance window that runs


def seen(lanes: Lanes, office: OfficeId, now: datetime) -> Seen:
    """How the office's lane stands now."""
    lane, shut = lanes.lane(office), lanes.doors.shut(office, now)
    if lane.state in _BY_PERSON:
        return _stored(lane, lane.state)
    if shut is not None:
        return _planned(lane, shut)
    if lane.state is LaneState.CLOSED and not circuit_breaker.is_shut(lane, now):
        return _stored(lane, LaneState.PROBING)
    if circuit_breaker.is_held(lane, now):
        return replace(_stored(lane, LaneState.HELD), by="")
    if lane.state is LaneState.OPEN:
        return Seen(office, LaneState.OPEN, lane.since)
    return _stored(lane, lane.state)


def shut_by_plan(tools: Tools, lanes: Lanes) -> Callable[[str], bool]:
    """Tells of an office whether only its hours or a window keep messages from it."""

    def is_shut(office: str) -> bool:
        if office not in tools.versions.current.offices:
            return False
        return seen(lanes, OfficeId(office), tools.clock.now()).state in _BY_PLAN

    return is_shut


def _stored(lane: Lane, state: LaneState) -> Seen:
    return Seen(
        office=lane.office,
        state=state,
        since=lane.since,
        why=lane.why,
        by=lane.by,
        until=lane.resume_at,
        emergency=lane.emergency and state is LaneState.PAUSED,
    )


def _planned(lane: Lane, shut: Shut) -> Seen:
    window = shut.window
    if window is None:
        return Seen(lane.office, shut.state, None, until=shut.until)
    return Seen(
        office=lane.office,
        state=shut.state,
        since=None,
        why=window.reason,
        by=window.by,
        until=shut.until,
        window=window.id,
    )
