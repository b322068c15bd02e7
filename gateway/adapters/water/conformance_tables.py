"""Tables of requests as they are written, and of answers and reports as they are read."""

from __future__ import annotations

import csv
import io
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
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
    cells = _book(content) if content.startswith(b"PK") else _text(content)
    wanted = columns(folder, ANSWERS)
    if table == ERRORS:
        wanted = [*columns(folder, ERRORS), *wanted]
    known = {folded(name): code for code, words in wanted for name in (code, words)}
    needed = _needed(folder, table)
    for place, row in enumerate(cells[:_HEADED]):
        heads = [known.get(folded(head), "") for head in row]
        if needed <= {*heads}:
            return _below(cells, place, heads)
    raise Unreadable(
        "T07", f"không dòng nào trong {_HEADED} dòng đầu có đủ cột bắt buộc"
    )


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


def _text(content: bytes) -> list[list[str]]:
    try:
        text = content.decode(
            "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
        )
    except UnicodeDecodeError as wrong:
        raise Unreadable("T08", "chữ không phải UTF-8") from wrong
    first, _, rest = text.partition("\n")
    told = first.strip().lower()
    if told.startswith("sep="):
        return list(
            csv.reader(io.StringIO(rest, newline=""), delimiter=told[4:] or ";")
        )
    separator = max(";,\t", key=text[:2000].count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def _book(content: bytes) -> list[list[str]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        named = [one for one in book.sheet_names if folded(one) == folded(ANSWERS)]
        sheets = named or book.sheet_names
        if len(sheets) != 1:
            raise Unreadable("T06", "không có trang TRA_LOI")
        found = book.get_sheet_by_name(sheets[0]).to_python(skip_empty_area=False)
    except (CalamineError, ValueError) as wrong:
        raise Unreadable("T05", "không mở được bảng tính") from wrong
    return [[str(cell) for cell in row] for row in found]
