"""What people read of a calendar: hours, and what a date rests on; pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gateway.calendar.days import Spans
from gateway.calendar.working_time import WorkingTime


def prediction_note(working: WorkingTime, first: date, last: date) -> str:
    """The sentence that has to stand beside a date counted from ``first`` to ``last``.

    Empty where the province has entered every year that was counted.
    """
    years = [
        str(year)
        for year in range(first.year, last.year + 1)
        if not working.known(date(year, 1, 1))
    ]
    if not years:
        return ""
    named = ", ".join(years)
    return f"lịch năm {named} chưa có dữ liệu của tỉnh, ngày nghỉ là dự kiến"


def spans_in_words(spans: Spans) -> str:
    """``07:30–11:30, 13:30–17:00``; of no span that it is off."""
    return ", ".join(_written(spans)) or "nghỉ"


def _written(spans: Spans) -> Iterator[str]:
    for start, end in spans:
        yield f"{_clock(start)}–{_clock(end)}"


def _clock(at: int) -> str:
    return f"{at // 60:02}:{at % 60:02}"
