"""The bytes of a table → its lines, by column (document, section 5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.adapters.water.contract import Column, Contract, folded
from gateway.domain.errors import SenderError, TooLarge
from gateway.ports.sheets import Cell, Sheet, Spreadsheets
from gateway.sheets.comma_text import SEPARATORS, rows_of, unicode_or_1258
from gateway.sheets.forms import Form, form_of

SHEET: Final = "TRA_LOI"
MAX_ROWS: Final = 5000
MAX_TABLE_BYTES: Final = 5 * 1024 * 1024
#: Of all sheets of a workbook, with whatever the company keeps beside the table.
_MAX_SHEET_ROWS: Final = 20_000
_HEADINGS_WITHIN: Final = 10
_SIGNS: Final = ("=", "+", "-", "@")


class FileRefused(Exception):
    """Nothing of a table or lot is taken; ``code`` is one of section 7.1."""

    def __init__(self, code: str, column: str = "") -> None:
        """``column``: its code, where one is meant."""
        super().__init__(code)
        self.code = code
        self.column = column


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table.

    ``number``: as Excel shows it; ``cells``: column → what stands there;
    ``untold``: columns whose formula has no value, or an error.
    """

    number: int
    cells: Mapping[str, Cell]
    untold: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of a table that are not empty; ``form``: what its report is written as."""

    form: Form
    lines: tuple[Line, ...]


def lines_of(content: bytes, contract: Contract, sheets: Spreadsheets) -> Lines:
    """What a table holds; blocks.

    Raises:
        FileRefused: it cannot be read, or is no table of answers.
    """
    if len(content) > MAX_TABLE_BYTES:
        raise FileRefused("T12")
    try:
        form = form_of(content)
        found = (
            _comma_text(content, contract)
            if form is Form.CSV
            else _workbook(content, contract, sheets)
        )
    except TooLarge as refused:
        raise FileRefused("T12") from refused
    except SenderError as refused:
        code = "T08" if refused.code == "sheet_encoding" else "T05"
        raise FileRefused(code) from refused
    if len(found) > MAX_ROWS:
        raise FileRefused("T12")
    return Lines(form, tuple(found))


@dataclass(frozen=True, slots=True)
class _Headings:
    """Where the row of headings stands, and column → its place in a row."""

    row: int
    places: Mapping[str, int]


def _required(contract: Contract) -> list[str]:
    return [one.code for one in contract.answers if one.required == "yes"]


def _places(row: Sequence[Cell], columns: Iterable[Column]) -> dict[str, int]:
    """Columns of a row of headings; of two alike the first counts."""
    names = {
        name: one.code
        for one in columns
        for name in map(folded, (one.code, one.heading))
    }
    places: dict[str, int] = {}
    for place, cell in enumerate(row):
        code = names.get(folded(str(cell)))
        if code:
            places.setdefault(code, place)
    return places


def _headings(rows: Sequence[Sequence[Cell]], contract: Contract) -> _Headings | None:
    for number, row in enumerate(rows[:_HEADINGS_WITHIN]):
        places = _places(row, contract.answers)
        if all(code in places for code in _required(contract)):
            return _Headings(number, places)
    return None


def _missing(rows: Sequence[Sequence[Cell]], contract: Contract) -> FileRefused:
    """Which column is missing, where a row has the others; else the first of them."""
    known = [_places(row, contract.answers) for row in rows[:_HEADINGS_WITHIN]]
    best = max(known, key=len, default={})
    return FileRefused("T07", next(c for c in _required(contract) if c not in best))


def _comma_text(content: bytes, contract: Contract) -> list[Line]:
    text, guessed = unicode_or_1258(content)
    rows: Sequence[Sequence[str]] = ()
    for separator in ("", *SEPARATORS):
        rows = rows_of(text, separator)
        found = _headings(rows, contract)
        if found:
            plain = [[_unguarded(cell) for cell in row] for row in rows]
            return _lines(plain, found, Sheet("", plain))
    raise FileRefused("T08") if guessed else _missing(rows_of(text), contract)


def _unguarded(text: str) -> str:
    """Without the ``'`` that keeps Excel from computing a text."""
    guarded = text.startswith("'") and text[1:].startswith(_SIGNS)
    return text[1:] if guarded else text


def _workbook(content: bytes, contract: Contract, sheets: Spreadsheets) -> list[Line]:
    found = sheets.read(content, max_rows=_MAX_SHEET_ROWS).sheets
    named = [sheet for sheet in found if folded(sheet.name) == folded(SHEET)]
    likely = named or [s for s in found if _headings(s.rows, contract)]
    if len(likely) != 1:
        raise FileRefused("T06")
    (sheet,) = likely
    headings = _headings(sheet.rows, contract)
    if headings is None:
        raise _missing(sheet.rows, contract)
    return _lines(sheet.rows, headings, sheet)


def _lines(
    rows: Sequence[Sequence[Cell]], headings: _Headings, sheet: Sheet
) -> list[Line]:
    found = []
    for number, row in enumerate(rows[headings.row + 1 :], headings.row + 2):
        cells: dict[str, Cell] = {}
        untold = set()
        for code, place in headings.places.items():
            if _address(sheet.first_column + place, number) in sheet.unreadable:
                untold.add(code)
            elif place < len(row) and str(row[place]).strip():
                cells[code] = row[place]
        if cells or untold:
            found.append(Line(number, cells, frozenset(untold)))
    return found


def _address(column: int, row: int) -> str:
    """``(2, 5)`` → ``C5``."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"
