"""A plan falls on the calls that it names, in any order, by its seed."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from statistics import median
from typing import Any

import pytest

from gateway.mockagency.faults import Arrival, FaultPlan
from gateway.mockagency.faults_reading import read_rows
from gateway.mockagency.faults_when import draw
from tests.unit.mockagency.plans import EIGHT, NUMBER, call, met, plan, row

OTHER = "H00.02-260310-0001"


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ({}, "x....."),
        ({"nth": 3}, "..x..."),
        ({"every": True}, "xxxxxx"),
        ({"every": 2}, ".x.x.x"),
        ({"every": True, "times": 2}, "xx...."),
        ({"percent": 100}, "xxxxxx"),
    ],
)
def test_a_row_falls_on_the_turns_that_it_names(
    which: dict[str, Any], expected: str
) -> None:
    found = met(plan(row(**which)), *[call()] * 6)
    assert "".join("x" if one else "." for one in found) == expected


def test_each_dossier_and_each_operation_has_turns_of_its_own() -> None:
    one = plan(row(operation="*", nth=2))
    calls = [call(), call(OTHER), call(operation="progress"), call()]
    assert met(one, *calls) == ["", "", "", "html_200"]


@pytest.mark.parametrize(
    ("whom", "names", "spares"),
    [
        ({"number": NUMBER}, call(), call(OTHER)),
        ({"prefix": "H00.01-"}, call(), call(OTHER)),
        ({"operation": "paper"}, call(operation="paper"), call()),
        ({"caller": "cong"}, call(callers=frozenset({"cong", "::1"})), call()),
    ],
)
def test_a_row_spares_whom_it_does_not_name(
    whom: dict[str, Any], names: Arrival, spares: Arrival
) -> None:
    one = plan(row(**whom, every=True))
    assert met(one, spares, names) == ["", "html_200"]


def test_a_row_that_names_more_goes_first() -> None:
    one = plan(
        row("html_200", every=True),
        row("empty_200", every=True, prefix="H00."),
        row("reset_before", every=True, prefix="H00.01"),
        row("black_hole", every=True, number=NUMBER),
    )
    numbers = ["G22.1", "H00.02-1", "H00.01-2", NUMBER]
    found = met(one, *map(call, numbers))
    assert found == ["html_200", "empty_200", "reset_before", "black_hole"]


def test_a_sequence_goes_in_turn_then_all_is_well() -> None:
    row_ = row(
        sequence=[
            "error_500_before",
            "ok",
            "lose_answer",
            {"do": "status", "status": 404},
        ]
    )
    del row_["do"]
    one = plan(row_)
    expected = ["error_500_before", "", "lose_answer", "status", "", ""]
    assert met(one, *[call()] * 6) == expected
    assert met(one, call(OTHER)) == ["error_500_before"]


def test_no_more_dossiers_are_met_than_planned() -> None:
    one = plan(row(every=True, times=2, at_most=3))
    found = met(one, *[call()] * 3, *[call(OTHER)] * 3)
    assert [bool(fault) for fault in found] == [True, True, False, True, False, False]


def test_a_repeat_of_the_same_message_does_not_move_a_sequence_on() -> None:
    row_ = row(sequence=["reset_before", "html_200"], repeats_within_s=5)
    del row_["do"]
    one = plan(row_)
    first = call(digest="a", mono=10.0)
    assert met(one, first, call(digest="a", mono=12.0)) == ["reset_before"] * 2
    assert met(one, call(digest="b", mono=13.0)) == ["html_200"]
    assert met(one, call(digest="a", mono=60.0)) == [""]


def test_calls_before_a_row_was_added_do_not_count_for_it() -> None:
    one = plan()
    met(one, call(), call())
    one.add(read_rows([row()], "thu").faults[0])
    assert met(one, call(), call()) == ["html_200", ""]


# ---- seed


def _by_percent(seed: int, shuffled: int) -> dict[tuple[str, int], str]:
    """Which turn of which dossier is met, the dossiers in some order."""
    one = plan(row(percent=30), row("lose_answer", percent=20), seed=seed)
    calls = [n for n in range(200) for _ in range(3)]
    random.Random(shuffled).shuffle(calls)
    turns: Counter[str] = Counter()
    found = {}
    for n in calls:
        number = f"H00.01-260310-{n:04d}"
        turns[number] += 1
        (fault,) = met(one, call(number))
        found[number, turns[number]] = fault
    return found


def test_one_seed_gives_the_same_faults_in_whatever_order_calls_arrive() -> None:
    assert _by_percent(7, shuffled=1) == _by_percent(7, shuffled=2)
    assert _by_percent(7, shuffled=1) != _by_percent(8, shuffled=1)


def test_each_turn_of_a_dossier_has_a_draw_of_its_own() -> None:
    found = met(plan(row(percent=50), seed=2), *[call()] * 60)
    assert 15 < found.count("html_200") < 45


def test_a_percentage_is_about_what_it_says() -> None:
    found = Counter(_by_percent(7, shuffled=1).values())
    assert 140 < found["html_200"] < 220  # of 600
    # Of the other seven tenths.
    assert 50 < found["lose_answer"] < 120


def test_another_row_in_the_plan_changes_no_draw() -> None:
    alone = plan(row(percent=30), seed=7)
    beside = plan(row(operation="paper"), row(percent=30), seed=7)
    calls = [call(f"H00.01-{n}") for n in range(100)]
    assert met(alone, *calls) == met(beside, *calls)


def test_draws_fill_the_whole_of_zero_to_one() -> None:
    drawn = [draw(1, n) for n in range(4000)]
    assert 0 <= min(drawn) < 0.01
    assert 0.99 < max(drawn) < 1
    assert 0.48 < median(drawn) < 0.52


# ---- windows


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"hours": "08:00–09:30"}, [False, True, True, False, False]),
        (
            {"hours": ["07:00-08:00", "10:00 – 24:00"]},
            [True, False, False, False, True],
        ),
        ({"from": "2026-03-10T08:30"}, [False, False, True, True, True]),
        ({"until": "2026-03-10T09:30:00+07:00"}, [True, True, True, False, False]),
        ({"from": "2026-03-11"}, [False] * 5),
        ({"until": "2026-03-10"}, [False] * 5),
        (
            {"from": "2026-03-10", "hours": "09:00-09:30"},
            [False, False, True, False, False],
        ),
    ],
)
def test_a_window_is_kept_by_the_wall_of_the_mock(
    when: dict[str, Any], expected: list[bool]
) -> None:
    one = plan(row(every=True, **when))
    minutes = (-1, 0, 89, 90, 180)
    calls = [call(at=EIGHT + timedelta(minutes=after)) for after in minutes]
    assert [bool(found) for found in met(one, *calls)] == expected


def test_calls_outside_its_window_do_not_count_for_a_row() -> None:
    one = plan(row(nth=2, hours="08:00-09:00"))
    early = call(at=EIGHT - timedelta(minutes=5))
    assert met(one, early, early, call(), call()) == ["", "", "", "html_200"]


# ---- latency


def _waits(**more: Any) -> list[float]:
    one = plan(row("delay_s", every=True, **more), seed=3)
    decided = [one.arrived(call(f"H00.01-{n}")).early for n in range(400)]
    return [found.wait_s for found in decided if found]


def test_latency_is_fixed_or_follows_a_distribution() -> None:
    assert set(_waits(seconds=0.5)) == {0.5}
    even = _waits(wait={"uniform": [0.2, 0.6]})
    assert 0.2 <= min(even) < 0.25
    assert 0.55 < max(even) <= 0.6
    tail = _waits(wait={"lognormal": [0.5, 1.0], "most": 4})
    assert len(tail) == 400
    assert 0.4 < median(tail) < 0.6
    assert max(tail) == 4


# ---- many


def test_a_row_for_each_of_many_dossiers_falls_on_its_own() -> None:
    numbers = [f"H00.01-260310-{n:05d}" for n in range(3000)]
    rows = [row(number=number, nth=2) for number in numbers]
    one = plan(*rows, row("empty_200", every=True))
    for number in numbers[::500]:
        assert met(one, call(number), call(number)) == ["empty_200", "html_200"]
    assert one.met == 12


# ---- counts


def test_a_plan_tells_how_often_a_row_was_asked_and_met() -> None:
    one = plan(row(nth=2), row("lose_answer", operation="paper"))
    met(one, call(), call(), call(OTHER))
    assert [(r["seen"], r["met"], r["missed"]) for r in one.rows()] == [
        (3, 1, 0),
        (0, 0, 0),
    ]


def test_a_plan_read_from_its_own_rows_is_the_same_plan() -> None:
    rows = [
        row(percent=25),
        row("delay_s", operation="paper", wait={"uniform": [0, 1]}),
    ]
    first = plan(*rows, seed=5)
    again = read_rows([r["row"] for r in first.rows()], "lai").faults
    calls = [call(f"H00.01-{n}") for n in range(60)]
    assert met(first, *calls) == met(FaultPlan(again, 5), *calls)
