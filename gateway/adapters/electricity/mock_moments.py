"""Working days of the company, and the ways in which its servers write a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from itertools import count, cycle

VIETNAM = timezone(timedelta(hours=7))
OPENS, CLOSES = 8, 17
FRIDAY = 4
NOTHING = "0001-01-01 00:00:00"

Way = Callable[[datetime], str]


def _culture(at: datetime) -> str:
    return f"{at.day}/{at.month}/{at.year} {at.hour}:{at:%M:%S}"


def _american(at: datetime) -> str:
    half = "AM" if at.hour < 12 else "PM"
    return f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at:%M:%S} {half}"


WAYS: dict[str, Way] = {
    "steps": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    "calls": lambda at: f"{at:%Y/%m/%d %H:%M:%S}",
    "culture": _culture,
    "padded": lambda at: f"{at:%d/%m/%Y %H:%M:%S}",
    "american": _american,
}


def writers(way: str) -> Iterator[Way]:
    """How one moment after the other is written; ``mixed``: each in another way."""
    if way == "mixed":
        return cycle(WAYS.values())
    return (WAYS[way] for _ in count())


def local(at: datetime) -> datetime:
    """Vietnam time."""
    return at.astimezone(VIETNAM)


def work_at(after: datetime, days: int, hour: float) -> datetime:
    """When work begins: so many working days on, at that hour, never before ``after``.

    Saturdays and Sundays are free; holidays are not known.
    """
    at = local(after)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(days):
        day = _next(day)
    if day.weekday() > FRIDAY:
        day = _next(day)
    begins = day + timedelta(hours=hour)
    if begins >= at:
        return begins
    if at.hour < CLOSES and at.weekday() <= FRIDAY:
        return at
    return _next(at.replace(hour=0, minute=0, second=0, microsecond=0)) + timedelta(
        hours=OPENS
    )


def _next(day: datetime) -> datetime:
    day += timedelta(days=1)
    while day.weekday() > FRIDAY:
        day += timedelta(days=1)
    return day


def companys_days(begun: datetime, ended: datetime) -> str:
    """SO_NGAY_LVIEC: calendar days and one more."""
    return str((local(ended).date() - local(begun).date()).days + 1)
