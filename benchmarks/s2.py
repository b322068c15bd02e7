"""S2: a signed slip in → checked → sealed → sent to tax → its signed answer proved.

``python -m benchmarks.s2`` runs the shipped gateway and, in turn, the same with one
part taken out, on both stores. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks import light, load, recording, slips
from benchmarks.arena import MOCKS, Ground
from benchmarks.kept import STORES, kept
from benchmarks.processes import ROOT, cpu_s, peak_mb
from benchmarks.scene import line, say
from benchmarks.without import PARTS

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.kept import Kept

FOLDER = ROOT / ".run" / "benchmarks" / "s2"
CONNECTIONS = 32
WARM_UP = 20
_ALL = "nothing"


@dataclass(frozen=True)
class Result:
    """One run."""

    per_s: float
    cpu_ms: dict[str, float]
    #: per slip, by process
    p50_ms: float
    p99_ms: float
    rss_mb: float
    lost: int
    doubled: int
    unordered: int


class Scenario:
    """S2 with so many slips per run, on one store."""

    def __init__(self, count: int, store: Kept, folder: Path) -> None:
        """``folder`` keeps what is prepared, and each run while it runs."""
        self._warm_up = range(1, 1 + WARM_UP)
        self._measured = range(1 + WARM_UP, 1 + WARM_UP + count)
        self._all = range(1, 1 + WARM_UP + count)
        self._store = store
        self._folder = folder
        self._runs = 0
        self._told: dict[str, list[int]] = {}
        #: statuses of each dossier before its slip

    async def prepare(self, parts: list[str]) -> None:
        """Dossiers at the land office, told to the one-stop; their slip is to come.

        What was sealed does not open where nothing is, so that one has its own.
        """
        self._config = slips.direct_tax(self._folder)
        for part in {_kept_by(part) for part in parts}:
            table = self._store.begun(f"kept_{part}")
            with Ground(self._folder / f"kept-{part}", self._config) as ground:
                self._start(ground, part, table)
                front, told = ground.stage.url("front"), ground.book("one_stop")
                wanted = slips.dossiers(front, ground.token, self._all)
                _only(await load.send(front, wanted, connections=CONNECTIONS), 202)
                await told.until(len(self._all))
            self._told = _sequences(ground, self._all)

    def _start(self, ground: Ground, part: str, table: str, profile: str = "") -> Any:
        what = ("profiled", profile) if profile else ("serve",)
        return ground.start_gateway(
            addresses={name: ground.stage.url(name) for name in (*MOCKS, "tax")},
            store=table,
            launch=("-m", "benchmarks.without", part, *what),
        )

    async def run(self, part: str, profile: str = "") -> Result:
        """One run without ``part``, on fresh mock agencies."""
        self._runs += 1
        folder = self._folder / f"{self._runs:02d}-{part}"
        name = f"kept_{_kept_by(part)}"
        template = self._folder / f"kept-{_kept_by(part)}"
        with (
            self._store.copy(name) as table,
            Ground(folder, self._config, template) as ground,
        ):
            stage = ground.stage
            ground.start(
                "tax",
                *("-m", "benchmarks.without", part, "mock", "--agency", "tax"),
                *("--port", str(stage.ports["tax"])),
                *("--config", str(stage.mocks_path)),
                *("--run-dir", str(stage.run_dir)),
            )
            running = self._start(ground, part, table, profile)
            front, told = stage.url("front"), ground.book("one_stop")
            warm = slips.slips(ground, self._warm_up)
            requests = slips.slips(ground, self._measured)
            _only(await load.send(front, warm, connections=CONNECTIONS), 202)
            await told.until(len(warm))
            before = {one.name: cpu_s(one.pid) for one in ground.running}
            own = time.process_time()
            sent = await load.send(front, requests, connections=CONNECTIONS)
            await ground.book("tax").until(len(self._all))
            await told.until(len(self._all))
            used = {
                one.name: cpu_s(one.pid) - before[one.name] for one in ground.running
            }
            used["load"] = time.process_time() - own
            memory = peak_mb(running.pid)
        _only(sent, 202)
        result = self._judged(ground, sent, used, memory)
        if not profile:
            shutil.rmtree(folder)
        return result

    def _judged(
        self, ground: Ground, sent: load.Load, used: dict[str, float], memory: float
    ) -> Result:
        numbers = {light.number_of(index) for index in self._measured}
        tax, told = ground.book("tax"), ground.book("one_stop")
        taken = tax.counts("slip_new", numbers)
        statuses = told.counts("status", numbers)
        count = len(numbers)
        return Result(
            per_s=count / (tax.last("slip_new", numbers) - sent.began),
            cpu_ms={name: cpu * 1000 / count for name, cpu in used.items()},
            p50_ms=sent.percentile(0.50),
            p99_ms=sent.percentile(0.99),
            rss_mb=memory,
            lost=sum(not (taken[n] and statuses[n]) for n in numbers),
            doubled=sum(taken[n] > 1 or statuses[n] > 1 for n in numbers),
            unordered=sum(
                not _rises(self._told[number] + sequences)
                for number, sequences in _sequences(ground, self._measured).items()
            ),
        )


def _sequences(ground: Ground, indices: range) -> dict[str, list[int]]:
    """Numbers of each dossier's statuses, as they came to the one-stop."""
    found: dict[str, list[int]] = {light.number_of(index): [] for index in indices}
    for entry in ground.book("one_stop").of("status", set(found)):
        found[entry["number"]].append(entry["facts"]["sequence"])
    return found


