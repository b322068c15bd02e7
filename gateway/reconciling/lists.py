"""One list as rows of dossiers, with everything that could not be taken as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.reconciling.headings import header_with
from gateway.reconciling.kinds import Column, Problem, Row, Side
from gateway.reconciling.values import (
    code_key,
    column_letters,
    day_of,
    is_month_first,
    is_rounded,
    phrase,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from gateway.ports.sheets import Cell, Sheet, Table
    from gateway.reconciling.headings import Header
    from gateway.reconciling.kinds import Standing
    from gateway.reconciling.mapping import SideMapping

_DAYS = (Column.RECEIVED, Column.DUE, Column.ENDED)
_NAMES = {
    Column.RECEIVED: "ngày tiếp nhận",
    Column.DUE: "ngày hẹn trả",
    Column.ENDED: "ngày kết thúc",
}
_TOTAL = re.compile(r"^(tong|cong)\b")
#: The row of numbers beneath the headings of a form: (1) (2) (3).
_ORDINAL = re.compile(r"^\(?(\d{1,2}|[A-Z])\)?$")
_WHY = {
    "formula": "công thức chưa có kết quả: mở tệp bằng Excel, lưu lại rồi đối soát lại",
    "error": "công thức báo lỗi",
}
SHOWN_CHARS = 60


@dataclass
class ReadList:
    """What one list says."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    standings: dict[str, Standing | None] = field(default_factory=dict)
    #: status word → what it says
    month_first: int = 0
    #: cells that are days only the other way round
    days: dict[Cell, date | None] = field(default_factory=dict)
    #: cell → its day; the same few days stand in most rows


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the reading stands."""

    side: Side
    sheet: Sheet
    columns: Mapping[Column, int]
    named: bool
    #: whether the sheet must be named in addresses
    handed_out: bool
    #: whether its days of ending are days of handing out

    def address(self, row: int, column: Column | None = None) -> str:
        sheet = f"{self.sheet.name}!" if self.named else ""
        if column is None:
            return f"{sheet}hàng {row + 1}"
        letters = column_letters(self.sheet.first_column + self.columns[column])
        return f"{sheet}{letters}{row + 1}"

    def cell(self, row: Sequence[Cell], column: Column) -> Cell:
        place = self.columns.get(column)
        return row[place] if place is not None and place < len(row) else ""


def read_list(table: Table, mapping: SideMapping, side: Side) -> ReadList | None:
    """The rows of every visible sheet that has the columns; None: no sheet has them."""
    found = ReadList()
    names = list(mapping.columns.values())
    fitting = [(s, h) for s in table.sheets if (h := header_with(s, names)) is not None]
    if not fitting:
        return None
    for sheet, header in fitting:
        columns = {
            column: at
            for column, name in mapping.columns.items()
            if (at := header.place(name)) is not None
        }
        handed = phrase(mapping.columns.get(Column.ENDED, "")).startswith("ngay tra")
        place = _Place(side, sheet, columns, len(fitting) > 1, handed)
        _read_sheet(place, header, mapping, found)
    _note(table, [sheet for sheet, _ in fitting], found)
    return found


def _note(table: Table, used: list[Sheet], found: ReadList) -> None:
    unused = [s.name for s in table.sheets if s not in used and any(map(any, s.rows))]
    for names, what in ((table.hidden, "trang ẩn"), (unused, "trang không có đủ cột")):
        if names:
            found.notes.append(f"Không đọc {what}: {', '.join(names)}.")
    if found.month_first:
        found.notes.append(
            f"Có {found.month_first} ô chỉ là ngày nếu tháng đứng trước: những ngày khác"
            " có thể đã bị hiểu ngược. Xuất lại theo thứ tự ngày/tháng/năm."
        )
    if hidden := sum(sheet.hidden_rows for sheet in used):
        found.notes.append(f"Có {hidden} hàng đang bị ẩn (do lọc); vẫn được đọc.")


def _read_sheet(
    place: _Place, header: Header, mapping: SideMapping, found: ReadList
) -> None:
    totals = 0
    for index in range(header.last_row + 1, len(place.sheet.rows)):
        cells = place.sheet.rows[index]
        if all(cell == "" for cell in cells) and not _unreadable(place, index):
            continue
        if index == header.last_row + 1 and _is_ordinals(cells):
            continue
        if key := code_key(_code(place, cells)):
            found.rows.append(_row(place, index, cells, key, mapping, found))
        elif _is_total(cells):
            totals += 1
        elif not _is_heading(cells, place, mapping):
            _skip(place, index, cells, found)
    if totals:
        found.notes.append(f"Bỏ qua {totals} hàng tổng cộng.")


def _code(place: _Place, cells: Sequence[Cell]) -> str:
    return text_of(place.cell(cells, Column.CODE))


def _unreadable(place: _Place, index: int) -> bool:
    return bool(place.sheet.unreadable) and any(
        _cell_name(place, index, column) in place.sheet.unreadable
        for column in place.columns
    )


def _cell_name(place: _Place, index: int, column: Column) -> str:
    letters = column_letters(place.sheet.first_column + place.columns[column])
    return f"{letters}{index + 1}"


def _is_heading(cells: Sequence[Cell], place: _Place, mapping: SideMapping) -> bool:
    """A printed list repeats its headings on every page."""
    code = phrase(_code(place, cells))
    return bool(code) and code == phrase(mapping.columns[Column.CODE])


def _is_ordinals(cells: Sequence[Cell]) -> bool:
    said = [text for cell in cells if (text := text_of(cell))]
    return len(said) > 1 and all(_ORDINAL.match(text) for text in said)


def _is_total(cells: Sequence[Cell]) -> bool:
    first = next((text for cell in cells if (text := text_of(cell))), "")
    return bool(_TOTAL.match(phrase(first)))


def _skip(place: _Place, index: int, cells: Sequence[Cell], found: ReadList) -> None:
    code = place.cell(cells, Column.CODE)
    name = _cell_name(place, index, Column.CODE)
    if why := place.sheet.unreadable.get(name):
        what = f"Mã hồ sơ là {_WHY[why]}. Hàng này chưa được đối soát."
    elif text_of(code):
        what = f"«{text_of(code)[:SHOWN_CHARS]}» không phải mã hồ sơ. Hàng này chưa được đối soát."
    else:
        what = "Không có mã hồ sơ. Hàng này chưa được đối soát."
    found.problems.append(Problem(place.side, place.address(index), what))


def _day(cell: Cell, found: ReadList) -> date | None:
    if isinstance(cell, bool) or cell not in found.days:
        found.days[cell] = day_of(cell)
    return found.days[cell]


def _row(
    place: _Place,
    index: int,
    cells: Sequence[Cell],
    key: str,
    mapping: SideMapping,
    found: ReadList,
) -> Row:
    def say(column: Column, what: str) -> None:
        problem = Problem(place.side, place.address(index, column), what)
        found.problems.append(problem)

    if is_rounded(place.cell(cells, Column.CODE)):
        say(Column.CODE, "Mã là số dài hơn 15 chữ số nên bảng tính đã làm tròn.")
    for column in place.columns if place.sheet.unreadable else ():
        if why := place.sheet.unreadable.get(_cell_name(place, index, column)):
            say(column, f"Ô là {_WHY[why]}. Ô được coi là trống.")
    days: dict[Column, date | None] = {}
    for column in _DAYS:
        cell = place.cell(cells, column)
        try:
            days[column] = _day(cell, found)
        except (ValueError, OverflowError):
            days[column] = None
            found.month_first += is_month_first(cell)
            shown = text_of(cell)[:SHOWN_CHARS]
            what = f"«{shown}» không phải ngày có thật ({_NAMES[column]})."
            say(column, f"{what} Hàng vẫn được đối soát, ô này bỏ trống.")
    word = text_of(place.cell(cells, Column.STATUS))
    if word not in found.standings:
        found.standings[word] = mapping.standing(word)
    return Row(
        at=place.address(index),
        code=_code(place, cells),
        key=key,
        word=word,
        standing=found.standings[word],
        received=days[Column.RECEIVED],
        due=days[Column.DUE],
        ended=days[Column.ENDED],
        place=text_of(place.cell(cells, Column.PLACE)),
        applicant=text_of(place.cell(cells, Column.APPLICANT)),
        note=text_of(place.cell(cells, Column.NOTE)),
        handed_out=place.handed_out,
    )
