"""S1 beside what people would use instead: each does less, in the same run.

``make bench SCENARIO=PEERS`` runs the gateway on both stores and every peer in turn,
and prints one line of medians. ``docs/benchmarks.md`` says what each peer does.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks import recording, s1
from benchmarks.grounds import stores
from benchmarks.processes import ROOT, Running
from benchmarks.scene import line, say
from gateway.wiring.free_ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.arena import Ground
    from benchmarks.s1 import Result

#: What each is started as; they stand in a place of their own (scripts/beside.sh).
PEERS = {
    "celery": "celery_redis",
    "procrastinate": "procrastinate_pg",
    "pgqueuer": "pgqueuer_pg",
    "dbos": "dbos_pg",
}
#: The gateway's: on each store, and two nodes on one (a peer, too, has two processes).
OWN = {
    "sqlite": ("sqlite", 1),
    "postgresql": ("postgresql", 1),
    "two_nodes": ("postgresql", 2),
}
PYTHON = ROOT / ".run" / "peers-venv" / "bin" / "python"


class Beside(s1.Scenario):
    """S1 whose contenders are peers."""

    def start(self, contender: str, ground: Ground, database: list[str]) -> Running:
        """A peer, with the database that a floor would have."""
        if contender not in PEERS:
            return super().start(contender, ground, database)
        broker = self.redis if contender == "celery" else database[-1]
        words = ["-m", f"benchmarks.peers.{PEERS[contender]}", "--broker", broker]
        return ground.start(contender, *words, *self.told(ground), python=str(PYTHON))

    async def run(self, contender: str, profile: str = "") -> Result:
        """One run; Redis is as fresh as everybody's database."""
        if contender != "celery":
            return await super().run(contender, profile)
        with TemporaryDirectory(dir=self.folder) as folder, redis(Path(folder)) as url:
            self.redis = url
            return await super().run(contender, profile)

    redis = ""


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A server that has every write on the disk before it answers; its address.

    Raises:
        RuntimeError: it does not start.
    """
    port = free_port()
    settings = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
    place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(
            ["redis-server", *place, *settings], stdout=log, stderr=log
        )
    try:
        _listens(port, process)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when somebody listens there."""
    ends = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > ends:
                raise RuntimeError("redis-server does not start") from None
            time.sleep(0.02)  # noqa: TID251  another process starts
        else:
            return


def _facts(rounds: list[dict[str, Result]]) -> dict[str, Any]:
    """Dossiers a second of each, and how many times as many each store moves."""
    facts: dict[str, Any] = {"rounds": len(rounds)}
    for name in rounds[0]:
        every = sorted(r[name].per_s for r in rounds)
        facts[f"{name}_per_s"] = f"{median(every):.0f}"
        facts[f"{name}_from_to"] = f"{every[0]:.0f}-{every[-1]:.0f}"
    for own in OWN:
        for peer in PEERS:
            ratios = [
                r[own].per_s / r[peer].per_s for r in rounds if {own, peer} <= {*r}
            ]
            if ratios:
                facts[f"{own}_to_{peer}"] = f"{median(ratios):.2f}"
    for what in ("lost", "duplicated"):
        found = {n: sum(getattr(r[n], what) for r in rounds) for n in rounds[0]}
        facts[what] = sum(found.get(name, 0) for name in OWN)
        peers = {name: number for name, number in found.items() if name not in OWN}
        facts[f"{what}_by_peers"] = sum(peers.values())
        by = ",".join(f"{name}:{number}" for name, number in peers.items() if number)
        if by:
            facts[f"{what}_by"] = by
    return facts


async def _all(given: argparse.Namespace) -> int:
    shutil.rmtree(s1.FOLDER, ignore_errors=True)
    s1.FOLDER.mkdir(parents=True)
    names = [*OWN, *given.peers.split(",")]
    with contextlib.ExitStack() as stack:
        own = {}
        for name, (store, nodes) in OWN.items():
            folder = s1.FOLDER / name
            folder.mkdir()
            those = stack.enter_context(stores(store, folder))
            own[name] = Beside(given.dossiers, those, folder)
            own[name].nodes = nodes
            await own[name].prepare()
        rounds: list[dict[str, Result]] = []
        for number in range(given.rounds):
            turn = number % len(names)
            results = {}
            for name in (*names[turn:], *names[:turn]):
                scenario = own.get(name, own["postgresql"])
                results[name] = await scenario.run("gateway" if name in own else name)
                say(s1.told(name, results[name]))
            rounds.append({name: results[name] for name in names})
    facts = _facts(rounds)
    recording.publish(line("PEERS", facts), given, rounds)
    shutil.rmtree(s1.FOLDER)
    return 1 if facts["lost"] or facts["duplicated"] else 0


def main() -> int:
    """Read the command line, see to the peers' place and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("--dossiers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default=",".join(PEERS))
    recording.option(parser)
    given = parser.parse_args()
    subprocess.run(
        ["sh", "scripts/beside.sh", "peers"], cwd=ROOT, check=True, env={**os.environ}
    )
    return int(uvloop.run(_all(given)))


if __name__ == "__main__":
    sys.exit(main())
