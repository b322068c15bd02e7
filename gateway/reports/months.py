"""Months as they are asked for: ``2026-03``, by Vietnam's days."""

from __future__ import annotations

import re
from datetime import date

from gateway.domain.errors import SenderError

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
#: Nothing was linked anywhere before; a month of 1970 is a clock that was never set.
FIRST = "2000-01"


def month_asked(text: str, today: date) -> str:
    """A month that can be reported on; the one that runs is.

    Raises:
        SenderError: it is none, or has not begun.
    """
    if not _MONTH.fullmatch(text) or text < FIRST:
        raise SenderError(
            code="month_invalid",
            remedy="Ghi tháng bốn chữ số năm, hai chữ số tháng: 2026-03 (từ 2000-01).",
        )
    if text > month_of(today):
        raise SenderError(
            code="month_future",
            remedy="Tháng này chưa đến, chưa có gì để báo cáo.",
        )
    return text


def month_of(day: date) -> str:
    """The month of a day."""
    return f"{day:%Y-%m}"


def is_over(month: str, today: date) -> bool:
    """Whether its last day has passed."""
    return month < month_of(today)


def before(month: str, count: int) -> str:
    """The month so many months earlier."""
    year, number = map(int, month.split("-"))
    years, place = divmod(year * 12 + number - 1 - count, 12)
    return f"{years:04}-{place + 1:02}"


def in_words(month: str) -> str:
    """``03/2026``."""
    year, number = month.split("-")
    return f"{number}/{year}"
