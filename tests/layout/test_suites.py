"""The suites are run whole, however they are cut into parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import suites

ROOT = Path(__file__).resolve().parents[2]
CUT = [suite for suite in suites.SUITES if not suite.tool and suite.parts > 1]


@pytest.mark.parametrize("suite", CUT, ids=lambda suite: suite.name)
def test_each_file_of_tests_is_in_one_part(suite: suites.Suite) -> None:
    dealt = [file for part in range(suite.parts) for file in suite.files(part)]
    there = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests" / suite.name).rglob("test_*.py")
    }
    assert sorted(dealt) == sorted(there)


def test_every_folder_of_tests_is_a_suite() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    named = {suite.name for suite in suites.SUITES if not suite.tool}
    assert {path.relative_to(ROOT / "tests").parts[0] for path in folders} == named


@pytest.mark.parametrize("parts", [2, 3])
def test_one_part_that_fails_fails_its_suite(parts: int) -> None:
    suite = suites.Suite("unit", 10, parts=parts)
    good = suites.Ran(suite, ok=True, took_s=1.0, words="", passed=3)
    bad = suites.Ran(suite, ok=False, took_s=1.0, words="", passed=2, failed=1)
    ran = suites.whole(suite, [good] * (parts - 1) + [bad])
    assert (ran.ok, ran.failed, ran.passed) == (False, 1, 3 * (parts - 1) + 2)


def test_what_waits_for_another_mode_is_counted() -> None:
    suite = suites.Suite("unit", 10, parts=2)
    last = "== 7 passed, 5 deselected in 1.00s =="
    parts = [suites.judged(suite, "", 0, last, 1.0) for _ in range(2)]
    assert suites.whole(suite, parts).words == (
        "14 passed, 0 failed, 10 left out in 2 parts"
    )


def test_a_part_that_was_killed_says_so_and_where() -> None:
    suite = suites.Suite("unit", 10, parts=2)
    good = suites.judged(suite, "", 0, "== 7 passed in 1.00s ==", 1.0)
    killed = suites.judged(suite, "", -9, "tests/unit/test_x.py ....", 1.0)
    ran = suites.whole(suite, [good, killed])
    assert (ran.ok, ran.passed, ran.failed) == (False, 7, 1)
    assert "ended by signal 9, after: tests/unit/test_x.py ...." in ran.words
