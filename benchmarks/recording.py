"""Figures that are kept: one line of JSON per printed line, when it was asked for.

``make bench SCENARIO=S1 RECORD=1`` adds to ``benchmarks/recorded/S1.jsonl``, from which
``docs/performance.md`` is made. What is kept is what was printed, with each round and
what it was measured on.
"""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import apsw
import orjson
import psycopg

from benchmarks.processes import ROOT
from gateway.store.sqlite import SQLiteStore
from tests import postgres

if TYPE_CHECKING:
    import argparse

FOLDER = ROOT / "benchmarks" / "recorded"
#: Where stores of benchmarks lie: files, and servers.
PLACES = {"sqlite": ROOT / ".run", "postgresql": Path(tempfile.gettempdir())}
PROBES = 200
SERVER_SETTINGS = (
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "shared_buffers",
    "max_wal_size",
)
#: The machine's load when the scenario began: its own is not to be seen in it.
_LOAD_BEFORE = os.getloadavg()[0]
_LOCK = ROOT / "requirements-peers.lock"
_PEERS = ("celery", "procrastinate", "pgqueuer", "dbos", "redis")


def option(parser: argparse.ArgumentParser) -> None:
    """Let the command line ask for it."""
    text = "keep the figures in benchmarks/recorded/"
    parser.add_argument("--record", action="store_true", help=text)


def publish(text: str, given: argparse.Namespace, rounds: Any = ()) -> None:
    """Print a scenario's line, and keep it if that was asked for.

    ``rounds``: what each round or part measured; values of dataclasses are kept whole.
    """
    print(text, flush=True)
    if given.record:
        keep(record_of(text, vars(given), rounds))


def keep(record: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Add a record to its scenario's file."""
    folder.mkdir(exist_ok=True)
    with (folder / f"{record['scenario']}.jsonl").open("ab") as file:
        file.write(orjson.dumps(record) + b"\n")


def record_of(text: str, given: Mapping[str, Any], rounds: Any) -> dict[str, Any]:
    """A printed line, its rounds, and everything that it was measured on."""
    scenario, _, rest = text.partition(" ")
    facts = dict(word.split("=", 1) for word in rest.split(" "))
    is_served = scenario == "PEERS" or facts.get("store") == "postgresql"
    return {
        "scenario": scenario,
        "when": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(),
        "facts": {name: number(value) for name, value in facts.items()},
        "given": {k: v for k, v in given.items() if k not in {"record", "profile"}},
        "rounds": _plain(rounds),
        "machine": machine(),
        "versions": versions(with_peers=scenario == "PEERS"),
        "fsync_ms": {name: fsync_ms(place) for name, place in PLACES.items()},
        "settings": settings(is_served=is_served),
    }


def number(value: str) -> Any:
    """A fact as a number where it is one."""
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def _plain(value: Any) -> Any:
    """Dataclasses as tables, numbers with as many digits as mean something."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value


def commit() -> str:
    """The code that is measured; ``+`` after it: with changes that nobody has.

    ``unknown`` where there is no repository, as in a bundle.
    """
    try:
        name = _git("rev-parse", "--short=12", "HEAD").strip()
        changed = _git("status", "--porcelain", "--", ".", ":!benchmarks/recorded")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name + ("+" if changed.strip() else "")


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout


def machine() -> dict[str, Any]:
    """Processors, memory, system, and how busy it was before."""
    told = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    model = next((one for one in told if one.startswith("model name")), "")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "model": model.partition(":")[2].strip() or platform.machine(),
        "memory_gb": round(pages / 2**30),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "load_before": round(_LOAD_BEFORE, 2),
    }


def versions(*, with_peers: bool) -> dict[str, str]:
    """Of whatever figures may hang on."""
    served = subprocess.run(
        [postgres.program("postgres"), "--version"],
        check=True,
        capture_output=True,
        text=True,
    )
    found = {
        "python": f"{platform.python_version()} ({platform.python_compiler()})",
        "sqlite": apsw.sqlite_lib_version(),
        "postgresql": served.stdout.split()[2],
        "libpq": _libpq(psycopg.pq.version()),
        "uvloop": version("uvloop"),
        "aiohttp": version("aiohttp"),
    }
    if with_peers:
        locked = (
            line.split()[0] for line in _LOCK.read_text("utf-8").splitlines() if line
        )
        pairs = (word.split("==") for word in locked if "==" in word)
        found |= {name: number for name, number in pairs if name in _PEERS}
    return found


def _libpq(number: int) -> str:
    return f"{number // 10_000}.{number % 10_000}"


def fsync_ms(place: Path) -> dict[str, float]:
    """How long it takes there to make a page of 4 KiB durable: middle and 99th of 100."""
    place.mkdir(exist_ok=True)
    took = []
    with tempfile.TemporaryFile(dir=place) as file:
        for _ in range(PROBES):
            os.pwrite(file.fileno(), os.urandom(4096), 0)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {"p50": round(median(took), 3), "p99": round(took[int(PROBES * 0.99)], 3)}


def settings(*, is_served: bool) -> dict[str, str]:
    """What the store runs with, read back from one that is made as a scenario's is."""
    if is_served:
        with postgres.running(on_disk=True, by_socket=True) as server:
            shown = {name: server.admin(f"SHOW {name}") for name in SERVER_SETTINGS}
        return {name: str(rows[0][0]) for name, rows in shown.items()}
    return asyncio.run(_of_file()) if not _in_loop() else _apart()


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _apart() -> dict[str, str]:
    """From a process of its own: whoever records has a loop already."""
    code = "import benchmarks.recording as r; r.say_settings()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True
    )
    found: dict[str, str] = orjson.loads(done.stdout.splitlines()[-1])
    return found


def say_settings() -> None:
    """The file's settings as one line of JSON."""
    print(orjson.dumps(asyncio.run(_of_file())).decode())


async def _of_file() -> dict[str, str]:
    PLACES["sqlite"].mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PLACES["sqlite"]) as folder:
        store = await SQLiteStore.open(Path(folder) / "store.sqlite")
        facts = dict(store.facts)
        await store.close()
    return {name: facts[name] for name in ("journal_mode", "synchronous")}
