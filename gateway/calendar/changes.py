"""What another calendar of a year changes: days, hours, and for which units; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from gateway.calendar.days import Spans, week_for
from gateway.calendar.working_time import WorkingTime, working_time


class Becomes(StrEnum):
    """What a day is that was another."""

    OFF = "off"
    WORKED = "worked"
    HOURS = "hours"
    #: worked before and after, by other hours


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that is worked otherwise; ``name``: why, by the new calendar or the old."""

    day: date
    becomes: Becomes
    before: Spans
    after: Spans
    name: str = ""


@dataclass(frozen=True, slots=True)
class WeekChange:
    """A weekday that is worked otherwise in ordinary weeks."""

    weekday: int
    before: Spans
    after: Spans


@dataclass(frozen=True, slots=True)
class Changes:
    """What changes for a unit; ``unit`` empty: for the province."""

    unit: str
    week: tuple[WeekChange, ...]
    days: tuple[DayChange, ...]


def with_year(
    calendar: Mapping[str, Any], year: str, table: Mapping[str, Any]
) -> dict[str, Any]:
    """The calendar with one year replaced or added."""
    return dict(sorted({**calendar, year: dict(table)}.items()))


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], year: int
) -> tuple[Changes, ...]:
    """What moves when one calendar follows another that differs in a year.

    For the province first, then for each unit that it moves otherwise. Nothing moves
    where only names, bases and marks of verification differ.

    Raises:
        ValueError: a calendar cannot be read.
    """
    common = _of_unit(before, after, year, "")
    found = [common] if common.week or common.days else []
    for unit in sorted(units(before) | units(after)):
        own = _of_unit(before, after, year, unit)
        if (own.week, own.days) != (common.week, common.days):
            found.append(own)
    return tuple(found)


def units(calendar: Mapping[str, Any]) -> set[str]:
    """Offices that a calendar has a row of their own for."""
    return {
        office
        for table in calendar.values()
        for name in ("unit", "half_day", "closed")
        for row in table.get(name, ())
        for office in row.get("offices", ())
    }


def _of_unit(
    before: Mapping[str, Any], after: Mapping[str, Any], year: int, unit: str
) -> Changes:
    old, new = working_time(before, unit), working_time(after, unit)
    was, will = week_for(old.weeks, year), week_for(new.weeks, year)
    week = tuple(
        WeekChange(day, was.spans(day), will.spans(day))
        for day in range(7)
        if was.spans(day) != will.spans(day)
    )
    usual = {one.weekday: (one.before, one.after) for one in week}
    days = tuple(
        change
        for day in _looked_at(old, new, year)
        if (change := _of_day(old, new, day)) is not None
        # What every such weekday does is told once, of the week.
        and usual.get(day.weekday()) != (change.before, change.after)
    )
    return Changes(unit, week, days)


def _looked_at(old: WorkingTime, new: WorkingTime, year: int) -> Iterable[date]:
    """The year's days, and those of others that a swap or its end concerns."""
    first = date(year, 1, 1)
    whole = {first + timedelta(days=n) for n in range(366)}
    own = {day for day in whole if day.year == year}
    beside = {day for day, _ in old.named.items() ^ new.named.items()}
    return sorted(own | {day for day in beside if abs(day.year - year) == 1})


def _of_day(old: WorkingTime, new: WorkingTime, day: date) -> DayChange | None:
    before, after = old.spans(day), new.spans(day)
    if before == after:
        return None
    named = new.named_day(day) or old.named_day(day)
    name = named.name if named else ""
    if not after:
        return DayChange(day, Becomes.OFF, before, after, name)
    becomes = Becomes.HOURS if before else Becomes.WORKED
    return DayChange(day, becomes, before, after, name)


def differing(stored: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """Years that a configuration gives otherwise than the store has them.

    A year that it leaves out is no difference: calendars are kept, not given again.
    """
    return sorted(year for year, table in given.items() if stored.get(year) != table)
