"""When to leave an office alone; a pure state machine over the lane's row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from gateway.domain.lane import Lane, LaneLimits, LaneState

_BY_PERSON = frozenset({LaneState.PAUSED, LaneState.MAINTENANCE, LaneState.SHADOW})


def room(lane: Lane, limits: LaneLimits, in_flight: int, now: datetime) -> int:
    """How many more transfers may leave now; one while probing, none while shut."""
    if lane.state in _BY_PERSON and not _is_over(lane, now):
        return 0
    if lane.state is LaneState.CLOSED and not _is_over(lane, now):
        return 0
    if lane.state in {LaneState.CLOSED, LaneState.PROBING}:
        return max(0, 1 - in_flight)
    return max(0, limits.in_flight - in_flight)


def _is_over(lane: Lane, now: datetime) -> bool:
    return lane.resume_at is not None and lane.resume_at <= now


def after_success(lane: Lane, now: datetime) -> Lane:
    """The lane after an answer of whatever content: the office is there."""
    if lane.state in {LaneState.CLOSED, LaneState.PROBING}:
        return replace(
            lane, state=LaneState.OPEN, failures=0, since=now, why="", resume_at=None
        )
    return lane if lane.failures == 0 else replace(lane, failures=0)


def after_failure(lane: Lane, limits: LaneLimits, code: str, now: datetime) -> Lane:
    """The lane after an attempt that found nobody, or nobody knows."""
    if lane.state in _BY_PERSON:
        return lane
    failures = lane.failures + 1
    shut = lane.state in {LaneState.CLOSED, LaneState.PROBING}
    if not shut and failures < limits.breaker_failures:
        return replace(lane, failures=failures)
    rest = limits.breaker_rest_s * 2.0 ** min(failures - limits.breaker_failures, 5)
    return replace(
        lane,
        state=LaneState.CLOSED,
        failures=failures,
        since=lane.since if shut else now,
        why=code,
        by="breaker",
        resume_at=now + timedelta(seconds=max(rest, limits.breaker_rest_s)),
    )
