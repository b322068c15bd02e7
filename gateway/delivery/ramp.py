"""How an office that was shut is met again: by one, by two, by four …; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.lane import LaneLimits


@dataclass(frozen=True, slots=True)
class Ramp:
    """How many may be on their way at once, and how far that has been borne.

    It doubles when so many were answered; it ends with the limit, or when nothing
    failed for the office's ``ramp_s``.
    """

    since: datetime
    level: int = 1
    answered: int = 0

    def most(self, limits: LaneLimits, now: datetime) -> int:
        """How many may be on their way now."""
        over = now >= self.ends_at(limits)
        return limits.in_flight if over else min(self.level, limits.in_flight)

    def ends_at(self, limits: LaneLimits) -> datetime:
        """When it ends, if nothing fails until then."""
        return self.since + timedelta(seconds=limits.ramp_s)

    def after_answer(self) -> Ramp:
        """One that was on its way has been answered."""
        if self.answered + 1 < self.level:
            return Ramp(self.since, self.level, self.answered + 1)
        return Ramp(self.since, 2 * self.level)

    def after_failure(self, now: datetime) -> Ramp:
        """One was not: half as many, and from the beginning."""
        return Ramp(now, max(1, self.level // 2))
