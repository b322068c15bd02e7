"""Files as reports may show them: tables row by row, shown columns by value, others by kind."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gateway.conformance.partner.masking import MOST_ROWS
from gateway.conforming import content_of

if TYPE_CHECKING:
    from gateway.conformance.partner.masking import Mask

#: A larger file is told by its size alone.
MOST_SHOWN = 1024 * 1024
#: A workbook that unpacks to more is not opened.
MOST_UNPACKED = 32 * 1024 * 1024
_WORKBOOK = "xl/workbook.xml"

Cells = Sequence[Sequence[str]]


def content_told(mask: Mask, columns: Mapping[str, str], content: bytes) -> str:
    """What a file is and says; ``columns``: heading → code, as masks know fields."""
    size = f"{len(content)} byte, SHA-256 {hashlib.sha256(content).hexdigest()[:16]}…"
    if len(content) > MOST_SHOWN or not columns:
        cells = None
    elif content.startswith(b"PK"):
        cells = _workbook(content)
    else:
        cells = _comma_text(content, columns)
    if cells is not None:
        return f"bảng, {size}\n{_rows(mask, columns, cells)}"
    if content_of(content) is not None:
        return f"{size}\n{mask.body(content)}"
    return f"{mask.body(content)} {size}"


def _rows(mask: Mask, columns: Mapping[str, str], cells: Cells) -> str:
    heads = [columns.get(head.strip(), "") for head in cells[0]]
    odd = sum(not head for head in heads)
    told = [
        "cột: " + "; ".join(filter(None, heads)) + (f"; {odd} cột khác" * bool(odd))
    ]
    for place, row in enumerate(cells[1 : MOST_ROWS + 1], start=2):
        said = [
            f"{head} = {mask.value(head, value)}"
            for head, value in zip(heads, row, strict=False)
            if head and value
        ]
        told.append(f"dòng {place}: " + "; ".join(said))
    if (more := len(cells) - 1 - MOST_ROWS) > 0:
        told.append(f"… và {more} dòng nữa")
    return mask.text("\n".join(told))


def _comma_text(content: bytes, columns: Mapping[str, str]) -> Cells | None:
    """A text whose first line has headings that we know."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        cells = list(rows)
    except csv.Error:
        return None
    return cells if cells and any(one.strip() in columns for one in cells[0]) else None


def _workbook(content: bytes) -> Cells | None:
    """The first sheet of a workbook."""
    # Whoever tries a counterpart without tables needs no such library.
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            whole = sum(one.file_size for one in packed.infolist())
            if whole > MOST_UNPACKED or _WORKBOOK not in packed.namelist():
                return None
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (zipfile.BadZipFile, CalamineError, ValueError, IndexError):
        return None
    return [[str(cell) for cell in row] for row in found] or None
