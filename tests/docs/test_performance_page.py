"""docs/performance.md says what was recorded, and why a target is not reached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import performance
from benchmarks.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
WORDS = performance.words()


def record(scenario: str, **facts: Any) -> dict[str, Any]:
    own = {"per_s": 300.0, "cpu_ms": {"gateway": 2.0}, "p99_ms": 9.0}
    other = {"per_s": 1000.0, "cpu_ms": {"naked": 0.5}, "p99_ms": 1.0}
    return {
        "scenario": scenario,
        "when": "2026-11-28T01:02:03Z",
        "commit": "0123456789ab",
        "facts": {"store": "sqlite", **facts},
        "given": {"dossiers": 1000, "rounds": 5},
        "rounds": [{"gateway": own, "naked": other}] * 3,
        "machine": {
            "cores": 2,
            "model": "X",
            "memory_gb": 4,
            "system": "Linux 6",
            "load_before": 0.1,
        },
        "versions": {"python": "3.11"},
        "fsync_ms": {one: {"p50": 1.0, "p99": 2.0} for one in ("sqlite", "postgresql")},
        "settings": {"synchronous": "full"},
    }


def standing(name: str, store: str, *records: dict[str, Any]) -> tuple[str, str]:
    reasons = {"ratio_naked": "Because."}
    ((figure, verdict),) = [
        (figure, verdict)
        for target, of, figure, verdict in performance.standing(records, reasons)
        if (target.name, of) == (name, store)
    ]
    return figure, verdict


def test_the_page_is_what_the_records_make() -> None:
    made = performance.page(performance.records(), WORDS)
    said = "run: .venv/bin/python -m benchmarks.performance"
    assert (ROOT / "docs/performance.md").read_text("utf-8") == made, said


def test_every_target_that_is_not_reached_has_its_reason() -> None:
    missed = [
        target.name
        for target, _, _, verdict in performance.standing(
            performance.records(), WORDS["reason"]
        )
        if verdict == "**not reached**."
    ]
    assert missed == []


def test_reasons_and_words_are_about_what_there_is() -> None:
    assert set(WORDS["reason"]) <= {target.name for target in TARGETS}
    assert set(WORDS["scenario"]) == set(performance.ORDER)
    assert {target.scenario for target in TARGETS} <= set(performance.ORDER)


def test_a_target_that_is_missed_is_called_so_with_its_reason() -> None:
    missed = record("S1", ratio_naked=0.31, dossiers_per_s=600)
    assert standing("ratio_naked", "sqlite", missed) == (
        "0.31",
        "**not reached**. Because.",
    )
    assert standing("dossiers_per_s", "sqlite", missed) == ("600", "reached")
    assert standing("ratio_naked", "postgresql", missed)[1] == "not recorded yet"


def test_the_last_record_counts_and_not_the_best() -> None:
    better, worse = record("S1", ratio_naked=0.6), record("S1", ratio_naked=0.4)
    assert standing("ratio_naked", "sqlite", better, worse)[0] == "0.4"


def test_a_run_that_is_too_small_reaches_nothing() -> None:
    small = record("S11", dossiers=10_000, find_p99_ms=0.1)
    large = record("S11", dossiers=1_000_000, find_p99_ms=30.0)
    assert standing("find_p99", "sqlite", small)[1] == "not recorded yet"
    figure, verdict = standing("find_p99", "sqlite", small, large)
    assert figure == "30"
    assert verdict.startswith("**not reached**")
    trial = record("S1", ratio_naked=0.9)
    trial["given"]["rounds"] = 1
    assert standing("ratio_naked", "sqlite", trial)[1] == "not recorded yet"
    brief = record("S12", minutes=2.5, slope_mb_per_h=0.0)
    assert standing("slope", "sqlite", brief)[1] == "not recorded yet"


def test_a_target_of_both_stores_in_one_line_finds_each() -> None:
    beside = record("PEERS", rounds=5, sqlite_to_celery=3.2, postgresql_to_celery=1.5)
    del beside["facts"]["store"]
    assert standing("to_celery", "sqlite", beside) == ("3.2", "reached")
    assert standing("to_celery", "postgresql", beside)[1].startswith("**not reached**")


def test_middle_and_ends_of_rounds_are_shown() -> None:
    assert performance.spread([3.0, 1.0, 2.0]) == "2.0 (1.0–3.0)"
    assert performance.spread([1234.0]) == "1,234.0"


def test_what_parts_of_s2_cost_stands_in_a_table() -> None:
    slips = record(
        "S2",
        slips_per_s=80.0,
        cpu_ms_per_slip=10.0,
        without_xsd_saves_ms=0.5,
        without_xsd_from_to="0.4-0.6",
        without_xsd_ratio_per_s=1.05,
    )
    made = performance.page([record("S1", ratio_naked=0.3), slips], WORDS)
    assert "| xsd | 0.50 (0.4-0.6) | 5 % | 1.050 |" in made
    assert "| gateway | 300.0 (300.0–300.0) | 2.00 (2.00–2.00) |" in made
    assert "Not recorded yet: PEERS, S3," in made


@pytest.mark.parametrize("name", performance.ORDER)
def test_every_scenario_keeps_its_figures_when_asked(name: str) -> None:
    module = "peers/__main__" if name == "PEERS" else name.lower()
    text = (ROOT / f"benchmarks/{module}.py").read_text("utf-8")
    assert "recording.option(parser)" in text
    assert "recording.publish(" in text


@pytest.mark.parametrize("scenario", ["S11", "GROWN", "REPORT"])
def test_a_record_of_one_size_leaves_that_of_another(scenario: str) -> None:
    sizes = [10_000, 1_000_000, 10_000]
    every = [record(scenario, dossiers=size, figure=n) for n, size in enumerate(sizes)]
    kept = performance.latest(every)
    assert [one["facts"]["figure"] for one in kept] == [1, 2]


def test_lines_of_a_scenario_stand_beside_each_other() -> None:
    every = [
        record("S11", store=store, dossiers=size, find_p99_ms=n / 10)
        for n, (store, size) in enumerate(
            (("postgresql", 10_000), ("sqlite", 100_000), ("sqlite", 10_000))
        )
    ]
    made = performance.page(every, WORDS)
    assert "|  | sqlite 10,000 | sqlite 100,000 | postgresql 10,000 |\n" in made
    assert "| `find_p99_ms` | 0.2 | 0.1 | 0.0 |" in made
    assert "| `dossiers` |" not in made
