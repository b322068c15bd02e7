"""Builds one relay from its settings and runs it."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from typing import TYPE_CHECKING

import uvloop

from gateway.relay.limits import Places, Rates
from gateway.relay.onward import Core
from gateway.relay.serving import Listening, Shared
from gateway.relay.settings import RelaySettings, load
from gateway.relay.tables import TableFile
from gateway.relay.telling import Telling

if TYPE_CHECKING:
    from pathlib import Path


class Relay:
    """One process: a table, some doors, one core."""

    def __init__(self, settings: RelaySettings, telling: Telling | None = None) -> None:
        """Keep the settings; ``start`` opens everything."""
        self._settings = settings
        self._telling = telling or Telling()
        self.addresses: list[str] = []

    async def start(self) -> None:
        """Read the table, then listen.

        Raises:
            ValueError: there is no table that can be used.
            OSError: a certificate cannot be read, or a port is taken.
        """
        settings = self._settings
        self.table = TableFile(settings.table, self._telling)
        self._core = Core(settings.core)
        shared = Shared(
            limits=settings.limits,
            table=self.table,
            core=self._core,
            rates=Rates(time.monotonic),
            places=Places(settings.limits.connections, settings.limits.per_peer),
            telling=self._telling,
        )
        self._doors = [Listening(door, shared) for door in settings.door]
        self.addresses = [door.open() for door in self._doors]
        self._looking = asyncio.create_task(self.table.keep_looking(settings.look_s))

    async def stop(self) -> None:
        """Let calls under way come to their end."""
        within_s = self._settings.limits.stop_s
        await asyncio.gather(*(door.close(within_s) for door in self._doors))
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)
        await self._core.close()


def run(path: Path) -> None:
    """Run a relay until it is told to stop."""
    uvloop.run(_until_told(load(path)))


async def _until_told(settings: RelaySettings) -> None:
    relay = Relay(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await relay.start()
    loop.add_signal_handler(signal.SIGHUP, relay.table.look_now)
    sys.stdout.write(f"relay ready {' '.join(relay.addresses)}\n")
    sys.stdout.flush()
    await stop.wait()
    await relay.stop()
