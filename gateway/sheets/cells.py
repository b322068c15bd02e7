"""Cells of a file, as the process of its own reads them."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
)

from gateway.domain.errors import TooLarge
from gateway.domain.old_letters import Encoding
from gateway.sheets.comma_text import rows_of, text_of
from gateway.sheets.forms import Form, broken, form_of, protected, prove_sizes
from gateway.sheets.relations import sheet_paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from python_calamine import CalamineSheet

MAX_CELLS = 8_000_000
_PIECE = 1024 * 1024
#: A piece of a sheet's XML without the end of a row may not grow beyond this.
_MAX_ROW_BYTES = 16 * _PIECE
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>[^<]")
_ADDRESS = re.compile(rb"\br=[\"']([A-Z]+\d+)[\"']")
_KIND = re.compile(rb"\bt=[\"'](\w+)[\"']")
_HIDDEN = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden=[\"'](?:1|true)[\"']")


def read(content: bytes, max_rows: int) -> dict[str, Any]:
    """What a file holds, in the shape of ``gateway.ports.sheets.Table``.

    Raises:
        SenderError: it cannot be read.
        TooLarge: it holds more than ``max_rows`` rows with something in them.
    """
    form, encoding = form_of(content), Encoding.UNICODE
    if form is Form.CSV:
        text, encoding = text_of(content)
        sheets: list[dict[str, Any]] = [{"name": "CSV", "rows": rows_of(text)}]
        hidden: list[str] = []
    else:
        if form in {Form.XLSX, Form.ODS}:
            prove_sizes(content)
        sheets, hidden = _workbook(content, form)
    count = sum(any(row) for sheet in sheets for row in sheet["rows"])
    if count > max_rows:
        raise TooLarge(
            code="sheet_too_many_rows",
            remedy=f"Tệp có {count} hàng, ở đây đối soát được {max_rows} hàng. Xuất theo"
            " khoảng ngày ngắn hơn; danh sách đến 300.000 hồ sơ thì dùng lệnh"
            " lienthong reconcile.",
        )
    return {"sheets": sheets, "hidden": hidden, "encoding": encoding.value}


def _workbook(content: bytes, form: Form) -> tuple[list[dict[str, Any]], list[str]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        shown = [
            one.name
            for one in book.sheets_metadata
            if one.visible == SheetVisibleEnum.Visible
        ]
        hidden = [name for name in book.sheet_names if name not in shown]
        sheets = [_sheet(book.get_sheet_by_name(name), name) for name in shown]
    except PasswordError as wrong:
        raise protected() from wrong
    except CalamineError as wrong:
        raise broken() from wrong
    if form is Form.XLSX:
        for sheet, facts in zip(sheets, _beneath(content, shown), strict=False):
            sheet.update(facts)
    return sheets, hidden


def _sheet(sheet: CalamineSheet, name: str) -> dict[str, Any]:
    if sheet.start is None:
        return {"name": name, "rows": []}
    first = sheet.start[1]
    rows = [list(row) for row in sheet.iter_rows()]
    _fill(rows, sheet.merged_cell_ranges or [], first)
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    return {"name": name, "rows": rows, "first_column": first}


def _fill(
    rows: list[list[Any]],
    areas: list[tuple[tuple[int, int], tuple[int, int]]],
    first: int,
) -> None:
    """Give every cell of a merged area the value of the area."""
    filled = 0
    width = max(map(len, rows), default=0)
    for (top, left), (bottom, right) in areas:
        if top >= len(rows) or not 0 <= left - first < len(rows[top]):
            continue
        value = rows[top][left - first]
        last = min(right - first, width - 1)
        for row in rows[top : bottom + 1]:
            filled += max(last - (left - first) + 1, 0)
            if filled > MAX_CELLS:
                raise broken()
            row[left - first : last + 1] = [value] * (last - (left - first) + 1)


def _beneath(content: bytes, shown: list[str]) -> Iterator[dict[str, Any]]:
    """What the reader of values does not tell, sheet by sheet of those shown."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        paths = sheet_paths(archive)
        for name in shown:
            path = paths.get(name)
            yield _facts(archive, path) if path in archive.namelist() else {}


def _facts(archive: zipfile.ZipFile, path: str | None) -> dict[str, Any]:
    unreadable: dict[str, str] = {}
    hidden = 0
    with archive.open(str(path)) as file:
        for piece in _whole_rows(file):
            hidden += len(_HIDDEN.findall(piece))
            if (
                b"<f" in piece
                or b":f" in piece
                or b't="e"' in piece
                or b"t='e'" in piece
            ):
                unreadable |= _without_value(piece)
    return {"unreadable": unreadable, "hidden_rows": hidden}


def _whole_rows(file: Any) -> Iterator[bytes]:
    """Pieces that end where a row ends."""
    rest = b""
    while piece := file.read(_PIECE):
        rest += piece
        cut = max(rest.rfind(b"</row>"), rest.rfind(b":row>")) + 6
        if cut > 6:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > _MAX_ROW_BYTES:
            raise broken()
    yield rest


def _without_value(piece: bytes) -> dict[str, str]:
    """Cells that hold an error, or a formula that nobody has computed yet."""
    found = {}
    for cell in _CELL.finditer(piece):
        head, inside = cell.groups()
        kind = _KIND.search(head)
        address = _ADDRESS.search(head)
        if address is None or inside is None:
            continue
        if kind and kind[1] == b"e":
            found[address[1].decode()] = "error"
        # A formula whose text is empty has a value: the empty text.
        elif (
            not (kind and kind[1] == b"str")
            and _FORMULA.search(inside)
            and not _VALUE.search(inside)
        ):
            found[address[1].decode()] = "formula"
    return found
