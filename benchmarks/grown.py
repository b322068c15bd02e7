"""GROWN: S1's work on small dossiers in a store that holds years of others.

``python -m benchmarks.grown`` loads a store and takes dossiers through it and through an
empty one in turn, each with a gateway and mock agencies of its own. See
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks import recording
from benchmarks.arena import Ground, raised_caps
from benchmarks.loading import Making, loaded
from benchmarks.moulds import recorded
from benchmarks.pairs import BOTH, compared, delivered, timed_start
from benchmarks.planning import planned
from benchmarks.processes import ROOT
from benchmarks.report import store_of
from benchmarks.s11 import EXAMPLES
from benchmarks.scene import line, say

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.loaded_stores import Loadable
    from benchmarks.moulds import Recorded
    from benchmarks.pairs import Result
    from benchmarks.processes import Running

FOLDER = ROOT / ".run" / "benchmarks" / "grown"
CONNECTIONS = 16
#: A commune of the shipped land office.
COMMUNE = "99101"
#: Dossiers that go first through each gateway and are not counted.
FIRST = 200


@dataclass(frozen=True)
class _Side:
    ground: Ground
    running: Running
    started_s: float


def _begun(ground: Ground, table: str) -> _Side:
    running, took_s = timed_start(lambda: ground.start_gateway(store=table))
    return _Side(ground, running, took_s)


async def rounds_of(sides: dict[str, _Side], given: Any) -> list[dict[str, Result]]:
    """Rounds in changing order; each dossier has a number of its own."""
    rounds: list[dict[str, Result]] = []
    number = 0
    for turn in range(given.rounds + 1):
        results = {}
        count = given.count if turn else FIRST
        for name in BOTH if turn % 2 else BOTH[::-1]:
            side = sides[name]
            wanted = [(number + i, COMMUNE, 30) for i in range(count)]
            results[name] = await delivered(
                side.ground,
                side.running,
                wanted,
                connections=CONNECTIONS,
                started_s=side.started_s,
            )
            say(f"{name:8} {results[name]}")
        number += count
        if turn:
            rounds.append(results)
    return rounds


def measured(store: Loadable, found: Recorded, given: Any, folder: Path) -> Any:
    """Both stores served at once, of which only one works at a time."""
    config = raised_caps(folder)
    run_dir = found.stage.run_dir
    with (
        Ground(folder / "without", config) as empty,
        Ground(run_dir, config) as grown,
    ):
        tables = {"without": store.empty(), "with": store.table}
        grounds = {"without": empty, "with": grown}
        sides = {name: _begun(grounds[name], tables[name]) for name in BOTH}
        return uvloop.run(rounds_of(sides, given))


def run(name: str, size: int, given: Any) -> int:
    """Load one store with so many dossiers, measure, print; how many were lost."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    found = asyncio.run(recorded(FOLDER / "run", EXAMPLES))
    plan = planned(found.moulds, size, start=found.start)
    keys = found.stage.run_dir / "keys"
    with store_of(name, found, FOLDER) as store:
        making = Making(found.moulds, found.versions, keys, plan.now)
        load = loaded(store.target, making, plan)
        store.ready()
        store.settle()
        store.restart()
        say(f"{name}: {plan.dossiers} dossiers in {load.write_s + load.finish_s:.0f} s")
        rounds = measured(store, found, given, FOLDER)
    facts: dict[str, Any] = {
        "store": name,
        "dossiers": plan.dossiers,
        "lines": plan.lines,
    }
    facts |= {"rounds": len(rounds), "count": given.count, **compared(rounds)}
    recording.publish(line("GROWN", facts), given, rounds)
    shutil.rmtree(FOLDER)
    return int(facts["lost"])


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grown")
    parser.add_argument("--dossiers", default="10000,100000", help="each in turn")
    parser.add_argument("--count", type=int, default=1000, help="in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--store", default="sqlite,postgresql")
    recording.option(parser)
    given = parser.parse_args()
    logging.disable()
    lost = [
        run(name, int(size), given)
        for name in given.store.split(",")
        for size in given.dossiers.split(",")
    ]
    return 1 if any(lost) else 0


if __name__ == "__main__":
    sys.exit(main())
