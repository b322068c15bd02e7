"""A year of a calendar as twelve months of weeks, and which units differ from it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from gateway.calendar.changes import units
from gateway.calendar.days import DayKind, DayOff, Spans, week_for
from gateway.calendar.working_time import WorkingTime, working_time


class Mark(StrEnum):
    """What a day of the year is, as the table shows it."""

    WORKED = "worked"
    #: as its weekday
    WEEKEND = "weekend"
    OFF = "off"
    MADE_UP = "made_up"
    #: worked for another
    HALF = "half"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a month; ``name`` empty: as its weekday."""

    day: date
    mark: Mark
    name: str = ""
    predicted: bool = False


#: Weeks from Monday on; None: a day of another month.
Month = tuple[tuple[Day | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Deviation:
    """A unit that works otherwise than the province; ``week``: by weekday, if it does."""

    unit: str
    week: tuple[tuple[int, Spans], ...]
    days: tuple[DayOff, ...]


def months(working: WorkingTime, year: int) -> tuple[Month, ...]:
    """The twelve months of a year."""
    return tuple(_month(working, year, number) for number in range(1, 13))


def _month(working: WorkingTime, year: int, number: int) -> Month:
    first = date(year, number, 1)
    following = date(year + number // 12, number % 12 + 1, 1)
    cells: list[Day | None] = [None] * first.weekday()
    cells += [
        _day(working, first + timedelta(days=n))
        for n in range((following - first).days)
    ]
    cells += [None] * (-len(cells) % 7)
    return tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7))


def _day(working: WorkingTime, day: date) -> Day:
    named = working.named_day(day)
    if named is None:
        mark = Mark.WORKED if working.is_working(day) else Mark.WEEKEND
        return Day(day, mark)
    return Day(day, _MARKS[named.kind], named.name, named.predicted)


_MARKS = {
    DayKind.OFF: Mark.OFF,
    DayKind.WORKED: Mark.MADE_UP,
    DayKind.HALF: Mark.HALF,
}


def deviations(calendar: Mapping[str, Any], year: int) -> tuple[Deviation, ...]:
    """Units whose week or days of a year are others than the province's."""
    common = working_time(calendar)
    usual = week_for(common.weeks, year)
    found = []
    for unit in sorted(units(calendar)):
        own = working_time(calendar, unit)
        week = week_for(own.weeks, year)
        hours = tuple(
            (day, week.spans(day))
            for day in range(7)
            if week.spans(day) != usual.spans(day)
        )
        days = tuple(
            one
            for day, one in sorted(own.named.items())
            if day.year == year and common.named.get(day) != one
        )
        if hours or days:
            found.append(Deviation(unit, hours, days))
    return tuple(found)
