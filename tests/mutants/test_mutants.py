"""A suite is proved by what it catches: faults in the core, each seen by a test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MUTANTS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "mutants.toml").read_text("utf-8")
)["mutant"]
#: What a run of the tests needs beside the package.
BESIDE = ("tests", "schemas", "config", "examples", "docs", "pyproject.toml")
#: pytest's exit code for "a test failed"; a broken tree gives another one.
A_TEST_FAILED = 1

pytestmark = [pytest.mark.crash, pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its tests; what is compiled once serves every fault."""
    folder = tmp_path_factory.mktemp("tree")
    without = shutil.ignore_patterns("mutants", ".*")
    shutil.copytree(ROOT / "gateway", folder / "gateway", ignore=without)
    for name in BESIDE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=without)
        else:
            shutil.copy(source, folder / name)
    return folder


def run(folder: Path, tests: list[str]) -> subprocess.CompletedProcess[str]:
    """The named tests on that tree, up to the first that fails."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *tests],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def planted(tree: Path, mutant: dict[str, Any]) -> Iterator[Path]:
    """The copy with one fault in it, which is mended afterwards."""
    path = tree / mutant["file"]
    source = path.read_text("utf-8")
    old, new = mutant["old"].strip("\n"), mutant["new"].strip("\n")
    assert source.count(old) == 1, "the mutant no longer fits the code"
    path.write_text(source.replace(old, new), "utf-8")
    yield tree
    path.write_text(source, "utf-8")
    # What was compiled of the fault might be taken for the next one.
    Path(cache_from_source(str(path))).unlink(missing_ok=True)


def test_without_a_fault_the_tests_that_see_faults_pass(tree: Path) -> None:
    tests = sorted({test for mutant in MUTANTS for test in mutant["tests"]})
    assert tests
    passed = run(tree, tests)
    assert passed.returncode == 0, passed.stdout[-4000:]


@pytest.mark.parametrize("mutant", MUTANTS, ids=[m["name"] for m in MUTANTS])
def test_a_planted_fault_turns_a_test_red(
    planted: Path, mutant: dict[str, Any]
) -> None:
    seen = run(planted, mutant["tests"])

    assert seen.returncode == A_TEST_FAILED, seen.stdout[-4000:]
