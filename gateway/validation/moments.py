"""Days and moments that can be held: what a schema's ``format`` lets pass is read later.

RFC 3339 knows more than a calendar here does: a sixtieth second, the year 0, small
letters, moments whose day in Vietnam lies beyond the last one. Such a text is refused
where every other wrong field is, with its place.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from gateway.domain.legal_day import VIETNAM

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", re.ASCII
)


def is_day(text: str) -> bool:
    """Whether it is a day as ``format: date`` means it."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_moment(text: str) -> bool:
    """Whether it is a moment as ``format: date-time`` means it."""
    if not _MOMENT.fullmatch(text):
        return False
    try:
        moment = datetime.fromisoformat(text)
        _ = moment.astimezone(UTC), moment.astimezone(VIETNAM)
    except (ValueError, OverflowError):
        return False
    return True


FORMATS = {"date": is_day, "date-time": is_moment}
