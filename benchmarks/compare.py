"""Holds S1's ratio to its naked floor against the one that was recorded last.

``make bench-compare`` measures now, on this machine, and compares ratios of one run:
absolute figures of two machines or hours say nothing about the code between them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.performance import newest, read
from benchmarks.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The share of a recorded ratio that a busy machine may cost, at least.
LEAST_TOLERANCE = 0.15


@dataclass(frozen=True)
class Verdict:
    """What was compared, and whether the code of now is as fast as it was."""

    store: str
    was: float
    now: float
    least: float

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost that the recorded spread does not explain."""
        return self.now >= self.least

    def __str__(self) -> str:
        """One line for people."""
        word = "as fast" if self.is_good else "SLOWER"
        return (
            f"{self.store}: ratio to the naked floor {self.now:.3f}, recorded"
            f" {self.was:.3f}, least {self.least:.3f}: {word}"
        )


def verdict(was: Mapping[str, Any], now: Mapping[str, Any]) -> Verdict:
    """Compare two lines of S1 on one store.

    The tolerance is the recorded spread below its median, and no less than
    ``LEAST_TOLERANCE``.

    Raises:
        KeyError: a figure is missing.
    """
    ratio = float(was["ratio_naked"])
    lowest = float(str(was["ratio_from_to"]).partition("-")[0])
    tolerance = max(LEAST_TOLERANCE, 1 - lowest / ratio)
    least = ratio * (1 - tolerance)
    return Verdict(str(now["store"]), ratio, float(now["ratio_naked"]), least)


def _measured(store: str, rounds: int, dossiers: int) -> dict[str, Any]:
    words = ["--store", store, "--rounds", str(rounds), "--dossiers", str(dossiers)]
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.s1", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    line = told.stdout.splitlines()[-1]
    return dict(word.split("=", 1) for word in line.split(" ")[1:])


def main() -> int:
    """Measure and compare; 1 where a store is slower, 2 where nothing was recorded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dossiers", type=int, default=600)
    parser.add_argument("--store", default="sqlite,postgresql")
    given = parser.parse_args()
    known = newest(read())
    wrong = 0
    for store in given.store.split(","):
        was = known.get(("S1", store))
        if was is None:
            print(f"{store}: nothing is recorded of S1", file=sys.stderr)
            return 2
        now = _measured(store, given.rounds, given.dossiers)
        found = verdict(was["facts"], now)
        print(found, flush=True)
        wrong += not found.is_good
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
