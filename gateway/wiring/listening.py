"""Listeners of one process: each serves one application until all are told to stop."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import uvicorn

from gateway.wiring.upgrades import PlainHTTP

if TYPE_CHECKING:
    from gateway.settings import Listen

#: Real seconds that calls under way have when the process is told to stop.
STOP_S = 5.0


class Listeners:
    """Where this process listens."""

    def __init__(self) -> None:
        """Nowhere yet."""
        self._servers: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []
        self.stopping = asyncio.Event()
        #: set when calls that would go on for ever have to end

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What serves; one that has ended before it was told to is dead."""
        return [task for _, task in self._servers]

    async def serve(self, app: Any, listen: Listen) -> str:
        """Listen, and say where.

        Raises:
            RuntimeError: somebody else listens there.
        """
        config = uvicorn.Config(
            app,
            http=PlainHTTP,
            host=listen.host,
            port=listen.port,
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=30,
            h11_max_incomplete_event_size=32 * 1024,
        )
        server = _Quiet(config)
        serving = asyncio.create_task(server.serve())
        self._servers.append((server, serving))
        while not server.started:  # uvicorn offers no event for it
            if serving.done():
                raise RuntimeError(f"cannot listen on {listen.host}:{listen.port}")
            await asyncio.sleep(0.01)  # noqa: TID251
        port = server.servers[0].sockets[0].getsockname()[1]
        return f"http://{listen.host}:{port}"

    async def stop(self) -> None:
        """Take no new calls and give those under way their time."""
        self.stopping.set()
        for server, _ in self._servers:
            server.should_exit = True
        if self._servers:  # uvicorn closes its sockets unless it is cancelled before
            await asyncio.wait(self.tasks, timeout=STOP_S)


class _Quiet(uvicorn.Server):
    """A server that leaves signals to the process that owns several of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield
