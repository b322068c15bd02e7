"""``make bench SCENARIO=S12``: the slope is that of a line, and the stream keeps time."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest

from benchmarks.kept import kept
from benchmarks.s12 import facts, measured, slope

if TYPE_CHECKING:
    from pathlib import Path


def test_a_line_has_its_slope_and_no_doubt() -> None:
    rises, about = slope([(float(second), 100 + second / 60) for second in range(60)])
    assert rises == pytest.approx(60)
    assert about == pytest.approx(0, abs=1e-6)


def test_what_scatters_is_in_doubt() -> None:
    scattered = [(float(second), 100.0 + second % 2) for second in range(60)]
    rises, about = slope(scattered)
    assert abs(rises) < about


@pytest.mark.timeout(240)
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
async def test_a_short_stream_is_delivered_once_and_told(
    store: str, tmp_path: Path
) -> None:
    given = argparse.Namespace(
        minutes=0.1, per_second=5.0, warm_up=0.4, quick=0.2, idle=0.5
    )
    with kept(store, tmp_path) as place:
        result = await measured(given, place, tmp_path)
    said = facts(given, store, result)
    assert said["dossiers"] == 30
    assert len(result.delivered_ms) == 30
    assert len(result.quick_ms) == 10
    assert (said["refused"], said["lost"], said["doubled"]) == (0, 0, 0)
    assert len(result.memory) >= 3
    assert result.idle_cpu >= 0
