"""What a new calendar changes is shown before it runs: days, weeks, units."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from gateway.calendar.changes import Becomes, Changes, changes, differing, with_year

SHIPPED = Path(__file__).parents[3] / "config/calendar/2026.toml"
TABLE = tomllib.loads(SHIPPED.read_text("utf-8"))
CALENDAR = {"2026": TABLE}


def after(**rows: Any) -> tuple[Changes, ...]:
    return changes(CALENDAR, with_year(CALENDAR, "2026", {**TABLE, **rows}), 2026)


def test_the_same_days_by_other_names_change_nothing() -> None:
    holidays = [{**row, "verified": True, "name": "x"} for row in TABLE["holiday"]]
    assert after(holiday=holidays) == ()


def test_a_new_swap_moves_two_days() -> None:
    swap = {"off": "2026-06-05", "worked": "2026-06-13"}
    (common,) = after(swapped=[*TABLE["swapped"], swap])
    assert common.unit == ""
    assert common.week == ()
    assert [(one.day, one.becomes) for one in common.days] == [
        (date(2026, 6, 5), Becomes.OFF),
        (date(2026, 6, 13), Becomes.WORKED),
    ]
    assert common.days[0].name == "Nghỉ hoán đổi, làm bù ngày 13/06/2026"


def test_a_swap_into_january_is_told_with_its_day_of_the_next_year() -> None:
    swap = {"off": "2026-12-31", "worked": "2027-01-09"}
    (common,) = after(swapped=[*TABLE["swapped"], swap])
    assert [one.day for one in common.days] == [date(2026, 12, 31), date(2027, 1, 9)]


def test_other_hours_are_told_of_the_week_and_not_day_by_day() -> None:
    summer = [{"from": "07:00", "to": "11:30"}, {"from": "13:30", "to": "17:00"}]
    (common,) = after(hours=summer)
    assert [one.weekday for one in common.week] == [0, 1, 2, 3, 4]
    # Only worked Saturdays are by other hours, too.
    assert [(one.day, one.becomes) for one in common.days] == [
        (date(2026, 1, 10), Becomes.HOURS),
        (date(2026, 8, 22), Becomes.HOURS),
    ]


def test_what_moves_one_unit_is_told_of_that_unit_alone() -> None:
    flood = {"from": "2026-10-09", "to": "2026-10-12", "reason": "Lũ"}
    (own,) = after(closed=[{**flood, "offices": ["land-mau-1"]}])
    assert own.unit == "land-mau-1"
    # The weekend between was off before.
    assert [one.day.day for one in own.days] == [9, 12]


def test_what_moves_all_is_not_told_again_of_a_unit_that_it_moves_alike() -> None:
    own = {"offices": ["land-mau-1"], "weekend": ["sunday"]}
    before = {"2026": {**TABLE, "unit": [own]}}
    new = {**TABLE, "unit": [own], "closed": [{"date": "2026-10-06", "reason": "Lũ"}]}
    (common,) = changes(before, with_year(before, "2026", new), 2026)
    assert common.unit == ""


def test_a_year_entered_for_the_first_time_is_held_against_what_was_expected() -> None:
    tet = [
        {"date": f"2027-02-{day:02}", "name": "Tết"} for day in (5, 6, 7, 8, 9, 10, 11)
    ]
    table = {**TABLE, "holiday": tet, "swapped": []}
    (common,) = changes(CALENDAR, with_year(CALENDAR, "2027", table), 2027)
    became = {one.day: one.becomes for one in common.days}
    assert became[date(2027, 2, 4)] is Becomes.WORKED
    assert became[date(2027, 2, 11)] is Becomes.OFF
    assert date(2027, 2, 8) not in became


def test_a_year_that_is_left_out_is_no_difference() -> None:
    assert differing({"2025": {}, "2026": TABLE}, {"2026": TABLE}) == []
    assert differing({"2026": TABLE}, {"2026": {**TABLE, "weekend": []}}) == ["2026"]
    assert differing({"2026": TABLE}, {"2026": TABLE, "2027": {}}) == ["2027"]
