"""Working time is counted by minutes of the calendar; each known bug of it by name."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calendar.days import DayKind
from gateway.calendar.working_time import LAST_YEAR, WorkingTime, working_time
from gateway.domain.legal_day import VIETNAM

SHIPPED = Path(__file__).parents[3] / "config/calendar/2026.toml"
CALENDAR = {"2026": tomllib.loads(SHIPPED.read_text("utf-8"))}
PROVINCE = working_time(CALENDAR)
MORNING, AFTERNOON, FULL = 240, 210, 450


def at(
    month: int, day: int, hour: int, minute: int = 0, *, year: int = 2026
) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=VIETNAM)


def with_rows(**rows: Any) -> WorkingTime:
    return working_time({"2026": {**CALENDAR["2026"], **rows}}, "branch-mau-1")


# ------------------------------------------------------ bugs that others had


def test_a_pause_over_a_weekend_is_no_working_time() -> None:
    assert PROVINCE.minutes(at(3, 13, 17), at(3, 16, 7, 30)) == 0
    assert PROVINCE.minutes(at(3, 13, 16), at(3, 16, 8)) == 90


def test_what_is_created_outside_hours_counts_from_the_next_opening() -> None:
    saturday, monday = at(3, 14, 10), at(3, 16, 7, 30)
    assert PROVINCE.after(saturday, 0) == monday
    assert PROVINCE.after(saturday, 60) == monday + timedelta(hours=1)
    assert PROVINCE.minutes(saturday, at(3, 16, 9)) == 90


def test_a_timer_made_before_hours_starts_with_them() -> None:
    assert PROVINCE.after(at(3, 10, 5), MORNING) == at(3, 10, 11, 30)


def test_a_timer_made_after_hours_starts_on_the_next_working_day() -> None:
    assert PROVINCE.after(at(3, 10, 17), 1) == at(3, 11, 7, 31)
    assert PROVINCE.after(at(3, 10, 21, 15), FULL) == at(3, 11, 17)


def test_nobody_works_in_the_lunch_break() -> None:
    assert PROVINCE.minutes(at(3, 10, 11, 30), at(3, 10, 13, 30)) == 0
    assert PROVINCE.after(at(3, 10, 11), 60) == at(3, 10, 14)
    assert PROVINCE.after(at(3, 10, 12), 0) == at(3, 10, 13, 30)


def test_a_holiday_is_honoured() -> None:
    assert PROVINCE.minutes(at(4, 29, 17), at(5, 4, 7, 30)) == 0
    assert PROVINCE.days_after(date(2026, 4, 29), 1) == date(2026, 5, 4)


def test_no_foreign_holiday_adds_a_day_off() -> None:
    weekdays = [date(2027, 12, 24), date(2027, 12, 27), date(2026, 12, 25)]
    assert all(map(PROVINCE.is_working, weekdays))
    foreign = {
        one.day for one in PROVINCE.days_off(date(2027, 1, 1), date(2027, 12, 31))
    }
    assert {day.month for day in foreign} == {1, 2, 4, 5, 9, 11}


def test_a_day_is_not_eight_hours_nor_a_date_a_day_later() -> None:
    late = at(3, 10, 16, 59)
    assert PROVINCE.days_after(late.date(), 1) == date(2026, 3, 11)
    assert PROVINCE.after(late, FULL) == at(3, 11, 16, 59)
    assert PROVINCE.full_day == FULL
    assert PROVINCE.minutes(late, PROVINCE.day_end(date(2026, 3, 11))) == 1 + FULL


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("America/New_York"), VIETNAM])
def test_a_moment_is_counted_by_the_day_that_vietnam_has(zone: Any) -> None:
    # In UTC it is still Sunday.
    monday = at(3, 16, 2).astimezone(zone)
    assert PROVINCE.minutes(monday, at(3, 16, 8).astimezone(zone)) == 30
    assert PROVINCE.after(monday, 0).date() == date(2026, 3, 16)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        PROVINCE.minutes(datetime(2026, 3, 16, 8), at(3, 16, 9))  # noqa: DTZ001


def test_intake_at_23_59_on_29_tet_counts_from_the_first_day_after_tet() -> None:
    # 16 February 2026 is 29 Tết; Tết ends with the week.
    intake = at(2, 16, 23, 59)
    assert PROVINCE.after(intake, 0) == at(2, 23, 7, 30)
    assert PROVINCE.days_after(date(2026, 2, 16), 1) == date(2026, 2, 23)


def test_a_dossier_of_december_knows_january_and_tet_of_the_year_after() -> None:
    assert PROVINCE.days_after(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert PROVINCE.days_after(date(2026, 12, 30), 30) == date(2027, 2, 18)
    assert not PROVINCE.known(date(2027, 1, 4))
    moved = PROVINCE.days_off(date(2026, 12, 30), date(2027, 2, 18))
    assert {one.name for one in moved} >= {"Tết Dương lịch", "29 Tết"}
    assert all(one.predicted for one in moved)


def test_days_of_a_year_that_was_entered_are_not_predicted() -> None:
    whole = working_time({**CALENDAR, "2027": {"holiday": [{"date": "2027-01-01"}]}})
    assert whole.known(date(2027, 2, 4))
    assert whole.is_working(date(2027, 2, 4))
    assert whole.minutes(at(1, 4, 7, 30, year=2027), at(1, 4, 17, year=2027)) == FULL


# ------------------------------------------------------ days with a name


def test_a_swap_moves_work_to_a_saturday_with_the_hours_of_its_day() -> None:
    assert PROVINCE.spans(date(2026, 8, 22)) == PROVINCE.spans(date(2026, 8, 28))
    assert not PROVINCE.is_working(date(2026, 8, 31))
    moved = PROVINCE.days_off(date(2026, 8, 20), date(2026, 8, 31))
    assert [(one.day.day, one.kind) for one in moved] == [
        (22, DayKind.WORKED),
        (31, DayKind.OFF),
    ]


def test_a_swap_may_pay_a_december_day_with_one_of_january() -> None:
    swap = {"off": "2026-12-31", "worked": "2027-01-09"}
    assert with_rows(swapped=[swap]).days_after(date(2026, 12, 30), 2) == date(
        2027, 1, 5
    )
    assert with_rows(swapped=[swap]).is_working(date(2027, 1, 9))


def test_a_holiday_on_a_weekend_moves_no_date_and_is_not_told() -> None:
    # 26 April is a Sunday; the Monday after is off for it.
    moved = PROVINCE.days_off(date(2026, 4, 25), date(2026, 4, 27))
    assert [one.day for one in moved] == [date(2026, 4, 27)]


def test_a_half_day_counts_its_own_hours() -> None:
    half = {"date": "2026-02-13", "hours": [{"from": "07:30", "to": "11:30"}]}
    unit = with_rows(half_day=[half])
    assert unit.minutes(at(2, 13, 7), at(2, 14, 7)) == MORNING
    assert unit.after(at(2, 13, 11), 60) == at(2, 23, 8)
    assert unit.day_end(date(2026, 2, 13)) == at(2, 13, 11, 30)
    (told,) = unit.days_off(date(2026, 2, 13), date(2026, 2, 13))
    assert told.kind is DayKind.HALF


def test_a_half_day_of_a_day_off_stays_off() -> None:
    half = {"date": "2026-02-16", "hours": [{"from": "07:30", "to": "11:30"}]}
    assert not with_rows(half_day=[half]).is_working(date(2026, 2, 16))


def test_closed_days_close_who_they_name_and_no_other() -> None:
    flood = {"from": "2026-10-06", "to": "2026-10-08", "reason": "Lũ lụt (ví dụ)"}
    own = with_rows(closed=[{**flood, "offices": ["branch-mau-1"]}])
    assert own.days_after(date(2026, 10, 5), 1) == date(2026, 10, 9)
    assert [one.name for one in own.days_off(date(2026, 10, 5), date(2026, 10, 9))] == [
        "Lũ lụt (ví dụ)"
    ] * 3
    other = with_rows(closed=[{**flood, "offices": ["branch-mau-2"]}])
    assert other.days_after(date(2026, 10, 5), 1) == date(2026, 10, 6)
    assert with_rows(closed=[flood]).days_after(date(2026, 10, 5), 1).day == 9


def test_a_unit_may_work_on_saturday_mornings() -> None:
    own = {
        "offices": ["branch-mau-1"],
        "weekend": ["sunday"],
        "hours": [
            {"from": "07:30", "to": "11:30"},
            {"from": "13:30", "to": "17:00"},
            {"from": "07:30", "to": "11:00", "days": ["saturday"]},
        ],
    }
    unit = with_rows(unit=[own])
    assert unit.minutes(at(3, 14, 0), at(3, 15, 0)) == 210
    assert unit.full_day == FULL
    assert unit.days_after(date(2026, 3, 13), 1) == date(2026, 3, 14)
    # A year without a file goes on by the same week.
    assert unit.is_working(date(2030, 3, 9))
    assert working_time({"2026": {**CALENDAR["2026"], "unit": [own]}}) == PROVINCE


def test_a_year_that_names_only_its_days_off_inherits_hours() -> None:
    spring = {"hours": [{"from": "08:00", "to": "12:00"}]}
    whole = working_time({"2025": spring, "2026": {}, "2024": {}})
    assert whole.minutes(at(3, 10, 0), at(3, 11, 0)) == MORNING
    assert whole.minutes(at(3, 12, 0, year=2024), at(3, 13, 0, year=2024)) == MORNING


# ------------------------------------------------------ edges


def test_nothing_passes_backwards() -> None:
    assert PROVINCE.minutes(at(3, 11, 9), at(3, 10, 9)) == 0
    with pytest.raises(ValueError, match="forwards"):
        PROVINCE.after(at(3, 11, 9), -1)


def test_a_moment_within_hours_is_its_own_beginning() -> None:
    moment = at(3, 10, 9).replace(second=42)
    assert PROVINCE.after(moment, 0) == moment
    assert PROVINCE.after(at(3, 10, 17), 0) == at(3, 11, 7, 30)


def test_a_day_off_has_neither_beginning_nor_end() -> None:
    assert PROVINCE.next_working(date(2026, 3, 14)) == date(2026, 3, 16)
    assert PROVINCE.next_working(date(2026, 3, 16)) == date(2026, 3, 16)
    assert PROVINCE.day_start(date(2026, 3, 16)) == at(3, 16, 7, 30)
    for of_day in (PROVINCE.day_start, PROVINCE.day_end):
        with pytest.raises(ValueError, match="day off"):
            of_day(date(2026, 3, 14))


def test_a_calendar_without_working_time_says_so_instead_of_looking_for_ever() -> None:
    never = working_time({"2026": {"hours": [], "weekend": list(_WEEK)}})
    with pytest.raises(ValueError, match="no working days"):
        never.days_after(date(2026, 3, 10), 1)
    with pytest.raises(ValueError, match="not so many working hours"):
        never.after(at(3, 10, 8), 1)
    with pytest.raises(ValueError, match="not so many working hours"):
        PROVINCE.after(at(12, 31, 17, year=LAST_YEAR), 1)


_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.mark.parametrize("year", [1, 1969, LAST_YEAR + 1, 9999])
def test_a_moment_of_no_time_of_ours_counts_nothing_more(year: int) -> None:
    odd = datetime(year, 6, 1, tzinfo=UTC)
    assert PROVINCE.minutes(odd, odd + timedelta(days=60)) == 0
    assert PROVINCE.minutes(at(3, 10, 8), at(3, 10, 9)) == 60


@pytest.mark.parametrize(
    "calendar",
    [
        {"2026": {"weekend": ["caturday"]}},
        {"2026": {"holiday": [{"date": "x"}]}},
        {"2026": {"holiday": [{}]}},
        {"2026": {"hours": [{"from": "7h30", "to": "11:30"}]}},
        {"2026": "x"},
        {"next": {}},
    ],
)
def test_a_calendar_that_cannot_be_read_says_so(calendar: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"caturday|Invalid|cannot be read|7h30|next"):
        working_time(calendar)


def test_an_empty_calendar_counts_usual_hours_and_knows_no_year() -> None:
    nobody = working_time({})
    assert nobody.full_day == FULL
    assert nobody.days_after(date(2026, 2, 13), 1) == date(2026, 2, 23)
    assert not nobody.known(date(2026, 2, 13))


# ------------------------------------------------------ properties

HALF = {"date": "2026-02-13", "hours": [{"from": "07:30", "to": "11:30"}]}
SATURDAYS = {
    "offices": ["branch-mau-1"],
    "weekend": ["sunday"],
    "hours": [
        {"from": "07:00", "to": "11:45"},
        {"from": "13:30", "to": "24:00", "days": ["monday"]},
        {"from": "00:00", "to": "00:01", "days": ["saturday"]},
    ],
}
TIMES = st.sampled_from(
    [
        PROVINCE,
        with_rows(half_day=[HALF], unit=[SATURDAYS]),
        working_time({}),
    ]
)
#: Into two years that have no file, with seconds.
MOMENTS = st.integers(0, 480 * 86_400).map(
    lambda seconds: at(11, 1, 0, year=2025) + timedelta(seconds=seconds)
)


@given(TIMES, st.tuples(MOMENTS, MOMENTS, MOMENTS))
def test_two_spans_that_meet_have_together_what_the_whole_has(
    times: WorkingTime, moments: tuple[datetime, datetime, datetime]
) -> None:
    a, b, c = sorted(moments)
    assert times.minutes(a, b) + times.minutes(b, c) == times.minutes(a, c)


@given(TIMES, MOMENTS, st.integers(0, 30_000))
def test_so_many_minutes_after_a_moment_so_many_have_passed(
    times: WorkingTime, since: datetime, count: int
) -> None:
    reached = times.after(since, count)
    assert times.minutes(since, reached) == count
    assert reached >= since
    earlier = reached - timedelta(minutes=1)
    assert count == 0 or times.minutes(since, earlier) < count


@given(TIMES, MOMENTS, st.integers(0, 9_000), st.integers(0, 9_000))
def test_more_minutes_end_no_earlier_and_a_later_start_ends_no_earlier(
    times: WorkingTime, since: datetime, count: int, more: int
) -> None:
    assert times.after(since, count) <= times.after(since, count + more)
    later = since + timedelta(minutes=more)
    assert times.after(since, count) <= times.after(later, count)


@given(TIMES, MOMENTS, st.integers(1, 3 * 1440))
def test_working_minutes_are_those_of_each_day_one_by_one(
    times: WorkingTime, since: datetime, length: int
) -> None:
    first = since.replace(second=0, microsecond=0)
    minutes = (first + timedelta(minutes=n) for n in range(length))
    counted = sum(
        any(
            start <= moment.hour * 60 + moment.minute < end
            for start, end in times.spans(moment.date())
        )
        for moment in minutes
    )
    assert times.minutes(first, first + timedelta(minutes=length)) == counted


@given(TIMES, st.dates(date(2025, 11, 1), date(2027, 3, 1)), st.integers(1, 90))
def test_so_many_days_after_a_day_so_many_were_worked(
    times: WorkingTime, day: date, count: int
) -> None:
    last = times.days_after(day, count)
    between = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]
    assert sum(map(times.is_working, between)) == count
    assert times.is_working(last)
