"""When to try again; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.domain.lane import RetryPolicy


def next_attempt_at(
    attempts: int,
    policy: RetryPolicy,
    *,
    now: datetime,
    first_at: datetime,
    draw: float,
    retry_after_s: float | None = None,
) -> datetime | None:
    """When to try again after ``attempts`` tries; None: hand over to a person.

    Full jitter: uniform between zero and the capped exponential wait, so that an
    office coming back is not met by all its transfers at once; never sooner than
    the office asked for. ``draw`` is in [0, 1) and passed in.
    """
    doubled = policy.first_s * 2.0 ** min(max(attempts - 1, 0), 40)
    wait = draw * min(policy.cap_s, doubled)
    if retry_after_s is not None:
        wait = max(wait, retry_after_s)
    at = now + timedelta(seconds=wait)
    return None if at > first_at + timedelta(seconds=policy.horizon_s) else at
