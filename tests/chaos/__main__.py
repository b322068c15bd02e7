"""``python -m tests.chaos``: see ``docs/reliability.md``."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import uvloop

from gateway.wiring.stage import ROOT
from tests.chaos.mutants import NAMES, planted
from tests.chaos.record import keep, row
from tests.chaos.run import HASTE, REST_OF_A_MUTANT_S, REST_S, Wanted, run, told
from tests.chaos.verdict import Figures

#: When examples are handed in: under the law until 30/6/2026, and under that from 1/7.
DAYS = ("2026-03-10", "2026-07-07")


def main() -> int:
    """Run it on each store; 0: all zeros are zeros."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument(
        "--store", choices=("sqlite", "postgresql", "both"), default="both"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="of each run")
    parser.add_argument("--dossiers", type=int, default=150, help="of each run")
    parser.add_argument("--day", choices=(*DAYS, "both"), default="both")
    parser.add_argument("--haste", type=float, default=HASTE, help="of people")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutant", type=int, choices=sorted(NAMES))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--record", type=Path, help="file that keeps what it came to")
    given = parser.parse_args()
    stores = ("sqlite", "postgresql") if given.store == "both" else (given.store,)
    whole, rows = Figures(), []
    with tempfile.TemporaryDirectory(prefix="lienthong-chaos-") as made:
        folder = given.folder or Path(made)
        root = ROOT
        if given.mutant:
            _tell(f"mutant {given.mutant}: {NAMES[given.mutant]}")
            root = planted(given.mutant, Path(made) / "source")
        days = DAYS if given.day == "both" else (given.day,)
        for store, day in itertools.product(stores, days):
            rest_s = REST_OF_A_MUTANT_S if given.mutant else REST_S
            wanted = Wanted(
                *(store, day, given.seconds, given.dossiers, given.seed),
                root=root,
                rest_s=rest_s,
                haste=given.haste,
            )
            (folder / store / day).mkdir(parents=True)
            figures = uvloop.run(_until_told(wanted, folder / store / day))
            if not figures.clean and not given.mutant:
                _keep_red(folder / store / day, f"{store}-{day}")
            rows.append(row(wanted, figures, given.mutant))
            whole += figures
    if given.record:
        keep(given.record, rows)
    told(whole)
    return 0 if whole.clean else 1


def _keep_red(seen: Path, name: str) -> None:
    """Keep the store and the books of a run that went red, for whoever looks into it."""
    kept = ROOT / ".run" / "chaos" / name
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(seen, kept, ignore=shutil.ignore_patterns("*.sock"))
    _tell(f"  kept what it saw in {kept.relative_to(ROOT)}")


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
