"""docs/growth.md is what recorded figures and the written assumptions make."""

from pathlib import Path

from benchmarks.growth import Assumed, measured, page
from benchmarks.performance import records

ROOT = Path(__file__).resolve().parents[2]


def test_the_plan_is_that_of_the_recorded_figures() -> None:
    made = page(measured(records()), Assumed())
    said = "run: .venv/bin/python -m benchmarks.growth"
    assert (ROOT / "docs/growth.md").read_text("utf-8") == made, said
