"""Bare sockets for what no client library would send; and a listener that bounds nothing."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import uvicorn

from gateway.wiring.upgrades import PlainHTTP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

#: Real seconds after which a wire that says nothing is taken for open.
OPEN_S = 5.0


class Wire:
    """One connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Both halves of it."""
        self._reader = reader
        self._writer = writer

    async def say(self, data: bytes) -> None:
        """Send, as far as the other side still listens."""
        with contextlib.suppress(ConnectionError):
            self._writer.write(data)
            await self._writer.drain()

    async def status(self, within_s: float = OPEN_S) -> int | None:
        """Status of the next answer; 0: closed without one; None: nothing came."""
        try:
            async with asyncio.timeout(within_s):
                line = await self._reader.readline()
        except TimeoutError:
            return None
        except ConnectionError:
            return 0
        return int(line.split()[1]) if line else 0

    async def rest(self, within_s: float = OPEN_S) -> bytes:
        """All that comes until the other side closes."""
        async with asyncio.timeout(within_s):
            with contextlib.suppress(ConnectionError):
                return await self._reader.read()
        return b""

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


@contextlib.asynccontextmanager
async def wire(address: str) -> AsyncIterator[Wire]:
    """A connection to ``http://host:port``."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    one = Wire(*await asyncio.open_connection(host, int(port)))
    try:
        yield one
    finally:
        one.close()


async def dripped(
    one: Wire, pieces: Iterable[bytes], *, every_s: float = 0.05
) -> int | None:
    """Send piece by piece, listening in between; the status that ended it."""
    for piece in pieces:
        await one.say(piece)
        status = await one.status(every_s)
        if status is not None:
            return status
    return None


async def _takes_all(scope: Any, receive: Any, send: Any) -> None:
    more = scope["type"] == "http"
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"let in"})


@contextlib.asynccontextmanager
async def open_listener() -> AsyncIterator[str]:
    """The same server and parser with no door before it: the variant left open."""
    config = uvicorn.Config(
        _takes_all, http=PlainHTTP, port=0, log_config=None, lifespan="off"
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment, method-assign]
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.force_exit = True
        await server.shutdown()
