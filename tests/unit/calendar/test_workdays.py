"""Working days are counted by the province's calendar, and a second date by them."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calendar.workdays import Workdays, read_workdays
from gateway.domain.obligation import Effect
from gateway.domain.report import ReportKind
from gateway.routing.catalogue import read
from gateway.sealing.appointment import appointed
from tests.unit.routing.test_money import at_tax, told, with_all_ends

SHIPPED = Path(__file__).parents[3] / "config/calendar/2026.toml"


@pytest.fixture(scope="module")
def shipped() -> Workdays:
    return read_workdays({"2026": tomllib.loads(SHIPPED.read_text("utf-8"))})


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
    shipped: Workdays, day: date, count: int, last: date
) -> None:
    assert shipped.after(day, count) == last


def test_a_year_that_nobody_entered_is_counted_by_its_weekends(
    shipped: Workdays,
) -> None:
    assert shipped.after(date(2030, 3, 8), 1) == date(2030, 3, 11)


@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(1, 60), st.integers(1, 9)
)
def test_counting_on_from_where_one_stopped_is_counting_at_once(
    day: date, first: int, more: int
) -> None:
    days = read_workdays({"2026": tomllib.loads(SHIPPED.read_text("utf-8"))})
    last = days.after(day, first)
    assert days.is_working(last)
    assert days.after(last, more) == days.after(day, first + more)
    between = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]
    assert sum(map(days.is_working, between)) == first


@pytest.mark.parametrize(
    "year", [{"weekend": ["caturday"]}, {"holiday": [{"date": "x"}]}]
)
def test_a_calendar_that_cannot_be_read_says_so(year: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"caturday|tuple|Invalid"):
        read_workdays({"2026": year})


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
