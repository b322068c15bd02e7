"""When to leave an office alone; a pure state machine over the lane's row.

It counts transfers, not attempts: one message that fails each time says nothing of
the office. Shut, it lets one through after each rest, and the rest grows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from gateway.domain.lane import (
    ASKED_TO_WAIT,
    BREAKER,
    HELD_AT_MOST_S,
    Lane,
    LaneLimits,
    LaneState,
)

_BY_PERSON = frozenset({LaneState.PAUSED, LaneState.MAINTENANCE, LaneState.SHADOW})
_SHUT = frozenset({LaneState.CLOSED, LaneState.PROBING})
#: The rest is doubled no more often than this.
_MOST_DOUBLINGS = 5
#: A wish to wait that reaches no further beyond the one before is none of its own.
_SAME_WISH = timedelta(seconds=1)


def is_shut(lane: Lane, now: datetime) -> bool:
    """Whether nothing may leave: by a person, by the breaker, or at its own wish."""
    if lane.state in _BY_PERSON or lane.state is LaneState.CLOSED:
        return not _is_over(lane, now)
    return is_held(lane, now)


def is_stopped(lane: Lane, now: datetime) -> bool:
    """Whether a person has said that nothing leaves: whoever calls gets nothing, too."""
    return lane.state in _BY_PERSON and not _is_over(lane, now)


def is_held(lane: Lane, now: datetime) -> bool:
    """Whether the office has asked to be left alone for a while."""
    open_ = lane.state is LaneState.OPEN
    return open_ and lane.resume_at is not None and now < lane.resume_at


def most(lane: Lane, limits: LaneLimits) -> int:
    """How many may be on their way at once: one, while nobody knows who is there."""
    return 1 if lane.state in _SHUT else limits.in_flight


def _is_over(lane: Lane, now: datetime) -> bool:
    return lane.resume_at is not None and lane.resume_at <= now


def after_success(lane: Lane, now: datetime) -> Lane:
    """The lane after an answer of whatever content: the office is there."""
    if lane.state in _SHUT:
        return replace(
            lane, state=LaneState.OPEN, failures=0, since=now, why="", resume_at=None
        )
    return lane if lane.failures == 0 else replace(lane, failures=0)


def after_failure(
    lane: Lane, limits: LaneLimits, code: str, *, failed: int, now: datetime
) -> Lane:
    """The lane after an attempt that found nobody, or nobody knows.

    ``failed``: different transfers that failed since the last answer. What left
    before the lane was shut and fails now is no probe.
    """
    if lane.state in _BY_PERSON or (lane.state in _SHUT and not _is_over(lane, now)):
        return lane
    shut = lane.state in _SHUT
    if not shut and failed < limits.breaker_failures:
        return replace(lane, failures=failed)
    failures = lane.failures + 1 if shut else limits.breaker_failures
    doublings = min(max(failures - limits.breaker_failures, 0), _MOST_DOUBLINGS)
    return replace(
        lane,
        state=LaneState.CLOSED,
        failures=failures,
        since=lane.since if shut else now,
        why=code,
        by=BREAKER,
        resume_at=now + timedelta(seconds=limits.breaker_rest_s * 2.0**doublings),
    )


def after_wish(lane: Lane, wait_s: float, now: datetime) -> Lane:
    """The lane after the office asked to wait: it is there, and left alone.

    A lane that the breaker had shut stays shut for so long.
    """
    at = now + timedelta(seconds=min(max(wait_s, 0.0), HELD_AT_MOST_S))
    if lane.state in _BY_PERSON or at <= now:
        return lane
    if lane.resume_at is not None and at <= lane.resume_at + _SAME_WISH:
        return lane
    if lane.state in _SHUT:
        return replace(lane, resume_at=at)
    held = is_held(lane, now)
    return replace(
        lane,
        since=lane.since if held else now,
        why=ASKED_TO_WAIT,
        by=BREAKER,
        resume_at=at,
    )
