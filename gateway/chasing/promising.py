"""Which day an office can promise: a working day from today on, within a year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from gateway.domain.errors import SenderError

if TYPE_CHECKING:
    from gateway.calendar.working_time import WorkingTime

#: Further ahead nobody promises anything; it is a slip of the pen.
AT_MOST = timedelta(days=366)


def promised_day(text: str, today: date, workdays: WorkingTime) -> date | None:
    """The day; None when none was promised.

    Raises:
        SenderError: it is no day that can be promised; names the next working day.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise SenderError(
            code="promise_unreadable",
            remedy="Ngày hẹn không phải là một ngày: ghi dạng 2026-03-13.",
        ) from None
    if day < today:
        raise SenderError(
            code="promise_past", remedy="Ngày hẹn đã qua: ghi ngày từ hôm nay trở đi."
        )
    if day > today + AT_MOST:
        raise SenderError(
            code="promise_far", remedy="Ngày hẹn quá một năm nữa: kiểm tra lại năm."
        )
    if not workdays.is_working(day):
        following = workdays.next_working(day)
        raise SenderError(
            code="promise_day_off",
            remedy=f"Ngày {day:%d/%m/%Y} là ngày nghỉ: ngày làm việc kế tiếp là"
            f" {following:%d/%m/%Y}.",
        )
    return day
