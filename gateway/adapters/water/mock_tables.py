"""Tables: those of requests are read, those of answers written, well or badly."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from gateway.adapters.water.mock_contract import Lists, folded

Row = Mapping[str, str]
Cells = Sequence[Sequence[str]]
SHEET = "TRA_LOI"
_TONES = "\u0300\u0301\u0303\u0309\u0323"
#: Letters that TCVN3 keeps elsewhere; the others stay as they are.
_TCVN3 = {"ã": 0xB7, "ồ": 0xE5, "ơ": 0xAC, "ạ": 0xB9, "á": 0xB8, "à": 0xB5}


class NotRead(Exception):
    """A table cannot be read; ``code``: of a whole file."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


# ---------------------------------------------------------------- to read requests


def requests_of(lists: Lists, content: bytes) -> list[dict[str, str]]:
    """Rows of a table of requests as they came, by code; empty cells left out.

    Raises:
        NotRead: it is no such table.
    """
    cells = _workbook(content) if content.startswith(b"PK") else _comma_text(content)
    known = {folded(code): code for code, _ in lists.columns("YEU_CAU")}
    known |= {folded(words): code for code, words in lists.columns("YEU_CAU")}
    heads = [known.get(folded(head), "") for head in (cells[0] if cells else [])]
    if not {*lists.required("YEU_CAU")} <= {*heads}:
        raise NotRead("T07")
    return [
        {code: _said(value) for code, value in zip(heads, row, strict=False) if value}
        for row in cells[1:]
        if any(row)
    ]


def _said(value: str) -> str:
    """A cell without the sign that kept a spreadsheet program from computing it."""
    text = value[1:] if value[:1] == "'" and value[1:2] in {*"=+-@"} else value
    return " ".join(unicodedata.normalize("NFC", text).split())


def _comma_text(content: bytes) -> list[list[str]]:
    """A CSV as the sender writes it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise NotRead("T08") from wrong
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def _workbook(content: bytes) -> list[list[str]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = book.get_sheet_by_name("YEU_CAU").to_python(skip_empty_area=False)
    except CalamineError as wrong:
        raise NotRead("T05") from wrong
    return [[str(value) for value in row] for row in found]


# ---------------------------------------------------------------- to write answers


def comma_text(cells: Cells, separator: str = ";", end: str = "\r\n") -> str:
    """A CSV."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator, lineterminator=end).writerows(cells)
    return written.getvalue()


def bom(text: str) -> bytes:
    """UTF-8 as Excel wants it."""
    return text.encode("utf-8-sig")


def workbook(sheets: Mapping[str, Cells], *, typed: bool = False) -> bytes:
    """An .xlsx; ``typed``: days and numbers are cells of their kind."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, cells in sheets.items():
            page = book.add_worksheet(name)
            for line, row in enumerate(cells):
                for place, value in enumerate(row):
                    _write(page, (line, place), value, day if typed else None)
    return target.getvalue()


def _write(page: Any, where: tuple[int, int], value: str, day: Any) -> None:
    """One cell; ``day``: how a day looks, None: everything is text."""
    if value.startswith("=#"):
        page.write_formula(*where, value, None, value[1:])
    elif day and value.isdigit() and value[0] != "0":
        page.write_number(*where, int(value))
    elif day and value.count("/") == 2 and len(value) == 10:
        at = datetime.strptime(value, "%d/%m/%Y")  # noqa: DTZ007  a day of no zone
        page.write_datetime(*where, at, day)
    else:
        page.write_string(*where, value)


def windows_1258(text: str) -> bytes:
    """Text of an old code page, whose tones stand apart."""
    apart = ""
    for sign in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", sign)
        rest = "".join(part for part in parts if part not in _TONES)
        tones = "".join(part for part in parts if part in _TONES)
        apart += unicodedata.normalize("NFC", rest) + tones
    return apart.encode("cp1258")


def tcvn3(text: str) -> bytes:
    """Text of an older one still, as far as a heading needs it."""
    return bytes(_TCVN3.get(sign, ord(sign) % 256) for sign in text)


def _moved(cells: Cells) -> Cells:
    """The columns the other way round, one more, headings without accents."""
    heads = [_bare(head) for head in reversed(cells[0])]
    rest = [[*reversed(row), "sổ 3"] for row in cells[1:]]
    return [["Công ty cấp nước Mẫu"], [], [*heads, "Ghi chú riêng"], *rest]


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _decomposed_again(cells: Cells) -> Cells:
    """Every row once more, its accents apart."""
    again = [[unicodedata.normalize("NFD", cell) for cell in row] for row in cells[1:]]
    return [*cells, *again]


def _without_day(cells: Cells) -> Cells:
    place = cells[0].index("Ngày")
    return [[*row[:place], *row[place + 1 :]] for row in cells]


_EMPTY: Cells = [["Danh sách khách hàng"]]
#: How a table is spoilt → ending and content; cells have words as headings.
SPOILT: Mapping[str, tuple[str, Callable[[Cells], bytes]]] = {
    "bom": ("csv", lambda c: bom(comma_text(c))),
    "tab": ("csv", lambda c: comma_text(c, "\t").encode()),
    "comma_cr": ("csv", lambda c: comma_text(c, ",", "\r").encode()),
    "windows_1258": ("csv", lambda c: windows_1258(comma_text(c))),
    "utf_16": ("csv", lambda c: comma_text(c, "\t").encode("utf-16")),
    "sep": ("csv", lambda c: bom("sep=,\r\n" + comma_text(c, ","))),
    "moved_columns": ("csv", lambda c: bom(comma_text(_moved(c)))),
    "doubled": ("csv", lambda c: bom(comma_text(_decomposed_again(c)))),
    "other_sheet": ("xlsx", lambda c: workbook({"Thang 3": c})),
    "second_sheet": ("xlsx", lambda c: workbook({"Sheet1": _EMPTY, "Tra loi": c})),
    "typed": ("xlsx", lambda c: workbook({SHEET: c}, typed=True)),
    "two_sheets": ("xlsx", lambda c: workbook({"Thang 3": c, "Thang 4": c})),
    "no_sheet": ("xlsx", lambda _: workbook({"Sheet1": _EMPTY})),
    "no_day_column": ("csv", lambda c: bom(comma_text(_without_day(c)))),
    "tcvn3": ("csv", lambda c: tcvn3(comma_text(c))),
    "web_page": ("xls", lambda _: b"<html><table><tr><td>MA_HO_SO</td></tr></table>"),
}


def report_of_errors(lists: Lists, rows: Sequence[Row]) -> bytes:
    """The company's own report about requests."""
    names = [code for code, _ in lists.columns("LOI")] + ["MA_YEU_CAU", "MA_HO_SO"]
    cells = [[row.get(name, "") for name in names] for row in rows]
    return bom(comma_text([names, *cells]))


def reported(lists: Lists, content: bytes) -> list[dict[str, str]]:
    """Rows of a report of errors that the sender made, by code."""
    if content.startswith(b"PK"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        cells = [
            [str(value) for value in row]
            for row in book.get_sheet_by_name(SHEET).to_python()
        ]
    else:
        text = content.decode("utf-8-sig")
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    columns = [*lists.columns("LOI"), *lists.columns("TRA_LOI")]
    known = {folded(name): column[0] for column in columns for name in column}
    heads = [known.get(folded(head), "") for head in (cells[0] if cells else [])]
    return [dict(zip(heads, row, strict=False)) for row in cells[1:]]
