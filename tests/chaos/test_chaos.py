"""A short chaos run on each store, as ``make chaos`` makes long ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.run import Wanted, run
from tests.chaos.verdict import Figures

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
async def test_what_was_accepted_comes_to_its_end_once_and_in_order_whatever_happens(
    tmp_path: Path, store: str
) -> None:
    wanted = Wanted(store, "2026-03-10", seconds=30.0, dossiers=80, seed=3)
    figures: Figures = await run(wanted, tmp_path, print)
    assert figures.clean, "\n".join([*figures.told, figures.line])
    assert figures.faults["kill"]
    assert figures.faults["lose_answer"]
    assert figures.repeated
