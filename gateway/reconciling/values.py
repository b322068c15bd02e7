"""Cells as codes, days and phrases; what cannot be told is said, never guessed."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.identifiers import MAX_NUMBER_CHARS
from gateway.domain.legal_day import legal_day
from gateway.domain.text import DASHES, UNSEEN, fold, nfc

if TYPE_CHECKING:
    from gateway.ports.sheets import Cell

_WORD = re.compile(r"[^\W_]+")
_NUMBERED = re.compile(r"^\d{1,2}\s*[-.:)]\s*(?=\D)")
_SEPARATORS = re.compile(r"[-./_]")
#: A national code without its separators: unit, day, serial.
_NATIONAL = re.compile(r"^[A-Z0-9]{3,}?\d{10,}$")
_FLOAT = re.compile(r"^(\d+)\.0+$")
#: So many words of letters alone are no part of a code.
PROSE_WORDS = 3
_TOTALS = frozenset({"tong", "cong"})
#: Digits of a number that a spreadsheet keeps exactly.
EXACT_DIGITS = 15

_TIME = r"\d{1,2}[:hg]\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*(?:SA|CH))?"
#: Programs that write these write the month first: such a text is not read at all.
_HALF_DAYS = re.compile(r"\s*[AP]M$", re.IGNORECASE)
_DAY_FIRST = re.compile(
    rf"^(?:{_TIME}\s*,?\s+)?(?:ngày\s+)?(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{4}})(?:[\sT,]+{_TIME})?$",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(
    rf"^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}})(?:[\sT]+{_TIME})?$", re.IGNORECASE
)
_WITH_ZONE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d\S*(?:Z|[+-]\d\d:?\d\d)$")
_IN_WORDS = re.compile(
    r"^ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})$", re.IGNORECASE
)
#: What people and programs write for "no day".
_NO_DAY = frozenset({"", "null", "none", "n a", "na", "khong", "chua co"})
#: Days are numbers from here on; day 60 of Excel's own count never existed.
_EPOCH = date(1899, 12, 30)
FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2099, 12, 31)


def text_of(cell: Cell) -> str:
    """A cell as text: NFC, blanks single; a whole number without ``.0``."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell)
    if not text.isascii():
        text = nfc(text).translate(UNSEEN)
    return " ".join(text.split())


def phrase(text: str) -> str:
    """Words of a heading or a status as they are compared: ``Mã hồ sơ:`` → ``ma ho so``."""
    bare = _NUMBERED.sub("", text.strip())
    return " ".join(_WORD.findall(fold(bare)))


def code_key(text: str) -> str:
    """A code as it is compared; empty: this is no code.

    Blanks and case never matter. Separators do not matter in codes of the national
    form, whose unit, day and serial stand where they stand; in an office's own
    numbers they do: ``1/12`` is not ``11/2``.
    """
    bare = "".join(text.translate(DASHES).split()).upper()
    whole = _FLOAT.match(bare)
    if whole:
        bare = whole[1]
    if not any(c.isdigit() for c in bare) or _is_prose(text):
        return ""
    squeezed = _SEPARATORS.sub("", bare)
    return squeezed if _is_national(squeezed) else bare


def _is_prose(text: str) -> bool:
    """Words beside a number: a total, a date in words, who has made the list."""
    words = text.split()
    if len(words) == 1:
        return False
    return (
        len(text) > MAX_NUMBER_CHARS
        or sum(word.isalpha() for word in words) >= PROSE_WORDS
        or phrase(words[0]) in _TOTALS
    )


def _is_national(squeezed: str) -> bool:
    if not _NATIONAL.match(squeezed) or squeezed.isdigit():
        return False
    return any(
        _exists(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
        for serial in range(4, 8)
        if (day := squeezed[-serial - 6 : -serial]).isdigit() and len(day) == 6
    )


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def is_rounded(cell: Cell) -> bool:
    """Whether a number has more digits than a spreadsheet keeps."""
    return (
        isinstance(cell, int | float)
        and not isinstance(cell, bool)
        and abs(cell) >= 10**EXACT_DIGITS
    )


def day_of(cell: Cell) -> date | None:
    """The day in a cell; None: it says that there is none.

    Text is read day first, as people here write it, and never the other way round.

    Raises:
        ValueError: it says something that is no day between 1990 and 2099.
    """
    found = _day(cell)
    if found is not None and not FIRST_DAY <= found <= LAST_DAY:
        raise ValueError(str(cell))
    return found


def _day(cell: Cell) -> date | None:
    if isinstance(cell, bool):
        raise ValueError(str(cell))  # noqa: TRY004  a value, not a type, of a cell
    if isinstance(cell, int | float):
        return _EPOCH + timedelta(days=min(int(cell), 99_999))
    text = text_of(cell)
    if phrase(text) in _NO_DAY and not any(c.isdigit() for c in text):
        return None
    if _WITH_ZONE.match(text):
        return _legal_day(text)
    if year_first := _YEAR_FIRST.match(text):
        year, month, day = map(int, year_first.groups())
        return date(year, month, day)
    day_first = _DAY_FIRST.match(text) or _IN_WORDS.match(text)
    if day_first is None:
        raise ValueError(text)
    day, month, year = map(int, day_first.groups())
    return date(year, month, day)


def _legal_day(text: str) -> date:
    try:
        return legal_day(datetime.fromisoformat(text))
    except OverflowError:
        raise ValueError(text) from None  # the last day there is, elsewhere


def is_month_first(cell: Cell) -> bool:
    """Whether a text is a day only if its month stands first: ``03/13/2026``.

    It is never read so; but others like it in the column may have been misread.
    """
    found = _DAY_FIRST.match(_HALF_DAYS.sub("", text_of(cell)))
    if found is None:
        return False
    first, second, year = map(int, found.groups())
    return not _exists(year, second, first) and _exists(year, first, second)


def column_letters(place: int) -> str:
    """0 → ``A``, 27 → ``AB``."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
