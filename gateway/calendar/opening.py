"""When an office is open: its hours less its maintenance windows; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

from gateway.calendar.days import DayKind
from gateway.calendar.working_time import WorkingTime
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.opening import LAST, Hours, Maintenance, Recurrence

Span: TypeAlias = tuple[datetime, datetime]
DAY = timedelta(days=1)
#: Whoever is shut for longer is shut until a person changes something.
LOOK_AHEAD = 400 * DAY
#: The next change of an office that is open is looked for in so much time.
LOOK_CHANGE = 8 * DAY


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours (none: always) and windows of one office."""

    hours: tuple[Hours, ...]
    working: WorkingTime
    windows: tuple[Maintenance, ...] = ()

    def is_open(self, at: datetime) -> bool:
        """Whether messages may leave for the office."""
        return self._in_hours(at) and self.window(at) is None

    def window(self, at: datetime) -> tuple[Maintenance, datetime] | None:
        """The running window that ends last, and its end."""
        running = [
            (window, end)
            for window in self.windows
            for begin, end in turns(window, at, at)
            if begin <= at < end
        ]
        return max(running, key=lambda one: one[1], default=None)

    def next_opening(self, at: datetime) -> datetime | None:
        """The first moment from ``at`` on at which it is open; None: not in sight."""
        moment, latest = at, at + LOOK_AHEAD
        while moment <= latest:
            running = self.window(moment)
            if running is not None:
                moment = running[1]
                continue
            begin = self._hours_begin(moment)
            if begin is None or begin == moment:
                return begin
            moment = begin
        return None

    def changes_at(self, at: datetime) -> datetime:
        """A moment after ``at`` until which whether it is open does not change."""
        latest = at + LOOK_CHANGE
        if not self.is_open(at):
            return min(self.next_opening(at) or latest, latest)
        ends = [end for begin, end in self._spans(at, at) if begin <= at < end]
        begins = [
            begin
            for window in self.windows
            for begin, end in turns(window, at, latest)
            if at < begin < end
        ]
        return min([latest, *ends, *begins])

    def shut_s(self, since: datetime, until: datetime) -> float:
        """Seconds between two moments in which nothing might be sent."""
        total, moment = timedelta(), max(since, until - LOOK_AHEAD)
        while moment < until:
            if self.is_open(moment):
                moment = self.changes_at(moment)
            else:
                opens = min(self.next_opening(moment) or until, until)
                total += opens - moment
                moment = opens
        return total.total_seconds()

    def _in_hours(self, at: datetime) -> bool:
        if not self.hours:
            return True
        return any(begin <= at < end for begin, end in self._spans(at, at))

    def _hours_begin(self, at: datetime) -> datetime | None:
        """The first moment from ``at`` on within hours."""
        if not self.hours:
            return at
        for days in range(LOOK_AHEAD.days):
            day = at + days * DAY
            ahead = [max(b, at) for b, end in self._spans(day, day) if at < end]
            if ahead:
                return min(ahead)
        return None

    def _spans(self, since: datetime, until: datetime) -> Iterator[Span]:
        for day in _days(legal_day(since), legal_day(until)):
            for hours in self.hours:
                if self._holds(hours, day):
                    yield _moment(day, hours.start), _moment(day, hours.end)

    def _holds(self, hours: Hours, day: date) -> bool:
        if not hours.days:
            return self.working.is_working(day)
        named = self.working.named_day(day)
        kind = None if named is None else named.kind
        if kind is DayKind.WORKED:
            return 0 in hours.days or day.weekday() in hours.days
        return day.weekday() in hours.days and kind is not DayKind.OFF


def turns(window: Maintenance, since: datetime, until: datetime) -> Iterator[Span]:
    """When a window runs, as far as that touches a span of time."""
    moved = dict(window.moved)
    for begin, end in _planned(window, since, until, moved):
        actual = moved.get(begin, end)
        if window.over_at is not None:
            actual = min(actual, window.over_at)
        if begin < actual and begin <= until and since <= actual:
            yield begin, actual


def next_turn(window: Maintenance, at: datetime) -> Span | None:
    """The turn that runs at a moment, else the first one after it."""
    found = [
        (begin, end) for begin, end in turns(window, at, at + LOOK_AHEAD) if at < end
    ]
    return min(found, default=None)


def _planned(
    window: Maintenance,
    since: datetime,
    until: datetime,
    moved: Iterable[datetime],
) -> Iterable[Span]:
    rule = window.rule
    if rule is None:
        if window.begins_at is None or window.ends_at is None:
            return ()
        return ((window.begins_at, window.ends_at),)
    back = timedelta(minutes=rule.length) + DAY
    days = {*_days(legal_day(since - back), legal_day(until))}
    days |= {legal_day(begin) for begin in moved}
    return (
        (begin := _moment(day, rule.start), begin + timedelta(minutes=rule.length))
        for day in sorted(days)
        if begins_on(rule, day)
    )


def begins_on(rule: Recurrence, day: date) -> bool:
    """Whether a turn of a rule begins on a day."""
    if day < rule.valid_from or (rule.valid_to is not None and rule.valid_to < day):
        return False
    if rule.days:
        is_last = (day + DAY).month != day.month
        return day.day in rule.days or (is_last and max(rule.days) > day.day)
    if day.weekday() not in rule.weekdays:
        return False
    is_last = (day + 7 * DAY).month != day.month
    return (
        not rule.weeks
        or (day.day - 1) // 7 + 1 in rule.weeks
        or (is_last and LAST in rule.weeks)
    )


def _days(first: date, last: date) -> Iterator[date]:
    return (first + n * DAY for n in range((last - first).days + 1))


def _moment(day: date, minutes: int) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
    return midnight + timedelta(minutes=minutes)