def _rises(sequences: list[int]) -> bool:
    return all(a < b for a, b in pairwise(sequences)) and len(sequences) > 1


def _kept_by(part: str) -> str:
    return part if part == "encryption" else _ALL


def _only(sent: load.Load, status: int) -> None:
    if set(sent.statuses) != {status}:
        raise RuntimeError(f"answers other than {status}: {dict(sent.statuses)}")


def _told(name: str, result: Result) -> str:
    cpu = " ".join(f"{who}={ms:.2f}" for who, ms in result.cpu_ms.items())
    return (
        f"{name:12} {result.per_s:7.1f}/s p50={result.p50_ms:.0f} ms"
        f" p99={result.p99_ms:.0f} ms rss={result.rss_mb:.0f} MB lost={result.lost}"
        f" doubled={result.doubled} CPU ms/slip: {cpu}"
    )


async def _one(given: argparse.Namespace, store: str) -> int:
    folder = FOLDER / store
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    parts = given.without.split(",")
    with kept(store, folder) as place:
        scenario = Scenario(given.slips, place, folder)
        await scenario.prepare(parts)
        rounds: list[dict[str, Result]] = []
        for number in range(given.rounds):
            # Who comes first changes, so that a drifting machine wrongs nobody.
            turn = number % len(parts)
            results = {}
            for part in (*parts[turn:], *parts[:turn]):
                results[part] = await scenario.run(part, given.profile)
                say(_told(part, results[part]))
            rounds.append(results)
    said = line("S2", facts(store, given.slips, rounds))
    recording.publish(said, given, rounds)
    if not given.profile:
        shutil.rmtree(folder)
    everybody = [result for r in rounds for result in r.values()]
    return sum(one.lost + one.doubled + one.unordered for one in everybody)


def facts(store: str, count: int, rounds: list[dict[str, Result]]) -> dict[str, Any]:
    """Medians of all rounds; what a part costs is one difference of each round."""
    whole = [r[_ALL] for r in rounds]
    rates = sorted(one.per_s for one in whole)
    cpu = sorted(one.cpu_ms["gateway"] for one in whole)
    found: dict[str, Any] = {
        "store": store,
        "slips": count,
        "rounds": len(rounds),
        "slips_per_s": f"{median(rates):.1f}",
        "slips_per_s_from_to": f"{rates[0]:.1f}-{rates[-1]:.1f}",
        "cpu_ms_per_slip": f"{median(cpu):.2f}",
        "cpu_ms_from_to": f"{cpu[0]:.2f}-{cpu[-1]:.2f}",
        "accept_p50_ms": f"{median(one.p50_ms for one in whole):.1f}",
        "accept_p99_ms": f"{median(one.p99_ms for one in whole):.1f}",
        "rss_mb": f"{max(one.rss_mb for one in whole):.0f}",
        "mock_cpu_ms": f"{median(one.cpu_ms['tax'] for one in whole):.2f}",
    }
    for part in rounds[0]:
        if part == _ALL:
            continue
        costs = [r[_ALL].cpu_ms["gateway"] - r[part].cpu_ms["gateway"] for r in rounds]
        rate = median(r[part].per_s / r[_ALL].per_s for r in rounds)
        found[f"without_{part}_saves_ms"] = f"{median(costs):.2f}"
        found[f"without_{part}_from_to"] = f"{min(costs):.2f}-{max(costs):.2f}"
        found[f"without_{part}_ratio_per_s"] = f"{rate:.3f}"
    everybody = [result for r in rounds for result in r.values()]
    for what in ("lost", "doubled", "unordered"):
        found[what] = sum(getattr(one, what) for one in everybody)
    return found


async def _all(given: argparse.Namespace) -> int:
    wrong = [await _one(given, store) for store in given.store.split(",")]
    return 1 if any(wrong) else 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s2")
    parser.add_argument("--slips", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without", default=",".join(PARTS), help="what, in turn")
    parser.add_argument("--profile", default="", help="where to write one")
    parser.add_argument("--store", default=",".join(STORES))
    recording.option(parser)
    return int(uvloop.run(_all(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
