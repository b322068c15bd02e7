"""The ways in which a company writes a moment (§4.1); pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))
#: An earlier year means that nothing was set.
_FIRST_YEAR = 2000
#: Of the way that the gateway writes.
_WRITTEN = "%Y/%m/%d %H:%M:%S"
_YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})([/-])(?P<m>\d{1,2})\2(?P<d>\d{1,2})"
    r" (?P<H>\d{1,2}):(?P<M>\d{2}):(?P<S>\d{2})"
)
_YEAR_LAST = re.compile(
    r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})"
    r" (?P<H>\d{1,2}):(?P<M>\d{2}):(?P<S>\d{2})(?: (?P<half>[AP]M))?"
)
_DAY = re.compile(r"(?P<d>\d{1,2})([/-])(?P<m>\d{1,2})\2(?P<y>\d{4})")


def moment(text: str | None) -> datetime | None:
    """A moment in any of the ways, UTC; None: it is none."""
    told = (text or "").strip()
    found = _YEAR_FIRST.fullmatch(told) or _YEAR_LAST.fullmatch(told)
    if found is None:
        return None
    named = found.groupdict()
    half = named.get("half")
    day, month = ("m", "d") if half else ("d", "m")
    try:
        hour = _hour(int(named["H"]), half)
        at = datetime(
            int(named["y"]),
            int(named[month]),
            int(named[day]),
            hour,
            int(named["M"]),
            int(named["S"]),
            tzinfo=VIETNAM,
        )
    except ValueError:
        return None
    return at.astimezone(UTC) if at.year >= _FIRST_YEAR else None


def appointment(text: str | None) -> str:
    """What people typed as an appointment, day or moment, ISO; empty: it is none."""
    at = moment(text)
    if at is not None:
        return at.astimezone(VIETNAM).isoformat()
    found = _DAY.fullmatch((text or "").strip())
    if found is None:
        return ""
    try:
        day = date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return ""
    return day.isoformat() if day.year >= _FIRST_YEAR else ""


def _hour(hour: int, half: str | None) -> int:
    """The hour of a day.

    Raises:
        ValueError: no half of a day has it.
    """
    if not half:
        return hour
    if not 1 <= hour <= 12:
        message = "no hour of half a day"
        raise ValueError(message)
    return hour % 12 + (12 if half == "PM" else 0)


def written(at: datetime) -> str:
    """A moment as the gateway writes it."""
    return at.astimezone(VIETNAM).strftime(_WRITTEN)
