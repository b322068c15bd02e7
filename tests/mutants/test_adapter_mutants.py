"""The kit for adapters is proved by what it catches, each fault by the case named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MUTANTS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "adapters.toml").read_text("utf-8")
)["mutant"]
BESIDE = ("schemas", "docs")

pytestmark = [pytest.mark.crash, pytest.mark.timeout(240)]


def tree(folder: Path) -> Path:
    """A copy of what a check of an adapter needs."""
    without = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("gateway", *BESIDE):
        shutil.copytree(ROOT / name, folder / name, ignore=without)
    return folder


def failed(project: Path, folder: str) -> set[str]:
    """Names of the cases that did not hold for an agency's folder."""
    command = [
        sys.executable,
        "-m",
        "gateway",
        "agency",
        "check",
        folder,
        "--way",
        "direct",
        "--json",
    ]
    done = subprocess.run(
        command,
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-4000:]
    checks = json.loads(done.stdout)
    return {t["case"] for one in checks for t in one["tried"] if t["why"]}


@pytest.mark.parametrize("folder", sorted({m["folder"] for m in MUTANTS}))
def test_without_a_fault_every_case_holds(tmp_path: Path, folder: str) -> None:
    assert failed(tree(tmp_path / "tree"), folder) == set()


@pytest.mark.parametrize("mutant", MUTANTS, ids=[m["name"] for m in MUTANTS])
def test_a_planted_fault_is_seen_by_its_case(
    tmp_path: Path, mutant: dict[str, Any]
) -> None:
    project = tree(tmp_path / "tree")
    path = project / "gateway" / "adapters" / mutant["file"]
    source = path.read_text("utf-8")
    assert source.count(mutant["old"]) == 1, "the mutant no longer fits the code"
    path.write_text(source.replace(mutant["old"], mutant["new"]), "utf-8")

    assert mutant["caught_by"] in failed(project, mutant["folder"])
