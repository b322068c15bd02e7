"""Whether S1 does as well beside its floors as when it was recorded last.

``make bench-compare`` runs three rounds of S1 on each store, here and now, and holds
their ratios against the last record's. Absolute figures are never compared: they are a
machine's and an hour's.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks import s1
from benchmarks.performance import latest, records
from benchmarks.scene import say

if TYPE_CHECKING:
    from benchmarks.performance import Record

ROUNDS = 3
#: Share of the recorded median by which a ratio may always fall: CPU of runs of the same
#: code differs by that on a quiet machine, and is counted in hundredths of a second.
LEAST = 0.10
#: A record whose rounds differ by more than this guards nothing.
MOST = 0.40
#: Ratios, of which a higher one is better.
RATIOS: Mapping[str, Callable[[Mapping[str, Any]], float]] = {
    "rate_to_naked": lambda r: r["gateway"]["per_s"] / r["naked"]["per_s"],
    "rate_to_bare": lambda r: r["gateway"]["per_s"] / r["bare"]["per_s"],
    "cpu_of_naked_to_ours": lambda r: (
        r["naked"]["cpu_ms"]["naked"] / r["gateway"]["cpu_ms"]["gateway"]
    ),
}


@dataclass(frozen=True)
class Judged:
    """One ratio, now and then; ``tolerance`` is a share of ``recorded``."""

    name: str
    now: float
    recorded: float
    tolerance: float

    @property
    def least(self) -> float:
        """What is still as good as recorded."""
        return self.recorded * (1 - self.tolerance)

    @property
    def is_noisy(self) -> bool:
        """Whether the record's own rounds differ so much that it guards nothing."""
        return self.tolerance > MOST

    @property
    def is_worse(self) -> bool:
        """Whether it fell by more than the record's own rounds differ."""
        return self.now < self.least

    def told(self) -> str:
        """In words."""
        verdict = "NOISY" if self.is_noisy else "WORSE" if self.is_worse else "ok"
        return (
            f"{self.name}={self.now:.3f} recorded={self.recorded:.3f}"
            f" tolerance={self.tolerance:.0%} least={self.least:.3f} {verdict}"
        )


def judged(
    now: Sequence[Mapping[str, Any]], recorded: Sequence[Mapping[str, Any]]
) -> list[Judged]:
    """Medians of each ratio; tolerated is the span of the recorded rounds' ratios.

    Raises:
        ValueError: one of both has no rounds, which would prove anything.
    """
    if not now or not recorded:
        message = "nothing to compare"
        raise ValueError(message)
    found = []
    for name, of in RATIOS.items():
        then = [of(one) for one in recorded]
        span = (max(then) - min(then)) / median(then)
        found.append(Judged(name, median(map(of, now)), median(then), max(LEAST, span)))
    return found


def last_of(store: str, every: Sequence[Record]) -> Record | None:
    """The record that a store is held against: of one node, as is run here."""
    fit = [
        one
        for one in latest(every)
        if one["scenario"] == "S1"
        and one["facts"]["store"] == store
        and one["facts"].get("nodes", 1) == 1
    ]
    return fit[-1] if fit else None


async def _store(store: str, given: argparse.Namespace) -> int:
    record = last_of(store, records())
    if record is None:
        say(f"{store}: nothing is recorded; make bench SCENARIO=S1 RECORD=1")
        return 1
    # Each round's share of start and end is part of a ratio: as many as were recorded.
    count = int(record["given"]["dossiers"])
    rounds, wrong = await s1.measured(store, count, given.rounds)
    head = (
        f"{store}: {given.rounds} rounds of {count} dossiers against"
        f" {len(record['rounds'])} of {record['when'][:10]} ({record['commit']})"
    )
    print(head, flush=True)
    found = judged([s1.plain(one) for one in rounds], record["rounds"])
    for one in found:
        print(f"  {one.told()}", flush=True)
    if wrong:
        print(f"  lost or duplicated: {wrong}", flush=True)
    return wrong + sum(one.is_worse or one.is_noisy for one in found)


async def _all(given: argparse.Namespace) -> int:
    try:
        wrong = [await _store(store, given) for store in given.store.split(",")]
    finally:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(s1.FOLDER)
    return 1 if any(wrong) else 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--store", default="sqlite,postgresql")
    return int(uvloop.run(_all(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
