"""Days of birth as far as they are known."""

from __future__ import annotations

import re
from datetime import date

from gateway.domain.numbers.identified import Identified, Kind, says_none
from gateway.domain.text import fold, tidy

_YEAR = re.compile(r"(?:[0?-]{1,2}[/.-]){0,2}(\d{4})|(\d{4})(?:-00){1,2}", re.ASCII)
_MONTH = re.compile(r"(?:[?-]{1,2}[/.-])?(\d{1,2})[/.-](\d{4})", re.ASCII)
_MONTH_AFTER = re.compile(r"(\d{4})-(\d{2})(?:-00)?", re.ASCII)
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_DAY_LAST = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[ T].*)?", re.ASCII)
_IN_WORDS = re.compile(
    r"(?:(?:(?:ngay )?(\d{1,2}) )?thang (\d{1,2}) )?(?:nam |sinh nam )?(\d{4})",
    re.ASCII,
)
#: What stands before a day, and blanks beside what parts it.
_BESIDE = re.compile(
    r"^(?:ngày|sinh ngày) (?=\d)|(?<=\d)\s*([/.-])\s*(?=\d)", re.IGNORECASE
)
FIRST_YEAR, LAST_YEAR = 1800, 2099


def partial_day(text: str, today: date | None = None) -> Identified:
    """A day as ``1957``, ``1957-03`` or ``1957-03-21``: what is unknown is left out.

    Read day first, as people here write it; a month or day of zero is unknown.
    """
    clean = tidy(text)
    if not clean or says_none(clean):
        return Identified(text, "", Kind.NONE)
    parts = _parts(_BESIDE.sub(r"\1", clean)) or _parts(clean)
    if parts is None:
        return Identified(text, clean, Kind.OTHER, ("day_unreadable",))
    year, month, day = parts
    exists = _exists(year, month or 1, day or 1) and (month or not day)
    if not FIRST_YEAR <= year <= LAST_YEAR or not exists:
        return Identified(text, clean, Kind.OTHER, ("day_impossible",))
    is_late = today is not None and (year, month or 1, day or 1) > (
        today.year,
        today.month,
        today.day,
    )
    warnings = ("day_in_future",) if is_late else ()
    if not month:
        return Identified(text, f"{year}", Kind.YEAR, warnings)
    if not day:
        return Identified(text, f"{year}-{month:02}", Kind.MONTH, warnings)
    normal = f"{year}-{month:02}-{day:02}"
    return Identified(text, normal, Kind.DAY, warnings)


def _parts(text: str) -> tuple[int, int, int] | None:
    if found := _YEAR.fullmatch(text):
        return int(found[1] or found[2]), 0, 0
    if found := _DAY.fullmatch(text):
        return int(found[3]), int(found[2]), int(found[1])
    if found := _DAY_LAST.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _MONTH_AFTER.fullmatch(text):
        return int(found[1]), int(found[2]), 0
    if found := _MONTH.fullmatch(text):
        return int(found[2]), int(found[1]), 0
    if found := _IN_WORDS.fullmatch(fold(text)):
        return int(found[3]), int(found[2] or 0), int(found[1] or 0)
    return None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
