"""When an office takes messages: its hours, and windows in which it does not."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from gateway.domain.identifiers import AgencyId, OfficeId

#: Names of weekdays in configuration and calls, Monday first.
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
#: The same as people read them.
WEEKDAY_WORDS = (
    "Thứ Hai",
    "Thứ Ba",
    "Thứ Tư",
    "Thứ Năm",
    "Thứ Sáu",
    "Thứ Bảy",
    "Chủ Nhật",
)
DAY_MINUTES = 24 * 60
#: Of the week of a month: the one that has the last such weekday.
LAST = -1


def minute(text: str) -> int:
    """Minutes since midnight of ``07:30``; ``24:00`` is the end of the day.

    Raises:
        ValueError: no such time.
    """
    hours, colon, minutes = text.partition(":")
    if not (colon and len(minutes) == 2 and (hours + minutes).isdecimal()):
        raise ValueError(f"{text!r} is no time of day (07:30)")
    found = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or found > DAY_MINUTES:
        raise ValueError(f"{text!r} is no time of day (07:30)")
    return found


@dataclass(frozen=True, slots=True)
class Hours:
    """One span of the day in which an office takes messages, in Vietnam's time.

    ``days`` empty: every day on which offices work. A day off closes named weekdays,
    too; a day that is worked for another is as Monday.
    """

    start: int
    end: int
    #: minutes since midnight, ``start`` before ``end``
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Days on which a window begins; one condition of three.

    ``days``: of the month, one that a month does not have is its last. ``weekdays``:
    of each week, or of those ``weeks`` of a month (1 … 4, ``LAST``).
    """

    start: int
    length: int
    #: minutes, over midnight where the day ends before
    valid_from: date
    valid_to: date | None = None
    weekdays: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A window in which nothing goes to an office, or to all offices of an agency.

    Once from ``begins_at`` to ``ends_at``, or again and again by ``rule``. A running
    turn of a rule that was ended early or made longer stands in ``moved``.
    """

    id: str
    agency: AgencyId
    office: OfficeId | None
    reason: str
    by: str
    made_at: datetime
    version: int = 1
    announced_on: date | None = None
    announced_by: str = ""
    reference: str = ""
    #: number of the agency's letter
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    rule: Recurrence | None = None
    over_at: datetime | None = None
    #: nothing of it is left from this moment on
    moved: tuple[tuple[datetime, datetime], ...] = ()
    #: begin of a turn → its other end

    def concerns(self, agency: AgencyId, office: OfficeId) -> bool:
        """Whether it holds for an office of an agency."""
        return self.agency == agency and self.office in {None, office}


class Closures(Protocol):
    """Tells how long an office was shut by its hours and windows."""

    @abstractmethod
    def shut_s(self, since: datetime, until: datetime) -> float:
        """Seconds between two moments in which nothing might be sent."""
