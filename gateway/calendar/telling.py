"""What is said beside a date that the calendar does not fully cover; pure."""

from __future__ import annotations

from datetime import date

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
