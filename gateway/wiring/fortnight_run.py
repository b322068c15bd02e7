"""Runs a fortnight under virtual time: counters hand in, offices work, faults happen."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import time
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import aiohttp
import uvloop

from gateway.mockagency import conductor
from gateway.wiring.feeding import signed_in
from gateway.wiring.fortnight import MOST_DOSSIERS, STEP, read_plan
from gateway.wiring.fortnight_summary import Told, summed
from gateway.wiring.stage import EXAMPLES, ROOT, Stage
from gateway.wiring.up import Processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from aiohttp import ClientSession

    from gateway.mockagency.conductor import Until
    from gateway.wiring.fortnight import HandedIn, Plan

PLAN = ROOT / "examples" / "fortnight" / "plan.toml"
#: Real seconds in which it must be over.
LIMIT_S = 1800.0
#: A longer time without a dossier is passed by longer steps.
LONG, LONG_STEP = timedelta(hours=1), timedelta(minutes=15)
#: Dossiers of one moment that are handed in beside each other.
AT_ONCE = 8


async def run(
    folder: Path, plan: Plan, *, stopped: Until, tell: Callable[[str], object]
) -> Told:
    """The whole plan in an empty folder; what became of it, by books and by the gateway.

    Raises:
        RuntimeError: it was not over in time, or a process did not start.
    """
    stage = Stage(folder, start=plan.start.isoformat(), examples=None)
    stage.prepare(fixed_ports=False)
    _tell_mocks(stage, plan)
    processes = Processes(stage)
    begun = time.monotonic()
    try:
        await processes.start()
        async with asyncio.timeout(LIMIT_S):
            refused = await _played(stage, plan, stopped, tell)
            return await summed(stage, plan, refused, time.monotonic() - begun)
    except TimeoutError:
        raise RuntimeError(f"Sau {LIMIT_S:.0f} giây vẫn chưa hết hai tuần.") from None
    finally:
        await processes.stop()


def _tell_mocks(stage: Stage, plan: Plan) -> None:
    """Behaviour and faults beside what each mock is told anyway."""
    config = json.loads(stage.mocks_path.read_text("utf-8"))
    config["seed"] = plan.seed
    config["behaviour"] = {"seed": str(plan.seed)}
    config["fault"] = list(plan.faults)
    stage.mocks_path.write_text(json.dumps(config, ensure_ascii=False, indent=1))


def start(
    run_dir: Path,
    file: Path | None,
    *,
    dossiers: int,
    seed: int | None,
    tell: Callable[[str], object],
) -> Told | None:
    """Read the plan and run it; None: somebody stopped it.

    ``file``: of another plan; ``dossiers`` (0: as the plan says) and ``seed`` (None) stand in
    for what it says.

    Raises:
        ValueError: it cannot be followed.
    """
    if not 0 <= dossiers <= MOST_DOSSIERS:
        raise ValueError(f"--dossiers phải từ 0 đến {MOST_DOSSIERS}")
    plan = read_plan(file or PLAN, EXAMPLES)
    plan = replace(
        plan,
        dossiers=dossiers or plan.dossiers,
        seed=plan.seed if seed is None else seed,
    )
    folder = run_dir.resolve() / "fortnight"
    if folder.exists():
        shutil.rmtree(folder)
    return uvloop.run(_until_told(folder, plan, tell))


async def _until_told(
    folder: Path, plan: Plan, tell: Callable[[str], object]
) -> Told | None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    async def stopped() -> bool:
        return stop.is_set()

    told = await run(folder, plan, stopped=stopped, tell=tell)
    return None if stop.is_set() else told


async def _played(
    stage: Stage, plan: Plan, stopped: Until, tell: Callable[[str], object]
) -> dict[str, str]:
    """What was not taken in, by number."""
    refused: dict[str, str] = {}
    day = None
    async with signed_in(stage, "one_stop") as session:
        for at, group in groupby(plan.handed_in(), attrgetter("at")):
            await _advance(stage, at, stopped)
            if await stopped():
                return refused
            if at.date() != day:
                day = at.date()
                tell(f"  {at:%d/%m/%Y}")
            refused |= await _hand_in(stage, session, list(group))
    await _advance(stage, plan.ends, stopped)
    return refused


async def _advance(stage: Stage, until: datetime, stopped: Until) -> None:
    """Let time pass, in longer steps where counters are closed for long."""
    async with aiohttp.ClientSession() as session:
        now = await conductor.now(session, stage.url("front"))
    grain = STEP if until - now < LONG else LONG_STEP
    await conductor.advance(stage.participants, until, until=stopped, grain=grain)


async def _hand_in(
    stage: Stage, session: ClientSession, group: list[HandedIn]
) -> dict[str, str]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(handed_in: HandedIn) -> tuple[str, str]:
        async with room:
            return handed_in.number, await _submit(stage, session, handed_in)

    found = await asyncio.gather(*map(one, group))
    return {number: why for number, why in found if why}


async def _submit(stage: Stage, session: ClientSession, one: HandedIn) -> str:
    """Why it was not taken; empty: it was."""
    url = f"{stage.url('front')}/v1/dossiers"
    async with session.post(url, json=one.document) as answer:
        if answer.status != 202:
            return f"{answer.status} {await answer.text()}"
    await _post(session, f"{stage.url('one_stop')}/submitted", one.number)
    if one.paper:
        await _post(session, f"{stage.url('manual')}/brought", one.number)
    return ""


async def _post(session: ClientSession, url: str, number: str) -> Any:
    async with session.post(url, json={"number": number}) as answer:
        answer.raise_for_status()
