"""What stands before several nodes: one address, and the next node where one is away."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PIECE = 65536


class Relay:
    """Passes bytes on, connection by connection, in turn."""

    def __init__(self, backends: Callable[[], Sequence[str]]) -> None:
        """``backends``: addresses of who is believed to be there, now."""
        self._backends = backends
        self._turn = itertools.count()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, port: int) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    async def close(self) -> None:
        """Listen no more, and cut what is open."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        ends = [writer]
        try:
            if (there := await self._connected()) is not None:
                back, forth = there
                ends.append(forth)
                await asyncio.gather(_pass(reader, forth), _pass(back, writer))
        finally:
            for end in ends:
                end.transport.abort()

    async def _connected(
        self,
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        there = list(self._backends())
        first = next(self._turn)
        for place in range(len(there)):
            url = urlsplit(there[(first + place) % len(there)])
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(url.hostname, url.port)
        return None


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side ends; the other is told by a half-close, as TCP does."""
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
    except (OSError, RuntimeError):
        # The other side is gone already.
        writer.transport.abort()
