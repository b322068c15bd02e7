"""Reports of errors that a company put beside what it could not take (document, 7.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.adapters.water.contract import folded
from gateway.adapters.water.desk import REQUESTS, wrong
from gateway.adapters.water.tables import MAX_TABLE_BYTES
from gateway.carriers.folder import Folder
from gateway.domain.errors import SenderError
from gateway.ports.sheets import Cell, Spreadsheets
from gateway.sheets.comma_text import rows_of, unicode_or_1258

_CODE: Final = frozenset({folded("MA_LOI"), folded("Mã lỗi")})
_REQUEST: Final = frozenset({folded("MA_YEU_CAU"), folded("Mã yêu cầu")})
_MAX_ROWS: Final = 20_000


async def codes_of(
    folder: Folder, lot: str, request: str, sheets: Spreadsheets
) -> Sequence[str]:
    """Codes of the errors that reports about a lot tell of a request.

    Those of the whole lot are told of each; a report that cannot be read tells ``?``.
    """
    codes: list[str] = []
    for one in await folder.lying(wrong(REQUESTS)):
        about = one.name.startswith(f"{lot}.") and ".loi." in one.name
        if not about:
            continue
        body = await folder.read(wrong(REQUESTS), one.name, MAX_TABLE_BYTES)
        codes += await folder.run(_codes, body or b"", request, sheets)
    return codes


def _codes(body: bytes, request: str, sheets: Spreadsheets) -> list[str]:
    try:
        tables = _tables(body, sheets)
    except SenderError:
        return ["?"]
    return [code for rows in tables for code in _of(rows, request)]


def _tables(body: bytes, sheets: Spreadsheets) -> list[Sequence[Sequence[Cell]]]:
    if body.startswith(b"PK"):
        return [one.rows for one in sheets.read(body, max_rows=_MAX_ROWS).sheets]
    text, _ = unicode_or_1258(body)
    return [rows_of(text)]


def _of(rows: Sequence[Sequence[Cell]], request: str) -> list[str]:
    for number, row in enumerate(rows):
        heads = [folded(str(cell)) for cell in row]
        code = next((p for p, head in enumerate(heads) if head in _CODE), None)
        if code is None:
            continue
        named = next((p for p, head in enumerate(heads) if head in _REQUEST), None)
        found = []
        for line in rows[number + 1 :]:
            cells = [*map(str, line), *[""] * len(heads)]
            about = cells[named].strip() if named is not None else ""
            if cells[code].strip() and about in {"", request}:
                found.append(cells[code].strip())
        return found
    return []
