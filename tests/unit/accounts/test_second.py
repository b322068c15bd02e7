"""Codes of the second factor as RFC 6238 has them, each of them once."""

import base64
from datetime import UTC, datetime

import pytest

from gateway.accounts import second

#: RFC 6238, appendix B: SHA-1; the last six of its eight digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]
NOW = datetime(2026, 7, 7, 1, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert second.code_at(SECRET, seconds // 30) == code


@pytest.mark.parametrize("ahead", [-1, 0, 1])
def test_a_telephone_may_be_half_a_minute_wrong(ahead: int) -> None:
    code = second.code_at(SECRET, STEP + ahead)
    assert second.step_of(SECRET, code, NOW, 0) == STEP + ahead


@pytest.mark.parametrize("ahead", [-2, 2])
def test_it_may_not_be_more(ahead: int) -> None:
    assert second.step_of(SECRET, second.code_at(SECRET, STEP + ahead), NOW, 0) is None


def test_a_step_that_was_used_and_those_before_it_are_over() -> None:
    for ahead in (-1, 0):
        code = second.code_at(SECRET, STEP + ahead)
        assert second.step_of(SECRET, code, NOW, STEP) is None
    assert second.step_of(SECRET, second.code_at(SECRET, STEP + 1), NOW, STEP)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "một hai", "٢٨٧٠٨٢"])
def test_what_is_no_code_is_none(code: str) -> None:
    assert second.step_of(SECRET, code, NOW, 0) is None


def test_a_recovery_code_is_one_accounts_and_however_it_is_typed() -> None:
    codes = second.recovery_codes()
    kept = tuple(second.digest("a", one) for one in codes)
    typed = codes[2].replace("-", "").upper()
    assert second.without(kept, "a", typed) == kept[:2] + kept[3:]
    assert second.without(kept, "b", codes[2]) is None
    assert second.without(kept, "a", "aaaaa-aaaaa") is None


def test_the_address_of_the_qr_code_names_account_and_secret() -> None:
    text = second.address(SECRET, "van-hanh.a")
    assert text.startswith("otpauth://totp/C%E1%BB%95ng%20li%C3%AAn%20th%C3%B4ng:")
    assert f"secret={SECRET}" in text
