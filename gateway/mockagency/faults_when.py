"""When a fault holds, how long it waits, and the draws of a seed.

A draw depends on the seed and on what is drawn for, never on what was drawn
before: the order in which calls arrive changes nothing.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from statistics import NormalDist

VIETNAM = timezone(timedelta(hours=7))
DAY_MINUTES = 24 * 60
#: A log-normal wait has no end; a call of a mock has.
LONGEST_S = 120.0


def draw(seed: int, *parts: object) -> float:
    """A number in [0, 1) that seed and parts give, each time the same."""
    text = "\x1f".join(map(str, (seed, *parts)))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53


@dataclass(frozen=True, slots=True)
class Window:
    """Moments from ``begins`` up to ``ends``, of those the minutes of ``hours``."""

    begins: datetime | None = None
    ends: datetime | None = None
    hours: tuple[tuple[int, int], ...] = ()
    #: minutes of the day in Vietnam, first included, last not; empty: all day

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies inside."""
        if (self.begins and at < self.begins) or (self.ends and at >= self.ends):
            return False
        local = at.astimezone(VIETNAM)
        minute = local.hour * 60 + local.minute
        return not self.hours or any(a <= minute < b for a, b in self.hours)

    def meets(self, other: Window) -> bool:
        """Whether some moment may lie in both."""
        if self.ends and other.begins and self.ends <= other.begins:
            return False
        if other.ends and self.begins and other.ends <= self.begins:
            return False
        whole = ((0, DAY_MINUTES),)
        return any(
            a < d and c < b
            for a, b in self.hours or whole
            for c, d in other.hours or whole
        )


ALWAYS = Window()


@dataclass(frozen=True, slots=True)
class Wait:
    """How long something hangs, in real seconds: a call's time-outs are real, too."""

    how: str = "fixed"
    #: ``fixed``: of ``low``; ``uniform``: from ``low`` up to ``high``; ``lognormal``:
    #: with the median ``low`` and the sigma ``high``
    low: float = 0.0
    high: float = 0.0
    most: float = LONGEST_S

    def seconds(self, drawn: float) -> float:
        """For one call; ``drawn`` in [0, 1)."""
        match self.how:
            case "uniform":
                return self.low + (self.high - self.low) * drawn
            case "lognormal":
                # The ends of the curve lie nowhere.
                inside = min(max(drawn, 1e-9), 1 - 1e-9)
                spread = math.exp(self.high * NormalDist().inv_cdf(inside))
                return min(self.low * spread, self.most)
            case _:
                return self.low


NO_WAIT = Wait()
