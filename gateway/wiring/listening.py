"""Listeners of one process: each a server of its own, closed in the order that fits."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import uvicorn

from gateway.wiring.upgrades import PlainHTTP

if TYPE_CHECKING:
    from gateway.settings import Listen
    from gateway.wiring.doors import Secured

#: Real seconds that calls under way have when the process is told to stop.
STOP_S = 5.0


class Listeners:
    """Some of them, opened and closed together."""

    def __init__(self) -> None:
        """None listens yet."""
        self._servers: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []
        self.stopping = asyncio.Event()
        #: set when calls that would go on for ever have to end

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """One for each; it ends when its listener does."""
        return [task for _, task in self._servers]

    async def open(
        self, app: Any, listen: Listen, secured: Secured | None = None
    ) -> str:
        """Serve from now on; the address."""
        config = uvicorn.Config(
            app,
            http=PlainHTTP if secured is None else secured.protocol,
            host=listen.host,
            port=listen.port,
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=30,
            h11_max_incomplete_event_size=32 * 1024,
            ssl_context_factory=None if secured is None else lambda *_: secured.context,
        )
        server = _Quiet(config)
        serving = asyncio.create_task(server.serve())
        self._servers.append((server, serving))
        while not server.started:  # uvicorn offers no event for it
            if serving.done():
                raise RuntimeError(f"cannot listen on {listen.host}:{listen.port}")
            await asyncio.sleep(0.01)  # noqa: TID251
        port = server.servers[0].sockets[0].getsockname()[1]
        scheme = "http" if secured is None else "https"
        return f"{scheme}://{listen.host}:{port}"

    async def close(self) -> None:
        """Let callers finish what they asked; uvicorn closes its sockets by itself."""
        self.stopping.set()
        for server, _ in self._servers:
            server.should_exit = True
        if self._servers:
            await asyncio.wait(self.tasks, timeout=STOP_S)
        await ended(*self.tasks)


async def ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait for their end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Quiet(uvicorn.Server):
    """A server that leaves signals to the process that owns several of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield
