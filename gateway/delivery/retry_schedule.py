"""When to try again; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.domain.lane import RetryPolicy
from gateway.domain.opening import Closures


def next_attempt_at(
    attempts: int,
    policy: RetryPolicy,
    *,
    now: datetime,
    first_at: datetime,
    draw: float,
    retry_after_s: float | None = None,
    closures: Closures | None = None,
) -> datetime | None:
    """When to try again after ``attempts`` tries; None: hand over to a person.

    Full jitter: uniform between zero and the capped exponential wait, so that an
    office coming back is not met by all its transfers at once; never sooner than
    the office asked for. A moment at which the office is shut is kept: what is due
    then leaves when it opens. ``draw`` is in [0, 1) and passed in.
    """
    doubled = policy.first_s * 2.0 ** min(max(attempts - 1, 0), 40)
    wait = draw * min(policy.cap_s, doubled)
    if retry_after_s is not None:
        wait = max(wait, retry_after_s)
    at = now + timedelta(seconds=wait)
    tried_s = counted_s(policy, first_at, at, closures)
    return None if tried_s > policy.horizon_s else at


def counted_s(
    policy: RetryPolicy, first_at: datetime, at: datetime, closures: Closures | None
) -> float:
    """Seconds since the first attempt that count against the horizon.

    Only time in which the office was to be reached counts, by its hours and windows:
    who is shut over Tết has not been tried meanwhile.
    """
    passed_s = (at - first_at).total_seconds()
    if closures is None or passed_s < policy.horizon_s:
        return passed_s
    return passed_s - closures.shut_s(first_at, at)
