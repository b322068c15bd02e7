"""When an office is open: its hours, the province's calendar, windows of maintenance."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.calendar.opening import Opening, begins_on, next_turn, turns
from gateway.calendar.working_time import working_time
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.legal_day import VIETNAM
from gateway.domain.opening import LAST, Hours, Maintenance, Recurrence

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
#: 2026-03-09 is a Monday; Wednesday is off, and worked on Saturday.
WORKING = working_time(
    {"2026": {"swapped": [{"off": "2026-03-11", "worked": "2026-03-14"}]}}
)
BUSINESS = (Hours(450, 690), Hours(810, 1020))
MONDAY = datetime(2026, 3, 9, tzinfo=VIETNAM)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=VIETNAM)


def once(begins: datetime, ends: datetime, **more: object) -> Maintenance:
    return window(begins_at=begins, ends_at=ends, **more)


def window(**values: object) -> Maintenance:
    given_: dict[str, object] = {
        "id": "m1",
        "agency": AgencyId("tax"),
        "office": OfficeId("tax-1"),
        "reason": "Nâng cấp",
        "by": "admin",
        "made_at": MONDAY,
    }
    return Maintenance(**{**given_, **values})  # type: ignore[arg-type]


def rule(**values: object) -> Recurrence:
    given_: dict[str, object] = {
        "start": 22 * 60,
        "length": 240,
        "valid_from": date(2026, 1, 1),
    }
    return Recurrence(**{**given_, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (at(10, 7, 29), at(10, 7, 30)),
        (at(10, 7, 30), at(10, 7, 30)),
        (at(10, 11, 30), at(10, 13, 30)),
        (at(10, 17), at(12, 7, 30)),  # Wednesday is off
        (at(13, 17), at(14, 7, 30)),  # Saturday is worked
        (at(14, 17), at(16, 7, 30)),  # Sunday is not
    ],
)
def test_hours_go_by_the_calendar_of_the_province(
    moment: datetime, opens: datetime
) -> None:
    assert Opening(BUSINESS, WORKING).next_opening(moment) == opens


def test_named_weekdays_may_be_weekend_and_a_day_off_closes_them_too() -> None:
    saturdays = (Hours(480, 690, (5,)),)
    opening = Opening(saturdays, WORKING)
    assert opening.next_opening(MONDAY) == at(14, 8)
    wednesdays = Opening((Hours(480, 690, (2,)),), WORKING)
    assert wednesdays.next_opening(MONDAY) == at(18, 8)


def test_a_day_worked_for_another_is_as_monday() -> None:
    mondays = Opening((Hours(480, 690, (0, 1, 2, 3, 4)),), WORKING)
    assert mondays.is_open(at(14, 9))
    fridays = Opening((Hours(480, 690, (4,)),), WORKING)
    assert not fridays.is_open(at(14, 9))


def test_without_hours_it_is_open_at_any_time() -> None:
    assert Opening((), WORKING).next_opening(at(15, 3)) == at(15, 3)


def test_hours_and_windows_end_where_the_next_begins() -> None:
    shut = (
        once(at(10, 11), at(10, 13, 30)),
        once(at(10, 13, 30), at(10, 15), id="m2"),
    )
    opening = Opening(BUSINESS, WORKING, shut)
    assert opening.next_opening(at(10, 11)) == at(10, 15)
    assert opening.changes_at(at(10, 10)) == at(10, 11)


def test_a_rule_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    saturday = window(rule=rule(weekdays=(5,)))
    opening = Opening((), WORKING, (saturday,))
    assert opening.is_open(at(14, 21, 59))
    assert not opening.is_open(at(14, 22))
    assert not opening.is_open(at(15, 1, 59))
    assert opening.next_opening(at(14, 23)) == at(15, 2)


def test_a_rule_holds_from_and_to_its_days() -> None:
    bounded = rule(
        weekdays=(5,), valid_from=date(2026, 3, 14), valid_to=date(2026, 3, 14)
    )
    days = [date(2026, 3, day) for day in (7, 14, 21)]
    assert [begins_on(bounded, day) for day in days] == [False, True, False]


def test_a_month_that_lacks_the_day_has_it_on_its_last() -> None:
    monthly = rule(days=(31,))
    assert begins_on(monthly, date(2026, 1, 31))
    assert begins_on(monthly, date(2026, 2, 28))
    assert not begins_on(monthly, date(2026, 3, 30))


def test_a_rule_may_name_the_weeks_of_the_month() -> None:
    saturdays = [date(2026, 3, day) for day in (7, 14, 21, 28)]
    first = rule(weekdays=(5,), weeks=(1,))
    last = rule(weekdays=(5,), weeks=(LAST,))
    assert [begins_on(first, day) for day in saturdays] == [True, False, False, False]
    assert [begins_on(last, day) for day in saturdays] == [False, False, False, True]


def test_a_turn_that_was_ended_early_or_prolonged_leaves_the_others() -> None:
    begin = at(14, 22)
    moved = window(rule=rule(weekdays=(5,)), moved=((begin, at(15, 6)),))
    found = [*turns(moved, at(13, 0), at(22, 12))]
    assert found == [(begin, at(15, 6)), (at(21, 22), at(22, 2))]
    early = window(rule=rule(weekdays=(5,)), moved=((begin, at(14, 23)),))
    assert next_turn(early, at(14, 23)) == (at(21, 22), at(22, 2))


def test_nothing_is_left_of_a_window_that_is_over() -> None:
    over = window(rule=rule(weekdays=(5,)), over_at=at(15, 0))
    assert next_turn(over, at(14, 22)) == (at(14, 22), at(15, 0))
    assert next_turn(over, at(15, 0)) is None
    cancelled = once(at(14, 1), at(14, 2), over_at=at(13, 0))
    assert next_turn(cancelled, at(13, 0)) is None


def test_who_never_opens_is_not_looked_for_without_end() -> None:
    daily = window(rule=rule(start=0, length=1440, weekdays=tuple(range(7))))
    opening = Opening((), WORKING, (daily,))
    assert opening.next_opening(at(10, 0)) is None
    assert opening.shut_s(at(10, 0), at(12, 0)) == 2 * 86400


def test_tet_does_not_count() -> None:
    days = [{"date": f"2026-02-{day}"} for day in range(16, 23)]
    tet = working_time({"2026": {"holiday": days}})
    opening = Opening(BUSINESS, tet)
    before = datetime(2026, 2, 13, 17, tzinfo=VIETNAM)
    after = datetime(2026, 2, 23, 7, 30, tzinfo=VIETNAM)
    assert opening.shut_s(before, after) == (after - before).total_seconds()
    assert (
        opening.shut_s(before, after + timedelta(hours=1))
        == (after - before).total_seconds()
    )


# ------------------------------------------------------------------ properties

MINUTES = st.integers(0, 9 * 1440)
SPANS = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(
    lambda span: span[0] < span[1]
)
HOURS = st.lists(
    st.builds(
        lambda span, days: Hours(span[0], span[1], tuple(sorted(days))),
        SPANS,
        st.sets(st.integers(0, 6), max_size=3),
    ),
    max_size=3,
).map(tuple)
ONCE = st.tuples(MINUTES, st.integers(1, 3000)).map(
    lambda w: once(MONDAY + w[0] * MINUTE, MONDAY + (w[0] + w[1]) * MINUTE)
)
WEEKLY = st.tuples(
    st.integers(0, 1439), st.integers(1, 1440), st.sets(st.integers(0, 6), min_size=1)
).map(
    lambda w: window(rule=rule(start=w[0], length=w[1], weekdays=tuple(sorted(w[2]))))
)
WINDOWS = st.lists(st.one_of(ONCE, WEEKLY), max_size=3).map(tuple)
OPENINGS = st.builds(Opening, HOURS, st.just(WORKING), WINDOWS)


@given(OPENINGS, MINUTES)
def test_the_next_opening_is_the_first_open_moment(
    opening: Opening, minute: int
) -> None:
    now = MONDAY + minute * MINUTE
    opens = opening.next_opening(now)
    latest = min(opens, now + 3 * DAY) if opens else now + 3 * DAY
    moment = now
    while moment < latest:
        assert not opening.is_open(moment)
        moment += MINUTE
    if opens is not None:
        assert now <= opens
        assert opening.is_open(opens)
        assert (opens == now) == opening.is_open(now)


@given(OPENINGS, MINUTES)
def test_nothing_changes_before_the_moment_that_is_told(
    opening: Opening, minute: int
) -> None:
    now = MONDAY + minute * MINUTE
    until = opening.changes_at(now)
    assert until > now
    moment, state = now, opening.is_open(now)
    while moment < min(until, now + 2 * DAY):
        assert opening.is_open(moment) is state
        moment += MINUTE


@settings(max_examples=50)
@given(OPENINGS, MINUTES, st.integers(0, 4 * 1440))
def test_shut_time_is_every_minute_in_which_it_was_not_open(
    opening: Opening, minute: int, length: int
) -> None:
    since = MONDAY + minute * MINUTE
    shut = sum(not opening.is_open(since + n * MINUTE) for n in range(length))
    assert opening.shut_s(since, since + length * MINUTE) == 60 * shut


@given(OPENINGS, MINUTES)
def test_the_zone_in_which_a_moment_is_written_changes_nothing(
    opening: Opening, minute: int
) -> None:
    now = MONDAY + minute * MINUTE
    assert opening.next_opening(now) == opening.next_opening(now.astimezone(UTC))
