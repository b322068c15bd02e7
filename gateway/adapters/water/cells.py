"""One cell of a table as its column wants it (document, section 5.1); pure."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Final

from gateway.domain.text import nfc
from gateway.ports.sheets import Cell

#: Columns whose cells are numbers by which somebody is known.
NUMBERS: Final = frozenset({"MA_HO_SO", "MA_YEU_CAU", "SO_HO_SO", "SO_DANH_BO"})
_MOST_DIGITS: Final = 15
_FIRST_YEAR: Final = 2000
_SCIENTIFIC: Final = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")
_DAY: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?: (.+))?")
_ISO_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](.+))?")
_HOUR: Final = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?")
_HOUR_WORD: Final = re.compile(r"(\d{1,2})[hH](\d{2})?")
#: What a cell of a day holds beside it in Excel.
_MIDNIGHT: Final = "00:00:00"
_GROUPED: Final = re.compile(r"\d{1,3}(?:(?:\.\d{3})+|(?:,\d{3})+)")
_CURRENCY: Final = re.compile(r"(?:đồng|đ)$")


class CellWrong(ValueError):
    """A cell that cannot be taken; ``code`` is one of section 7.2."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


def text(cell: Cell) -> str:
    """A cell as text: composed, no blanks at its ends, one where several were."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**_MOST_DIGITS:
        return str(int(cell))
    return " ".join(nfc(str(cell)).split())


def number(cell: Cell) -> str:
    """A number of a dossier or customer, as it is written.

    Raises:
        CellWrong: D08, Excel has lost digits of it.
    """
    if isinstance(cell, (bool, int, float)):
        told = text(cell)
        if not (told.isascii() and told.isdigit()) or len(told) > _MOST_DIGITS:
            raise CellWrong("D08")
        return told
    told = text(cell)
    if _SCIENTIFIC.fullmatch(told):
        raise CellWrong("D08")
    return told


def day(cell: Cell) -> tuple[str, str]:
    """A day as ``yyyy-MM-dd``, and the hour if one stands beside it.

    Raises:
        CellWrong: D04.
    """
    told = text(cell)
    iso, written = _ISO_DAY.fullmatch(told), _DAY.fullmatch(told)
    if iso:
        year, month, of_month, beside = iso.groups()
    elif written:
        of_month, _, month, year, beside = written.groups()
    else:
        raise CellWrong("D04")
    try:
        found = date(int(year), int(month), int(of_month))
    except ValueError as wrong:
        raise CellWrong("D04") from wrong
    if found.year < _FIRST_YEAR:
        raise CellWrong("D04")
    # A date cell may bring its midnight along, which is no hour of anything.
    hour_of_cell = iso and beside == _MIDNIGHT and "T" in told
    return found.isoformat(), "" if hour_of_cell or not beside else hour(beside)


def hour(cell: Cell) -> str:
    """An hour as ``HH:mm``.

    Raises:
        CellWrong: D04.
    """
    told = text(cell)
    found = _HOUR.fullmatch(told) or _HOUR_WORD.fullmatch(told)
    if not found:
        raise CellWrong("D04")
    try:
        return time(int(found[1]), int(found[2] or 0)).isoformat("minutes")
    except ValueError as wrong:
        raise CellWrong("D04") from wrong


def amount(cell: Cell) -> str:
    """Đồng as digits.

    Raises:
        CellWrong: D06.
    """
    told = "".join(_CURRENCY.sub("", text(cell).casefold()).split())
    if _GROUPED.fullmatch(told):
        told = told.replace(".", "").replace(",", "")
    if not (told.isascii() and told.isdigit()) or len(told) > _MOST_DIGITS:
        raise CellWrong("D06")
    return told


def file_names(cell: Cell) -> tuple[str, ...]:
    """Names of files, each without the path before it."""
    parts = (re.split(r"[/\\]", part)[-1].strip() for part in text(cell).split(";"))
    return tuple(filter(None, parts))


def same_name(name: str) -> str:
    """A file's name as it is compared: composed and without case."""
    return nfc(name).casefold()
