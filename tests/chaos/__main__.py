"""``python -m tests.chaos``: see ``docs/reliability.md``."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

import uvloop

from gateway.wiring.stage import ROOT
from tests.chaos.mutants import NAMES, planted
from tests.chaos.run import Wanted, run, told
from tests.chaos.verdict import Figures


def main() -> int:
    """Run it on each store; 0: all zeros are zeros."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument(
        "--store", choices=("sqlite", "postgresql", "both"), default="both"
    )
    parser.add_argument("--seconds", type=float, default=200.0, help="of each store")
    parser.add_argument("--dossiers", type=int, default=600, help="on each store")
    parser.add_argument("--day", default="2026-03-10")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", type=int, choices=sorted(NAMES))
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    stores = ("sqlite", "postgresql") if given.store == "both" else (given.store,)
    whole = Figures()
    with tempfile.TemporaryDirectory(prefix="lienthong-chaos-") as made:
        folder = given.folder or Path(made)
        root = ROOT
        if given.mutant:
            _tell(f"mutant {given.mutant}: {NAMES[given.mutant]}")
            root = planted(given.mutant, Path(made) / "source")
        for store in stores:
            wanted = Wanted(
                store, given.day, given.seconds, given.dossiers, given.seed, root
            )
            (folder / store).mkdir(parents=True)
            whole += uvloop.run(_until_told(wanted, folder / store))
    told(whole)
    return 0 if whole.clean else 1


async def _until_told(wanted: Wanted, folder: Path) -> Figures:
    """Run it; whoever stops it stops every process of it."""
    task = asyncio.ensure_future(run(wanted, folder, _tell))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
