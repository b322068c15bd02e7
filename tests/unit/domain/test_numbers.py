"""Numbers are read as people write them; what is odd is said and nothing is refused."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.numbers.agencies import agency_identifier, is_same_agency
from gateway.domain.numbers.days import partial_day
from gateway.domain.numbers.dossiers import dossier_code, procedure_code
from gateway.domain.numbers.identified import Identified, Kind
from gateway.domain.numbers.land import certificate_serial
from gateway.domain.numbers.people import personal_number, phone_number
from gateway.domain.numbers.tax import has_check_digit, tax_code
from gateway.domain.numbers.utilities import electricity_customer, water_customer
from gateway.domain.numbers.warnings import WARNINGS

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 3, 10)
READERS: list[Callable[[str], Identified]] = [
    agency_identifier,
    partial(partial_day, today=TODAY),
    partial(dossier_code, today=TODAY),
    procedure_code,
    certificate_serial,
    partial(personal_number, birth_year=1980, is_female=True),
    phone_number,
    tax_code,
    electricity_customer,
    water_customer,
]
written = st.one_of(
    st.text(max_size=40),
    st.text(st.sampled_from("0123456789 .-–/ABHCPESOĐđ+NAae"), max_size=25),
    st.from_regex(r"[A-Z]{2} ?\d{6,8}", fullmatch=True),
    st.from_regex(r"\d{1,2}/\d{1,2}/\d{4}", fullmatch=True),
    st.from_regex(r"\d{8,14}", fullmatch=True),
)


@given(written)
def test_whatever_is_written_is_kept_and_its_form_for_comparing_is_final(
    text: str,
) -> None:
    for read in READERS:
        once = read(text)
        again = read(once.normal)
        assert once.original == text
        assert again.normal == once.normal, read
        assert set(once.warnings) <= set(WARNINGS)


def told(found: Identified) -> tuple[str, str, tuple[str, ...]]:
    return found.normal, found.kind.value, found.warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("000.15.08.H00-230301-0001", ("000.15.08.H00-230301-0001", "dossier", ())),
        (" h00.50.05.13 – 251008-0975", ("H00.50.05.13-251008-0975", "dossier", ())),
        ("G00.99.99-251008-0001", ("G00.99.99-251008-0001", "dossier", ())),
        ("9900001", ("9900001", "dossier", ())),
        ("٣١٢٣٤٥", ("٣١٢٣٤٥", "other", ("number_form_unknown",))),
        (
            "H00.01-261231-0001",
            ("H00.01-261231-0001", "dossier", ("number_day_in_future",)),
        ),
        ("H00-251332-0001", ("H00-251332-0001", "other", ("number_day_impossible",))),
        ("BN/12", ("BN/12", "other", ("number_form_unknown",))),
        ("H" * 51, ("H" * 51, "other", ("number_too_long",))),
    ],
)
def test_dossier_codes_are_read_in_both_orders(text: str, expected: object) -> None:
    assert told(dossier_code(text, TODAY)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.001776", ("1.001776", "procedure", ())),
        ("3.000181.000.00.00.H00", ("3.000181", "procedure", ())),
        ("2 . 002492", ("2.002492", "procedure", ())),
        ("١.001776", ("١.001776", "local_procedure", ("procedure_code_local",))),
        (
            "TS_lop1.000.00.00.H00",
            ("TS_lop1.000.00.00.H00", "local_procedure", ("procedure_code_local",)),
        ),
    ],
)
def test_procedure_codes_are_found_inside_longer_ones(
    text: str, expected: object
) -> None:
    assert told(procedure_code(text)) == expected


def test_an_agency_is_the_same_in_both_orders_and_with_any_filling() -> None:
    same = ["H00.50.05.13", "13.05.50.H00", "000.13.05.50.H00", " h00.50.05.13 "]
    assert {agency_identifier(text).normal for text in same} == {"H00.50.05.13"}
    assert is_same_agency("000.00.00.G00", "G00")
    assert not is_same_agency("H00.01", "H00.10")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0100233488", ("0100233488", "enterprise", ())),
        ("Z99ABC", ("Z99ABC", "other_body", ())),
        ("H00.1.G00", ("H00.1.G00", "other", ("agency_order_unclear",))),
        ("XA MAU", ("XAMAU", "other", ("agency_form_unknown",))),
        ("H00." + "1" * 40, ("H00." + "1" * 40, "other", ("agency_too_long",))),
    ],
)
def test_other_agencies_are_told_apart(text: str, expected: object) -> None:
    assert told(agency_identifier(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("999 180 000 001", ("999180000001", "cccd", ())),
        ("999080000001", ("999080000001", "cccd", ("sex_differs",))),
        ("999181000001", ("999181000001", "cccd", ("birth_year_differs",))),
        ("000000000004", ("000000000004", "cccd", ())),
        ("123456789", ("123456789", "cmnd", ())),
        ("12345678", ("12345678", "other", ("personal_number_lost_zero",))),
        ("1234567", ("1234567", "other", ("personal_number_length",))),
        ("C1234567", ("C1234567", "passport", ())),
        ("N/A-0100000000", ("", "none", ("number_stands_in",))),
        ("000000001", ("", "none", ("number_stands_in",))),
        ("chưa có", ("", "none", ("number_says_none",))),
        ("–", ("", "none", ("number_says_none",))),
        ("999-180-000-001", ("999180000001", "cccd", ())),
        ("９９９１８０００００01", ("999180000001", "cccd", ())),
        ("٩٩٩١٨٠٠٠٠٠٠١", ("٩٩٩١٨٠٠٠٠٠٠١", "other", ("personal_number_form",))),
        ("", ("", "none", ())),
    ],
)
def test_personal_numbers_are_compared_with_what_was_declared(
    text: str, expected: object
) -> None:
    assert told(personal_number(text, birth_year=1980, is_female=True)) == expected


def test_the_province_of_a_personal_number_is_checked_against_no_list() -> None:
    for province in range(1, 1000):
        assert (
            personal_number(f"{province:03}080000001", birth_year=1980).warnings == ()
        )


def test_nothing_declared_contradicts_nothing() -> None:
    assert personal_number("999080000001").warnings == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0100233488", ("0100233488", "tax_code", ())),
        ("0100233480", ("0100233480", "tax_code", ("tax_code_check_digit",))),
        ("0100233488-001", ("0100233488-001", "branch_tax_code", ())),
        ("0100233488001", ("0100233488-001", "branch_tax_code", ())),
        ("0100233488 – 001", ("0100233488-001", "branch_tax_code", ())),
        (
            "0100233488-000",
            ("0100233488-000", "branch_tax_code", ("tax_code_branch_zero",)),
        ),
        ("999080000001", ("999080000001", "cccd", ())),
        ("12345", ("12345", "other", ("tax_code_form",))),
        ("０１００２３３４８８", ("0100233488", "tax_code", ())),
        ("٠١٠٠٢٣٣٤٨٨", ("٠١٠٠٢٣٣٤٨٨", "other", ("tax_code_form",))),
        ("không có", ("", "none", ("number_says_none",))),
    ],
)
def test_tax_codes_have_a_check_digit_and_those_of_persons_have_none(
    text: str, expected: object
) -> None:
    assert told(tax_code(text)) == expected


def test_one_digit_that_is_wrong_is_noticed() -> None:
    good = "0100233488"
    for place, digit in ((i, d) for i in range(10) for d in "0123456789"):
        changed = good[:place] + digit + good[place + 1 :]
        assert has_check_digit(changed) == (changed == good), changed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MM 000104", ("MM000104", "certificate", ())),
        ("mm000104", ("MM000104", "certificate", ())),
        ("AĐ 12345678", ("AĐ12345678", "certificate", ())),
        ("Số MM 000104", ("MM000104", "certificate", ())),
        ("Số phát hành: MM 000104", ("MM000104", "certificate", ())),
        ("Số:MM000104", ("MM000104", "certificate", ())),
        ("MM ٠٠٠١٠٤", ("MM ٠٠٠١٠٤", "other", ("serial_form",))),
        ("SOAN 270000", ("SOAN 270000", "other", ("serial_glued",))),
        ("MM 0001", ("MM 0001", "other", ("serial_form",))),
        ("CHUACOGIAY_99101_7_101", ("", "none", ("serial_stands_in",))),
        ("chưa có giấy", ("", "none", ("serial_stands_in",))),
    ],
)
def test_serials_of_certificates_are_found_as_people_write_them(
    text: str, expected: object
) -> None:
    assert told(certificate_serial(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0900 000 001", ("0900000001", "mobile", ())),
        ("+84 900 000 001", ("0900000001", "mobile", ())),
        ("+84 (0)900.000.001", ("0900000001", "mobile", ())),
        ("0084900000001", ("0900000001", "mobile", ())),
        ("024 3900 0001", ("02439000001", "landline", ())),
        ("01690000001", ("01690000001", "other", ("phone_old",))),
        ("900000001", ("900000001", "other", ("phone_form",))),
        (
            "0900000001; 0900000002",
            ("0900000001; 0900000002", "other", ("phone_several",)),
        ),
        (
            "0900000001 - 0900000002",
            ("0900000001 - 0900000002", "other", ("phone_several",)),
        ),
        (
            "0900000001\n0900000002",
            ("0900000001 0900000002", "other", ("phone_several",)),
        ),
        ("không có", ("", "none", ("phone_stands_in",))),
    ],
)
def test_phone_numbers_are_read_with_any_prefix_and_none_is_chosen_of_several(
    text: str, expected: object
) -> None:
    assert told(phone_number(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1957", ("1957", "year", ())),
        ("00/00/1957", ("1957", "year", ())),
        ("--/--/1957", ("1957", "year", ())),
        ("1957-00-00", ("1957", "year", ())),
        ("0/3/1957", ("1957-03", "month", ())),
        ("00/03/1957", ("1957-03", "month", ())),
        ("03/1957", ("1957-03", "month", ())),
        ("21/3/1957", ("1957-03-21", "day", ())),
        ("21.03.1957", ("1957-03-21", "day", ())),
        ("1957-03-21T00:00:00", ("1957-03-21", "day", ())),
        ("ngày 21 tháng 3 năm 1957", ("1957-03-21", "day", ())),
        ("tháng 3 năm 1957", ("1957-03", "month", ())),
        ("31/02/1957", ("31/02/1957", "other", ("day_impossible",))),
        ("03/21/1957", ("03/21/1957", "other", ("day_impossible",))),
        ("21/00/1957", ("21/00/1957", "other", ("day_impossible",))),
        ("01/01/0001", ("01/01/0001", "other", ("day_impossible",))),
        ("11/03/2026", ("2026-03-11", "day", ("day_in_future",))),
        ("21 tháng 3 năm 1957", ("1957-03-21", "day", ())),
        ("ngày 21/3/1957", ("1957-03-21", "day", ())),
        ("21 / 3 / 1957", ("1957-03-21", "day", ())),
        ("21 1957", ("21 1957", "other", ("day_unreadable",))),
        ("٢١/٠٣/١٩٥٧", ("٢١/٠٣/١٩٥٧", "other", ("day_unreadable",))),
        ("chưa có", ("", "none", ())),
        ("hôm qua", ("hôm qua", "other", ("day_unreadable",))),
        ("không rõ", ("", "none", ())),
    ],
)
def test_of_a_day_only_what_is_known_is_kept(text: str, expected: object) -> None:
    assert told(partial_day(text, TODAY)) == expected


def test_a_customer_of_electricity_is_checked_and_one_of_water_is_not() -> None:
    assert told(electricity_customer("pe 0100 0000000")) == (
        "PE01000000000",
        "electricity_customer",
        (),
    )
    assert electricity_customer("PE01").warnings == ("electricity_customer_form",)
    assert told(water_customer(" dB-0012 ")) == ("DB-0012", "water_customer", ())
    assert water_customer("").kind is Kind.NONE


@pytest.mark.parametrize("text", ["không có", "Chưa cấp", "N/A", "-", "null", "..."])
def test_a_customer_that_is_none_is_no_number_of_a_customer(text: str) -> None:
    for read in (electricity_customer, water_customer):
        assert told(read(text)) == ("", "none", ("customer_stands_in",))
