"""Hours of an office in its configuration, and what cannot be meant."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from gateway.domain.opening import Hours
from gateway.routing.hours import read_hours
from gateway.routing.lint import problems
from tests.unit.routing.test_config import content

MORNING = {"from": "07:30", "to": "11:30"}


def test_several_spans_a_day_and_named_days_are_read() -> None:
    rows: list[dict[str, Any]] = [
        MORNING,
        {"from": "13:30", "to": "24:00", "days": ["saturday", "monday"]},
    ]
    assert read_hours(rows) == (Hours(450, 690), Hours(810, 1440, (0, 5)))


@pytest.mark.parametrize(
    "rows",
    [
        [{"from": "07:30"}],
        [{**MORNING, "until": "12:00"}],
        [{"from": "11:30", "to": "07:30"}],
        [{"from": "07:30", "to": "07:30"}],
        [{"from": "7h30", "to": "11:30"}],
        [{"from": "07:60", "to": "11:30"}],
        [{"from": "07:30", "to": "24:01"}],
        [{**MORNING, "days": ["mon"]}],
        [{**MORNING, "days": []}],
    ],
)
def test_hours_that_cannot_be_meant_are_refused(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r"hours|time of day|weekday"):
        read_hours(rows)


def test_a_weekday_may_be_open_as_a_working_day_is() -> None:
    assert len(read_hours([MORNING, {**MORNING, "days": ["saturday"]}])) == 2


def checked(**office: Any) -> list[str]:
    found = copy.deepcopy(content())
    (land,) = [a for a in found["agencies"] if a["agency"]["id"] == "land_registry"]
    raw = land["office"][0]
    lane = {**raw.get("lane", {}), **office.pop("lane", {})}
    land["office"][0] = {**raw, **office, "lane": lane}
    return problems(found, {})


def test_a_configuration_with_wrong_hours_names_the_office() -> None:
    wrong = checked(hours=[{"from": "12:00", "to": "11:00"}])
    assert len(wrong) == 1
    assert "land-mau-1" in wrong[0]


@pytest.mark.parametrize(
    "lane",
    [
        {"in_flight": 0},
        {"per_second": 0.0},
        {"breaker_failures": 0},
        {"ramp_s": -1.0},
        {"retry": {"horizon_s": 0.0}},
        {"retry": {"first_s": 60.0, "cap_s": 10.0}},
    ],
)
def test_a_lane_that_would_never_send_or_never_end_is_found(
    lane: dict[str, Any],
) -> None:
    assert any("lane." in one for one in checked(lane=lane))


def test_hours_are_no_part_of_the_lane() -> None:
    assert any("hours" in one for one in checked(lane={"hours": []}))
