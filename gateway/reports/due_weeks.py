"""When the weekly letters of what is due are sent, and how far they look; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from gateway.domain.legal_day import VIETNAM

if TYPE_CHECKING:
    from gateway.calendar.working_time import WorkingTime

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The weekday (English name) and hour in Vietnam for which letters are meant."""

    day: str
    at: time


@dataclass(frozen=True, slots=True)
class Week:
    """The letters of one week."""

    day: date
    #: for which they are meant: names the week
    sent_on: date
    #: that day, or the first working day after it
    until: date
    #: the last day of the week after the one in which they are sent


def week_of(now: datetime, rhythm: Rhythm, working: WorkingTime) -> Week:
    """The newest week whose day has come; it may not be sent yet."""
    today = now.astimezone(VIETNAM).date()
    day = today - timedelta((today.weekday() - _DAYS.index(rhythm.day)) % _WEEK)
    sent_on = working.next_working(day)
    monday = sent_on - timedelta(sent_on.weekday())
    return Week(day, sent_on, monday + timedelta(2 * _WEEK - 1))


def is_time(now: datetime, week: Week, rhythm: Rhythm, working: WorkingTime) -> bool:
    """Whether its letters go now: from its hour on, on any working day that is left."""
    local = now.astimezone(VIETNAM)
    today = local.date()
    return (
        today >= week.sent_on
        and working.is_working(today)
        and local.time() >= rhythm.at
    )


def working_days(week: Week, today: date, working: WorkingTime) -> int:
    """How many working days are left from today on, today not counted."""
    span = (week.until - today).days
    return sum(working.is_working(today + timedelta(n + 1)) for n in range(span))
