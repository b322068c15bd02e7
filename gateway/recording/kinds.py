"""What may stand in a field of a message, and how a number or a moment is told."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise


class Value(StrEnum):
    """What stands in a field, as ``recording.toml`` of an agency's folder says."""

    PERSON = "person"
    ORGANISATION = "organisation"
    ADDRESS = "address"
    NUMBER = "number"
    #: of a dossier, slip, certificate, parcel, person, account: anything that identifies
    PHONE = "phone"
    EMAIL = "email"
    DAY = "day"
    #: a day or a moment, in whatever way it is written
    TEXT = "text"
    CODE = "code"
    #: kept where a published list has it
    AMOUNT = "amount"
    #: of money: kept where it is one
    QUANTITY = "quantity"
    #: an area, a share: other digits
    SAID = "said"
    #: an answer's sentence: its published phrase is kept, nothing else
    FILE = "file"
    HASH = "hash"
    FILE_NAME = "file_name"
    LINK = "link"
    KEY = "key"


#: Ways of writing a day: the year first; the year last with day or month first; bare.
_YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?P<rest>(?:[ T].*)?)",
    re.DOTALL,
)
_YEAR_LAST = re.compile(
    r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4})(?P<rest>(?: .*)?)",
    re.DOTALL,
)
_BARE = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?P<rest>(?:\d{4}|\d{6})?)")
_TIME = re.compile(
    r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?[AaPp][Mm])?"
    r"(?:Z| ?[+-]\d{2}:?\d{2})?)?"
)
_MONTH_OR_YEAR = re.compile(r"(?:(?P<m>\d{1,2})(?P<s>[-/]))?(?P<y>\d{4})")
#: Earlier years stand where there is no day (0001-01-01, 01/01/1900): nobody's day.
_FIRST_YEAR = 1901
_DOSSIER = re.compile(r"([A-Za-z]\d+(?:\.\d+)*)-(\d{6})-(\d+)")


def moved(text: str, weeks: int, *, bare: bool = False) -> str | None:
    """A day or moment so many weeks later, written as it was; None: it is none.

    ``bare``: digits alone may be a day (``20260310``), a month or a year too.
    """
    for pattern in (_YEAR_FIRST, _YEAR_LAST, *((_BARE,) if bare else ())):
        found = pattern.fullmatch(text)
        if found is not None:
            return _moved(found, weeks)
    found = _MONTH_OR_YEAR.fullmatch(text) if bare else None
    return _month_moved(found, weeks) if found else None


def _moved(found: re.Match[str], weeks: int) -> str | None:
    parts, rest = found.groupdict(), found["rest"]
    is_bare = "s" not in parts
    if not is_bare and not _TIME.fullmatch(rest):
        return None
    first, second = ("a", "b") if "a" in parts else ("m", "d")
    month_first = "a" not in parts or rest.upper().endswith(("AM", "PM"))
    month, day = (first, second) if month_first else (second, first)
    was = _day(found["y"], found[month], found[day])
    if was is None:
        return None
    if was.year < _FIRST_YEAR:
        return found[0]
    now = was + timedelta(weeks=weeks)
    short = min(len(found[month]), len(found[day])) == 1
    told = {"y": f"{now.year:04d}", month: _as(now.month, short=short)}
    told[day] = _as(now.day, short=short)
    written = sorted(told, key=found.start)
    return _between(found, written, told) + rest


def _between(found: re.Match[str], names: list[str], told: dict[str, str]) -> str:
    text = told[names[0]]
    for before, name in pairwise(names):
        text += found.string[found.end(before) : found.start(name)] + told[name]
    return text


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _as(number: int, *, short: bool) -> str:
    """``short``: it is written without a leading zero."""
    return str(number) if short else f"{number:02d}"


def _month_moved(found: re.Match[str], weeks: int) -> str | None:
    """A year alone moves by a whole one: its days are not known."""
    year = int(found["y"])
    if year < _FIRST_YEAR or year > date.max.year - 2:
        return None
    if found["m"] is None:
        return str(year + (1 if weeks > 0 else -1))
    if not 1 <= int(found["m"]) <= 12:
        return None
    months = year * 12 + int(found["m"]) - 1 + (round(weeks * 7 / 30.44) or 1)
    month = _as(months % 12 + 1, short=len(found["m"]) == 1)
    return f"{month}{found['s']}{months // 12}"


def day_of(text: str) -> date | None:
    """The day that a text names, where it names one."""
    for pattern in (_YEAR_FIRST, _YEAR_LAST):
        found = pattern.fullmatch(text)
        if found is not None:
            told = moved(text, 0)
            parts = found.groupdict()
            if told is None:
                return None
            if "a" not in parts:
                return _day(found["y"], found["m"], found["d"])
            american = found["rest"].upper().endswith(("AM", "PM"))
            month, day = ("a", "b") if american else ("b", "a")
            return _day(found["y"], found[month], found[day])
    return None


def dossier_parts(text: str) -> tuple[str, str, str] | None:
    """Unit, day and running number of a dossier's code; None: it is none."""
    found = _DOSSIER.fullmatch(text)
    if found is None:
        return None
    try:
        datetime.strptime(found[2], "%y%m%d")  # noqa: DTZ007  a day
    except ValueError:
        return None
    return found[1], found[2], found[3]


def moved_short(day: str, weeks: int) -> str:
    """``yymmdd`` so many weeks later."""
    at = datetime.strptime(day, "%y%m%d")  # noqa: DTZ007  a day
    return (at + timedelta(weeks=weeks)).strftime("%y%m%d")
