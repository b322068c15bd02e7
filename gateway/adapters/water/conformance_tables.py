"""Tables of requests as they are written, and of answers and reports as they are read."""

from __future__ import annotations

import contextlib
import csv
import io
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

REQUESTS, ANSWERS, ERRORS = "YEU_CAU", "TRA_LOI", "LOI"
Row = Mapping[str, str]
Cells = Sequence[Sequence[str]]
#: Signs that a spreadsheet program would compute (§4.1).
_COMPUTED = ("=", "+", "-", "@")
#: Accents of Vietnamese, apart from their letters.
_MARKS = {*"\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"}
#: Excel keeps fifteen digits.
_KEPT = 1e15
#: Rows in which headings are looked for (§5.1).
_HEADED = 10


class Unreadable(Exception):
    """A table cannot be read; the code of §7.1 and why, in words."""

    def __init__(self, code: str, why: str) -> None:
        """Keep both."""
        super().__init__(f"{code}: {why}")
        self.code = code


@cache
def lists(folder: Path) -> dict[str, Any]:
    """``danh_muc.toml``."""
    return tomllib.loads((folder / "danh_muc.toml").read_text("utf-8"))


def columns(folder: Path, table: str) -> list[tuple[str, str]]:
    """Code and heading of the columns of a table, in order."""
    rows = lists(folder)["column"]
    return [(row["code"], row["heading"]) for row in rows if row["table"] == table]


# ---- requests


def comma_text(folder: Path, rows: Sequence[Row], *, quoted: bool = True) -> bytes:
    """The CSV of §4.1; ``quoted``: what Excel would compute has a sign before it."""
    names = [code for code, _ in columns(folder, REQUESTS)]
    cells = [
        [_safe(row.get(name, ""), quoted=quoted) for name in names] for row in rows
    ]
    return cells_text([names, *cells])


def cells_text(cells: Cells) -> bytes:
    """UTF-8 with BOM, semicolons, CRLF."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerows(cells)
    return written.getvalue().encode("utf-8-sig")


def _safe(text: str, *, quoted: bool) -> str:
    return f"'{text}" if quoted and text.startswith(_COMPUTED) else text


def workbook(folder: Path, rows: Sequence[Row], sheet: str = REQUESTS) -> bytes:
    """The XLSX of §4.1."""
    known = columns(folder, REQUESTS)
    cells = [[row.get(code, "") for code, _ in known] for row in rows]
    return cells_workbook([[words for _, words in known], *cells], sheet)


def cells_workbook(cells: Cells, sheet: str = REQUESTS) -> bytes:
    """A sheet of text cells."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        for line, row in enumerate(cells):
            for place, value in enumerate(row):
                if value:
                    page.write_string(line, place, value)
    return target.getvalue()


# ---- answers and reports of errors


@dataclass(frozen=True, slots=True)
class Read:
    """A table as it came; ``heads``: its first cells as they stand there."""

    heads: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    #: by code, empty cells left out
    lines: tuple[int, ...]
    #: the row of each as Excel shows it


def read(folder: Path, content: bytes, table: str) -> Read:
    """A table of answers or of errors (§5.1).

    Raises:
        Unreadable: it is none; with the code that the gateway would give it.
    """
    wanted = columns(folder, ANSWERS)
    if table == ERRORS:
        wanted = [*columns(folder, ERRORS), *wanted]
    known = {folded(name): code for code, words in wanted for name in (code, words)}
    needed = _needed(folder, table)
    is_book = content.startswith(b"PK")
    found = []
    for cells in _sheets(content) if is_book else _texts(_decoded(content)):
        for place, row in enumerate(cells[:_HEADED]):
            heads = [known.get(folded(head), "") for head in row]
            if needed <= {*heads}:
                found.append(_below(cells, place, heads))
                break
    if is_book and len(found) > 1:
        raise Unreadable("T06", "nhiều trang tính có thể là TRA_LOI")
    if not found:
        raise Unreadable(
            "T07", f"không dòng nào trong {_HEADED} dòng đầu có đủ cột bắt buộc"
        )
    return found[0]


def _needed(folder: Path, table: str) -> set[str]:
    rows = lists(folder)["column"]
    return {r["code"] for r in rows if r["table"] == table and r["required"] == "yes"}


def _below(cells: Cells, place: int, heads: Sequence[str]) -> Read:
    rows, lines = [], []
    for line, row in enumerate(cells[place + 1 :], start=place + 2):
        said = {
            head: plain(value)
            for head, value in zip(heads, row, strict=False)
            if head and plain(value)
        }
        if any(plain(value) for value in row):
            rows.append(said)
            lines.append(line)
    return Read(tuple(cells[place]), tuple(rows), tuple(lines))


def folded(text: str) -> str:
    """Without accents, case, blanks and signs."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(sign for sign in apart if sign.isalnum())


def plain(text: str) -> str:
    """Composed, blanks cut; a sign that kept Excel from computing is taken away."""
    said = " ".join(unicodedata.normalize("NFC", text).split())
    return said[1:] if said[:1] == "'" and said[1:2] in {*_COMPUTED} else said


def _decoded(content: bytes) -> str:
    """Unicode, or Windows-1258; older letters are none of Vietnamese."""
    wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    with contextlib.suppress(UnicodeDecodeError):
        return content.decode("utf-16" if wide else "utf-8-sig")
    try:
        text = unicodedata.normalize("NFC", content.decode("cp1258"))
    except UnicodeDecodeError as wrong:
        raise Unreadable("T08", "chữ không phải Unicode") from wrong
    if any(sign.isalpha() and not _is_vietnamese(sign) for sign in text):
        raise Unreadable("T08", "chữ không phải Unicode")
    return text


def _is_vietnamese(letter: str) -> bool:
    apart = unicodedata.normalize("NFD", letter.replace("đ", "d").replace("Đ", "D"))
    return apart[0].isascii() and set(apart[1:]) <= _MARKS


def _texts(text: str) -> Iterator[list[list[str]]]:
    """A CSV by each separator that it may have."""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep="):
        yield _rows(rest, first.strip()[4:] or ";")
        return
    for separator in ";,\t":
        yield _rows(text, separator)


def _rows(text: str, separator: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def _sheets(content: bytes) -> Iterator[list[list[str]]]:
    """The sheet TRA_LOI; where there is none, every sheet."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        named = [one for one in book.sheet_names if folded(one) == folded(ANSWERS)]
        sheets = [
            book.get_sheet_by_name(one).to_python(skip_empty_area=False)
            for one in named[:1] or book.sheet_names
        ]
    except (CalamineError, ValueError) as wrong:
        raise Unreadable("T05", "không mở được bảng tính") from wrong
    for sheet in sheets:
        yield [[_cell(cell) for cell in row] for row in sheet]


def _cell(cell: object) -> str:
    """A whole number as its digits, as long as Excel keeps them."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _KEPT:
        return str(int(cell))
    return str(cell)
