"""The one-stop's counters: they hand in, and repeat whatever they got no answer to."""

from __future__ import annotations

import asyncio
import json
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

from gateway.wiring.feeding import made
from tests.chaos.news import News

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.wiring.stage import Stage
    from tests.chaos.clones import Clone

#: Real seconds: how long an answer is waited for, and until it is asked again.
PATIENCE_S = 10.0
AGAIN_S = 0.3
#: Dossiers that are under way at once.
AT_ONCE = 12
#: Dossiers in a second, at most.
MOST_PER_S = 5.0
#: Until it is looked again whether the gateway keeps up.
LOOK_S = 0.1


@dataclass
class Ledger:
    """What the counters know."""

    accepted: dict[str, Clone] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    repeated: int = 0
    #: calls that got no answer
    held_back_s: float = 0.0
    #: how long nobody handed in, because the gateway was behind


class Counter:
    """All counters of the province."""

    def __init__(self, stage: Stage, clones: Sequence[Clone], seconds: float) -> None:
        """``seconds``: real ones over which the dossiers come, evenly.

        Over more where they were too many in a second, or the gateway is behind.
        """
        self._stage = stage
        self._clones = clones
        self._every_s = max(seconds / max(1, len(clones)), 1 / MOST_PER_S)
        self._news = News(stage.run_dir / "books" / "one_stop.arrivals.jsonl")
        self.ledger = Ledger()

    async def hand_in(self) -> None:
        """Until every dossier has its answer."""
        token = self._stage.secrets.value("token.one_stop")
        headers = {"Authorization": f"Bearer {token}"}
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        room = asyncio.Semaphore(AT_ONCE)
        loop = asyncio.get_running_loop()
        following = loop.time()
        async with (
            aiohttp.ClientSession(headers=headers, timeout=timeout) as session,
            asyncio.TaskGroup() as group,
        ):
            for clone in self._clones:
                await asyncio.sleep(max(0.0, following - loop.time()))
                await self._kept_up(loop)
                following = max(following, loop.time() - 1.0) + self._every_s
                await room.acquire()
                task = group.create_task(self._one(session, clone))
                task.add_done_callback(lambda _: room.release())

    async def _kept_up(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait until the gateway is not behind any more; it ends, see ``News``."""
        begun = loop.time()
        while self._news.is_behind(loop.time()):  # noqa: ASYNC110  a book tells
            await asyncio.sleep(LOOK_S)
        self.ledger.held_back_s += loop.time() - begun

    async def _one(self, session: aiohttp.ClientSession, clone: Clone) -> None:
        scenario = tomllib.loads((clone.folder / "scenario.toml").read_text("utf-8"))
        one_stop = self._stage.url("one_stop")
        if "landlink" in scenario:
            # Its own one-stop hands it in, and repeats by itself.
            await self._told(session, f"{one_stop}/landlink/hand_in", clone.number)
            self.ledger.accepted[clone.number] = clone
            return
        document = json.loads((clone.folder / "dossier.json").read_text("utf-8"))
        await self._upload(session, document, scenario.get("files", {}))
        front = self._stage.url("front")
        status, body = await self._answered(session, f"{front}/v1/dossiers", document)
        if status != 202:
            self.ledger.refused[clone.number] = f"{status} {body.decode()[-600:]}"
            return
        self.ledger.accepted[clone.number] = clone
        self._news.expect(clone, asyncio.get_running_loop().time())
        await self._told(session, f"{one_stop}/submitted", clone.number)
        if "manual" in scenario:
            await self._told(
                session, f"{self._stage.url('manual')}/brought", clone.number
            )

    async def _upload(
        self, session: aiohttp.ClientSession, document: Any, sizes: dict[str, int]
    ) -> None:
        for paper in document.get("documents", ()):
            for entry in paper.get("files", ()):
                name = entry.pop("part", None)
                if name is None:
                    continue
                content = b"".join([one async for one in made(sizes[str(name)])])
                url = f"{self._stage.url('front')}/v1/attachments"
                _, body = await self._answered(session, url, content)
                entry["sha256"] = json.loads(body)["sha256"]

    async def _answered(
        self, session: aiohttp.ClientSession, url: str, body: Any
    ) -> tuple[int, bytes]:
        """What was answered at last; without an answer, or with 5xx, it is said again."""
        sent: dict[str, Any] = (
            {"data": body} if isinstance(body, bytes) else {"json": body}
        )
        while True:
            try:
                async with session.post(url, **sent) as answer:
                    content = await answer.read()
                    if answer.status < 500 and answer.status != 429:
                        return answer.status, content
            except (aiohttp.ClientError, TimeoutError):
                pass
            self.ledger.repeated += 1
            await asyncio.sleep(AGAIN_S)

    async def _told(
        self, session: aiohttp.ClientSession, url: str, number: str
    ) -> None:
        """Tell a mock of a dossier; it may be away for a moment, too."""
        status, body = await self._answered(session, url, {"number": number})
        assert status < 300, (url, status, body)
