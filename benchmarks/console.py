"""CONSOLE: every list and page that people open, over a million transfers in each store.

``python -m benchmarks.console`` loads dossiers past the journey, starts a gateway on
them and opens each page as an operator. See docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import aiohttp

from benchmarks import recording
from benchmarks.castings import number_of
from benchmarks.checking import drawn
from benchmarks.loading import Making, loaded
from benchmarks.moulds import recorded
from benchmarks.planning import MIXTURE, PARKED, planned
from benchmarks.processes import ROOT
from benchmarks.report import store_of
from gateway.settings import load
from gateway.wiring.serve import Gateway

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from benchmarks.loaded_stores import Loadable
    from benchmarks.moulds import Recorded
    from benchmarks.planning import Plan
    from gateway.wiring.stage import Stage

FOLDER = ROOT / ".run" / "benchmarks" / "console"
#: Dossiers that have about a million transfers.
DOSSIERS = 255_000
#: What a page may take, 95 of 100 times.
WANTED_MS = 150.0
TIMES = 40
#: Name → address; ``{office}``, ``{dossier}`` and the like are of the store.
PAGES: Mapping[str, str] = {
    "today": "/console",
    "stuck": "/console/dung-yen",
    "cause": "/console/dung-yen/{cause}",
    "waiting": "/console/cho-xu-ly",
    "due": "/console/den-han",
    "briefing": "/console/giao-ban",
    "dossiers": "/console/ho-so",
    "dossier": "/console/ho-so/{dossier}",
    "transfers": "/console/luot-gui",
    "transfers_week": "/console/luot-gui?trang-thai=all",
    "transfers_of_office": "/console/luot-gui?trang-thai=delivered&don-vi={office}",
    "transfers_refused": "/console/luot-gui?trang-thai=refused&tu={since}",
    "transfer": "/console/luot-gui/{transfer}",
    "chases": "/console/don-doc",
    "proposals": "/console/de-xuat",
    "corrections": "/console/sua-ho-so",
    "reports": "/console/bao-cao",
    "month": "/console/bao-cao/{month}",
    "offices": "/console/don-vi",
    "office": "/console/don-vi/{office}",
    "unrouted": "/console/chua-xac-dinh",
    "maintenance": "/console/bao-tri",
    "alerts": "/console/canh-bao",
}
#: The same of pages that an operator does not have.
OF_ADMINISTRATORS: Mapping[str, str] = {
    "journal": "/console/nhat-ky",
    "journal_office": "/console/nhat-ky?don-vi={office}&tu={since}",
    "configuration": "/console/cau-hinh",
    "health": "/console/suc-khoe",
}


@dataclass(frozen=True)
class Took:
    """Milliseconds of one page: the first time, the usual one, 95 of 100."""

    cold: float
    usual: float
    p95: float


def line(store: str, plan: Plan, rows: Mapping[str, int], took: dict[str, Took]) -> str:
    """What is printed of one store."""
    worst = max(took, key=lambda name: took[name].p95)
    facts: dict[str, Any] = {
        "store": store,
        "transfers": rows["transfer"],
        "dossiers": plan.dossiers,
        "open": plan.open,
        "stuck": plan.stuck,
        "worst": worst,
        "worst_p95_ms": f"{took[worst].p95:.0f}",
    }
    for name, one in took.items():
        facts[f"{name}_ms"] = f"{one.usual:.0f}/{one.p95:.0f}"
    slow = [name for name, one in took.items() if one.p95 > WANTED_MS]
    facts["missed"] = ",".join(slow)
    return "CONSOLE " + " ".join(f"{name}={value}" for name, value in facts.items())


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


async def opened(
    stage: Stage, table: str, now: datetime, dossiers: Sequence[int]
) -> dict[str, Took]:
    """Each page as an operator or administrator opens it, one after the other."""
    stage.write_settings(start=now.isoformat(), more=table)
    gateway = Gateway(load(stage.settings_path))
    await gateway.start()
    try:
        async with _signed_in(stage, "operator") as session:
            front = stage.url("front")
            places = await _places(session, front, now, dossiers[0])
            took = await _each(session, front, PAGES, places)
            took["find"] = await _found(session, front, dossiers)
        async with _signed_in(stage, "administrator") as session:
            took |= await _each(session, front, OF_ADMINISTRATORS, places)
        return took
    finally:
        await gateway.stop()


def _signed_in(stage: Stage, role: str) -> aiohttp.ClientSession:
    token = stage.secrets.value(f"token.{role}")
    return aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})


async def _each(
    session: aiohttp.ClientSession,
    front: str,
    pages: Mapping[str, str],
    places: Mapping[str, str],
) -> dict[str, Took]:
    took = {}
    for name, path in pages.items():
        took[name] = await _timed(session, front + path.format(**places))
        _say(f"{name}: {took[name]}")
    return took


async def _places(
    session: aiohttp.ClientSession, front: str, now: datetime, dossier: int
) -> dict[str, str]:
    async def of(path: str) -> Any:
        async with session.get(front + path) as answer:
            answer.raise_for_status()
            return await answer.json()

    shown = await of(f"/v1/dossiers/{number_of(dossier)}")
    stuck = (await of("/v1/stuck"))["causes"]
    lanes = (await of("/v1/lanes"))["lanes"]
    still = (await of("/v1/transfers?state=parked"))["transfers"]
    return {
        "dossier": shown["id"],
        "cause": max(stuck, key=lambda one: one["dossiers"])["id"],
        "office": next(one["office"] for one in lanes if "land" in one["office"]),
        "transfer": still[0]["id"],
        "month": f"{now:%Y-%m}",
        "since": f"{now.year - 1:04}-{now.month:02}-01",
    }


async def _timed(session: aiohttp.ClientSession, url: str) -> Took:
    found = []
    for _ in range(TIMES):
        began = time.perf_counter()
        async with session.get(url) as answer:
            await answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{url}: {answer.status}")
        found.append((time.perf_counter() - began) * 1000)
    return _took(found)


async def _found(
    session: aiohttp.ClientSession, front: str, dossiers: Sequence[int]
) -> Took:
    """Dossiers by their numbers, from the one box of every page."""
    found = []
    headers = {"Origin": front}
    for one in dossiers[:TIMES]:
        began = time.perf_counter()
        form = {"q": number_of(one)}
        async with session.post(
            f"{front}/console/tim", data=form, headers=headers
        ) as answer:
            text = await answer.text()
            if number_of(one) not in text:
                raise RuntimeError(f"{number_of(one)} is not found")
        found.append((time.perf_counter() - began) * 1000)
    return _took(found)


def _took(found: list[float]) -> Took:
    usual = sorted(found[1:])
    return Took(found[0], median(usual), usual[int(len(usual) * 0.95) - 1])


def run(store: Loadable, found: Recorded, plan: Plan) -> str:
    """Load one store and open the pages; its line."""
    store.schema()
    making = Making(
        found.moulds, found.versions, found.stage.run_dir / "keys", plan.now
    )
    load_ = loaded(store.target, making, plan)
    _say(f"{store.name}: {load_}")
    store.ready()
    store.settle()
    store.restart()
    numbers = drawn(plan.dossiers, TIMES)
    took = asyncio.run(opened(found.stage, store.table, plan.now, numbers))
    return line(store.name, plan, load_.counts, took)


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console")
    parser.add_argument("--dossiers", type=int, default=DOSSIERS)
    parser.add_argument("--store", default="postgresql,sqlite")
    recording.option(parser)
    given = parser.parse_args()
    logging.disable()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    found = asyncio.run(recorded(FOLDER / "run", [*MIXTURE, *PARKED]))
    plan = planned(found.moulds, given.dossiers, start=found.start)
    _say(f"{plan.dossiers} dossiers, {plan.lines} lines")
    for name in given.store.split(","):
        with store_of(name, found, FOLDER) as store:
            recording.publish(run(store, found, plan), given)
    shutil.rmtree(FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
