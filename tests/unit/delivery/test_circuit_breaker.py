"""When an office is left alone, and how it is met again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery import circuit_breaker as breaker
from gateway.delivery.ramp import Ramp
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.lane import HELD_AT_MOST_S, Lane, LaneLimits, LaneState

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
LIMITS = LaneLimits(in_flight=8, breaker_failures=5, breaker_rest_s=60, ramp_s=60)
LANE = Lane(OfficeId("tax-1"), AgencyId("tax"), LaneState.OPEN, NOW)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def failed(lane: Lane, count: int, now: datetime = NOW) -> Lane:
    return breaker.after_failure(lane, LIMITS, "timeout", failed=count, now=now)


def test_it_shuts_after_so_many_different_transfers_and_not_before() -> None:
    assert failed(LANE, 4).state is LaneState.OPEN
    shut = failed(LANE, 5)
    assert (shut.state, shut.why, shut.resume_at) == (
        LaneState.CLOSED,
        "timeout",
        later(60),
    )
    assert breaker.is_shut(shut, later(59))
    assert not breaker.is_shut(shut, later(60))


def test_shut_it_lets_one_through_whatever_the_limit() -> None:
    assert breaker.most(failed(LANE, 5), LIMITS) == 1
    assert breaker.most(LANE, LIMITS) == 8


def test_the_rest_doubles_with_each_probe_up_to_its_cap() -> None:
    lane, now, rests = failed(LANE, 5), NOW, []
    for _ in range(9):
        assert lane.resume_at is not None
        rests.append((lane.resume_at - now).total_seconds())
        now = lane.resume_at
        lane = failed(lane, 6, now)
    assert rests == [60, 120, 240, 480, 960, 1920, 1920, 1920, 1920]
    assert lane.since == NOW


def test_what_left_before_it_was_shut_is_no_probe() -> None:
    shut = failed(LANE, 5)
    assert failed(shut, 6, later(30)) == shut


def test_any_answer_opens_it() -> None:
    opened = breaker.after_success(failed(LANE, 5), later(61))
    assert (opened.state, opened.failures, opened.resume_at) == (
        LaneState.OPEN,
        0,
        None,
    )


@pytest.mark.parametrize("state", [LaneState.PAUSED, LaneState.SHADOW])
def test_what_a_person_stopped_stays_so(state: LaneState) -> None:
    stopped = replace(LANE, state=state)
    assert failed(stopped, 99) == stopped
    assert breaker.after_success(stopped, NOW) == stopped
    assert breaker.after_wish(stopped, 60, NOW) == stopped
    assert breaker.is_shut(stopped, later(10**6))


def test_a_wish_to_wait_holds_without_shutting_and_within_a_bound() -> None:
    held = breaker.after_wish(LANE, 600, NOW)
    assert (held.state, held.resume_at) == (LaneState.OPEN, later(600))
    assert breaker.is_held(held, later(599))
    assert not breaker.is_held(held, later(600))
    long = breaker.after_wish(LANE, 10 * HELD_AT_MOST_S, NOW)
    assert long.resume_at == later(HELD_AT_MOST_S)


def test_a_wish_that_reaches_no_further_changes_nothing() -> None:
    held = breaker.after_wish(LANE, 600, NOW)
    assert breaker.after_wish(held, 500, later(1)) == held
    assert breaker.after_wish(LANE, 0, NOW) == LANE


def test_a_shut_office_that_asks_to_wait_stays_shut_for_so_long() -> None:
    waits = breaker.after_wish(failed(LANE, 5), 600, later(60))
    assert (waits.state, waits.resume_at) == (LaneState.CLOSED, later(660))


# ------------------------------------------------------------------------ ramp


def test_it_doubles_when_so_many_were_answered() -> None:
    ramp, seen = Ramp(NOW), []
    for _ in range(15):
        seen.append(ramp.most(LIMITS, NOW))
        ramp = ramp.after_answer()
    assert seen == [1, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8]


def test_it_falls_back_on_failure_and_begins_anew() -> None:
    ramp = Ramp(NOW, level=4).after_failure(later(50))
    assert ramp.most(LIMITS, later(60)) == 2
    assert ramp.most(LIMITS, later(110)) == 8


def test_it_ends_with_its_time_and_is_none_where_that_is_nothing() -> None:
    assert Ramp(NOW).most(LIMITS, later(59)) == 1
    assert Ramp(NOW).most(LIMITS, later(60)) == 8
    assert Ramp(NOW).most(replace(LIMITS, ramp_s=0), NOW) == 8


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 64))
def test_it_lets_at_least_one_through_and_never_more_than_the_limit(
    answers: list[bool], in_flight: int
) -> None:
    ramp, limits = Ramp(NOW), replace(LIMITS, in_flight=in_flight)
    for answered in answers:
        ramp = ramp.after_answer() if answered else ramp.after_failure(NOW)
        assert 1 <= ramp.most(limits, NOW) <= in_flight
