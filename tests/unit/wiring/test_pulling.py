"""What the linter says of how often an office's new dossiers are fetched."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from gateway.wiring.checking import check_folder

CONFIG = Path(__file__).parents[3] / "config"
DAY = date(2026, 8, 1)
LAND = "agencies/land_registry.toml"


def said_of(folder: Path, every_s: str) -> list[str]:
    """Findings at ``every_s`` of an office that is fetched from."""
    shutil.copytree(CONFIG, folder)
    path = folder / LAND
    head, mark, rest = path.read_text("utf-8").partition("[office.opened]")
    pull = f"[office.pull]\nevery_s = {every_s}\n\n"
    path.write_text(f"{head}{pull}{mark}{rest}", "utf-8")
    found = check_folder(folder, DAY)
    return [one.finding.what for one in found if "every_s" in one.finding.what]


@pytest.mark.parametrize("every_s", ["0", "-5", "0.001", "inf", "nan", "604800"])
def test_fetching_without_end_or_hardly_ever_is_refused(
    tmp_path: Path, every_s: str
) -> None:
    assert len(said_of(tmp_path / "config", every_s)) == 1


@pytest.mark.parametrize("every_s", ["10", "300", "86400.0"])
def test_usual_times_are_taken(tmp_path: Path, every_s: str) -> None:
    assert said_of(tmp_path / "config", every_s) == []
