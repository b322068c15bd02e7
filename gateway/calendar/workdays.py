"""Counting working days by the province's calendar; pure.

A calendar is one year's table: ``weekend`` (names of days), ``holiday`` rows with
``date``, ``swapped`` rows with ``off`` and ``worked``. A year that nobody has
entered is counted by the weekend of the others, since a date has to be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gateway.domain.opening import WEEKDAYS

_USUAL = ("saturday", "sunday")
#: No count of working days is longer than this many calendar days.
_LONGEST = 3_660


@dataclass(frozen=True, slots=True)
class Workdays:
    """Days on which offices work, as far as the calendar's years tell."""

    weekend: frozenset[int]
    off: frozenset[date]
    worked: frozenset[date]

    def is_working(self, day: date) -> bool:
        """Whether offices work on a day."""
        if day in self.worked:
            return True
        return day.weekday() not in self.weekend and day not in self.off

    def after(self, day: date, count: int) -> date:
        """The last of so many working days that follow a day, which does not count.

        Raises:
            ValueError: the calendar has no working days to count.
        """
        found = day
        for _ in range(_LONGEST):
            if count <= 0:
                return found
            found += timedelta(days=1)
            count -= self.is_working(found)
        raise ValueError("the calendar leaves no working days")


def read_workdays(calendar: Mapping[str, Any]) -> Workdays:
    """Working days of all years of a configuration's calendar.

    Raises:
        ValueError: a weekend day has no such name, or a date is none.
    """
    years = list(calendar.values())
    weekend = {name for year in years for name in year.get("weekend", _USUAL)}
    return Workdays(
        weekend=frozenset(WEEKDAYS.index(name) for name in weekend or _USUAL),
        off=frozenset(
            _day(value)
            for year in years
            for value in (
                *(row["date"] for row in year.get("holiday", ())),
                *(row["off"] for row in year.get("swapped", ())),
            )
        ),
        worked=frozenset(
            _day(row["worked"]) for year in years for row in year.get("swapped", ())
        ),
    )


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
