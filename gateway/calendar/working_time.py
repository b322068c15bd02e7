"""Working minutes and days of a unit by the province's calendar; pure.

Moments count by their minute, in Vietnam's time, whatever zone they are written in.
Years without a file are counted by the week of the nearest year that has one and by
the days off that the law lets expect; ``known`` tells them apart.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any

from gateway.calendar.days import (
    DayKind,
    DayOff,
    Spans,
    Week,
    named_days,
    week_for,
    weeks_of,
)
from gateway.calendar.predicted import predicted
from gateway.domain.json_text import canonical_json, of_json
from gateway.domain.legal_day import VIETNAM
from gateway.domain.opening import DAY_MINUTES

#: Nobody works outside of these years; a date that lies there is a mistake.
FIRST_YEAR, LAST_YEAR = 1970, 2199
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_EAST = 7 * 60
_BEGIN = (date(FIRST_YEAR, 1, 1).toordinal() - _EPOCH_DAY) * DAY_MINUTES
_END = (date(LAST_YEAR + 1, 1, 1).toordinal() - _EPOCH_DAY) * DAY_MINUTES
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
#: No count of working days is longer than this many calendar days.
_LONGEST = 3_660


@dataclass(frozen=True, slots=True)
class _Year:
    """One year's days: their spans, and the working minutes before each of them."""

    first: int
    #: ordinal of 1 January
    spans: tuple[Spans, ...]
    before: tuple[int, ...]
    #: one more than days: the last is the whole year's


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """When a unit works: made by ``working_time`` and kept, for its years are cached."""

    weeks: Mapping[int, Week]
    named: Mapping[date, DayOff]
    _years: dict[int, _Year] = field(default_factory=dict, compare=False, repr=False)
    _sums: dict[int, int] = field(default_factory=dict, compare=False, repr=False)

    def known(self, day: date) -> bool:
        """Whether the province has entered the day's year."""
        return day.year in self.weeks

    @property
    def full_day(self) -> int:
        """Minutes of an ordinary full working day, by the newest year's hours."""
        return week_for(self.weeks, max(self.weeks, default=FIRST_YEAR)).full_day

    def spans(self, day: date) -> Spans:
        """Working spans of a day in minutes since its midnight; none: a day off."""
        year = self._year(day.year)
        return year.spans[day.toordinal() - year.first] if year.spans else ()

    def is_working(self, day: date) -> bool:
        """Whether the unit works at any time of a day."""
        return bool(self.spans(day))

    def named_day(self, day: date) -> DayOff | None:
        """What a day is called by the calendar, on whatever weekday it falls."""
        if day in self.named or self.known(day):
            return self.named.get(day)
        return next((one for one in _predicted(day.year) if one.day == day), None)

    def days_off(self, first: date, last: date) -> tuple[DayOff, ...]:
        """Days from ``first`` to ``last`` that are not as their weekday, both included.

        Off although their weekday is worked, worked although it is not, or worked by
        other hours: each may have moved a date.
        """
        days = (first + n * _DAY for n in range((last - first).days + 1))
        found = (self.named_day(day) for day in days)
        return tuple(one for one in found if one is not None and self._differs(one))

    def minutes(self, since: datetime, until: datetime) -> int:
        """Working minutes between two aware moments; none where ``until`` is earlier.

        Additive: what is between a and b and between b and c is what is between a
        and c.
        """
        return max(0, self._worked_by(_minute(until)) - self._worked_by(_minute(since)))

    def after(self, since: datetime, minutes: int) -> datetime:
        """The earliest moment by which so many working minutes have passed.

        None have passed at ``since`` itself within hours, else at the next opening.

        Raises:
            ValueError: fewer than none, or the calendar has not so many.
        """
        if minutes < 0:
            raise ValueError("working minutes are counted forwards only")
        at = _minute(since)
        done = self._worked_by(at)
        if minutes:
            return _moment(self._reaches(done + minutes))
        if self._worked_by(at + 1) > done:
            return since.astimezone(VIETNAM)
        return _moment(self._reaches(done + 1) - 1)

    def days_after(self, day: date, count: int) -> date:
        """The last of so many working days that follow a day, which does not count.

        Raises:
            ValueError: the calendar has no working days to count.
        """
        found = day
        for _ in range(_LONGEST):
            if count <= 0:
                return found
            found += _DAY
            count -= self.is_working(found)
        raise ValueError("the calendar leaves no working days")

    def next_working(self, day: date) -> date:
        """A day itself where it is worked, else the first after it that is.

        Raises:
            ValueError: the calendar leaves no working days.
        """
        return day if self.is_working(day) else self.days_after(day, 1)

    def day_start(self, day: date) -> datetime:
        """The first working moment of a working day.

        Raises:
            ValueError: the day is off.
        """
        return _at(day, self._worked_spans(day)[0][0])

    def day_end(self, day: date) -> datetime:
        """The moment in which a working day's work ends.

        Raises:
            ValueError: the day is off.
        """
        return _at(day, self._worked_spans(day)[-1][1])

    def _worked_spans(self, day: date) -> Spans:
        spans = self.spans(day)
        if not spans:
            raise ValueError(f"{day} is a day off")
        return spans

    def _differs(self, one: DayOff) -> bool:
        weekday = one.day.weekday()
        is_usual = weekday not in week_for(self.weeks, one.day.year).weekend
        if one.kind is DayKind.HALF:
            return True
        return is_usual is (one.kind is DayKind.OFF)

    def _worked_by(self, at: int) -> int:
        """Working minutes of all years up to a minute; only differences mean anything."""
        if not _BEGIN <= at < _END:
            return self._sum(FIRST_YEAR if at < _BEGIN else LAST_YEAR + 1)
        ordinal, rest = divmod(at, DAY_MINUTES)
        ordinal += _EPOCH_DAY
        number = date.fromordinal(ordinal).year
        year = self._year(number)
        index = ordinal - year.first
        done = self._sum(number) + year.before[index]
        for start, end in year.spans[index]:
            if rest <= start:
                break
            done += min(rest, end) - start
        return done

    def _reaches(self, target: int) -> int:
        """The first minute by which ``_worked_by`` has come to a number."""
        number = max(self.weeks, default=FIRST_YEAR)
        while number > FIRST_YEAR and self._sum(number) >= target:
            number -= 1
        while self._sum(number + 1) < target:
            number += 1
            if number > LAST_YEAR:
                raise ValueError("the calendar has not so many working hours")
        year, left = self._year(number), target - self._sum(number)
        index = bisect_left(year.before, left) - 1
        left -= year.before[index]
        begin = (year.first + index - _EPOCH_DAY) * DAY_MINUTES
        for start, end in year.spans[index]:
            if left <= end - start:
                return begin + start + left
            left -= end - start
        raise AssertionError("a day has the minutes that it was counted with")

    def _sum(self, number: int) -> int:
        """Working minutes of the years before one, from the first that is entered on.

        Less than none for earlier years: what nobody asks for is not counted.
        """
        known = min(self.weeks, default=FIRST_YEAR)
        found, step = 0, 1 if number > known else -1
        while known != number:
            if known + step in self._sums:
                found = self._sums[known + step]
            else:
                # Years that are only passed over are not kept: each is some 16 KB.
                passed = known if step > 0 else known - 1
                year = self._years.get(passed) or self._made(passed)
                found += step * year.before[-1]
                self._sums[known + step] = found
            known += step
        return found

    def _year(self, number: int) -> _Year:
        found = self._years.get(number)
        if found is None:
            found = self._years[number] = self._made(number)
        return found

    def _made(self, number: int) -> _Year:
        first = date(number, 1, 1).toordinal()
        if not FIRST_YEAR <= number <= LAST_YEAR:
            return _Year(first, (), (0,))
        week = week_for(self.weeks, number)
        length = date(number, 12, 31).toordinal() - first + 1
        spans = [week.spans((first + n - 1) % 7) for n in range(length)]
        expected = () if number in self.weeks else _predicted(number)
        given = (one for one in self.named.values() if one.day.year == number)
        for one in (*expected, *given):
            index = one.day.toordinal() - first
            spans[index] = _spans_of(one, week, spans[index])
        sums = accumulate((sum(e - s for s, e in day) for day in spans), initial=0)
        return _Year(first, tuple(spans), tuple(sums))


