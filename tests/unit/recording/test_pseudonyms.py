"""Other names, numbers and days: the same for the same, and in the same shape."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from gateway.domain.encodings import convert, detect
from gateway.domain.numbers.dossiers import dossier_code
from gateway.domain.numbers.identified import Kind
from gateway.domain.numbers.people import personal_number, phone_number
from gateway.domain.numbers.tax import tax_code
from gateway.domain.old_letters import TCVN3, Encoding
from gateway.domain.text import fold
from gateway.recording.kinds import moved
from gateway.recording.pseudonyms import Pseudonyms

NAME = "Nguyễn Thị Ví Dụ"
_TO_TCVN3 = {letter: chr(byte) for byte, letter in TCVN3.items()}


def made(first: int = 1, weeks: int = -5) -> Pseudonyms:
    return Pseudonyms(bytes([first]) * 32, weeks)


def test_two_exports_have_nothing_in_common() -> None:
    one, other = made(1), made(2)
    assert one.person(NAME) != other.person(NAME)
    assert one.number("0001/PCTT") != other.number("0001/PCTT")
    assert one.secret("khoa") != other.secret("khoa")


@pytest.mark.parametrize(
    "written",
    [
        NAME.upper(),
        unicodedata.normalize("NFD", NAME),
        f"  {NAME} ".replace(" ", "  "),
        "".join(_TO_TCVN3.get(c, c) for c in NAME),
    ],
)
def test_a_person_is_one_however_the_name_is_written(written: str) -> None:
    both = made()
    told, again = both.person(NAME), both.person(written)
    old = detect(again)
    assert fold(convert(again, old) if old else again) == fold(told) != fold(NAME)


def test_letters_stay_as_they_were_written() -> None:
    both = made()
    assert both.person(NAME.upper()).isupper()
    assert both.person("NGUYEN THI VI DU").isascii()
    parted = both.person(unicodedata.normalize("NFD", NAME))
    assert (
        parted
        == unicodedata.normalize("NFD", parted)
        != unicodedata.normalize("NFC", parted)
    )
    assert (
        detect(both.person("".join(_TO_TCVN3.get(c, c) for c in NAME)))
        is Encoding.TCVN3
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0912 345 678", "0912.345.678"),
        ("CB 000001", "CB000001"),
        ("096 090 000 001", "096090000001"),
    ],
)
def test_a_number_is_one_whatever_parts_its_digits(one: str, other: str) -> None:
    both = made()
    first, second = both.whole(one), both.whole(other)
    assert first.replace(" ", "").replace(".", "") == second.replace(".", "")
    assert [c for c in first if not c.isalnum()] == [c for c in one if not c.isalnum()]


def test_a_number_inside_another_stays_the_same() -> None:
    both = made()
    assert both.number("R-TCT-000009").endswith(both.number("TCT-000009")[-6:])


def test_numbers_that_differ_never_become_one() -> None:
    both = made()
    every = [f"{n:04d}/PCTT" for n in range(1000)]
    told = {both.number(one) for one in every}
    assert len(told) == len(every)
    assert not told & set(every[:1])


def test_shapes_of_numbers_hold() -> None:
    both = made()
    person = personal_number(
        both.whole("001190000017"), birth_year=1990, is_female=True
    )
    assert (person.kind, person.warnings) == (Kind.CCCD, ())
    assert tax_code(both.whole("9900000016")).warnings == ()
    assert phone_number(both.phone("0912345678")).kind is Kind.MOBILE
    code = dossier_code(both.number("H00.96.01-260310-0001"), date(2026, 3, 10))
    assert (code.kind, code.warnings) == (Kind.DOSSIER, ())


def test_a_telephone_number_is_one_with_and_without_its_country() -> None:
    both = made()
    assert both.phone("+84912345678")[3:] == both.phone("0912345678")[1:]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("2026-03-10", "2026-02-03"),
        ("2026/03/10 07:45:00", "2026/02/03 07:45:00"),
        ("2026-03-10T08:00:00.123+07:00", "2026-02-03T08:00:00.123+07:00"),
        ("10/03/2026 07:45", "03/02/2026 07:45"),
        ("3/10/2026 7:45:00 AM", "2/3/2026 7:45:00 AM"),
        ("10.03.2026", "03.02.2026"),
        ("0001-01-01 00:00:00", "0001-01-01 00:00:00"),
        ("31/02/2026", None),
        ("10/03/2026 và nhiều lời", None),
        ("20260310", None),
    ],
)
def test_days_move_by_whole_weeks_in_the_way_they_are_written(
    was: str, now: str | None
) -> None:
    assert moved(was, -5) == now


def test_digits_alone_are_a_day_where_a_rule_says_so() -> None:
    assert moved("20260310083000", -5, bare=True) == "20260203083000"
    assert moved("1957", -5, bare=True) == "1956"
    assert moved("03/2026", -5, bare=True) == "02/2026"
