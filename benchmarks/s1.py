"""S1: POST → 202 → hand-over → status webhook, counted in the mock agencies' books.

``python -m benchmarks.s1`` runs the gateway and two floors in turn, five times,
and prints one line of medians. ``docs/benchmarks.md`` says how to read it.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks import bodies, dossiers, load, recording
from benchmarks.arena import MOCKS, Ground, raised_caps
from benchmarks.grounds import stores
from benchmarks.processes import ROOT, keep_to_one_cpu, peak_mb, tree_cpu_s

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from benchmarks.grounds import Stores
    from benchmarks.processes import Running

FOLDER = ROOT / ".run" / "benchmarks" / "s1"
CONNECTIONS = 64
WARM_UP = 100
CONTENDERS = ("gateway", "naked", "bare")


@dataclass(frozen=True)
class Result:
    """One run of one contender."""

    per_s: float
    cpu_ms: dict[str, float]
    #: per dossier, by process
    p50_ms: float
    p99_ms: float
    rss_mb: float
    lost: int
    duplicated: int


class Scenario:
    """S1 with so many dossiers per run."""

    #: Whether the gateway is kept to one processor, as ``CPUAffinity`` would.
    one_cpu = False
    #: Gateways on one store, each a process; the load is spread over them.
    nodes = 1

    def __init__(self, count: int, stores: Stores, folder: Path = FOLDER) -> None:
        """Every run starts from the same prepared run folder and store, below ``folder``."""
        self.folder = folder
        self._stores = stores
        self._warm_up = range(1, 1 + WARM_UP)
        self._measured = range(1 + WARM_UP, 1 + WARM_UP + count)
        self._accepted = range(1, 1 + WARM_UP + count)
        self._template = folder / "template"
        self._bodies = folder / "bodies"
        self._runs = 0

    async def prepare(self) -> None:
        """Bring all files to a gateway, and record what it sends for one dossier."""
        self._config = raised_caps(self.folder)
        last = self._accepted.stop
        with Ground(self._template, self._config, None) as ground:
            recorder = bodies.Recorder()
            for agency in MOCKS:
                await recorder.stand_before(agency, ground.stage.url(agency))
            model = self._stores.model()
            table = model + self._files(ground)
            ground.start_gateway(addresses=recorder.addresses, store=table)
            front, token = ground.stage.url("front"), ground.token
            brought = await load.send(
                front,
                dossiers.uploads(front, token, range(1, last + 1)),
                connections=CONNECTIONS,
            )
            _only(brought, 201)
            one = dossiers.submissions(front, token, range(last, last + 1))
            _only(await load.send(front, one, connections=1), 202)
            await ground.book("one_stop").until(1)
            secret = ground.stage.secrets.value("mot-cua-mau.webhook")
            await recorder.close()
        bodies.prepare(self._bodies, recorder.bodies, secret, self._accepted, last)
        sizes = " ".join(f"{k}={len(v)}" for k, v in sorted(recorder.bodies.items()))
        _say(f"dossier={len(one[0])} bytes with its head, bodies: {sizes} bytes")

    async def run(self, contender: str, profile: str = "") -> Result:
        """One run of one contender on fresh mock agencies."""
        self._runs += 1
        folder = self.folder / f"{self._runs:02d}-{contender}"
        template = self._template if contender == "gateway" else None
        with (
            self._stores.copy() as table,
            self._stores.bare() as database,
            Ground(folder, self._config, template or self._keys(folder)) as ground,
        ):
            others: list[str] = []
            if contender == "gateway":
                settings = table + self._files(ground)
                running = ground.start_gateway(profile=profile, store=settings)
                further = range(2, self.nodes + 1)
                others = [ground.start_node(number)[1] for number in further]
            else:
                running = self.start(contender, ground, database)
            if contender == "gateway" and self.one_cpu:
                keep_to_one_cpu(running.pid)
            front, told = ground.stage.url("front"), ground.book("one_stop")
            warm = dossiers.submissions(front, ground.token, self._warm_up)
            send = partial(load.send, front, connections=CONNECTIONS, others=others)
            _only(await send(warm), 202)
            await told.until(len(warm))
            requests = dossiers.submissions(front, ground.token, self._measured)
            watched = [*ground.running]
            before = {p.name: tree_cpu_s(p.pid) for p in watched}
            own = time.process_time()
            sent = await send(requests)
            await told.until(len(warm) + len(requests))
            used = {p.name: tree_cpu_s(p.pid) - before[p.name] for p in watched}
            used["load"] = time.process_time() - own
            memory = peak_mb(running.pid)
        _only(sent, 202)
        result = self._judged(ground, sent, used, memory)
        if not profile:
            shutil.rmtree(folder)
        return result

    def _files(self, ground: Ground) -> str:
        """Several nodes share their files; one keeps them as it does by itself."""
        return ground.shared_files() if self.nodes > 1 else ""

    def _keys(self, folder: Path) -> Path | None:
        """A floor's mock agencies know the secret that its bodies were signed with."""
        shutil.copytree(self._template / "keys", folder / "keys")
        return None

    def start(self, contender: str, ground: Ground, database: list[str]) -> Running:
        """Start a floor; ``database`` are its words for a server's database."""
        module = f"benchmarks.{contender}"
        return ground.start(contender, "-m", module, *self.told(ground), *database)

    def told(self, ground: Ground) -> list[str]:
        """What a floor has to know: where it listens, whom it calls, with what."""
        stage = ground.stage
        return [
            *("--port", str(stage.ports["front"])),
            *("--land", f"{stage.url('land_registry')}/vbdlis/tiepnhan"),
            *("--status", f"{stage.url('one_stop')}/status"),
            *("--bodies", str(self._bodies), "--folder", str(stage.run_dir)),
        ]

    def _judged(
        self, ground: Ground, sent: load.Load, used: dict[str, float], memory: float
    ) -> Result:
        measured = {dossiers.number_of(index) for index in self._measured}
        numbers = {dossiers.number_of(index) for index in self._accepted}
        told = ground.book("one_stop")
        handed = ground.book("land_registry").counts("hand_over", numbers)
        statuses = told.counts("status", numbers)
        brought, count = len(measured & statuses.keys()), len(measured)
        return Result(
            per_s=brought / (told.last("status", measured) - sent.began),
            cpu_ms={name: cpu * 1000 / count for name, cpu in used.items()},
            p50_ms=sent.percentile(0.50),
            p99_ms=sent.percentile(0.99),
            rss_mb=memory,
            lost=sum(not (handed[n] and statuses[n]) for n in numbers),
            duplicated=sum(handed[n] > 1 or statuses[n] > 1 for n in numbers),
        )


