"""Reads the figures of a one-stop out of a table that people made; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import SenderError
from gateway.domain.text import fold, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.ports.sheets import Cell, Table

#: Titles above the headings take less.
_LOOKED_AT = 30
#: Words that headings begin with → the field; the longest that fits is meant.
_HEADINGS = {
    "ma don vi": "unit",
    "don vi": "unit",
    "ma thu tuc": "procedure",
    "thu tuc": "procedure",
    "ma tthc": "procedure",
    "tiep nhan": "received",
    "so tiep nhan": "received",
    "da tiep nhan": "received",
    "truoc han": "early",
    "som han": "early",
    "dung han": "on_time",
    "qua han": "late",
    "tre han": "late",
}
_NEEDED = frozenset({"unit", "early", "on_time", "late"})
#: Digits, thousands parted by dots or blanks; «1.5» is none.
_COUNT = re.compile(r"[0-9]+|[0-9]{1,3}([. ][0-9]{3})+")
_TOTALS = ("tong", "cong", "tong cong", "tong so")


def rows_of(table: Table) -> list[dict[str, Any]]:
    """The rows below the headings, as ``PUT /v1/reports/{month}/one-stop`` takes them.

    Rows without a unit and rows of sums are left out.

    Raises:
        SenderError: there are no such headings, or a cell is no number.
    """
    for sheet in table.sheets:
        for place, row in enumerate(sheet.rows[:_LOOKED_AT]):
            columns = _columns(row)
            if columns.keys() >= _NEEDED:
                return _below(sheet.rows[place + 1 :], columns, place + 2)
    raise SenderError(
        code="one_stop_counts_invalid",
        remedy="Tệp không có dòng tiêu đề gồm các cột: Đơn vị, Thủ tục (không bắt buộc),"
        " Tiếp nhận, Trước hạn, Đúng hạn, Quá hạn.",
    )


def _columns(row: Sequence[Cell]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(row):
        words = fold(tidy(str(cell)))
        fits = [start for start in _HEADINGS if words.startswith(start)]
        if fits:
            found.setdefault(_HEADINGS[max(fits, key=len)], place)
    return found


def _below(
    rows: Sequence[Sequence[Cell]], columns: Mapping[str, int], first: int
) -> list[dict[str, Any]]:
    found = []
    for number, row in enumerate(rows, start=first):
        cells = {
            name: row[place] if place < len(row) else ""
            for name, place in columns.items()
        }
        unit = tidy(str(cells["unit"]))
        if not unit or fold(unit) in _TOTALS:
            continue
        procedure = tidy(str(cells.pop("procedure", "")))
        counts = {
            name: _whole(cell, number) for name, cell in cells.items() if name != "unit"
        }
        found.append({"unit": unit, "procedure": procedure, **counts})
    return found


def _whole(cell: Cell, number: int) -> int:
    """A count; an empty cell is 0, thousands may be parted by dots or blanks."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    text = tidy(str(cell))
    if not text:
        return 0
    if isinstance(cell, int | float) or not _COUNT.fullmatch(text):
        raise SenderError(
            code="one_stop_counts_invalid",
            remedy=f"Dòng {number} của tệp: có ô không phải số nguyên.",
        )
    return int(re.sub("[. ]", "", text))
