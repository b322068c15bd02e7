"""How hard an office is pushed: no second holds more calls than it allows."""

import math
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.delivery.lanes import Lanes
from gateway.domain.identifiers import OfficeId
from gateway.domain.lane import LaneLimits

OFFICE = OfficeId("tax-1")
START = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
TICK = timedelta(milliseconds=10)


def lanes(per_second: float | None) -> Lanes:
    limits = LaneLimits(in_flight=100, per_second=per_second)
    office = SimpleNamespace(agency="tax", limits=limits)
    current = SimpleNamespace(offices={OFFICE: office})
    clock = SimpleNamespace(now=lambda: START)
    tools = SimpleNamespace(versions=SimpleNamespace(current=current), clock=clock)
    return Lanes(cast("Any", tools))


def calls_made(per_second: float, calls: int, seconds: int = 20) -> list[datetime]:
    """When calls leave if whoever may send does so at once."""
    found, lane, now = [], lanes(per_second), START
    while now < START + timedelta(seconds=seconds):
        if lane.room(OFFICE, now):
            lane.taken(OFFICE, 1, now, calls=calls)
            lane.put_back(OFFICE)
            found += [now] * calls
        now += TICK
    return found


@pytest.mark.parametrize("calls", [1, 2, 3])
@pytest.mark.parametrize("per_second", [3.0, 5.0, 7.5, 10.0])
def test_no_second_holds_more_calls_than_allowed_wherever_it_begins(
    per_second: float, calls: int
) -> None:
    made = calls_made(per_second, calls)
    second = timedelta(seconds=1)
    most = max(sum(at <= one < at + second for one in made) for at in made)
    assert most <= max(math.ceil(per_second), calls)
    assert len(made) >= 20 * calls * (per_second // calls) * 0.9


def test_room_that_was_not_needed_is_there_again() -> None:
    lane = lanes(5.0)
    lane.taken(OFFICE, 3, START, calls=2)
    lane.not_needed(OFFICE, 3, calls=2)
    assert lane.room(OFFICE, START) == 1


def test_a_rate_that_is_set_while_messages_are_claimed_does_not_lose_them() -> None:
    lane = lanes(5.0)
    lane._tools.versions.current.offices[OFFICE].limits = LaneLimits(in_flight=3)  # type: ignore[misc]
    lane.taken(OFFICE, 3, START)
    lane._tools.versions.current.offices[OFFICE].limits = LaneLimits(  # type: ignore[misc]
        in_flight=3, per_second=5.0
    )
    lane.not_needed(OFFICE, 2)
    lane.put_back(OFFICE)
    assert lane.room(OFFICE, START) == 1


def test_a_wall_that_was_put_back_shuts_no_office_with_a_rate() -> None:
    lane = lanes(5.0)
    ahead = START + timedelta(days=1)
    lane.taken(OFFICE, 1, ahead)
    lane.put_back(OFFICE)
    assert lane.room(OFFICE, ahead) == 0
    assert lane.room(OFFICE, START) == 1
    lane.taken(OFFICE, 1, START)
    lane.put_back(OFFICE)
    assert lane.room(OFFICE, START) == 0
    assert lane.room(OFFICE, START + timedelta(seconds=1)) == 1
    lane.wait(OFFICE, ahead, 5.0)
    assert lane.room(OFFICE, START) == 1


def test_a_wall_that_is_kept_in_step_gives_no_office_more_than_its_rate() -> None:
    lane = lanes(5.0)
    lane.taken(OFFICE, 1, START)
    lane.put_back(OFFICE)
    assert lane.room(OFFICE, START - TICK) == 0


def test_an_office_that_leaves_the_configuration_keeps_no_room_of_others() -> None:
    lane = lanes(None)
    lane.taken(OFFICE, 3, START)
    lane._tools.versions.current.offices.clear()  # type: ignore[attr-defined]
    lane.not_needed(OFFICE, 2)
    lane.put_back(OFFICE)
    assert lane._in_flight[OFFICE] == 0
