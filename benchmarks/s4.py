"""S4: two hundred offices, one of them dead with a million transfers waiting.

``python -m benchmarks.s4`` says what a claim of another office reads with and without
the backlog, and what the others' deliveries cost beside it. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import apsw
import uvloop

from benchmarks import light, load
from benchmarks.arena import Ground
from benchmarks.offices import commune_of, many_offices, office_of
from benchmarks.processes import ROOT, cpu_s, peak_mb
from gateway.store import claims
from gateway.store.connection import open_reader

FOLDER = ROOT / ".run" / "benchmarks" / "s4"
OFFICES = 200
DEAD = OFFICES - 1
CONNECTIONS = 16
LANE = {"in_flight": 4, "timeout_s": 5.0, "breaker_failures": 2}
#: One hand-over to the dead office, as often as wanted: each heads a conversation.
CLONE = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO transfer (id, dossier_id, agency, office, leg, conversation, position,
    kind, state, fate, created_at, facts, payload, revision, dependent, head, due_at,
    deadline)
SELECT printf('t_backlog%07d', n.i), dossier_id, agency, office, leg,
       printf('land-%07d', n.i), 1, kind, 'due', 'not_left', created_at, facts,
       payload, revision, dependent, 1, created_at + n.i, deadline
  FROM n, (SELECT * FROM transfer WHERE office = :office AND kind = 'hand_over')"""


@dataclass(frozen=True)
class Result:
    """One run."""

    per_s: float
    cpu_ms: float
    #: of the gateway, per delivered dossier of the other offices
    p99_ms: float
    started_s: float
    rss_mb: float
    lost: int


class Scenario:
    """Runs that start from the same run folder, its backlog there or not."""

    def __init__(self, count: int, backlog: int) -> None:
        """``count``: dossiers of the living offices per run."""
        self._count = count
        self._backlog = backlog
        self._runs = 0
        self._templates = {name: FOLDER / name for name in ("without", "with")}

    async def prepare(self) -> None:
        """A store in which the dead office has one transfer, and one with all."""
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        self._config = many_offices(FOLDER, OFFICES, LANE)
        with self._ground(self._templates["without"], None) as ground:
            self._start(ground)
            front = ground.stage.url("front")
            one = light.requests(front, ground.token, [(0, commune_of(DEAD), 30)])
            _only(await load.send(front, one, connections=1), 202)
        shutil.copytree(self._templates["without"], self._templates["with"])
        began = time.monotonic()
        store = apsw.Connection(str(self._templates["with"] / "store.sqlite"))
        store.execute("PRAGMA journal_mode = WAL")
        with store:
            store.execute(CLONE, {"count": self._backlog, "office": office_of(DEAD)})
        (made,) = store.execute("SELECT changes()").fetchall()[0]
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
        if made != self._backlog:
            raise RuntimeError(f"{made} rows of {self._backlog}")
        _say(f"{made} transfers made in {time.monotonic() - began:.0f} s")

    @contextmanager
    def _ground(self, folder: Path, template: Path | None) -> Iterator[Ground]:
        with Ground(folder, self._config, template) as ground:
            yield ground

    def _start(self, ground: Ground) -> Any:
        stage = ground.stage
        reached = {name: stage.url(name) for name in ("land_registry", "one_stop")}
        # Nobody listens there.
        reached[office_of(DEAD)] = "http://127.0.0.1:9"
        return ground.start_gateway(addresses=reached)

    async def run(self, name: str) -> Result:
        """One run with the backlog, or without."""
        self._runs += 1
        folder = FOLDER / f"{self._runs:02d}-{name}"
        with self._ground(folder, self._templates[name]) as ground:
            began = time.monotonic()
            running = self._start(ground)
            started_s = time.monotonic() - began
            front, told = ground.stage.url("front"), ground.book("one_stop")
            first = self._runs * 10_000
            wanted = [(first + i, commune_of(i % DEAD), 30) for i in range(self._count)]
            requests = light.requests(front, ground.token, wanted)
            before = cpu_s(running.pid)
            sent = await load.send(front, requests, connections=CONNECTIONS)
            await told.until(self._count)
            used, memory = cpu_s(running.pid) - before, peak_mb(running.pid)
        _only(sent, 202)
        numbers = {light.number_of(index) for index, _, _ in wanted}
        statuses = told.counts("status", numbers)
        handed = ground.book("land_registry").counts("hand_over", numbers)
        result = Result(
            per_s=len(statuses) / (told.last("status", numbers) - sent.began),
            cpu_ms=used * 1000 / self._count,
            p99_ms=sent.percentile(0.99),
            started_s=started_s,
            rss_mb=memory,
            lost=sum(handed[n] != 1 or statuses[n] != 1 for n in numbers),
        )
        shutil.rmtree(folder)
        return result

    def steps(self, name: str) -> dict[str, int]:
        """Steps of SQLite's machine for looks of an office with nothing to do."""
        db = open_reader(self._templates[name] / "store.sqlite")
        at, office = time.time_ns() // 1000, office_of(0)
        looks = {
            "claim": (claims.CLAIM, (office, at, 4)),
            "near": (claims.NEAR_LOOK["sqlite"], (office, at, 4)),
            "offices": (claims.DUE_OFFICES["due_at"], (at,)),
        }
        found = {}
        for what, (query, values) in looks.items():
            counted: list[int] = []

            def told(event: dict[str, Any], counted: list[int] = counted) -> None:
                counted.append(event["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"])

            db.trace_v2(apsw.SQLITE_TRACE_PROFILE, told)
            db.execute(query, values).fetchall()
            db.trace_v2(0, None)
            found[what] = sum(counted)
        db.close()
        return found


