"""Passwords that are refused, and those that are not."""

import pytest

from gateway.accounts.choosing import why_not


@pytest.mark.parametrize(
    "password",
    [
        "123456789012",
        "987654321098",
        "111111111111",
        "abababababab",
        "090123456789",
        "password1234",
        "P@ssw0rd!2026",
        "matkhau@2026",
        "Mật khẩu 2026!",
        "matkhaumatkhau",
        "qwertyuiop[]",
        "abcdefghijkl",
        "2026lienthong!",
        "Hanoi@123456",
    ],
)
def test_what_everybody_tries_is_refused(password: str) -> None:
    assert "dễ đoán" in why_not(password, "van-hanh.a")


@pytest.mark.parametrize(
    ("password", "account", "name"),
    [
        ("Van-Hanh.A-2026", "van-hanh.a", ""),
        ("vanhanha-2026-x", "van-hanh.a", ""),
        ("nguyenvanvidu99", "a-b", "Nguyễn Văn Ví Dụ"),
    ],
)
def test_ones_own_names_are_refused(password: str, account: str, name: str) -> None:
    assert "họ tên" in why_not(password, account, name)


@pytest.mark.parametrize("length", [0, 11, 257])
def test_length_is_told(length: int) -> None:
    assert "ký tự" in why_not(("aB3$xyzQ!7mnop" * 20)[:length], "van-hanh.a")


@pytest.mark.parametrize(
    "password",
    [
        "con duong lang dai nang",
        "Tr4ng-sáng/ao-nhà",
        "xe đạp cũ màu xanh",
        "k7Q!m2Zp9$Lw",
    ],
)
def test_others_are_taken(password: str) -> None:
    assert why_not(password, "van-hanh.a", "Nguyễn Văn Ví Dụ") == ""
