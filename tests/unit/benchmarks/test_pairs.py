"""What is printed of two states of a store that worked in turn."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.load import Load
from benchmarks.pairs import Result, compared, only


def result(per_s: float, cpu_ms: float, rss_mb: float, lost: int = 0) -> Result:
    return Result(per_s, cpu_ms, 10.0, 2.0, rss_mb, lost)


def test_ratios_are_those_of_each_round_and_the_printed_one_is_their_median() -> None:
    rounds = [
        {"without": result(100, 2.0, 200), "with": result(90, 2.2, 210)},
        {"without": result(50, 4.0, 200), "with": result(60, 4.0, 230)},
        {"without": result(100, 2.0, 200), "with": result(100, 3.0, 220, lost=2)},
    ]
    facts = compared(rounds)
    assert (facts["per_s_ratio"], facts["per_s_from_to"]) == ("1.000", "0.90-1.20")
    assert (facts["cpu_ms_ratio"], facts["cpu_ms_without"]) == ("1.100", "2.00")
    assert (facts["rss_growth_mb"], facts["lost"]) == ("20", 2)


def test_another_answer_than_the_one_wanted_is_no_figure() -> None:
    sent = Load(statuses=Counter([202, 503]))
    with pytest.raises(RuntimeError, match="503"):
        only(sent, 202)
