"""Columns told from headings; where headings leave a doubt, what stands beneath decides or nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.encodings import looks_like_tcvn3
from gateway.domain.errors import SenderError
from gateway.reconciling.headings import LOOKED_AT, best_header, header_with
from gateway.reconciling.kinds import Column, Side
from gateway.reconciling.mapping import (
    COLUMN_NAMES,
    NEEDED,
    SIDE_NAMES,
    SideMapping,
)
from gateway.reconciling.status_words import SHIPPED
from gateway.reconciling.values import code_key, phrase, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.ports.sheets import Sheet, Table
    from gateway.reconciling.headings import Header

#: Cells of a column that show what it holds.
SAMPLE = 5000


@dataclass(frozen=True, slots=True)
class Seen:
    """The headings of one list, on the sheet that says most."""

    side: Side
    sheet: Sheet
    header: Header
    candidates: Mapping[Column, list[tuple[int, int]]]
    #: rank and place of the columns that may be meant

    def places(self, column: Column) -> list[int]:
        """Columns that may be meant, best first."""
        return [place for _, place in self.candidates.get(column, ())]

    def values(self, place: int) -> set[str]:
        """Texts beneath a heading."""
        rows = self.sheet.rows[self.header.last_row + 1 :][:SAMPLE]
        return {text_of(row[place]) for row in rows if place < len(row)} - {""}

    def described(self) -> str:
        """The headings for people."""
        return self.header.described(self.sheet.first_column)


def see(table: Table, side: Side) -> Seen:
    """The likeliest headings of a list.

    Raises:
        SenderError: no row looks like headings.
    """
    seen = [
        Seen(side, sheet, header, header.candidates())
        for sheet in table.sheets
        if (header := best_header(sheet)) is not None
    ]
    if not seen:
        _check_encoding(table)
        raise SenderError(
            code="columns_not_found",
            remedy=f"Tệp của {SIDE_NAMES[side]}: không thấy hàng tiêu đề có cột mã hồ sơ"
            f" hoặc trạng thái trong {LOOKED_AT} hàng đầu của các trang đang hiện. Kiểm"
            " tra đã chọn đúng tệp; nếu đúng, ghi tên cột vào bảng ánh xạ."
            f"{_example(side, {})}",
        )
    return max(seen, key=lambda one: _weight(one.candidates))


def _weight(candidates: Mapping[Column, list[tuple[int, int]]]) -> tuple[bool, int]:
    return all(column in candidates for column in NEEDED), len(candidates)


def _check_encoding(table: Table) -> None:
    for sheet in table.sheets:
        for row in sheet.rows[:LOOKED_AT]:
            if any(isinstance(c, str) and looks_like_tcvn3(c) for c in row):
                raise SenderError(
                    code="sheet_encoding",
                    remedy="Chữ trong tệp gõ bằng phông cũ (TCVN3 hoặc VNI), không phải"
                    " Unicode. Chuyển tệp sang Unicode rồi đối soát lại.",
                )


def guess(
    ours: Table, theirs: Table, known: Mapping[Side, SideMapping] | None = None
) -> dict[Side, SideMapping]:
    """Columns of both lists; those of a ``known`` side, which must fit it, stay.

    Raises:
        SenderError: a needed column is missing or in doubt; the remedy names the
            columns that are there and what to write.
    """
    known = known or {}
    seen = {
        side: _as_told(table, known[side], side) if side in known else see(table, side)
        for side, table in ((Side.OURS, ours), (Side.THEIRS, theirs))
    }
    codes = _codes(seen)
    return {
        side: known.get(side)
        or SideMapping(SIDE_NAMES[side], _columns(one, codes[side]))
        for side, one in seen.items()
    }


def guess_one(table: Table, side: Side) -> SideMapping:
    """Columns of one list alone.

    Raises:
        SenderError: a needed column is missing or in doubt.
    """
    seen = see(table, side)
    ranked = seen.candidates.get(Column.CODE, ())
    places = seen.places(Column.CODE)
    if not places or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        raise _unsure(seen, Column.CODE, places)
    return SideMapping(SIDE_NAMES[side], _columns(seen, places[0]))


def _as_told(table: Table, mapping: SideMapping, side: Side) -> Seen:
    """A list whose columns are known: its code is where the mapping says."""
    names = list(mapping.columns.values())
    fitting = ((s, h) for s in table.sheets if (h := header_with(s, names)) is not None)
    sheet, header = next(fitting)
    code = header.place(mapping.columns[Column.CODE])
    return Seen(side, sheet, header, {Column.CODE: [(0, code or 0)]})


def _columns(seen: Seen, code: int) -> dict[Column, str]:
    chosen = {Column.CODE: seen.header.names[code]}
    for column, ranked in seen.candidates.items():
        places = seen.places(column)
        if column is Column.STATUS:
            chosen[column] = seen.header.names[_status(seen, places)]
        elif column is not Column.CODE:
            if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
                raise _unsure(seen, column, places)
            chosen[column] = seen.header.names[places[0]]
    if Column.STATUS not in chosen:
        raise _unsure(seen, Column.STATUS, [])
    return chosen


def _status(seen: Seen, places: list[int]) -> int:
    """The one column whose words are mostly status words."""
    if len(places) == 1:
        return places[0]
    telling = [
        place
        for place in places
        if (values := {phrase(value) for value in seen.values(place)})
        and 2 * len(values & SHIPPED.keys()) >= len(values)
    ]
    if len(telling) != 1:
        raise _unsure(seen, Column.STATUS, places)
    return telling[0]


def _codes(seen: Mapping[Side, Seen]) -> dict[Side, int]:
    """The code columns: where there are several, the only pair with codes in common."""
    places = {side: one.places(Column.CODE) for side, one in seen.items()}
    for side, found in places.items():
        if not found:
            raise _unsure(seen[side], Column.CODE, [])
    here, there = places[Side.OURS], places[Side.THEIRS]
    if len(here) == len(there) == 1:
        return {Side.OURS: here[0], Side.THEIRS: there[0]}
    keys = {
        side: {place: _keys(seen[side], place) for place in found}
        for side, found in places.items()
    }
    pairs = [
        (one, other)
        for one in here
        for other in there
        if keys[Side.OURS][one] & keys[Side.THEIRS][other]
    ]
    if len(pairs) != 1:
        doubtful = Side.OURS if len(here) > 1 else Side.THEIRS
        raise _unsure(seen[doubtful], Column.CODE, places[doubtful])
    return dict(zip(Side, pairs[0], strict=True))


def _keys(seen: Seen, place: int) -> set[str]:
    return {code_key(value) for value in seen.values(place)} - {""}


def _unsure(seen: Seen, column: Column, places: list[int]) -> SenderError:
    name = COLUMN_NAMES[column]
    doubt = (
        "có nhiều cột có thể là"
        if len(places) > 1
        else "không thấy cột nào chắc chắn là"
    )
    known = {
        c: seen.header.names[found[0][1]]
        for c, found in seen.candidates.items()
        if c is not column and (c is not Column.CODE or len(found) == 1)
    }
    return SenderError(
        code="columns_unsure",
        remedy=f"Tệp của {SIDE_NAMES[seen.side]}: {doubt} «{name}». Các cột"
        f" thấy được: {seen.described()}. Ghi tên cột đúng vào bảng ánh xạ rồi đối"
        f" soát lại.{_example(seen.side, known)}",
    )


def _example(side: Side, known: Mapping[Column, str]) -> str:
    """What to write, for the side in doubt; the other one is written the same way."""
    lines = [f"[{side}.columns]"] + [
        f'{column} = "{known.get(column, "tên cột " + COLUMN_NAMES[column])}"'
        for column in COLUMN_NAMES
        if column in known or column in NEEDED
    ]
    other = next(one for one in Side if one is not side)
    lines += [f"[{other}.columns]"]
    lines += [f'{column} = "tên cột {COLUMN_NAMES[column]}"' for column in NEEDED]
    return " Bảng ánh xạ viết như sau:\n" + "\n".join(lines)


def missing(table: Table, mapping: SideMapping, side: Side) -> SenderError:
    """The list has not the columns that the mapping names."""
    seen = [h for sheet in table.sheets if (h := best_header(sheet)) is not None]
    there = (
        f" Các cột thấy được: {seen[0].described(0)}."
        if seen
        else " Không thấy hàng tiêu đề."
    )
    wanted = ", ".join(f"«{name}»" for name in mapping.columns.values())
    return SenderError(
        code="columns_not_found",
        remedy=f"Tệp của {SIDE_NAMES[side]} không có đủ các cột mà bảng ánh xạ"
        f" ghi: {wanted}.{there} Kiểm tra đã chọn đúng tệp, hoặc sửa bảng ánh xạ.",
    )
