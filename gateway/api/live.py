"""A stream that says that something moved: open pages then show themselves again.

It says nothing of what moved, so that whoever may see anything may have it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from gateway.api.routes import Routes
from gateway.api.signin import known
from gateway.domain.errors import NotSignedIn, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.sealing.tools import Tools

PATH = "/v1/live"
#: Real seconds between two looks at the store, one for all streams of a process.
LOOK_S = 2.0
#: After so many looks without news a stream says that it is still there, and it is
#: looked whether its caller may still see anything.
QUIET_LOOKS = 10
#: Streams of one process; whoever comes later is told to do without.
AT_MOST = 500


class Live:
    """What all streams of a process share: the last look, and who is looking."""

    def __init__(self, tools: Tools, stopping: asyncio.Event) -> None:
        """``stopping``: set when the process shall end."""
        self._tools = tools
        self._stopping = stopping
        self._mark: int | None = None
        self._looked_at = float("-inf")
        self._turn = asyncio.Lock()
        self.streams = 0

    async def mark(self) -> int | None:
        """A number that is another one once anything has moved; None: never known yet."""
        async with self._turn:
            now = self._tools.clock.mono()
            if now - self._looked_at >= LOOK_S:
                self._looked_at = now
                # A store that is away says nothing new; pages tell of it themselves.
                with suppress(StoreUnavailable):
                    self._mark = await self._tools.overview.moved()
        return self._mark

    async def stream(self, request: Request) -> AsyncIterator[bytes]:
        """Server-sent events until the caller is gone or may see nothing any more."""
        self.streams += 1
        try:
            # How long a browser waits before it asks again, in milliseconds.
            yield b"retry: 3000\n\n"
            last, quiet = None, 0
            while not self._stopping.is_set():
                mark, quiet = await self.mark(), quiet + 1
                if mark != last:
                    last, quiet = mark, 0
                    yield f"event: moved\nid: {mark}\ndata: {mark}\n\n".encode()
                elif quiet >= QUIET_LOOKS:
                    quiet = 0
                    await known(self._tools, request)
                    yield b": still here\n\n"
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._stopping.wait()
        except NotSignedIn:
            yield b"event: signed-out\ndata:\n\n"
        finally:
            self.streams -= 1


def router(tools: Tools, stopping: asyncio.Event) -> Routes:
    """The stream."""
    routes = Routes(include_in_schema=False)
    live = Live(tools, stopping)

    @routes.get(PATH)
    async def get_live(request: Request) -> Response:
        await known(tools, request)
        if live.streams >= AT_MOST:
            return Response(status_code=503, headers={"Retry-After": "60"})
        return StreamingResponse(
            live.stream(request),
            media_type="text/event-stream",
            # A proxy hands each event on as it comes.
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return routes
