"""S11: one dossier by any of its numbers, among ten thousand, a hundred thousand, a million.

``python -m benchmarks.s11 --dossiers 10000,100000,1000000`` loads each store past the
journey, as REPORT does, and searches as the application does. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

import apsw
import psycopg

from benchmarks import checking, recording, sizes
from benchmarks.asking import Questions
from benchmarks.kept import STORES
from benchmarks.loaded_stores import OnServer
from benchmarks.loading import Making, loaded
from benchmarks.moulds import recorded
from benchmarks.planning import planned
from benchmarks.processes import ROOT
from benchmarks.report import store_of
from benchmarks.scene import line, say
from gateway.domain.principal import EVERYTHING
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from gateway.wiring.keys import STORE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.loaded_stores import Loadable
    from benchmarks.moulds import Recorded
    from benchmarks.planning import Plan

FOLDER = ROOT / ".run" / "benchmarks" / "s11"
#: One that goes through land and tax, one refused, one that lies parked.
EXAMPLES = ("01-chuyen-nhuong-thuong", "11-tu-choi", "04-tcvn3-khong-ghi-ro")
#: Milliseconds at the 99th of 100.
WANTED_MS = 20.0
_INDEX = "reference_number"
#: Dossiers whose journal is verified line by line.
VERIFIED = 1_000
#: Rows with numbers of nobody, so many that the index has as many as wanted.
_MORE = {
    "sqlite": """
INSERT INTO reference (dossier_id, agency, kind, blind, sealed_value)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
SELECT d.id, 'one_stop', 'ma_ho_so', randomblob(16), x'01'
  FROM n JOIN picked AS d ON d.place = n.i % {dossiers} + 1""",
    "postgresql": """
