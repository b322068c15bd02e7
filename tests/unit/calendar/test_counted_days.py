"""Working days are counted by the province's calendar, and a second date by them."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from gateway.calendar.telling import prediction_note
from gateway.calendar.working_time import WorkingTime, working_time
from gateway.domain.obligation import Effect
from gateway.domain.report import ReportKind
from gateway.routing.catalogue import read
from gateway.sealing.appointment import appointed
from tests.unit.routing.test_money import at_tax, told, with_all_ends

SHIPPED = Path(__file__).parents[3] / "config/calendar/2026.toml"


@pytest.fixture(scope="module")
def shipped() -> WorkingTime:
    return working_time({"2026": tomllib.loads(SHIPPED.read_text("utf-8"))})


@pytest.mark.parametrize(
    ("day", "count", "last"),
    [
        (date(2026, 3, 10), 1, date(2026, 3, 11)),
        (date(2026, 3, 13), 1, date(2026, 3, 16)),
        # Three holidays in a row of a week, then a weekend.
        (date(2026, 4, 24), 1, date(2026, 4, 28)),
        (date(2026, 4, 29), 1, date(2026, 5, 4)),
        # 31 August is off, 22 August was worked for it.
        (date(2026, 8, 21), 1, date(2026, 8, 22)),
        (date(2026, 8, 28), 1, date(2026, 9, 3)),
        (date(2026, 3, 10), 0, date(2026, 3, 10)),
    ],
)
def test_days_off_and_swapped_days_are_counted_as_offices_work(
    shipped: WorkingTime, day: date, count: int, last: date
) -> None:
    assert shipped.days_after(day, count) == last


def test_a_year_that_nobody_entered_is_counted_by_what_the_law_lets_expect(
    shipped: WorkingTime,
) -> None:
    assert shipped.days_after(date(2030, 3, 8), 1) == date(2030, 3, 11)
    assert shipped.days_after(date(2030, 1, 30), 1) == date(2030, 2, 7)


def test_a_date_of_such_a_year_says_that_its_days_off_are_expected_only(
    shipped: WorkingTime,
) -> None:
    assert prediction_note(shipped, date(2026, 1, 2), date(2026, 12, 31)) == ""
    note = "lịch năm 2027 chưa có dữ liệu của tỉnh, ngày nghỉ là dự kiến"
    assert prediction_note(shipped, date(2026, 12, 30), date(2027, 1, 4)) == note
    assert "2027, 2028" in prediction_note(shipped, date(2026, 12, 1), date(2028, 1, 1))


def test_the_second_date_counts_from_the_day_on_which_nothing_is_left_to_pay() -> None:
    raw = with_all_ends()
    raw["procedures"][0]["second_date"] = {
        "on": ["tax.paid", "tax.exempted", "tax.deferred"],
        "days": 8,
        "source": "ví dụ",
    }
    raw["calendar"] = {"2026": tomllib.loads(SHIPPED.read_text("utf-8"))}
    catalogue = read(1, raw)
    procedure = catalogue.exact("1.000001", "2026")
    case = told(at_tax(procedure), procedure, ReportKind.NOTICES, 60, Effect.DUE).case
    part = told(case, procedure, ReportKind.VOUCHER, 70, Effect.COVERED)
    day = date(2026, 4, 22)
    assert appointed(part, procedure, catalogue, day).case.due_on == case.due_on
    paid = told(case, procedure, ReportKind.PAID, 90, Effect.PAID)
    dated = appointed(paid, procedure, catalogue, day).case
    assert dated.due_on == date(2026, 5, 7)
    assert "8 ngày làm việc kể từ 22/04/2026" in dated.due_reason


def test_a_second_date_of_the_next_year_knows_its_tet_and_says_what_it_rests_on() -> (
    None
):
    raw = with_all_ends()
    raw["procedures"][0]["second_date"] = {
        "on": ["tax.paid"],
        "days": 30,
        "source": "ví dụ",
    }
    raw["calendar"] = {"2026": tomllib.loads(SHIPPED.read_text("utf-8"))}
    catalogue = read(1, raw)
    procedure = catalogue.exact("1.000001", "2026")
    paid = told(at_tax(procedure), procedure, ReportKind.PAID, 90, Effect.PAID)
    dated = appointed(paid, procedure, catalogue, date(2026, 12, 30)).case
    assert dated.due_on == date(2027, 2, 18)
    assert "lịch năm 2027 chưa có dữ liệu của tỉnh" in dated.due_reason