def _only(sent: load.Load, status: int) -> None:
    if set(sent.statuses) != {status}:
        raise RuntimeError(f"answers other than {status}: {dict(sent.statuses)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def told(name: str, result: Result) -> str:
    """One run in words."""
    cpu = " ".join(f"{who}={ms:.2f}" for who, ms in result.cpu_ms.items())
    return (
        f"{name:8} {result.per_s:7.1f}/s p50={result.p50_ms:.0f} ms"
        f" p99={result.p99_ms:.0f} ms rss={result.rss_mb:.0f} MB"
        f" lost={result.lost} duplicated={result.duplicated} CPU ms/dossier: {cpu}"
    )


def _line(store: str, rounds: list[dict[str, Result]], nodes: int = 1) -> str:
    """Medians of all rounds; the ratio is one of each round, then the median."""
    own = [r["gateway"] for r in rounds]
    used = [_gateways_ms(r) for r in own]
    ratios = [r["gateway"].per_s / r["naked"].per_s for r in rounds]
    everybody = [result for r in rounds for result in r.values()]
    facts: dict[str, Any] = {
        "store": store,
        "dossiers_per_s": f"{median(r.per_s for r in own):.1f}",
        "cpu_ms_per_dossier": f"{median(used):.2f}",
        "accept_p50_ms": f"{median(r.p50_ms for r in own):.1f}",
        "accept_p99_ms": f"{median(r.p99_ms for r in own):.1f}",
        "rss_mb": f"{max(r.rss_mb for r in own):.0f}",
        "naked_per_s": f"{median(r['naked'].per_s for r in rounds):.1f}",
        "ratio_naked": f"{median(ratios):.3f}",
        "bare_per_s": f"{median(r['bare'].per_s for r in rounds):.1f}",
        "lost": sum(result.lost for result in everybody),
        "duplicated": sum(result.duplicated for result in everybody),
    }
    if nodes > 1:
        facts["nodes"] = nodes
    return "S1 " + " ".join(f"{name}={value}" for name, value in facts.items())


def _gateways_ms(result: Result) -> float:
    """What all its nodes used."""
    return sum(ms for who, ms in result.cpu_ms.items() if who.startswith("gateway"))


async def _all(given: argparse.Namespace) -> int:
    wrong = 0
    for store in given.store.split(","):
        if given.profile or given.alone:
            await _alone(given, store)
            continue
        rounds, bad = await measured(
            store, given.dossiers, given.rounds, nodes=given.nodes
        )
        recording.publish(_line(store, rounds, given.nodes), given, rounds)
        wrong += bad
        shutil.rmtree(FOLDER)
    return 1 if wrong else 0


@contextlib.asynccontextmanager
async def _prepared(store: str, count: int, nodes: int = 1) -> AsyncIterator[Scenario]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with stores(store, FOLDER) as those:
        scenario = Scenario(count, those)
        scenario.nodes = nodes
        await scenario.prepare()
        yield scenario


async def _alone(given: argparse.Namespace, store: str) -> None:
    async with _prepared(store, given.dossiers, given.nodes) as scenario:
        scenario.one_cpu = given.one_cpu
        for _ in range(given.rounds):
            _say(told("gateway", await scenario.run("gateway", given.profile)))


async def measured(
    store: str, count: int, times: int, *, nodes: int = 1
) -> tuple[list[dict[str, Result]], int]:
    """Rounds of all contenders; how many dossiers the gateway lost or duplicated."""
    rounds: list[dict[str, Result]] = []
    async with _prepared(store, count, nodes) as scenario:
        for number in range(times):
            # Who comes first changes, so that a drifting machine wrongs nobody.
            turn = number % len(CONTENDERS)
            results = {}
            for name in (*CONTENDERS[turn:], *CONTENDERS[:turn]):
                results[name] = await scenario.run(name)
                _say(told(name, results[name]))
            rounds.append(results)
    own = [r["gateway"] for r in rounds]
    return rounds, sum(one.lost + one.duplicated for one in own)


def plain(results: dict[str, Result]) -> dict[str, dict[str, Any]]:
    """A round as a record has it."""
    return {name: asdict(one) for name, one in results.items()}


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s1")
    parser.add_argument("--dossiers", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--store", default="sqlite,postgresql")
    parser.add_argument("--nodes", type=int, default=1, help="on PostgreSQL only")
    parser.add_argument("--one-cpu", action="store_true", help="with --alone")
    parser.add_argument("--alone", action="store_true", help="the gateway only")
    parser.add_argument("--profile", default="", help="where to write one")
    recording.option(parser)
    given = parser.parse_args()
    if given.nodes > 1 and given.store != "postgresql":
        parser.error("several nodes need --store postgresql")
    return int(uvloop.run(_all(given)))


if __name__ == "__main__":
    sys.exit(main())
