"""S9: one message in a thousand is poison, which an office answers with an error for ever.

``python -m benchmarks.s9`` runs with and without them in turn: the others are not slowed,
and each poison message is parked alone. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import dataclass
from statistics import median
from typing import Any

import uvloop

from benchmarks import light, recording
from benchmarks.arena import Ground
from benchmarks.offices import commune_of, many_offices
from benchmarks.processes import ROOT, cpu_s
from benchmarks.scene import hand_in, left, line, say, settled

FOLDER = ROOT / ".run" / "benchmarks" / "s9"
EVERY = 1_000
LANE = {
    "in_flight": 8,
    "timeout_s": 5.0,
    "breaker_failures": 3,
    "breaker_rest_s": 2.0,
    "retry": {"first_s": 0.5, "cap_s": 1.0, "horizon_s": 5.0},
}


@dataclass(frozen=True)
class Result:
    """One run."""

    per_s: float
    cpu_ms: float
    parked: int
    lost: int
    doubled: int


async def _run(count: int, turn: int, *, poison: bool) -> Result:
    folder = FOLDER / f"{turn}-{poison}"
    folder.mkdir(parents=True)
    config = many_offices(folder, 1, LANE)
    bad = (
        {light.number_of(i) for i in range(EVERY // 2, count, EVERY)}
        if poison
        else set()
    )
    faults = [
        {
            "agency": "land_registry",
            "operation": "hand_over",
            "do": "error_500_before",
            "every": True,
            "number": number,
        }
        for number in sorted(bad)
    ]
    with Ground(folder / "run", config, faults=faults) as ground:
        running = ground.start_gateway()
        wanted = [(i, commune_of(0), 30) for i in range(count)]
        before = cpu_s(running.pid)
        sent = await hand_in(ground, wanted, connections=32)
        await ground.book("one_stop").until(count - len(bad))
        used = cpu_s(running.pid) - before
        await settled(ground, seconds=60)
        parked = await left(ground)
    good = {light.number_of(i) for i in range(count)} - bad
    told = ground.book("one_stop")
    handed = ground.book("land_registry").counts("hand_over", good)
    result = Result(
        per_s=len(good) / (told.last("status", good) - sent.began),
        cpu_ms=used * 1000 / count,
        parked=sum(parked.values()),
        lost=sum(not handed[number] for number in good),
        doubled=sum(n > 1 for n in handed.values()),
    )
    say(f"{'with' if poison else 'without':8} {result} {dict(parked)}")
    shutil.rmtree(folder)
    return result


async def _all(given: argparse.Namespace) -> int:
    count, rounds = given.dossiers, given.rounds
    shutil.rmtree(FOLDER, ignore_errors=True)
    pairs = []
    for turn in range(rounds):
        found = {
            poison: await _run(count, turn, poison=poison)
            for poison in ((False, True) if turn % 2 else (True, False))
        }
        pairs.append((found[True], found[False]))
    poisoned = [one for one, _ in pairs]
    facts: dict[str, Any] = {
        "store": "sqlite",
        "dossiers": count,
        "poison": count // EVERY,
        "rounds": rounds,
        "per_s_ratio": f"{median(a.per_s / b.per_s for a, b in pairs):.3f}",
        "per_s_without": f"{median(b.per_s for _, b in pairs):.0f}",
        "cpu_ms_ratio": f"{median(a.cpu_ms / b.cpu_ms for a, b in pairs):.3f}",
        "parked": "/".join(str(one.parked) for one in poisoned),
        "lost": sum(one.lost for one in poisoned),
        "doubled": sum(one.doubled for one in poisoned),
    }
    told = [{"poison": a, "without": b} for a, b in pairs]
    recording.publish(line("S9", facts), given, told)
    wrong = any(one.parked != count // EVERY for one in poisoned)
    return 1 if facts["lost"] or facts["doubled"] or wrong else 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s9")
    parser.add_argument("--dossiers", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=5)
    recording.option(parser)
    return int(uvloop.run(_all(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
