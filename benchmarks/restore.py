"""RESTORE: a store of some size is backed up while it is written to, tried, restored.

``python -m benchmarks.restore`` loads dossiers past the journey into each store and
prints one line per store. See docs/reliability.md, *Restore rehearsal*.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import secrets
import shutil
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from benchmarks import recording
from benchmarks.loaded_stores import OnFile
from benchmarks.loading import Making, loaded
from benchmarks.moulds import recorded
from benchmarks.planning import MIXTURE, PARKED, planned
from benchmarks.processes import ROOT
from gateway.store.sqlite import SQLiteStore
from gateway.vault.attachments import sealed_bytes
from gateway.wiring import backups, restoring
from gateway.wiring.attachments import FOLDER as FILES
from gateway.wiring.keys import STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOLDER = ROOT / ".run" / "benchmarks" / "restore"
#: Seconds of writing without anything beside it.
ALONE_S = 5.0
#: So many, of so many bytes each.
FILES_LAID, FILE_BYTES = 5_000, 200_000


async def written(store: SQLiteStore, beside: Callable[[], Any]) -> list[float]:
    """Milliseconds of each durable unit, one after the other, while something goes on."""
    other = asyncio.create_task(asyncio.to_thread(beside))
    took = []
    while not other.done():
        begun = time.perf_counter()
        await store.set_mark("written", secrets.token_hex(8))
        took.append((time.perf_counter() - begun) * 1000)
    await other
    return took


def told(took: Sequence[float]) -> str:
    """Median, the 99th of a hundred, the longest."""
    ordered = sorted(took)
    late = ordered[int(len(ordered) * 0.99)]
    return f"{statistics.median(took):.1f}/{late:.1f}/{ordered[-1]:.0f}"


def lay_files(run_dir: Path) -> None:
    """Files that the store names, of bytes as long as sealed ones."""
    db: Any = apsw.Connection(str(run_dir / STORE))
    with db:
        for number in range(FILES_LAID):
            name = secrets.token_hex(32)
            row = (
                "mot-cua-mau",
                name.encode(),
                f"a_{number}",
                name,
                FILE_BYTES,
                b"",
                1,
            )
            db.execute(
                "INSERT INTO upload (owner, blind, id, name, size_bytes, sealed_key, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            place = run_dir / FILES / name[:2]
            place.mkdir(exist_ok=True)
            (place / name).write_bytes(os.urandom(sealed_bytes(FILE_BYTES)))
    db.close()


async def _beside_writers(run_dir: Path, work: Callable[[], Any]) -> tuple[str, str]:
    store = await SQLiteStore.open(run_dir / STORE)
    alone = await written(store, lambda: time.sleep(ALONE_S))  # noqa: TID251
    beside = await written(store, work)
    await store.close()
    return told(alone), told(beside)


async def _begun(run_dir: Path) -> tuple[float, int]:
    """Seconds from the start of the store until all that may have left is asked about."""
    begun = time.perf_counter()
    store = await SQLiteStore.open(run_dir / STORE)

    life = await store.begin_incarnation(datetime.now(UTC), {})
    took = time.perf_counter() - begun
    await store.close()
    return took, life.doubted if life else 0


def run(dossiers: int) -> str:
    """Load, back up, try, restore, begin; the line."""
    found = asyncio.run(recorded(FOLDER / "run", [*MIXTURE, *PARKED]))
    plan = planned(found.moulds, dossiers, start=found.start)
    run_dir = found.stage.run_dir
    store = OnFile(run_dir)
    making = Making(found.moulds, found.versions, run_dir / "keys", plan.now)
    loaded(store.target, making, plan)
    lay_files(run_dir)
    # What lies there opens with no key: hashes are held against, files are not opened.
    (run_dir / "keys").rename(FOLDER / "keys")
    settings, to = FOLDER / "gateway.toml", FOLDER / "to"
    settings.write_text(f'profile = "mock"\nrun_dir = "{run_dir}"\n', "utf-8")
    backups.make_key(to)
    made: list[backups.Made] = []

    def make() -> None:
        made.append(backups.back_up(settings, to, to / "backup.pub"))

    alone, beside = asyncio.run(_beside_writers(run_dir, make))
    key, archive = to / "backup.key", made[0].path
    tried = restoring.verify(settings, archive, key, scratch=to)
    begun = time.perf_counter()
    back = FOLDER / "back"
    restoring.restore(settings, archive, key, into=back, by="dien-tap", why="Diễn tập")
    restored = time.perf_counter() - begun
    asked, doubted = asyncio.run(_begun(back))
    one = made[0]
    return (
        f"RESTORE store=sqlite dossiers={one.facts.dossiers} open={one.facts.open}"
        f" lines={one.facts.lines} database_mb={one.database_bytes / 1e6:.0f}"
        f" files={one.files} files_mb={one.file_bytes / 1e6:.0f}"
        f" archive_mb={one.size_bytes / 1e6:.0f} backup_s={one.took_s:.1f}"
        f" verify_s={tried.took_s:.1f} restore_s={restored:.1f}"
        f" first_question_s={asked:.2f} doubted={doubted}"
        f" unit_ms_alone={alone} unit_ms_beside={beside}"
    )


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restore")
    parser.add_argument("--dossiers", type=int, default=50_000)
    recording.option(parser)
    given = parser.parse_args()
    logging.disable()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    recording.publish(run(given.dossiers), given)
    shutil.rmtree(FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
