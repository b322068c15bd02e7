"""What is kept of a mapping for another day, and how it reads the lists of that day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.domain.errors import SenderError
from gateway.reconciling.kinds import Column, Side, Standing
from gateway.reconciling.mapping import load
from gateway.reconciling.remembering import MAX_KEPT_CHARS, keepable, same
from gateway.reconciling.telling import pages
from tests.lists import OURS, THEIRS, classes, csv, held, xlsx

if TYPE_CHECKING:
    from collections.abc import Sequence

    Rows = Sequence[tuple[str, ...]]
CODE = "H00.01-260310-0001"
MINE = [OURS, (CODE, "10/03/2026", "20/03/2026", "", "Đang xử lý")]
YOURS = [THEIRS, (CODE, "10/03/2026", "20/03/2026", "", "Tạm gác")]
BY_HAND = """
[ours.columns]
code = "Ký hiệu"
status = "Bước"
[ours.status]
open = ["Đang soạn"]
[theirs]
name = "Chi nhánh Mẫu"
[theirs.columns]
code = "Mã hồ sơ"
status = "Tình trạng"
note = "Ghi chú"
[theirs.status]
waiting = ["Tạm gác"]
"""
ODD = [("Ký hiệu", "Bước"), (CODE, "Đang soạn")]
NOTED = [(*THEIRS, "Ghi chú"), (*YOURS[1], "")]


def again(ours: Rows, theirs: Rows, kept: str) -> tuple[str, dict[str, str], str]:
    """What did not fit, the classes, and the mapping, of lists of another day."""
    result = held(csv(ours), csv(theirs), mapping=kept, remembered=True)
    return result.misfit, classes(result), result.mapping


def refused(ours: Rows, theirs: Rows, kept: str) -> SenderError:
    with pytest.raises(SenderError) as caught:
        again(ours, theirs, kept)
    return caught.value


def test_what_is_kept_reads_the_same_lists_the_same_way() -> None:
    first = held(xlsx(ODD), xlsx(NOTED), mapping=BY_HAND)
    kept = keepable(first.mapping)
    second = held(xlsx(ODD), xlsx(NOTED), mapping=kept, remembered=True)
    assert classes(first) == {CODE: "waiting_there"}
    assert (second.findings, second.sides) == (first.findings, first.sides)
    assert (second.guessed, second.misfit) == (False, "")
    assert keepable(second.mapping) == kept


def test_a_cell_that_nobody_has_explained_is_not_kept() -> None:
    person = "Trả bà Quách Thị Dấu Riêng"
    theirs = [*YOURS, (f"{CODE}9", "", "", "", person), ("H1", "", "", "", "Đã xong")]
    first = held(xlsx(MINE), xlsx(theirs))
    assert person in first.mapping
    kept = keepable(first.mapping)
    assert "Dấu Riêng" not in kept
    assert "Tạm gác" not in kept
    assert 'finished = ["Đã xong"]' in kept


def test_a_column_of_names_taken_for_the_status_leaves_no_name() -> None:
    people = [f"Nguyễn Văn Dấu {chr(65 + n)}" for n in range(20)]
    rows = [(f"MAU-{n}", "", "", "", name) for n, name in enumerate(people)]
    first = held(xlsx(MINE), xlsx([THEIRS, *rows]))
    assert all(name in first.mapping for name in people)
    assert "Dấu" not in keepable(first.mapping)


def test_a_word_left_unclear_against_the_shipped_meaning_stays_so() -> None:
    doubted = BY_HAND + 'unclear = ["Đã xong"]\n'
    side = load(keepable(doubted)).sides[Side.THEIRS]
    assert side.standing("Đã xong") is None
    assert side.standing("Tạm gác") is Standing.WAITING


def test_comments_are_not_kept() -> None:
    assert "Dấu" not in keepable(BY_HAND + "# gọi bà Dấu Riêng, 0900071835\n")


@pytest.mark.parametrize("word", [CODE, "Trả 10/03/2026", "Gọi 0900 071 835"])
def test_an_explained_word_that_holds_a_number_day_or_telephone_is_not_kept(
    word: str,
) -> None:
    kept = keepable(BY_HAND.replace('["Tạm gác"]', f'["Tạm gác", "{word}"]'))
    assert word not in kept
    assert 'waiting = ["Tạm gác"]' in kept


@pytest.mark.parametrize(
    "odd", [f"Mã hồ sơ {CODE}", "Mã " * 40, "Mã\\u0007"], ids=["code", "long", "bell"]
)
def test_of_a_mapping_with_a_heading_that_may_be_a_value_nothing_is_kept(
    odd: str,
) -> None:
    assert keepable(BY_HAND.replace('"Mã hồ sơ"', f'"{odd}"')) == ""


def test_a_mapping_beyond_any_use_is_not_kept() -> None:
    words = ", ".join(f'"từ {"x" * 50} {n}"' for n in range(400))
    long = BY_HAND.replace('"Tạm gác"', words)
    assert len(long) > MAX_KEPT_CHARS
    assert (keepable(long), bool(keepable(BY_HAND))) == ("", True)


def test_a_mapping_is_the_kept_one_until_a_person_changes_what_it_says() -> None:
    kept = keepable(BY_HAND)
    assert same(kept.replace("\n", "\r\n"), kept)
    assert same(kept + "# một ghi chú\n", kept)
    assert not same(kept.replace("Tạm gác", "Tạm dừng"), kept)
    assert not same("", kept)
    assert not same("[ours", kept)
    assert not same("", "")


def test_headings_of_another_day_are_told_anew_and_what_was_missing_is_said() -> None:
    theirs = [(*THEIRS[:4], "Trạng thái hồ sơ"), (*YOURS[1][:4], "Đã xong")]
    kept = keepable(held(xlsx(MINE), xlsx(YOURS)).mapping)
    misfit, found, _ = again(MINE, theirs, kept)
    assert found == {CODE: "finished_there"}
    assert misfit == (
        "Bảng đã nhớ không hợp với tệp của cơ quan: không thấy «Tình trạng» ở hàng"
        " tiêu đề. Cột đã được nhận lại theo tiêu đề, xem lại một lần."
    )


def test_a_list_that_still_fits_keeps_what_a_person_has_said_of_it() -> None:
    theirs = [("Mã hồ sơ", "Trạng thái xử lý"), (CODE, "Đã xong")]
    misfit, found, mapping = again(ODD, theirs, keepable(BY_HAND))
    assert found == {CODE: "finished_there"}
    ours = load(mapping).sides[Side.OURS]
    assert ours.columns[Column.CODE] == "Ký hiệu"
    assert ours.standing("Đang soạn") is Standing.OPEN
    assert "tệp của một cửa" not in misfit


def test_of_two_numbers_the_one_shared_with_the_list_that_still_fits_is_taken() -> None:
    theirs = [("Mã hồ sơ", "Số biên nhận", "Trạng thái"), ("A-1", CODE, "Đã xong")]
    _, found, _ = again(ODD, theirs, keepable(BY_HAND))
    assert found == {CODE: "finished_there"}


def test_words_keep_their_meaning_while_code_and_status_are_called_the_same() -> None:
    misfit, found, mapping = again(ODD, YOURS, keepable(BY_HAND))
    assert "không thấy «Ghi chú»" in misfit
    assert "nghĩa các từ" not in misfit
    assert found == {CODE: "waiting_there"}
    assert load(mapping).sides[Side.THEIRS].name == "Chi nhánh Mẫu"


def test_words_of_another_agency_do_not_get_this_ones_meanings() -> None:
    theirs = [("Mã hồ sơ", "Trạng thái"), (CODE, "Tạm gác")]
    misfit, found, mapping = again(ODD, theirs, keepable(BY_HAND))
    assert found == {CODE: "unclear"}
    assert misfit.endswith("; nghĩa các từ trạng thái đã nhớ không dùng cho tệp này.")
    assert load(mapping).sides[Side.THEIRS].name == "cơ quan"


def test_where_headings_leave_a_doubt_the_refusal_says_what_did_not_fit() -> None:
    theirs = [("Mã hồ sơ", "Kết quả"), (CODE, "Đã xong")]
    wrong = refused(ODD, theirs, keepable(BY_HAND))
    assert wrong.code == "columns_unsure"
    assert wrong.remedy.startswith(
        "Bảng đã nhớ không hợp với tệp của cơ quan: không thấy «Tình trạng», «Ghi chú»"
    )
    assert "B «Kết quả»" in wrong.remedy


def test_the_two_files_chosen_the_wrong_way_round_are_noticed() -> None:
    kept = keepable(held(xlsx(MINE), xlsx(YOURS)).mapping)
    wrong = refused(YOURS, MINE, kept)
    assert wrong.code == "lists_swapped"
    assert "chọn ngược hai tệp" in wrong.remedy


def test_a_mapping_that_was_chosen_for_these_lists_is_never_told_anew() -> None:
    theirs = [("Mã hồ sơ", "Trạng thái"), (CODE, "Đã xong")]
    with pytest.raises(SenderError) as caught:
        held(csv(ODD), csv(theirs), mapping=BY_HAND)
    assert caught.value.code == "columns_not_found"


def test_the_workbook_says_what_did_not_fit() -> None:
    theirs = [("Mã hồ sơ", "Trạng thái"), (CODE, "Đã xong")]
    kept = keepable(BY_HAND)
    result = held(csv(ODD), csv(theirs), mapping=kept, remembered=True)
    assert result.misfit
    assert result.misfit in pages(result)[0].lines
