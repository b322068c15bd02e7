"""Figures that are kept: what a scenario printed, with the machine it ran on.

``make bench SCENARIO=S1 RECORD=1`` gives what was printed to this module, which adds a
JSON line for each line of figures to ``benchmarks/recorded/``. ``docs/performance.md``
is made from the newest line of each scenario and store.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import apsw
import psycopg

from benchmarks.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = ROOT / "benchmarks" / "recorded"
_SYNCS = 50


@dataclass(frozen=True)
class Recorded:
    """One line of figures, and where and when it was measured."""

    scenario: str
    at: str
    figures: dict[str, str]
    machine: dict[str, Any]

    @property
    def store(self) -> str:
        """Which store it is of; empty where it is of none."""
        return self.figures.get("store", "")


def parsed(text: str) -> tuple[str, dict[str, str]] | None:
    """Scenario and figures of a printed line; None for any other line."""
    name, *words = text.split() if text.strip() else ("",)
    if not name.isupper() or not name.isalnum() or not words:
        return None
    pairs = [word.partition("=") for word in words]
    if not all(key and is_there for key, is_there, _ in pairs):
        return None
    return name, {key: value for key, _, value in pairs}


def read(folder: Path = FOLDER) -> Iterator[Recorded]:
    """All that was kept, each scenario's oldest first."""
    for path in sorted(folder.glob("*.jsonl")):
        for text in path.read_text("utf-8").splitlines():
            yield Recorded(**json.loads(text))


def newest(records: Iterable[Recorded]) -> dict[tuple[str, str], Recorded]:
    """The last record of each scenario and store; of sizes or kinds, of each."""
    found: dict[tuple[str, str], Recorded] = {}
    for one in records:
        kind = " ".join(
            one.figures[name]
            for name in ("store", "size", "place", "work", "journal")
            if name in one.figures
        )
        found[one.scenario, kind] = one
    return found


def sync_ms(folder: Path) -> float:
    """Milliseconds of an fsync after 4 KiB were added to a file: the median of some."""
    took = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(_SYNCS):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return median(took) * 1000


def machine() -> dict[str, Any]:
    """What the figures hang on: the machine, and versions of what was measured."""
    run = ROOT / ".run"
    run.mkdir(exist_ok=True)
    optimised = "--enable-optimizations" in (
        sysconfig.get_config_var("CONFIG_ARGS") or ""
    )
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        ),
        "kernel": platform.release(),
        "fsync_ms": round(sync_ms(run), 3),
        "load_before": round(os.getloadavg()[2], 2),
        "python": platform.python_version() + (" PGO" if optimised else " without PGO"),
        "sqlite": apsw.sqlite_lib_version(),
        "stdlib_sqlite": sqlite3.sqlite_version,
        "postgresql": _postgresql(),
        "libpq": str(psycopg.pq.version()),
        **{name: version(name) for name in ("uvloop", "aiohttp", "fastapi", "lxml")},
        "commit": _commit(),
    }


def _processor() -> str:
    for text in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if text.startswith("model name"):
            return text.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _postgresql() -> str:
    from tests.postgres import program  # noqa: PLC0415  only where figures are kept

    told = subprocess.run(
        [program("postgres"), "--version"], capture_output=True, text=True, check=True
    )
    return told.stdout.split()[2]


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


def main() -> int:
    """Pass the standard input on, and keep its lines of figures."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    where: dict[str, Any] = {}
    kept = 0
    for text in sys.stdin:
        sys.stdout.write(text)
        found = parsed(text)
        if found is None:
            continue
        where = where or machine()
        scenario, figures = found
        one = {"scenario": scenario, "at": at, "figures": figures, "machine": where}
        FOLDER.mkdir(exist_ok=True)
        with (FOLDER / f"{scenario.lower()}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(one, ensure_ascii=False) + "\n")
        kept += 1
    sys.stderr.write(f"{kept} lines of figures kept in benchmarks/recorded/\n")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
