"""When an office works: its weekdays, its hours, the days on which it is closed.

Vietnam has one time zone without summer time; every moment is told in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import holidays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

VIETNAM = timezone(timedelta(hours=7))
#: Stands among closed days for those of the law.
PUBLIC = "public"
#: An office that has not opened for so long will not.
MOST_DAYS = 400
_SPAN = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)\Z")
_KEYS = {"days", "spans", "closed"}
Span = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Hours:
    """``days``: ISO weekdays (1 is Monday); ``spans``: of each of them, in order.

    ``public``: closed on the holidays of the law, too.
    """

    days: frozenset[int]
    spans: tuple[Span, ...]
    closed: frozenset[date]
    public: bool

    @property
    def day(self) -> timedelta:
        """Working time of one whole day."""
        return sum((_length(span) for span in self.spans), timedelta())

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there."""
        here = at.astimezone(VIETNAM)
        return self._works_on(here.date()) and any(
            begin <= here.time() < end for begin, end in self.spans
        )

    def opens(self, at: datetime) -> datetime:
        """The moment itself if the office is open, else when it opens next."""
        return next(self._from(at))[0]

    def after(self, begun: datetime, worked: timedelta) -> datetime:
        """When so much working time has passed since ``begun``."""
        left = worked
        for begin, end in self._from(begun):
            if left <= end - begin:
                return begin + left
            left -= end - begin
        raise AssertionError("an office works again and again")

    def at_next(self, moments: tuple[time, ...], at: datetime) -> datetime:
        """The first of these times of a working day that is not before ``at``."""
        here = at.astimezone(VIETNAM)
        for day in self._days(here.date()):
            for moment in moments:
                found = datetime.combine(day, moment, VIETNAM)
                if found >= here:
                    return found
        raise AssertionError("an office works again and again")

    def _from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Stretches of open time from a moment on."""
        here = at.astimezone(VIETNAM)
        for day in self._days(here.date()):
            for begin, end in self.spans:
                ends = datetime.combine(day, end, VIETNAM)
                if ends > here:
                    yield max(here, datetime.combine(day, begin, VIETNAM)), ends

    def _days(self, first: date) -> Iterator[date]:
        """Its working days from one on."""
        for ahead in range(MOST_DAYS * 10):
            day = first + timedelta(days=ahead)
            if self._works_on(day):
                yield day

    def _works_on(self, day: date) -> bool:
        if day.isoweekday() not in self.days or day in self.closed:
            return False
        return not (self.public and _is_public(day))


def read_hours(raw: Mapping[str, Any], place: str) -> Hours:
    """The table ``[hours]``; ``place``: of the file, for messages.

    Raises:
        ValueError: hours that no office can have.
    """
    if unknown := set(raw) - _KEYS:
        message = (
            f"{place}: không có khóa {min(unknown)!r}; có: {', '.join(sorted(_KEYS))}"
        )
        raise ValueError(message)
    days = frozenset(raw.get("days", (1, 2, 3, 4, 5)))
    if not days or not days <= set(range(1, 8)):
        message = f"{place}: days phải là các số từ 1 (thứ Hai) đến 7 (Chủ nhật)"
        raise ValueError(message)
    spans = tuple(_span(text, place) for text in raw.get("spans", ()))
    if not spans:
        raise ValueError(f"{place}: spans phải có ít nhất một khoảng giờ")
    for (_, ends), (begins, _) in pairwise(spans):
        if begins < ends:
            message = f"{place}: khoảng bắt đầu {begins:%H:%M} chồng lên khoảng trước"
            raise ValueError(message)
    closed = tuple(raw.get("closed", (PUBLIC,)))
    return Hours(days, spans, frozenset(_closed(closed, place)), PUBLIC in closed)


def times_of(texts: Iterable[str], place: str) -> tuple[time, ...]:
    """Times of a day, in order.

    Raises:
        ValueError: one is none.
    """
    return tuple(sorted(_time(text, place) for text in texts))


def _span(text: str, place: str) -> Span:
    found = _SPAN.match(str(text))
    if found is None:
        message = f"{place}: {text!r} không phải khoảng giờ, ví dụ 07:30-11:30"
        raise ValueError(message)
    begin, end = (_time(part, place) for part in found.groups())
    if end <= begin:
        message = f"{place}: khoảng {text!r} kết thúc trước khi bắt đầu"
        raise ValueError(message)
    return begin, end


def _time(text: str, place: str) -> time:
    try:
        return time.fromisoformat(str(text))
    except ValueError:
        message = f"{place}: {text!r} không phải giờ trong ngày, ví dụ 16:30"
        raise ValueError(message) from None


def _length(span: Span) -> timedelta:
    begin, end = (datetime.combine(date.min, one) for one in span)
    return end - begin


def _closed(texts: Iterable[str], place: str) -> Iterator[date]:
    for text in texts:
        if text == PUBLIC:
            continue
        first, _, last = str(text).partition("/")
        try:
            day, until = date.fromisoformat(first), date.fromisoformat(last or first)
        except ValueError:
            message = (
                f"{place}: {text!r} không phải ngày nghỉ; ví dụ 2026-03-12,"
                f" 2026-03-12/2026-03-15 hoặc {PUBLIC}"
            )
            raise ValueError(message) from None
        yield from (
            day + timedelta(days=ahead) for ahead in range((until - day).days + 1)
        )


@cache
def _is_public(day: date) -> bool:
    """Whether the law makes it a holiday, as far as can be foreseen."""
    return day in holidays.country_holidays("VN", years=day.year)
