"""Codes, days and phrases out of cells that people filled in."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.reconciling.values import (
    code_key,
    column_letters,
    day_of,
    is_month_first,
    is_rounded,
    phrase,
    text_of,
)

TENTH = date(2026, 3, 10)


@pytest.mark.parametrize(
    "cell",
    [
        "10/03/2026",
        "10/3/2026",
        " 10-03-2026 07:30 ",
        "10.03.2026",
        "2026-03-10",
        "2026/03/10",
        "2026-03-10T16:30:00",
        "07:30 10/03/2026",
        "10/03/2026\u00a007:30:15",
        "ngày 10 tháng 3 năm 2026",
        "2026-03-09T17:30:00Z",
        "10/03/2026 07:30:00 SA",
        46091,
        46091.6875,
    ],
)
def test_every_usual_writing_of_a_day_is_that_day(cell: str | float) -> None:
    assert day_of(cell) == TENTH


@pytest.mark.parametrize("cell", ["", " ", "-", "–", "NULL", "N/A", "Chưa có"])
def test_nothing_is_no_day_and_no_mistake(cell: str) -> None:
    assert day_of(cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        "31/02/2026",
        "13/14/2026",
        "03/13/2026",
        "00/00/0000",
        "01/01/0001",
        "0001-01-01",
        "1900-01-01",
        "10/03/26",
        "3/10/2026 12:00:00 AM",
        "10/03",
        "tuần sau",
        0,
        1,
        260310,
        True,
    ],
)
def test_what_is_no_day_is_never_turned_into_one(cell: str | float) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  it carries the cell's own text
        day_of(cell)


def test_a_text_that_is_a_day_only_the_other_way_round_is_seen() -> None:
    assert is_month_first("03/13/2026")
    assert is_month_first("3/13/2026 12:00:00 AM")
    assert not is_month_first("03/10/2026")
    assert not is_month_first("31/02/2026")
    assert not is_month_first("13/14/2026")


def test_day_and_month_are_never_exchanged() -> None:
    assert day_of("03/10/2026") == date(2026, 10, 3)
    assert day_of("13/12/2026") == date(2026, 12, 13)


@pytest.mark.parametrize(
    "written",
    [
        "H00.01-260310-0001",
        " h00.01-260310-0001 ",
        "H00.01 - 260310 - 0001",
        "H00.01\u00a0260310\u00a00001",
        "H00.01–260310—0001",
        "H00.01260310-0001",
        "H0001-260310-0001",
        "H00_01/260310/0001",
        "\ufeffH00.01-260310-0001",
    ],
)
def test_one_national_code_is_the_same_however_it_is_written(written: str) -> None:
    assert code_key(text_of(written)) == code_key("H00.01-260310-0001")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("H00.01-260310-0001", "H00.01-260310-0010"),
        ("1/12/2026", "11/2/2026"),
        ("1-12", "11-2"),
        ("MAU-0101", "MAU-101"),
        ("0001", "1"),
    ],
)
def test_two_codes_stay_two(one: str, other: str) -> None:
    assert code_key(one) != code_key(other)


def test_a_number_that_a_spreadsheet_made_of_a_code_is_that_code() -> None:
    keys = {
        code_key(text_of(cell)) for cell in (260310, 260310.0, "260310.0", "260310")
    }
    assert keys == {"260310"}


def test_text_without_a_digit_is_no_code() -> None:
    assert code_key("Tổng cộng") == code_key("-") == code_key("") == ""


@pytest.mark.parametrize(
    "text",
    ["Tổng: 12", "Tổng cộng: 1 hồ sơ", "Mẫu, ngày 10 tháng 3 năm 2026", "x 1 " * 20],
)
def test_words_beside_a_number_are_no_code(text: str) -> None:
    assert code_key(text_of(text)) == ""


def test_a_number_with_more_digits_than_a_spreadsheet_keeps_is_seen() -> None:
    assert is_rounded(1e15)
    assert not is_rounded(999_999_999_999_999)
    assert not is_rounded("1000000000000000")


def test_phrases_do_not_depend_on_case_marks_or_the_form_of_unicode() -> None:
    composed, apart = "Đang Xử Lý", "Đang xử lý"
    assert phrase(composed) == phrase(apart) == phrase(" 4 - ĐANG XỬ LÝ. ")
    assert phrase("Mã HS:") == "ma hs"


def test_columns_have_the_letters_of_spreadsheets() -> None:
    letters = [column_letters(n) for n in (0, 25, 26, 51, 52, 701, 702)]
    assert letters == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
