"""Small programs that tests run as processes of their own."""

import asyncio
import resource
import signal
import sys
from pathlib import Path

from gateway.conformance.store_making import Bench
from gateway.domain.errors import StoreError
from gateway.store.sqlite import SQLiteStore


def tell(*words: object) -> None:
    """Say one line to the test."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def open_(path: Path) -> None:
    """Open a store that another process has."""
    try:
        await SQLiteStore.open(path)
    except StoreError as error:
        tell(error.code)


async def write(path: Path) -> None:
    """Write for ever; say each dossier once it is acknowledged."""
    bench = Bench(await SQLiteStore.open(path))

    async def one_after_another() -> None:
        while True:
            tell(await bench.accepted(bench.transfer(), bench.status()))

    await asyncio.gather(*(one_after_another() for _ in range(8)))


def let_files_grow(path: Path, size: int) -> None:
    """From now on no file of this process may be larger: writing fails as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    log = path.with_name(path.name + "-wal")
    limit = max(log.stat().st_size, path.stat().st_size) + size
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


async def fill(path: Path) -> None:
    """Write until files may not grow any more, then a little longer."""
    bench = Bench(await SQLiteStore.open(path))
    let_files_grow(path, 300_000)
    failed = 0
    while failed < 3:
        change = bench.acceptance(bench.transfer())
        try:
            await bench.store.apply(change)
        except StoreError as error:
            failed += 1
            tell(type(error).__name__, change.dossier_id)
        else:
            tell("kept", change.dossier_id)


PROGRAMS = {"open": open_, "write": write, "fill": fill}

if __name__ == "__main__":
    asyncio.run(PROGRAMS[sys.argv[1]](Path(sys.argv[2])))
