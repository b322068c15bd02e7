"""What a promised day means where it is a day off; pure.

A day that somebody was told is never changed by a calendar. Where it is off, by then or
only by a later decision, the term ends with the next working day (Bộ luật Dân sự 2015,
điều 148 khoản 5): that is worked out whenever it is asked for, and never stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from gateway.calendar.working_time import WorkingTime

_BASIS = "Bộ luật Dân sự 2015, Điều 148 khoản 5; chưa đối chiếu"


def last_day(working: WorkingTime, promised: date) -> date:
    """The day with which a promise ends: the promised one, or the next that is worked."""
    try:
        return working.next_working(promised)
    except ValueError:
        return promised


def is_over(working: WorkingTime, promised: date | None, today: date) -> bool:
    """Whether a promise was not kept by the end of its last day."""
    return promised is not None and last_day(working, promised) < today


def in_words(working: WorkingTime, promised: date | None) -> str:
    """Why a promise ends on another day than was told; empty where it does not."""
    if promised is None or last_day(working, promised) == promised:
        return ""
    last = last_day(working, promised)
    named = working.named_day(promised)
    name = "ngày nghỉ hằng tuần"
    if named is not None:
        checked = named.basis if named.verified else f"{named.basis}, chưa đối chiếu"
        name = f"{named.name} ({checked})" if named.basis else named.name
    return (
        f"Ngày đã hẹn {promised:%d/%m/%Y} là ngày nghỉ: {name}. Ngày đã báo người nộp giữ"
        f" nguyên; thời hạn kết thúc vào ngày làm việc kế tiếp, {last:%d/%m/%Y} ({_BASIS})."
    )