def working_time(calendar: Mapping[str, Any], unit: str = "") -> WorkingTime:
    """The working time of a unit (an office) by a configuration's calendar.

    Of a unit that the calendar does not name, and of none: the province's. The same
    content gives the same value again.

    Raises:
        ValueError: the calendar cannot be read.
    """
    return _read(canonical_json(dict(calendar)), unit)


@lru_cache(maxsize=256)
def _read(text: bytes, unit: str) -> WorkingTime:
    calendar = of_json(text)
    try:
        return WorkingTime(weeks_of(calendar, unit), named_days(calendar, unit))
    except (AttributeError, KeyError, TypeError) as wrong:
        raise ValueError(f"the calendar cannot be read: {wrong!r}") from wrong


def _predicted(year: int) -> tuple[DayOff, ...]:
    return predicted(year) if FIRST_YEAR <= year <= LAST_YEAR else ()


def _spans_of(one: DayOff, week: Week, before: Spans) -> Spans:
    if one.kind is DayKind.OFF:
        return ()
    if one.kind is DayKind.HALF:
        return one.hours if before else ()
    # A day that is worked for another has the hours of that one.
    return week.hours[(one.instead_of or one.day).weekday()]


def _minute(moment: datetime) -> int:
    return (moment - _EPOCH) // _MINUTE + _EAST


def _moment(at: int) -> datetime:
    return (_EPOCH + (at - _EAST) * _MINUTE).astimezone(VIETNAM)


def _at(day: date, minutes: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM) + minutes * _MINUTE
