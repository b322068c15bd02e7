"""REPORT: five years of linked dossiers in each store, and how long people wait for lists.

``python -m benchmarks.report`` loads dossiers past the journey and times what the pages
ask of the store: 240,000 by default, 1.2 million take half an hour. See
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks import checking, recording
from benchmarks.asking import WANTED, Questions, timed
from benchmarks.loaded_stores import OnFile, OnServer, looked_over
from benchmarks.loading import Making, loaded
from benchmarks.moulds import recorded
from benchmarks.planning import MIXTURE, PARKED, planned
from benchmarks.processes import ROOT
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from gateway.wiring.keys import STORE
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from benchmarks.asking import Took
    from benchmarks.loaded_stores import Loadable
    from benchmarks.loading import Loaded
    from benchmarks.moulds import Recorded
    from benchmarks.planning import Plan

FOLDER = ROOT / ".run" / "benchmarks" / "report"
#: Chains that are verified to their last line.
CHAINS = 1_000
#: Dossiers that a gateway finds and shows.
SHOWN = 20


def line(
    store: str,
    plan: Plan,
    load: Loaded,
    verified: int,
    took: Mapping[str, Mapping[str, Took]],
) -> str:
    """What is printed of one store; ``took`` by statistics: true, and bad."""
    facts: dict[str, Any] = {"store": store, "rows": load.rows}
    facts |= {f"{name}_ms": f"{one.usual:.1f}" for name, one in took["true"].items()}
    facts |= {"dossiers": plan.dossiers, "events": plan.lines}
    facts |= {"open": plan.open, "stuck": plan.stuck, "late": plan.late}
    facts["load_s"] = f"{load.write_s + load.finish_s:.0f}"
    facts["indexes_s"] = f"{load.finish_s:.0f}"
    for what, of in (("cold", "true"), ("bad_statistics", "bad")):
        for name, one in took[of].items():
            milliseconds = one.cold if what == "cold" else one.usual
            facts[f"{name}_{what}_ms"] = f"{milliseconds:.1f}"
    facts["lines_verified"] = verified
    facts["missed"] = ",".join(
        name for name, one in took["true"].items() if one.usual > WANTED[name]
    )
    return "REPORT " + " ".join(f"{name}={value}" for name, value in facts.items())


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def run(store: Loadable, found: Recorded, plan: Plan, sample: int) -> str:
    """Load one store, look it over, ask; its line.

    Raises:
        NotRight: what was loaded is not what a gateway would have left.
    """
    keys = found.stage.run_dir / "keys"
    schema = store.schema()
    making = Making(found.moulds, found.versions, keys, plan.now)
    load = loaded(store.target, making, plan)
    _say(f"{store.name}: {load}")
    store.ready()
    took = {"bad": asyncio.run(_asked(store, found, plan))}
    store.settle()
    store.restart()
    took["true"] = asyncio.run(_asked(store, found, plan))
    _say(f"{store.name}: {took}")
    verified = asyncio.run(looked_over(store, schema, dict(load.counts), sample))
    numbers = checking.drawn(plan.dossiers, SHOWN)
    asyncio.run(checking.shown(found.stage, store.table, plan.now, numbers))
    return line(store.name, plan, load, verified, took)


async def _asked(store: Loadable, found: Recorded, plan: Plan) -> dict[str, Took]:
    vault = LocalVault(Keyring.open(found.stage.run_dir / "keys"))
    opened = await store.open()
    try:
        current = found.versions.current
        asked = Questions(opened, vault, current, plan.now, plan.dossiers)
        return await timed(asked)
    finally:
        await opened.close()


@contextlib.contextmanager
def store_of(name: str, found: Recorded, folder: Path) -> Iterator[Loadable]:
    """One of both stores, empty."""
    run_dir = found.stage.run_dir
    if name == "sqlite":
        yield OnFile(run_dir)
        return
    with postgres.running(on_disk=True, by_socket=True) as server:
        yield OnServer(server, run_dir / STORE, folder)


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report")
    parser.add_argument("--dossiers", type=int, default=240_000)
    parser.add_argument("--store", default="postgresql,sqlite")
    recording.option(parser)
    given = parser.parse_args()
    logging.disable()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    examples = [*MIXTURE, *PARKED]
    found = asyncio.run(recorded(FOLDER / "run", examples))
    plan = planned(found.moulds, given.dossiers, start=found.start)
    _say(f"{len(found.moulds)} moulds; {plan.dossiers} dossiers, {plan.lines} lines")
    for name in given.store.split(","):
        with store_of(name, found, FOLDER) as store:
            recording.publish(run(store, found, plan, CHAINS), given)
    shutil.rmtree(FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
