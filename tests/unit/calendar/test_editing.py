"""A year's table edited by day, and written as a file that is read back the same."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.calendar.checking import check_year
from gateway.calendar.editing import (
    NotOfThisYear,
    OfSeveralDays,
    expected,
    toml_of,
    with_row,
    without,
)
from gateway.calendar.showing import Mark, deviations, months
from gateway.calendar.working_time import working_time
from gateway.wiring.calendars import read_year

SHIPPED = Path(__file__).parents[3] / "config" / "calendar"
UNITS: dict[str, Any] = {
    "weekend": ["saturday", "sunday"],
    "hours": [{"from": "07:30", "to": "11:30"}, {"from": "13:30", "to": "17:00"}],
    "holiday": [{"date": "2026-09-02", "name": 'Quốc khánh "2/9" \\ \x7f', "verified": True}],
    "swapped": [{"off": "2026-08-31", "worked": "2026-08-22", "basis": "ví dụ"}],
    "half_day": [
        {
            "date": "2026-02-13",
            "hours": [{"from": "07:30", "to": "11:30"}],
            "name": "Chiều nghỉ",
            "offices": ["a", "b"],
        }
    ],
    "closed": [
        {"from": "2026-10-06", "to": "2026-10-07", "reason": "Lũ", "offices": ["a"]},
        {"date": "2026-10-09", "reason": "Mất điện"},
    ],
    "unit": [
        {
            "offices": ["b"],
            "weekend": ["sunday"],
            "hours": [{"from": "07:30", "to": "11:30", "days": ["saturday"]}],
        }
    ],
}  # fmt: skip


def read(text: str) -> Any:
    return json.loads(json.dumps(tomllib.loads(text), default=str))


@pytest.mark.parametrize("table", [UNITS, {}, {"weekend": []}, expected(2027)])
def test_a_table_is_read_back_as_it_was_written(table: dict[str, Any]) -> None:
    assert read(toml_of(table)) == table


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.toml")), ids=lambda f: f.stem)
def test_shipped_years_are_read_back_as_they_were_written(file: Path) -> None:
    table = read_year(file)
    assert read(toml_of(table)) == table


def test_what_the_law_lets_expect_is_a_calendar_without_an_error() -> None:
    found = check_year("2027", expected(2027))
    assert [one for one in found if not one.warning] == []
    assert not any(row["verified"] for row in expected(2027)["holiday"])


def test_a_row_more_stands_in_the_order_of_its_day() -> None:
    row = {"date": "2026-01-01", "name": "Tết Dương lịch"}
    after = with_row(UNITS, "holiday", row)
    assert [one["date"] for one in after["holiday"]] == ["2026-01-01", "2026-09-02"]
    assert len(UNITS["holiday"]) == 1


@pytest.mark.parametrize("day", [date(2026, 8, 31), date(2026, 8, 22)])
def test_a_swap_goes_with_both_of_its_days(day: date) -> None:
    assert "swapped" not in without(UNITS, day)


def test_a_day_of_two_units_stays_for_the_other() -> None:
    after = without(UNITS, date(2026, 2, 13), "a")
    assert after["half_day"][0]["offices"] == ["b"]
    with pytest.raises(NotOfThisYear):
        without(UNITS, date(2026, 2, 13))  # of no unit: it is theirs
    with pytest.raises(NotOfThisYear):
        without(UNITS, date(2026, 2, 13), "c")


def test_one_day_of_a_closing_over_several_is_not_taken_out() -> None:
    with pytest.raises(OfSeveralDays):
        without(UNITS, date(2026, 10, 7), "a")
    assert len(without(UNITS, date(2026, 10, 9))["closed"]) == 1


def test_a_year_is_twelve_months_of_weeks_with_every_day_once() -> None:
    found = months(working_time({"2026": UNITS}), 2026)
    days = [one for month in found for week in month for one in week if one]
    assert [len(week) for month in found for week in month] == [7] * sum(
        map(len, found)
    )
    assert [one.day.timetuple().tm_yday for one in days] == list(range(1, 366))
    for month in found:
        for week in month:
            assert all(
                one is None or one.day.weekday() == n for n, one in enumerate(week)
            )
    marks = {one.day.isoformat(): one.mark for one in days}
    assert marks["2026-09-02"] is Mark.OFF
    assert marks["2026-08-22"] is Mark.MADE_UP
    assert marks["2026-10-09"] is Mark.OFF
    assert marks["2026-10-06"] is Mark.WORKED  # closed for a unit alone
    assert marks["2026-09-05"] is Mark.WEEKEND


def test_a_year_without_a_file_shows_its_days_as_predicted() -> None:
    found = months(working_time({"2026": UNITS}), 2027)
    named = [d for month in found for week in month for d in week if d and d.name]
    assert named
    assert all(one.predicted for one in named)


def test_units_that_differ_are_told_with_what_differs() -> None:
    a, b = deviations({"2026": UNITS}, 2026)
    assert (a.unit, a.week) == ("a", ())
    assert [str(one.day) for one in a.days] == [
        "2026-02-13",
        "2026-10-06",
        "2026-10-07",
    ]
    assert b.unit == "b"
    assert (5, ((450, 690),)) in b.week
    assert [str(one.day) for one in b.days] == ["2026-02-13"]
    assert deviations({"2026": {}}, 2026) == ()
