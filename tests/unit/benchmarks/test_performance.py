"""Figures are kept as they were printed, and the page says what they say."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from benchmarks.compare import verdict
from benchmarks.performance import (
    PAGE,
    TARGETS,
    Record,
    made,
    newest,
    page,
    read,
    targets,
)

KNOWN: dict[str, Any] = {
    "target": [
        {
            "what": "quick",
            "scenario": "S1",
            "figure": "ratio_naked",
            "at_least": {"sqlite": 0.5, "postgresql": 0.4},
            "why": "It does more.",
        },
        {
            "what": "small",
            "scenario": "S3",
            "figure": "large_growth_mb",
            "at_most": {"sqlite": 64},
            "why": "",
        },
    ],
    "bounds": {"S1": "the interpreter"},
}


def line(scenario: str, **facts: Any) -> Record:
    return {
        "scenario": scenario,
        "when": "2030-01-07T00:00:00Z",
        "commit": "abc",
        "facts": facts,
        "machine": {"cores": 2},
    }


def s1(ratio: str, from_to: str = "0.2-0.3", store: str = "sqlite") -> dict[str, str]:
    return {"store": store, "ratio_naked": ratio, "ratio_from_to": from_to}


def test_the_newest_line_of_each_store_counts() -> None:
    lines = [line("S1", store="sqlite", n="1"), line("S1", store="postgresql")]
    found = newest([*lines, line("S1", store="sqlite", n="2")])
    assert [one["facts"].get("n") for one in found.values()] == ["2", None]


def test_the_page_tells_what_is_reached_what_is_not_and_what_nobody_measured() -> None:
    records = [
        line("S1", store="sqlite", ratio_naked="0.7"),
        line("S1", store="sqlite", ratio_naked="0.25"),
        line("S3", store="sqlite", large_growth_mb="12"),
    ]
    text = page(records, KNOWN)
    assert "| quick | SQLite | ≥ 0.5 | 0.25 | **no** |" in text
    assert "| quick | PostgreSQL | ≥ 0.4 | not recorded yet |  |" in text
    assert "| small | SQLite | ≤ 64 | 12 | yes |" in text
    assert text.count("* quick: It does more.") == 1
    assert "* S1: the interpreter" in text


def test_the_page_is_what_the_records_make() -> None:
    told = "run: .venv/bin/python -m benchmarks.performance"
    assert PAGE.read_text("utf-8") == made(), told


def test_every_target_that_was_missed_says_why_and_no_record_lost_anything() -> None:
    records = [*read()]
    known = tomllib.loads(TARGETS.read_text("utf-8"))
    assert len(targets(known)) >= 20
    for one in records:
        wrong = ("lost", "doubled", "duplicated")
        assert {one["facts"].get(name, 0) for name in wrong} == {0}
    names = {one["scenario"] for one in records}
    text = page(records, known)
    for target in targets(known):
        if f"| {target.what} | " in text and target.scenario in names:
            missed = [
                row for row in text.splitlines() if row.startswith(f"| {target.what} |")
            ]
            assert target.why or not any("**no**" in row for row in missed), target.what


@pytest.mark.parametrize(
    ("was", "now", "is_good"),
    [
        (s1("0.30", "0.29-0.31"), s1("0.26"), True),
        (s1("0.30", "0.29-0.31"), s1("0.25"), False),
        # What varied much when it was recorded may vary as much now.
        (s1("0.30", "0.20-0.31"), s1("0.21"), True),
        (s1("0.30", "0.20-0.31"), s1("0.19"), False),
        (s1("0.30", "0.29-0.31"), s1("0.90"), True),
    ],
)
def test_a_ratio_is_held_against_the_recorded_one_and_its_spread(
    was: dict[str, str], now: dict[str, str], is_good: bool
) -> None:
    found = verdict(was, now)
    assert found.is_good is is_good
    assert str(found).endswith("as fast" if is_good else "SLOWER")
