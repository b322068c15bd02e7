"""Calls per second; pure."""

from __future__ import annotations


def gap_s(per_second: float, calls: int) -> float:
    """Seconds between messages that make so many calls each, one right after the other.

    So that no second, wherever it begins, holds more calls than the office allows:
    pairs at 0, 0.4 and 0.8 would be six where five may come.
    """
    at_once = int(per_second // calls)
    if calls == 1 or at_once == 0:
        return calls / per_second
    return 1 / at_once