def _only(sent: load.Load, status: int) -> None:
    if set(sent.statuses) != {status}:
        raise RuntimeError(f"answers other than {status}: {dict(sent.statuses)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _line(scenario: Scenario, rounds: list[dict[str, Result]], backlog: int) -> str:
    steps = {name: scenario.steps(name) for name in ("without", "with")}
    facts: dict[str, Any] = {"store": "sqlite", "offices": OFFICES, "waiting": backlog}
    for what in steps["with"]:
        facts[f"{what}_steps"] = f"{steps['without'][what]}/{steps['with'][what]}"
    for field in ("cpu_ms", "per_s", "p99_ms"):
        ratio = median(
            getattr(r["with"], field) / getattr(r["without"], field) for r in rounds
        )
        facts[f"{field}_ratio"] = f"{ratio:.3f}"
        facts[f"{field}_without"] = (
            f"{median(getattr(r['without'], field) for r in rounds):.2f}"
        )
    facts["start_s"] = f"{max(r['with'].started_s for r in rounds):.2f}"
    growth = median(r["with"].rss_mb - r["without"].rss_mb for r in rounds)
    facts["rss_growth_mb"] = f"{growth:.0f}"
    facts["lost"] = sum(one.lost for r in rounds for one in r.values())
    return "S4 " + " ".join(f"{name}={value}" for name, value in facts.items())


async def _all(given: argparse.Namespace) -> int:
    scenario = Scenario(given.dossiers, given.backlog)
    await scenario.prepare()
    rounds: list[dict[str, Result]] = []
    for number in range(given.rounds):
        order = ("without", "with") if number % 2 else ("with", "without")
        results = {}
        for name in order:
            results[name] = await scenario.run(name)
            _say(f"{name:8} {results[name]}")
        rounds.append(results)
    print(_line(scenario, rounds, given.backlog))
    lost = sum(one.lost for r in rounds for one in r.values())
    shutil.rmtree(FOLDER)
    return 1 if lost else 0


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s4")
    parser.add_argument("--dossiers", type=int, default=1000)
    parser.add_argument("--backlog", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    return int(uvloop.run(_all(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
