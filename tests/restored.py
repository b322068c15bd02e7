"""A world whose gateway loses its store and gets it back from a backup."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from gateway.wiring import backups, restoring
from gateway.wiring.attachments import FOLDER
from gateway.wiring.keys import STORE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.wiring.backup_reading import Found
    from tests.world import World

#: Headers that a call gets anew.
OF_A_CALL = {"host", "content-length", "transfer-encoding", "accept-encoding"}
#: A dossier whose company answers by files.
WATER = "H00.01-260310-0067"


def effects(world: World) -> Counter[tuple[str, str, str]]:
    """What stands in every book."""
    return Counter(
        (agency, line["number"], line["kind"])
        for agency in world.stage.mocks
        for line in world.book(agency)
    )


class Kept:
    """A backup, with the key that opens it."""

    def __init__(
        self, world: World, folder: Path, *, empty: Callable[[], None] | None = None
    ) -> None:
        """``empty``: loses a database, and makes another of its name."""
        self._empty = empty
        self.world = world
        self.folder = folder
        folder.mkdir()
        backups.make_key(folder / "key")

    async def make(self) -> backups.Made:
        """While the gateway runs."""
        return await asyncio.to_thread(
            backups.back_up,
            self.world.stage.settings_path,
            self.folder,
            self.folder / "key" / "backup.pub",
        )

    async def lose_and_restore(self, made: backups.Made) -> Found:
        """The gateway ends, its store and files are gone; the backup comes back."""
        world = self.world
        await world.stop_gateway()
        for path in world.stage.run_dir.glob(f"{STORE}*"):
            path.unlink()
        shutil.rmtree(world.stage.run_dir / FOLDER, ignore_errors=True)
        if self._empty is not None:
            self._empty()
        found = await asyncio.to_thread(
            lambda: restoring.restore(
                world.stage.settings_path,
                made.path,
                self.folder / "key" / "backup.key",
                by="quan-tri",
                why="Thử khôi phục",
            )
        )
        await world.start_gateway()
        return found


def calls_made(world: World) -> dict[str, int]:
    """How far the journal of each mock has come."""
    return {name: mock.journal.seen for name, mock in world._mocks.items()}


async def tell_again(world: World, since: dict[str, int]) -> int:
    """Everybody sends again what they told the gateway since then; how much it was."""
    told = [
        (exchange.at, exchange.n, name, exchange)
        for name, mock in world._mocks.items()
        for exchange in mock.journal.newest_first(direction="out")
        if exchange.n > since[name]
        and exchange.method != "GET"
        and not exchange.path.endswith("/fetch")
    ]
    async with aiohttp.ClientSession() as session:
        for _, _, _, call in sorted(told, key=lambda one: one[:3]):
            kept = {k: v for k, v in call.headers.items() if k.lower() not in OF_A_CALL}
            asked = f"?{call.query}" if call.query else ""
            url = URL(f"{call.path}{asked}", encoded=True)
            async with session.request(
                call.method, url, headers=kept, data=call.body
            ) as answer:
                # What was read from files stays put aside: its dossier has no result yet.
                early = answer.status == 409 and WATER in call.path
                assert early or answer.status in {200, 202}, await answer.text()
            await world.settle()
    return len(told)
