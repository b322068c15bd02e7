"""One gateway process, from its settings file to its end."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

import uvloop

from gateway import settings as settings_module
from gateway.clocks.clock import RealClock
from gateway.watch.membership import name_taken
from gateway.wiring.collecting import collect_rarely
from gateway.wiring.ports import open_ports
from gateway.wiring.serve import Gateway

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.settings import Settings


def run(path: Path) -> None:
    """Run a gateway until it is told to stop."""
    settings = settings_module.load(path)
    uvloop.run(_until_told(settings))


async def _until_told(settings: Settings) -> None:
    gateway = Gateway(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await gateway.start()
    collect_rarely()
    facts = " ".join(f"{k}={v}" for k, v in gateway.opened.facts.items())
    sys.stdout.write(f"gateway ready {gateway.addresses} {facts}\n")
    sys.stdout.flush()
    told = [asyncio.create_task(one.wait()) for one in (stop, gateway.lost)]
    await asyncio.wait(told, return_when=asyncio.FIRST_COMPLETED)
    await gateway.stop()
    if gateway.lost.is_set():
        raise name_taken()


def migrate_store(path: Path) -> list[str]:
    """Bring the store of a settings file to this release's schema; what was done."""
    settings = settings_module.load(path)

    async def work() -> list[str]:
        opened = await open_ports(settings, RealClock())
        await opened.close()
        return [f"{name}={value}" for name, value in opened.facts.items()]

    return asyncio.run(work())
