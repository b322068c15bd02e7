"""Folding finds what people mean, and plain letters leave nothing out."""

from __future__ import annotations

from unicodedata import normalize
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.text import (
    as_download,
    fold,
    normal_number,
    tidy,
    unmarked,
    words,
)


@pytest.mark.parametrize(
    "written",
    [
        "Đặng Thị Ước",
        "ĐẶNG THỊ ƯỚC",
        "đặng  thị\u00a0ước",
        "Đặng\tThị Ước.",
        "Đặng-Thị–Ước",
        "Ðặng Thị Ước",  # the letter of Iceland, typed for the one of Vietnam
        "Đặng T\u200bhị \ufeffƯớc",
        "Đặng Thị Ư\u00adớc",
        normalize("NFD", "Đặng Thị Ước"),
        "dang thi uoc",
    ],
)
def test_one_name_is_found_however_it_was_typed(written: str) -> None:
    assert words(written) == ("dang", "thi", "uoc")


def test_every_vietnamese_letter_folds_to_its_plain_one() -> None:
    letters = "àảãáạăằẳẵắặâầẩẫấậ ơờởỡớợôồ ưừửữứự ỳỷỹýỵ đ"
    assert set(fold(letters)) == set("a o u y d")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Đặng Thị Ố", "Dang Thi O"),
        ("«Ấp 3» – xã Mẫu…", '"Ap 3" - xa Mau...'),
        ("120 m² ở 5\u00a0đường", "120 m² o 5 duong"),
        ("PLAIN", "PLAIN"),
    ],
)
def test_plain_letters_keep_case_and_leave_nothing_out(text: str, plain: str) -> None:
    assert unmarked(text) == plain


def test_the_plain_letters_of_vietnamese_are_ascii() -> None:
    letters = "ÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬĐÈẺẼÉẸÊỀỂỄẾỆÌỈĨÍỊÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢÙỦŨÚỤƯỪỬỮỨỰỲỶỸÝỴ"
    assert unmarked(letters).isascii()
    assert len(unmarked(letters)) == len(letters)
    assert unmarked(letters.lower()) == unmarked(letters).lower()


@given(st.text())
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    for once in (tidy, unmarked, normal_number, fold):
        assert once(once(text)) == once(text)


def test_a_number_is_the_same_with_any_dash_blank_or_case() -> None:
    written = ["H00.01-260310-0001", "h00.01–260310—0001", " H00.01-260310-\u200b0001"]
    assert len(set(map(normal_number, written))) == 1


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Giấy chứng nhận Đặng.pdf", "Giay chung nhan Dang.pdf"),
        ('a"b\\c%22\r\nX: y.pdf', "a_b_c_22__X: y.pdf"),
        ("家🏠.pdf", "__.pdf"),
    ],
)
def test_a_download_has_a_name_for_programs_that_take_plain_letters_only(
    name: str, plain: str
) -> None:
    told = as_download(name)
    assert told.startswith(f"attachment; filename=\"{plain}\"; filename*=UTF-8''")
    assert unquote(told.partition("''")[2]) == name
    assert told.isascii()
    assert told.isprintable()
