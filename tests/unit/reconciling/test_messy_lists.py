"""Rows as they really come: nothing is dropped in silence, nothing is invented."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.domain.errors import SenderError
from gateway.domain.old_letters import Encoding
from gateway.reconciling.kinds import Side
from tests.lists import OURS, THEIRS, classes, csv, fill, held, problems, workbook, xlsx
from tests.old_text import ENCODERS

CODE, OTHER = "H00.01-260310-0001", "H00.01-260310-0002"
OPEN = "Đang xử lý"
MINE = [OURS, (CODE, "10/03/2026", "20/03/2026", "", OPEN)]
YOURS = [THEIRS, (CODE, "10/03/2026", "20/03/2026", "", OPEN)]


def row(code: Any, word: str = OPEN, **days: Any) -> tuple[Any, ...]:
    return (
        code,
        days.get("received", ""),
        days.get("due", ""),
        days.get("ended", ""),
        word,
    )


def test_a_row_of_totals_is_no_dossier() -> None:
    total = ("Tổng cộng: 1 hồ sơ", "", "", "", "")
    result = held(xlsx([*MINE, (), total]), xlsx(YOURS))
    assert classes(result) == {CODE: "agrees"}
    assert result.problems == ()
    assert "1 hàng tổng cộng" in result.sides[Side.OURS].notes[0]


@pytest.mark.parametrize("encoding", sorted(ENCODERS))
def test_a_list_of_an_old_encoding_is_read_and_its_side_says_so(
    encoding: Encoding,
) -> None:
    old = ENCODERS[encoding](csv(MINE).decode()).encode("latin-1")
    result = held(old, xlsx(YOURS))
    assert classes(result) == {CODE: "agrees"}
    (note,) = result.sides[Side.OURS].notes
    assert encoding in note
    assert result.sides[Side.THEIRS].notes == ()


def test_headings_repeated_on_every_page_are_no_dossiers() -> None:
    result = held(xlsx([*MINE, OURS, row(OTHER)]), xlsx(YOURS))
    assert set(classes(result)) == {CODE, OTHER}
    assert result.problems == ()


def test_a_row_without_a_code_is_listed_with_its_place() -> None:
    found = problems(held(xlsx([*MINE, row(""), row("chưa có mã")]), xlsx(YOURS)))
    assert "Không có mã hồ sơ" in found["hàng 3"]
    assert "«chưa có mã» không phải mã" in found["hàng 4"]


def test_an_impossible_day_is_listed_with_its_cell_and_the_row_still_counts() -> None:
    result = held(xlsx([OURS, row(CODE, received="31/02/2026")]), xlsx(YOURS))
    assert classes(result) == {CODE: "agrees"}
    assert "«31/02/2026» không phải ngày có thật" in problems(result)["B2"]
    (mine,) = result.findings[0].ours
    assert mine.received is None


def test_a_formula_without_a_value_is_named_by_its_cell() -> None:
    def draw(book: Any, formats: Mapping[str, Any]) -> None:
        sheet = book.add_worksheet()
        for number, one in enumerate([*MINE, row("", due="20/03/2026")]):
            fill(sheet, number, one, formats)
        sheet.write_formula(1, 2, "=B2+10", None, "")
        sheet.write_formula(2, 0, '="H00"&A9', None, "")

    found = problems(held(workbook(draw), xlsx(YOURS)))
    assert "công thức chưa có kết quả" in found["C2"]
    assert "Mã hồ sơ là công thức" in found["hàng 3"]


def test_rows_hidden_by_a_filter_are_not_lost() -> None:
    def draw(book: Any, formats: Mapping[str, Any]) -> None:
        sheet = book.add_worksheet()
        for number, one in enumerate([*MINE, row(OTHER)]):
            fill(sheet, number, one, formats)
        sheet.set_row(2, None, None, {"hidden": True})

    result = held(workbook(draw), xlsx(YOURS))
    assert OTHER in classes(result)
    assert "1 hàng đang bị ẩn" in result.sides[Side.OURS].notes[0]


def test_every_visible_sheet_with_the_columns_is_read_and_the_others_are_named() -> (
    None
):
    def draw(book: Any, formats: Mapping[str, Any]) -> None:
        for name, rows in (
            ("Tháng 2", [OURS, row(OTHER)]),
            ("Tháng 3", MINE),
            ("Biểu đồ", [("chỉ là chữ",)]),
            ("Cũ", [OURS, row("H00.01-250310-0009")]),
        ):
            sheet = book.add_worksheet(name)
            for number, one in enumerate(rows):
                fill(sheet, number, one, formats)
            if name == "Cũ":
                sheet.hide()

    result = held(workbook(draw), xlsx(YOURS))
    assert classes(result) == {CODE: "agrees", OTHER: "unknown_there"}
    assert result.sides[Side.OURS].notes == (
        "Không đọc trang ẩn: Cũ.",
        "Không đọc trang không có đủ cột: Biểu đồ.",
    )
    assert {r.at for f in result.findings for r in f.ours} == {
        "Tháng 2!hàng 2",
        "Tháng 3!hàng 2",
    }


def test_a_merged_code_belongs_to_all_its_rows() -> None:
    def draw(book: Any, formats: Mapping[str, Any]) -> None:
        sheet = book.add_worksheet()
        fill(sheet, 0, [*OURS, "Thửa"], formats)
        for column, text in enumerate(row(CODE)):
            sheet.merge_range(1, column, 2, column, text)
        sheet.write_column(1, 5, ["thửa 7", "thửa 8"])
        fill(sheet, 3, row(OTHER), formats)

    result = held(workbook(draw), xlsx(YOURS))
    assert classes(result) == {CODE: "agrees", OTHER: "unknown_there"}
    assert result.problems == ()


def test_rows_that_repeat_each_other_count_once() -> None:
    assert classes(held(xlsx([*MINE, MINE[1]]), xlsx(YOURS))) == {CODE: "agrees"}


def test_of_rows_that_contradict_each_other_none_wins() -> None:
    twice = [*YOURS, (CODE.lower(), "", "", "19/03/2026", "Đã xong")]
    for theirs in (twice, [twice[0], twice[2], twice[1]]):
        result = held(xlsx(MINE), xlsx(theirs))
        (finding,) = result.findings
        assert finding.kind == "repeated"
        assert len(finding.theirs) == 2
        assert "cơ quan ghi 2 lần".lower() in finding.sentence.lower()


def test_codes_written_anyhow_meet() -> None:
    theirs = [THEIRS, row(" h00.01 260310\u00a00001 ")]
    assert set(classes(held(xlsx(MINE), xlsx(theirs))).values()) == {"agrees"}


def test_numbers_that_a_spreadsheet_stored_as_numbers_meet_text() -> None:
    ours, theirs = [OURS, row(260310)], [THEIRS, row("260310.0")]
    assert set(classes(held(xlsx(ours), xlsx(theirs))).values()) == {"agrees"}


def test_a_code_that_the_spreadsheet_has_rounded_is_listed() -> None:
    result = held(xlsx([OURS, row(1234567890123456789)]), xlsx(YOURS))
    assert "làm tròn" in problems(result)["A2"]


@pytest.mark.parametrize("rows", [[OURS], [OURS, ()]])
def test_a_list_without_a_dossier_is_refused(rows: list[Any]) -> None:
    with pytest.raises(SenderError) as caught:
        held(csv([[str(c) for c in r] for r in rows]), xlsx(YOURS))
    assert caught.value.code == "list_empty"


def test_lists_without_a_common_code_are_doubted_as_a_whole() -> None:
    result = held(xlsx(MINE), xlsx([THEIRS, row(OTHER)]))
    assert "Không có mã nào chung" in result.warnings[0]


def test_due_dates_that_nearly_always_differ_are_doubted_as_a_column() -> None:
    codes = [f"H00.01-260310-{n:04}" for n in range(12)]
    ours = [OURS, *(row(code, due="20/03/2026") for code in codes)]
    theirs = [THEIRS, *(row(code, due="18/03/2026") for code in codes)]
    assert "12/12" in held(xlsx(ours), xlsx(theirs)).warnings[0]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Ngày kết thúc", "differs"),
        ("Ngày kết thúc/trả kết quả", "differs"),
        ("Ngày trả kết quả", "agrees"),
    ],
)
def test_the_day_of_handing_out_is_not_the_day_of_the_end(
    heading: str, kind: str
) -> None:
    heads = [heading if name == "Ngày kết thúc" else name for name in OURS]
    ours = [heads, row(CODE, "Đã trả kết quả", due="20/03/2026", ended="24/03/2026")]
    theirs = [THEIRS, row(CODE, "Đã xong", ended="19/03/2026")]
    assert classes(held(xlsx(ours), xlsx(theirs))) == {CODE: kind}


def test_days_written_month_first_cast_doubt_on_their_column() -> None:
    rows = [OURS, row(CODE, due="03/13/2026"), row(OTHER, due="03/10/2026")]
    result = held(xlsx(rows), xlsx(YOURS))
    assert "«03/13/2026»" in problems(result)["C2"]
    assert "tháng đứng trước" in result.sides[Side.OURS].notes[0]
