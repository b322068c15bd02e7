"""What both floors share: two POSTs per dossier, prepared before the clock starts."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.arena import IN_FLIGHT
from benchmarks.bodies import Prepared, load


@dataclass
class Floor:
    """Arguments of a floor, its bodies, and its way to the mock agencies."""

    port: int
    land: str
    status: str
    bodies: list[Prepared]
    folder: Path
    database: str = ""
    #: empty: a file in its folder
    session: aiohttp.ClientSession | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def open(self) -> None:
        """Open connections as many as the gateway's lanes have."""
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=IN_FLIGHT)
        )

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something after the answer."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def hand_over(self, prepared: Prepared) -> None:
        """The first POST."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        await self._post(self.land, prepared.land, headers)

    async def tell(self, prepared: Prepared) -> None:
        """The second POST."""
        await self._post(self.status, prepared.status, prepared.headers)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        assert self.session is not None
        async with self.session.post(url, data=body, headers=headers) as answer:
            await answer.read()
            answer.raise_for_status()


def from_arguments() -> Floor:
    """Read the command line of a floor."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--land", required=True)
    parser.add_argument("--status", required=True)
    parser.add_argument("--bodies", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    return Floor(
        *(given.port, given.land, given.status, load(given.bodies), given.folder),
        given.database,
    )
