"""Columns and status words: told once, remembered, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.domain.errors import SenderError
from gateway.reconciling.headings import best_header
from gateway.reconciling.kinds import Column, Side, Standing
from gateway.reconciling.mapping import load
from gateway.reconciling.status_words import SHIPPED
from tests.lists import OURS, THEIRS, classes, csv, held, read, workbook, xlsx

CODE, OTHER = "H00.01-260310-0001", "H00.01-260310-0002"
MINE = [OURS, (CODE, "10/03/2026", "20/03/2026", "", "Đang xử lý")]
YOURS = [THEIRS, (CODE, "10/03/2026", "20/03/2026", "", "Đang xử lý")]
MAPPING = """
[ours.columns]
code = "Mã hồ sơ"
status = "Trạng thái"
[theirs]
name = "Chi nhánh Mẫu"
[theirs.columns]
code = "Mã hồ sơ"
status = "Tình trạng"
[theirs.status]
waiting = ["Tạm gác"]
"""


def refused(ours: bytes, theirs: bytes, code: str, mapping: str = "") -> str:
    with pytest.raises(SenderError) as caught:
        held(ours, theirs, mapping=mapping)
    assert caught.value.code == code
    return caught.value.remedy


def meaning(*names: str) -> dict[Column, str]:
    """What a row of headings is taken for."""
    (sheet,) = read(csv([names, ("H1", "2")])).sheets
    header = best_header(sheet)
    assert header is not None
    return {
        column: header.names[ranked[0][1]]
        for column, ranked in header.candidates().items()
    }


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Mã hồ sơ", Column.CODE),
        ("MÃ SỐ HS", Column.CODE),
        ("Số biên nhận", Column.CODE),
        ("Mã hồ sơ (một cửa)", Column.CODE),
        ("Ngày tiếp nhận", Column.RECEIVED),
        ("Ngay nhan HS", Column.RECEIVED),
        ("Ngày hẹn trả", Column.DUE),
        ("Ngày hẹn trả (dự kiến)", Column.DUE),
        ("Ngày kết thúc", Column.ENDED),
        ("Ngày kết thúc/trả kết quả", Column.ENDED),
        ("Trạng thái", Column.STATUS),
        ("Tình trạng hồ sơ:", Column.STATUS),
        ("Đơn vị", Column.PLACE),
        ("Hồ sơ đang ở", Column.PLACE),
        ("Chủ hồ sơ/Người nộp", Column.APPLICANT),
        ("Ghi chú", Column.NOTE),
    ],
)
def test_a_heading_is_known_however_it_is_written(name: str, column: Column) -> None:
    other = "Trạng thái" if column is Column.CODE else "Mã hồ sơ"
    assert meaning(other, name).get(column) == name


@pytest.mark.parametrize(
    "name", ["Ngày cập nhật trạng thái", "Cán bộ", "STT", "Ngày nhận kết quả", "Mã"]
)
def test_a_heading_that_only_sounds_alike_is_left_alone(name: str) -> None:
    found = meaning("Mã hồ sơ", "Trạng thái", name)
    assert name not in found.values()


def test_titles_above_the_headings_do_not_matter() -> None:
    titled = [["UBND TỈNH MẪU"], ["DANH SÁCH HỒ SƠ"], ["Từ ngày 01/03/2026"], [], *MINE]
    assert classes(held(xlsx(titled), xlsx(YOURS))) == {CODE: "agrees"}


def test_two_rows_of_headings_are_read_as_one() -> None:
    def draw(book: Any, _: Mapping[str, Any]) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 4, "DANH SÁCH HỒ SƠ CHUYỂN NGÀY KẾT THÚC")
        sheet.merge_range(1, 0, 2, 0, "STT")
        sheet.merge_range(1, 1, 2, 1, "Mã hồ sơ")
        sheet.merge_range(1, 2, 1, 3, "Ngày")
        sheet.write_row(2, 2, ["tiếp nhận", "hẹn trả"])
        sheet.merge_range(1, 4, 2, 4, "Trạng thái")
        sheet.write_row(3, 0, ["(1)", "(2)", "(3)", "(4)", "(5)"])
        sheet.write_row(4, 0, ["1", CODE, "10/03/2026", "20/03/2026", "Đang xử lý"])

    result = held(workbook(draw), xlsx(YOURS))
    assert classes(result) == {CODE: "agrees"}
    assert result.sides[Side.OURS].columns[Column.DUE] == "Ngày hẹn trả"
    assert result.problems == ()


def test_of_two_numbers_the_one_that_both_lists_share_is_taken() -> None:
    theirs = [
        ("Số biên nhận", "Mã hồ sơ", "Tình trạng"),
        (CODE, "MAU-77", "Đang xử lý"),
    ]
    result = held(xlsx(MINE), xlsx(theirs))
    assert classes(result) == {CODE: "agrees"}
    assert result.sides[Side.THEIRS].columns[Column.CODE] == "Số biên nhận"


def test_where_both_numbers_or_none_would_do_the_office_is_asked() -> None:
    theirs = [("Số biên nhận", "Mã hồ sơ", "Tình trạng"), ("A-1", "B-1", "Đã xong")]
    told = refused(xlsx(MINE), xlsx(theirs), "columns_unsure")
    assert "Tệp của cơ quan" in told
    assert "A «Số biên nhận», B «Mã hồ sơ», C «Tình trạng»" in told
    assert "[theirs.columns]" in told


def test_of_two_statuses_the_one_whose_words_are_known_is_taken() -> None:
    ours = [
        ("Mã hồ sơ", "Tình trạng", "Trạng thái"),
        (CODE, "Đất ở tại đô thị", "Đang xử lý"),
    ]
    result = held(xlsx(ours), xlsx(YOURS))
    assert result.sides[Side.OURS].columns[Column.STATUS] == "Trạng thái"


def test_without_a_status_the_office_is_told_the_columns_and_what_to_write() -> None:
    told = refused(
        xlsx([("STT", "Mã hồ sơ"), ("1", CODE)]), xlsx(YOURS), "columns_unsure"
    )
    assert "A «STT», B «Mã hồ sơ»" in told
    assert 'code = "Mã hồ sơ"' in told


def test_without_any_heading_no_cell_is_repeated() -> None:
    told = refused(xlsx([("Nguyễn Văn Ví Dụ", 1)]), xlsx(YOURS), "columns_not_found")
    assert "Ví Dụ" not in told


def test_text_of_an_old_font_is_named_as_such() -> None:
    ours = xlsx([("M· hå s¬", "Tr¹ng th¸i"), (CODE, "§ang xö lý")])
    assert "TCVN3" in refused(ours, xlsx(YOURS), "sheet_encoding")


def test_the_mapping_of_one_run_reads_the_next_without_asking() -> None:
    first = held(xlsx(MINE), xlsx(YOURS))
    again = held(xlsx(MINE), xlsx(YOURS), mapping=first.mapping)
    assert (first.guessed, again.guessed) == (True, False)
    assert again.findings == first.findings
    assert again.mapping == first.mapping


def test_a_mapping_names_columns_words_and_the_agency() -> None:
    theirs = [("Ghi chú", "Mã hồ sơ", "Tình trạng"), ("x", CODE, "tạm gác")]
    result = held(xlsx(MINE), xlsx(theirs), mapping=MAPPING)
    (finding,) = result.findings
    assert finding.kind == "waiting_there"
    assert finding.sentence.startswith("Chi nhánh Mẫu đang chờ người dân")


def test_a_mapping_of_other_columns_is_refused_with_those_that_are_there() -> None:
    other = MAPPING.replace("Tình trạng", "Kết quả")
    told = refused(xlsx(MINE), xlsx(YOURS), "columns_not_found", other)
    assert "«Kết quả»" in told
    assert "E «Tình trạng»" in told


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[ours", "TOML"),
        ("[ours]\n", "[theirs]"),
        (MAPPING.replace("status =", "trang_thai ="), "chỉ nhận"),
        (MAPPING.replace("waiting =", "done ="), "chỉ nhận"),
        (MAPPING.replace('status = "Trạng thái"', ""), "thiếu status"),
        (MAPPING + 'open = ["tạm gác"]', "hai dòng"),
        (MAPPING.replace('["Tạm gác"]', '"Tạm gác"'), "danh sách"),
    ],
)
def test_a_wrong_mapping_is_refused_with_what_is_wrong(wrong: str, said: str) -> None:
    with pytest.raises(SenderError) as caught:
        load(wrong)
    assert caught.value.code == "mapping_invalid"
    assert said in caught.value.remedy


def test_an_unknown_status_word_is_shown_and_never_guessed() -> None:
    theirs = [THEIRS, (CODE, "", "", "", "Tạm gác")]
    result = held(xlsx(MINE), xlsx(theirs))
    (finding,) = result.findings
    assert finding.kind == "unclear"
    assert "«Tạm gác»" in finding.sentence
    assert result.sides[Side.THEIRS].unclear_words == ("Tạm gác",)
    assert 'unclear = ["Tạm gác"]' in result.mapping


def test_an_explained_word_is_clear_in_the_next_run() -> None:
    theirs = [THEIRS, (CODE, "", "", "", "Tạm gác")]
    first = held(xlsx(MINE), xlsx(theirs))
    explained = first.mapping.replace('unclear = ["Tạm gác"]', "")
    explained = explained[: explained.rindex("waiting = []")] + explained[
        explained.rindex("waiting = []") :
    ].replace("waiting = []", 'waiting = ["Tạm gác"]')
    result = held(xlsx(MINE), xlsx(theirs), mapping=explained)
    assert classes(result) == {CODE: "waiting_there"}


def test_no_shipped_word_says_two_things_and_each_standing_has_some() -> None:
    assert set(SHIPPED.values()) == set(Standing)
    assert "dung xu ly" not in SHIPPED
    assert "tam dung" not in SHIPPED


def test_two_columns_of_one_name_are_a_doubt() -> None:
    twice = [(*OURS, "Ngày hẹn trả"), (*MINE[1], "21/03/2026")]
    told = refused(xlsx(twice), xlsx(YOURS), "columns_unsure")
    assert "C «Ngày hẹn trả»" in told
    assert "F «Ngày hẹn trả (thứ 2)»" in told


def test_a_new_word_joins_those_that_a_person_has_explained() -> None:
    theirs = [THEIRS, (CODE, "", "", "", "Tạm gác"), (OTHER, "", "", "", "Lạ lẫm")]
    result = held(xlsx(MINE), xlsx(theirs), mapping=MAPPING)
    again = load(result.mapping).sides[Side.THEIRS]
    assert again.standing("Tạm gác") is Standing.WAITING
    assert again.standing("Lạ lẫm") is None
    assert again.name == "Chi nhánh Mẫu"
    assert 'unclear = ["Lạ lẫm"]' in result.mapping


def test_a_column_of_many_unknown_words_is_doubted_as_a_whole() -> None:
    theirs = [THEIRS, *((f"MAU-{n}", "", "", "", f"từ {n}") for n in range(60))]
    result = held(xlsx(MINE), xlsx(theirs))
    assert any("nhầm cột" in told for told in result.warnings)