INSERT INTO reference (dossier_id, agency, kind, blind, sealed_value)
SELECT d.id, 'one_stop', 'ma_ho_so',
       decode(md5(random()::text || n.i::text), 'hex'), '\\x01'
  FROM generate_series(1, {rows}) AS n (i)
  JOIN picked AS d ON d.place = n.i % {dossiers} + 1""",
}
_PICKED = (
    "CREATE TEMPORARY TABLE picked AS"
    " SELECT row_number() OVER (ORDER BY id) AS place, id FROM dossier"
)


async def searched(store: Loadable, found: Recorded, plan: Plan, times: int) -> Any:
    """How long each search took, in milliseconds: its number, its dossier, its numbers."""
    vault = LocalVault(Keyring.open(found.stage.run_dir / "keys"))
    opened = await store.open()
    try:
        current = found.versions.current
        asked = Questions(opened, vault, current, plan.now, plan.dossiers)
        took = []
        for _ in range(times):
            began = time.perf_counter()
            if not await asked.find():
                raise RuntimeError("a dossier has no number")
            took.append((time.perf_counter() - began) * 1000)
        return took
    finally:
        await opened.close()


async def looked_up(store: Loadable, blinds: Sequence[bytes]) -> list[float]:
    """How long the index alone takes for numbers of which each has one dossier."""
    opened = await store.open()
    try:
        took = []
        for blind in blinds:
            began = time.perf_counter()
            found = await opened.find([(None, None, blind)], EVERYTHING)
            took.append((time.perf_counter() - began) * 1000)
            if len(found) != 1:
                raise RuntimeError(f"{len(found)} dossiers of one number")
        return took
    finally:
        await opened.close()


def more(store: Loadable, found: Recorded, rows: int) -> tuple[int, list[bytes]]:
    """Fill the index of numbers up to so many rows; how many there are, and some."""
    here = int(store.rows("SELECT count(*) FROM reference")[0][0])
    dossiers = int(store.rows("SELECT count(*) FROM dossier")[0][0])
    text = _MORE[store.name].format(rows=max(1, rows - here), dossiers=dossiers)
    if isinstance(store, OnServer):
        with psycopg.connect(**store.parameters) as server:
            _grow(server, text)
        store.settle()
    else:
        db = apsw.Connection(str(found.stage.run_dir / STORE))
        db.execute("PRAGMA synchronous = OFF")  # what is half made is thrown away
        with db:
            _grow(db, text)
        db.close()
    store.restart()
    blinds = [
        bytes(row[0])
        for row in store.rows(
            "SELECT blind FROM reference WHERE sealed_value = {} AND seq / 997 * 997 = seq",
            b"\x01",
        )
    ]
    return int(store.rows("SELECT count(*) FROM reference")[0][0]), blinds


def _grow(db: Any, text: str) -> None:
    """Without its indexes, which are built again as they were."""
    db.execute(_PICKED)
    db.execute(f"DROP INDEX {_INDEX}")
    db.execute(text)
    db.execute(f"CREATE UNIQUE INDEX {_INDEX} ON reference (blind, kind, agency)")


def _shares(name: str, took: Sequence[float]) -> dict[str, str]:
    ordered = sorted(took)
    return {
        f"{name}_{what}_ms": f"{ordered[min(len(ordered) - 1, int(at * len(ordered)))]:.2f}"
        for what, at in (("p50", 0.50), ("p99", 0.99), ("most", 1.0))
    }


async def verified(store: Loadable) -> tuple[int, float]:
    """Lines of the journal whose chains were verified, and in how many seconds."""
    rows = store.rows("SELECT id FROM dossier ORDER BY id")
    drawn = [row[0] for row in rows[:: max(1, len(rows) // VERIFIED)]][:VERIFIED]
    opened = await store.open()
    try:
        began = time.perf_counter()
        lines = await checking.chains(opened, drawn)
        return lines, time.perf_counter() - began
    finally:
        await opened.close()


def run(
    store: Loadable, found: Recorded, plan: Plan, times: int, rows: int
) -> tuple[dict[str, Any], dict[str, int]]:
    """Load a store and search in it; ``rows``: of the index alone, 0: none.

    Returns what is printed, and the bytes that came by table.
    """
    keys = found.stage.run_dir / "keys"
    empty = sizes.tables(store)
    load = loaded(
        store.target, Making(found.moulds, found.versions, keys, plan.now), plan
    )
    store.ready()
    store.settle()
    store.restart()
    took = asyncio.run(searched(store, found, plan, times))
    more_bytes = sizes.grown(empty, sizes.tables(store))
    lines, verify_s = asyncio.run(verified(store))
    facts = {
        "store": store.name,
        "dossiers": plan.dossiers,
        "numbers": load.counts["reference"],
        "load_s": f"{load.write_s + load.finish_s:.0f}",
        "searches": times,
        "first_ms": f"{took[0]:.2f}",
        **_shares("find", took[1:]),
        "lines": load.counts["journal"],
        **sizes.facts(more_bytes, plan.dossiers),
        "lines_verified": lines,
        "verified_per_s": f"{lines / verify_s:.0f}",
    }
    if rows:
        numbers, blinds = more(store, found, rows)
        alone = asyncio.run(looked_up(store, blinds[: times + 1]))
        facts |= {"index_rows": numbers, **_shares("index", alone[1:])}
    return facts, more_bytes


def measured(
    sizes: Sequence[int], stores: Sequence[str], given: Any, folder: Path
) -> bool:
    """Each store with each number of dossiers; whether all was as quick as wanted."""
    found = asyncio.run(recorded(folder / "run", EXAMPLES))
    path = found.stage.run_dir / STORE
    empty = path.read_bytes()
    quick = True
    for name in stores:
        for size in sizes:
            for one in path.parent.glob(f"{STORE}*"):
                one.unlink()
            path.write_bytes(empty)
            plan = planned(found.moulds, size, start=found.start)
            say(f"{name}: {plan.dossiers} dossiers, {plan.lines} lines")
            last = size == sizes[-1]
            with store_of(name, found, folder) as store:
                rows = given.index if last else 0
                facts, tables = run(store, found, plan, given.searches, rows)
            recording.publish(line("S11", facts), given, {"table_bytes": tables})
            quick = quick and float(facts["find_p99_ms"]) <= WANTED_MS
    return quick


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s11")
    parser.add_argument("--dossiers", default="10000,100000", help="each in turn")
    parser.add_argument("--searches", type=int, default=500)
    parser.add_argument("--index", type=int, default=5_000_000, help="rows; 0: none")
    parser.add_argument("--store", default=",".join(STORES))
    recording.option(parser)
    given = parser.parse_args()
    logging.disable()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    sizes = sorted(int(one) for one in given.dossiers.split(","))
    quick = measured(sizes, given.store.split(","), given, FOLDER)
    shutil.rmtree(FOLDER)
    return 0 if quick else 1


if __name__ == "__main__":
    sys.exit(main())
