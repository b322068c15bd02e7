"""``make bench-compare`` judges ratios by how much the recorded rounds differ."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.compare import LEAST, judged, last_of

Round = dict[str, dict[str, Any]]


def round_of(own: float, naked: float, bare: float, cpu: float = 2.0) -> Round:
    return {
        "gateway": {"per_s": own, "cpu_ms": {"gateway": cpu}},
        "naked": {"per_s": naked, "cpu_ms": {"naked": 0.5}},
        "bare": {"per_s": bare, "cpu_ms": {"bare": 0.4}},
    }


#: Ratios to the naked floor of 0.36, 0.40 and 0.42: they differ by 15 % of the middle.
RECORDED = [
    round_of(360, 1000, 2000),
    round_of(400, 1000, 2000),
    round_of(420, 1000, 2000),
]


def worse(now: list[Round], recorded: list[Round]) -> list[str]:
    return [one.name for one in judged(now, recorded) if one.is_worse]


def test_the_same_ratios_are_as_good_on_a_machine_half_as_quick() -> None:
    slow = [round_of(200, 500, 1000, cpu=2.0)]
    assert worse(slow, RECORDED) == []


def test_a_machine_twice_as_quick_hides_no_worse_ratio() -> None:
    quick = [round_of(600, 2000, 4000)]
    assert worse(quick, RECORDED) == ["rate_to_naked", "rate_to_bare"]


def test_what_is_tolerated_is_how_much_the_recorded_rounds_differ() -> None:
    naked = judged([round_of(341, 1000, 2000)], RECORDED)[0]
    assert naked.recorded == pytest.approx(0.4)
    assert naked.tolerance == pytest.approx(0.15)
    assert naked.least == pytest.approx(0.34)
    assert not naked.is_worse
    assert worse([round_of(339, 1000, 1695)], RECORDED) == ["rate_to_naked"]


def test_rounds_that_agree_still_leave_what_runs_of_the_same_code_differ_by() -> None:
    same = [round_of(400, 1000, 2000)] * 3
    assert judged(same, same)[0].tolerance == LEAST
    assert worse([round_of(361, 1000, 2000)], same) == []
    assert worse([round_of(359, 1000, 1900)], same) == ["rate_to_naked"]


def test_more_cpu_than_the_floor_s_share_is_worse_whatever_the_rates_are() -> None:
    assert worse([round_of(400, 1000, 2000, cpu=2.4)], RECORDED) == [
        "cpu_of_naked_to_ours"
    ]


def test_the_middle_of_the_rounds_is_judged_and_not_the_worst_one() -> None:
    now = [
        round_of(100, 1000, 2000),
        round_of(400, 1000, 2000),
        round_of(410, 1000, 2000),
    ]
    assert worse(now, RECORDED) == []


def test_a_record_whose_own_rounds_differ_too_much_guards_nothing_and_says_so() -> None:
    wild = [round_of(200, 1000, 2000), round_of(400, 1000, 2000)]
    one = judged(RECORDED, wild)[0]
    assert one.is_noisy
    assert one.told().endswith("NOISY")


@pytest.mark.parametrize(("now", "recorded"), [([], RECORDED), (RECORDED, [])])
def test_nothing_is_not_as_good_as_something(
    now: list[Round], recorded: list[Round]
) -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        judged(now, recorded)


def test_a_store_is_held_against_its_own_last_record() -> None:
    every = [
        {"scenario": scenario, "facts": {"store": store}, "when": when}
        for scenario, store, when in (
            ("S1", "sqlite", "1"),
            ("S1", "postgresql", "2"),
            ("S1", "sqlite", "3"),
            ("S2", "sqlite", "4"),
        )
    ]
    found = last_of("sqlite", every)
    assert found is not None
    assert found["when"] == "3"
    assert last_of("sqlite", every[1:2]) is None


def test_one_node_is_held_against_one_node() -> None:
    every = [
        {"scenario": "S1", "facts": {"store": "postgresql", **more}, "when": when}
        for more, when in (({}, "1"), ({"nodes": 2}, "2"))
    ]
    found = last_of("postgresql", every)
    assert found is not None
    assert found["when"] == "1"
