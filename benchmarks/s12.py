"""S12: an even stream for minutes: does memory grow, how long does one take, what does idling cost?

``python -m benchmarks.s12 --minutes 20 --per-second 10`` runs the shipped gateway on
each store. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import shutil
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from statistics import mean
from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks import light, load, recording
from benchmarks.arena import Ground, raised_caps
from benchmarks.kept import STORES, kept
from benchmarks.processes import ROOT, cpu_s, memory_mb
from benchmarks.scene import line, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.kept import Kept

FOLDER = ROOT / ".run" / "benchmarks" / "s12"
COMMUNE = "99101"
CONNECTIONS = 16
#: Share of the steady part whose growth is that of a gateway that warms up.
WARM_UP = 0.4
#: The rate at which the wait for an acceptance is measured, and for how long.
QUICK_PER_S, QUICK_S = 50.0, 20.0
IDLE_S = 60.0
#: Two-sided 95 %; there are hundreds of samples.
_DEVIATIONS = 1.96


@dataclass
class Result:
    """One store."""

    memory: list[tuple[float, float]] = field(default_factory=list)
    #: seconds since the steady part began, MB
    accept_ms: list[float] = field(default_factory=list)
    delivered_ms: list[float] = field(default_factory=list)
    #: from the 202 to the line in the land office's book
    quick_ms: list[float] = field(default_factory=list)
    cpu_ms: float = 0.0
    #: of the gateway, per dossier of the steady part
    late_most_s: float = 0.0
    #: how far behind its timetable the load ever was
    idle_cpu: float = 0.0
    refused: int = 0
    held: int = 0
    #: bytes by which the store grew during the steady part, until everything was told
    written: int = 0
    #: bytes that were written meanwhile (``Kept.written``)
    lost: int = 0
    doubled: int = 0


def slope(samples: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """MB per hour by least squares, and half of its 95 % interval.

    The interval takes each sample for independent, which memory is not: it is too
    narrow rather than too wide.
    """
    times, values = [t / 3600 for t, _ in samples], [value for _, value in samples]
    middle, level = mean(times), mean(values)
    spread = sum((t - middle) ** 2 for t in times)
    pairs = list(zip(times, values, strict=True))
    rises = sum((t - middle) * (v - level) for t, v in pairs) / spread
    off = sum((v - level - rises * (t - middle)) ** 2 for t, v in pairs)
    error = math.sqrt(off / (len(pairs) - 2) / spread)
    return rises, _DEVIATIONS * error


class Stream:
    """Dossiers at an even rate, each by its timetable, whatever the ones before took."""

    def __init__(self, ground: Ground, first: int) -> None:
        """Dossiers are numbered from ``first`` on."""
        self._ground = ground
        self.next = first
        self.answered: dict[str, float] = {}
        #: dossier → when its 202 was there, by the wall clock
        self.waits_ms: list[float] = []
        self.late_s = 0.0
        self.refused = 0

    async def run(self, per_second: float, seconds: float) -> None:
        """Send for so long; returns when everything is answered."""
        front, token = self._ground.stage.url("front"), self._ground.token
        began, count = time.monotonic(), int(per_second * seconds)
        under_way = set()
        for number in range(count):
            at = began + number / per_second
            rest = at - time.monotonic()
            if rest > 0:
                await asyncio.sleep(rest)  # noqa: TID251  a timetable of the load
            self.late_s = max(self.late_s, time.monotonic() - at)
            index, self.next = self.next, self.next + 1
            (request,) = light.requests(front, token, [(index, COMMUNE, 30)])
            one = asyncio.create_task(self._send(front, index, request))
            under_way.add(one)
            one.add_done_callback(under_way.discard)
        while under_way:
            await asyncio.wait(under_way)

    async def _send(self, front: str, index: int, request: bytes) -> None:
        sent = await load.send(front, [request], connections=1)
        if set(sent.statuses) != {202}:
            # Pressed, or it would have to wait too long; told, and not sent again.
            self.refused += 1
            return
        self.waits_ms += sent.waits_ms
        self.answered[light.number_of(index)] = time.time()


async def _watched(pid: int, found: list[tuple[float, float]]) -> None:
    began = time.monotonic()
    while True:
        found.append((time.monotonic() - began, memory_mb(pid)))
        await asyncio.sleep(1)  # noqa: TID251  another process is watched


async def measured(given: argparse.Namespace, store: Kept, folder: Any) -> Result:
    """All parts, one after the other, with one gateway."""
    result = Result()
    config = raised_caps(folder)
    table = store.begun("soak")
    with Ground(folder / "run", config) as ground:
        running = ground.start_gateway(store=table)
        told, run_dir = ground.book("one_stop"), ground.stage.run_dir
        quick = Stream(ground, 1)
        await quick.run(given.per_second, given.warm_up)
        quick.waits_ms.clear()
        await quick.run(QUICK_PER_S, given.quick)
        await told.until(len(quick.answered))
        result.quick_ms = quick.waits_ms
        steady = Stream(ground, quick.next)
        watching = asyncio.create_task(_watched(running.pid, result.memory))
        before = cpu_s(running.pid)
        held, written = store.held("soak", run_dir), store.written(running.pid)
        await steady.run(given.per_second, given.minutes * 60)
        everybody = quick.answered | steady.answered
        await told.until(len(everybody))
        used = cpu_s(running.pid) - before
        watching.cancel()
        result.held = store.held("soak", run_dir) - held
        result.written = store.written(running.pid) - written
        result.cpu_ms = used * 1000 / len(steady.answered)
        result.late_most_s = max(quick.late_s, steady.late_s)
        result.accept_ms = steady.waits_ms
        result.refused = quick.refused + steady.refused
        result.idle_cpu = await _idle(running.pid, given.idle)
    land = ground.book("land_registry")
    numbers = set(everybody)
    handed, statuses = (
        land.counts("hand_over", numbers),
        told.counts("status", numbers),
    )
    result.lost = sum(not (handed[n] and statuses[n]) for n in numbers)
    result.doubled = sum(handed[n] > 1 or statuses[n] > 1 for n in numbers)
    for entry in land.of("hand_over", set(steady.answered)):
        at = datetime.fromisoformat(entry["at"]).timestamp()
        result.delivered_ms.append((at - steady.answered[entry["number"]]) * 1000)
    return result


async def _idle(pid: int, seconds: float) -> float:
    """Per cent of one processor that nothing takes."""
    await asyncio.sleep(min(5.0, seconds))  # noqa: TID251  what was late is done
    before, began = cpu_s(pid), time.monotonic()
    await asyncio.sleep(seconds)  # noqa: TID251  nothing is what is measured
    return 100 * (cpu_s(pid) - before) / (time.monotonic() - began)


def _share(values: Sequence[float], share: float) -> str:
    ordered = sorted(values)
    return f"{ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.1f}"


def facts(given: argparse.Namespace, store: str, result: Result) -> dict[str, Any]:
    """What is printed."""
    ends = result.memory[-1][0]
    rest = [sample for sample in result.memory if sample[0] >= WARM_UP * ends]
    rises, about = slope(rest)
    return {
        "store": store,
        "per_s": given.per_second,
        "minutes": given.minutes,
        "dossiers": len(result.accept_ms),
        "rss_first_mb": f"{result.memory[0][1]:.0f}",
        "rss_last_mb": f"{result.memory[-1][1]:.0f}",
        "slope_mb_per_h": f"{rises:.1f}",
        "slope_within": f"{about:.1f}",
        "samples": len(rest),
        "cpu_ms_per_dossier": f"{result.cpu_ms:.2f}",
        "held_kb_per_dossier": f"{result.held / 1000 / len(result.accept_ms):.1f}",
        "written_kb_per_dossier": f"{result.written / 1000 / len(result.accept_ms):.1f}",
        "accept_p50_ms": _share(result.accept_ms, 0.50),
        "accept_p99_ms": _share(result.accept_ms, 0.99),
        "delivered_p50_ms": _share(result.delivered_ms, 0.50),
        "delivered_p99_ms": _share(result.delivered_ms, 0.99),
        "accept_at_50_per_s_p50_ms": _share(result.quick_ms, 0.50),
        "accept_at_50_per_s_p99_ms": _share(result.quick_ms, 0.99),
        "load_late_most_s": f"{result.late_most_s:.2f}",
        "idle_cpu_percent": f"{result.idle_cpu:.2f}",
        "refused": result.refused,
        "lost": result.lost,
        "doubled": result.doubled,
    }


async def _one(given: argparse.Namespace, store: str) -> int:
    folder = FOLDER / store
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with kept(store, folder) as place:
        result = await measured(given, place, folder)
    for at, memory in result.memory[:: max(1, len(result.memory) // 20)]:
        say(f"{at:6.0f} s {memory:7.1f} MB")
    thinned = result.memory[:: max(1, len(result.memory) // 60)]
    said = line("S12", facts(given, store, result))
    recording.publish(said, given, {"memory_mb": thinned})
    shutil.rmtree(folder)
    return result.lost + result.doubled


async def _all(given: argparse.Namespace) -> int:
    wrong = [await _one(given, store) for store in given.store.split(",")]
    return 1 if any(wrong) else 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s12")
    parser.add_argument("--minutes", type=float, default=2.5, help="on each store")
    parser.add_argument("--per-second", type=float, default=10.0)
    parser.add_argument("--warm-up", type=float, default=10.0, help="seconds")
    parser.add_argument("--quick", type=float, default=QUICK_S, help="seconds at 50/s")
    parser.add_argument("--idle", type=float, default=IDLE_S, help="seconds")
    parser.add_argument("--store", default=",".join(STORES))
    recording.option(parser)
    return int(uvloop.run(_all(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
