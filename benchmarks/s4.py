"""S4: two hundred offices, one of them dead with a million transfers waiting.

``python -m benchmarks.s4`` says what a claim of another office reads with and without
the backlog, and what the others' deliveries cost beside it. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

import uvloop

from benchmarks import light, load, recording
from benchmarks.arena import Ground
from benchmarks.backlog import ORIGINALS, FileBacklog, ServerBacklog
from benchmarks.offices import commune_of, many_offices, office_of
from benchmarks.pairs import BOTH, compared, delivered, only, timed_start
from benchmarks.processes import ROOT
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from benchmarks.backlog import Backlog
    from benchmarks.pairs import Result
    from benchmarks.processes import Running

FOLDER = ROOT / ".run" / "benchmarks" / "s4"
OFFICES = 200
DEAD = OFFICES - 1
CONNECTIONS = 16
LANE = {"in_flight": 4, "timeout_s": 5.0, "breaker_failures": 2}
#: A breaker that never closes: the cap of the lane alone protects the others.
STUBBORN = {**LANE, "breaker_failures": 1_000_000}
#: Nobody listens there.
NOBODY = "http://127.0.0.1:9"


class Scenario:
    """Runs that start from the same run folder, its backlog there or not."""

    def __init__(self, count: int, backlog: Backlog, *, hung: bool) -> None:
        """``count``: dossiers of the living offices per run.

        ``hung``: the dead office takes every call and never answers one.
        """
        self._count = count
        self._backlog = backlog
        self._hung = hung
        self._dead = NOBODY
        self._runs = 0

    async def prepare(self, rows: int) -> None:
        """A store in which the dead office has a few transfers, and one with all."""
        self._config = many_offices(FOLDER, OFFICES, STUBBORN if self._hung else LANE)
        with Ground(self._backlog.folder("without"), self._config, None) as ground:
            self._start(ground, self._backlog.table("without"))
            front = ground.stage.url("front")
            wanted = [(i, commune_of(DEAD), 30) for i in range(ORIGINALS)]
            few = light.requests(front, ground.token, wanted)
            only(await load.send(front, few, connections=1), 202)
        began = time.monotonic()
        made = self._backlog.fill(office_of(DEAD), rows)
        if made != rows:
            raise RuntimeError(f"{made} rows of {rows}")
        _say(f"{made} transfers made in {time.monotonic() - began:.0f} s")

    @contextlib.asynccontextmanager
    async def black_hole(self) -> AsyncIterator[None]:
        """An office that listens, and says nothing."""

        async def nothing(
            _: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await asyncio.Event().wait()
            writer.close()

        server = await asyncio.start_server(nothing, "127.0.0.1")
        if self._hung:
            self._dead = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.close()

    def _start(self, ground: Ground, table: str) -> Running:
        stage = ground.stage
        reached = {name: stage.url(name) for name in ("land_registry", "one_stop")}
        reached[office_of(DEAD)] = self._dead
        return ground.start_gateway(addresses=reached, store=table)

    async def run(self, name: str) -> Result:
        """One run with the backlog, or without."""
        self._runs += 1
        folder = FOLDER / f"{self._runs:02d}-{name}"
        with (
            self._backlog.copy(name) as table,
            Ground(folder, self._config, self._backlog.folder(name)) as ground,
        ):
            # What was copied is written out now, not beside the run's own commits.
            os.sync()
            running, took_s = timed_start(lambda: self._start(ground, table))
            first = self._runs * 10_000
            wanted = [(first + i, commune_of(i % DEAD), 30) for i in range(self._count)]
            result = await delivered(
                ground, running, wanted, connections=CONNECTIONS, started_s=took_s
            )
        shutil.rmtree(folder)
        return result


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _line(
    backlog: Backlog, rounds: list[dict[str, Result]], rows: int, dead: str
) -> str:
    read = {name: backlog.read(name, office_of(0)) for name in BOTH}
    facts: dict[str, Any] = {
        "store": backlog.name,
        "offices": OFFICES,
        "dead_one": dead,
        "waiting": rows,
        "rounds": len(rounds),
    }
    for what in read["with"]:
        facts[what] = f"{read['without'][what]}/{read['with'][what]}"
    facts |= compared(rounds)
    return "S4 " + " ".join(f"{name}={value}" for name, value in facts.items())


@contextlib.contextmanager
def _backlog(store: str) -> Iterator[Backlog]:
    if store == "sqlite":
        yield FileBacklog(FOLDER)
        return
    with postgres.running(on_disk=True, by_socket=True) as server:
        yield ServerBacklog(FOLDER, server)


async def _one(given: argparse.Namespace, store: str) -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with _backlog(store) as backlog:
        scenario = Scenario(given.dossiers, backlog, hung=given.hung)
        rounds: list[dict[str, Result]] = []
        async with scenario.black_hole():
            await scenario.prepare(given.backlog)
            for number in range(given.rounds):
                results = {}
                for name in BOTH if number % 2 else BOTH[::-1]:
                    results[name] = await scenario.run(name)
                    _say(f"{name:8} {results[name]}")
                rounds.append(results)
        what = "hangs" if given.hung else "gone"
        said = _line(backlog, rounds, given.backlog, what)
        recording.publish(said, given, rounds)
    shutil.rmtree(FOLDER)
    return sum(one.lost for r in rounds for one in r.values())


async def _all(given: argparse.Namespace) -> int:
    lost = [await _one(given, store) for store in given.store.split(",")]
    return 1 if any(lost) else 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s4")
    parser.add_argument("--dossiers", type=int, default=1000)
    parser.add_argument("--backlog", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hung", action="store_true", help="it takes calls for ever")
    parser.add_argument("--store", default="sqlite,postgresql")
    recording.option(parser)
    return int(uvloop.run(_all(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
