"""Days off of a year that the province has not entered: what the law lets expect."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from gateway.calendar.days import DayKind, DayOff

_SOURCE = "dự kiến theo luật, chưa có lịch của tỉnh"


@lru_cache(maxsize=256)
def predicted(year: int) -> tuple[DayOff, ...]:
    """Days off and swapped days of a year as the package ``holidays`` has them."""
    # Half of what the package takes is spent on being imported, and most processes
    # never ask for a year that has no file.
    from holidays import country_holidays  # noqa: PLC0415

    found = country_holidays("VN", years=year, language="vi")
    off = [
        DayOff(day, DayKind.OFF, name, basis=_SOURCE, predicted=True)
        for day, name in found.items()
        if day.year == year
    ]
    worked = [
        DayOff(day, DayKind.WORKED, "Ngày làm bù", basis=_SOURCE, predicted=True)
        for day in found.weekend_workdays
        if day.year == year
    ]
    return tuple(sorted([*off, *worked], key=lambda one: one.day))


def days_of_year(year: int) -> frozenset[date]:
    """The days off alone, to hold a file against them."""
    return frozenset(one.day for one in predicted(year) if one.kind is DayKind.OFF)
