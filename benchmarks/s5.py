"""S5: an office comes back after an outage with twenty thousand dossiers waiting.

``python -m benchmarks.s5`` says in which order they leave, how hard the office was pushed
by its own count, and how long a fresh one with a near day waits. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
from collections import Counter
from datetime import datetime
from statistics import median
from typing import Any

import uvloop

from benchmarks import light, recording
from benchmarks.arena import Ground
from benchmarks.offices import commune_of, many_offices
from benchmarks.processes import ROOT
from benchmarks.scene import hand_in, left, line, pushed, say

FOLDER = ROOT / ".run" / "benchmarks" / "s5"
IN_FLIGHT = 8
LANE = {
    "in_flight": IN_FLIGHT,
    "timeout_s": 5.0,
    "breaker_failures": 3,
    "breaker_rest_s": 2.0,
    "retry": {"first_s": 1.0, "cap_s": 5.0},
}
#: Every hand-over takes the office a while, so that several are under way.
SLOW = {
    "agency": "land_registry",
    "operation": "hand_over",
    "do": "delay_s",
    "seconds": 0.02,
    "every": True,
}
#: Promised within so many days, evenly; the fresh ones for tomorrow.
DAYS = range(3, 33)
FRESH = 100
SEED = 5


async def _run(given: argparse.Namespace) -> int:
    count: int = given.dossiers
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    config = many_offices(FOLDER, 1, LANE)
    draw = random.Random(SEED)
    waiting = [(i, commune_of(0), draw.choice(DAYS)) for i in range(count)]
    fresh = [(count + i, commune_of(0), 1) for i in range(FRESH)]
    with Ground(FOLDER / "run", config, mocks=("one_stop",), faults=[SLOW]) as ground:
        ground.start_gateway()
        # The land office does not listen: its outage.
        await hand_in(ground, waiting, connections=32)
        say(f"{count} handed in while the office was away")
        ground.start_mock("land_registry")
        book = ground.book("land_registry")
        # The last probe may have been just before it came back.
        await book.until(count // 4, patience_s=120.0)
        # In the middle of the drain, one after the other.
        came: dict[str, float] = {}
        for one in fresh:
            sent = await hand_in(ground, [one], connections=1)
            came[light.number_of(one[0])] = sent.began
            await asyncio.sleep(0.01)  # noqa: TID251  as at a counter
        await book.until(count + FRESH)
        told = ground.book("one_stop")
        await told.until(count + FRESH)
        counted = await pushed(ground, "land_registry")
        remains = await left(ground)
    numbers = {light.number_of(index) for index, _, _ in (*waiting, *fresh)}
    lines = ground.book("land_registry").of("hand_over", numbers)
    order = [one["number"] for one in lines]
    at = [datetime.fromisoformat(one["at"]).timestamp() for one in lines]
    days = {light.number_of(i): day for i, _, day in (*waiting, *fresh)}
    old = [number for number in order if number not in came]
    facts: dict[str, Any] = {
        "store": "sqlite",
        "waiting": count,
        "in_flight": IN_FLIGHT,
        "most_at_once": counted["most_at_once"],
        "drained_per_s": f"{len(order) / (at[-1] - at[0]):.0f}",
        "nearest_first": f"{_nearest(old, days):.3f}",
        "quarters_days": "/".join(_quarters(old, days)),
        "fresh": FRESH,
    }
    waits = sorted(
        moment - came[number]
        for number, moment in zip(order, at, strict=True)
        if number in came
    )
    facts["fresh_waited_p50_s"] = f"{median(waits):.2f}"
    facts["fresh_waited_most_s"] = f"{waits[-1]:.2f}"
    counts = Counter(order)
    facts["lost"] = sum(not counts[number] for number in numbers)
    facts["doubled"] = sum(n > 1 for n in counts.values())
    facts["left"] = sum(remains.values())
    recording.publish(line("S5", facts), given)
    shutil.rmtree(FOLDER)
    over = counted["most_at_once"] > IN_FLIGHT
    return 1 if facts["lost"] or facts["doubled"] or facts["left"] or over else 0


def _nearest(order: list[str], days: dict[str, int]) -> float:
    """The share that left when nobody with an earlier day was waiting."""
    waiting = Counter(days[number] for number in order)
    nearest = 0
    for number in order:
        nearest += days[number] == min(waiting)
        waiting[days[number]] -= 1
        if not waiting[days[number]]:
            del waiting[days[number]]
    return nearest / len(order)


def _quarters(order: list[str], days: dict[str, int]) -> list[str]:
    """Mean days until promised, of each quarter of those that left."""
    size = max(1, len(order) // 4)
    parts = [order[i * size : (i + 1) * size] for i in range(4)]
    return [f"{sum(days[n] for n in part) / len(part):.1f}" for part in parts]


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s5")
    parser.add_argument("--dossiers", type=int, default=20_000)
    recording.option(parser)
    return int(uvloop.run(_run(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
