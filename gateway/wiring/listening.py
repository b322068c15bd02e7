"""Listeners of one process: each a server of its own, closed in the order that fits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

import uvicorn

from gateway.api.rates import Rates
from gateway.api.refused import Refusals, TellingRefusals
from gateway.api.threshold import Threshold
from gateway.api.zones import FromRelay
from gateway.domain.system_words import system_words
from gateway.limit_settings import LimitSettings
from gateway.settings import Profile
from gateway.wiring.bounds import Door

if TYPE_CHECKING:
    import socket

    from gateway.sealing.tools import Tools
    from gateway.settings import Listen, Settings
    from gateway.wiring.doors import Secured

#: Real seconds that calls under way have when the process is told to stop.
STOP_S = 5.0
#: Real seconds between two looks at what ends soon.
LOOK_S = 0.01
#: Real seconds that the date in answers may be late.
DATE_EVERY_S = 1.0


class Listeners:
    """Some of them, opened and closed together."""

    def __init__(self, settings: Settings | None = None) -> None:
        """None listens yet; without settings as for who watches this machine."""
        self._limits, self._proxies = LimitSettings(), frozenset[str]()
        self._rates: Rates | None = None
        if settings is not None:
            self._limits = settings.limits
            if settings.profile is Profile.MOCK:
                self._limits = self._limits.unbounded_rates()
            self._proxies = frozenset(settings.sign_in.behind)
            self._rates = Rates(self._limits, time.monotonic)
        self._servers: list[tuple[_Quiet, asyncio.Task[None]]] = []
        self.stopping = asyncio.Event()
        #: set when calls that would go on for ever have to end

    def telling(self, tools: Tools) -> TellingRefusals:
        """What writes down which calls were refused."""
        refusals = self._rates.refusals if self._rates is not None else Refusals()
        return TellingRefusals(refusals, tools)

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """One for each; it ends when its listener does."""
        return [task for _, task in self._servers]

    async def open(
        self, app: Any, listen: Listen, secured: Secured | None = None
    ) -> str:
        """Serve from now on; the address.

        Raises:
            OSError: nobody can listen there, as where another program does.
        """
        if self._rates is not None:
            app = Threshold(
                app,
                self._rates,
                proxies=self._proxies,
                hosts=listen.hosts,
                relayed=secured is not None,
            )
        if secured is not None:
            app = FromRelay(app)
        config = uvicorn.Config(
            app,
            http=self._door(secured).protocol,  # type: ignore[arg-type]
            host=listen.host,
            port=listen.port,
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=int(self._limits.idle_s) or 1,
            h11_max_incomplete_event_size=self._limits.header_bytes,
            ssl_context_factory=None if secured is None else lambda *_: secured.context,
        )
        server = _Quiet(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # uvicorn offers no event for it
            if serving.done():
                await serving
            await asyncio.sleep(LOOK_S)  # noqa: TID251
        self._servers.append((server, serving))
        port = server.servers[0].sockets[0].getsockname()[1]
        scheme = "http" if secured is None else "https"
        return f"{scheme}://{listen.host}:{port}"

    def _door(self, secured: Secured | None) -> Door:
        """The connections of a listener; behind a relay there are many peers."""
        if secured is None:
            return Door(self._limits, self._proxies)
        return Door(self._limits, made=secured.protocol, one_peer=False)

    async def close(self) -> None:
        """Let callers finish what they asked; uvicorn closes its sockets by itself."""
        self.stopping.set()
        for server, _ in self._servers:
            server.end()
        if self._servers:
            await asyncio.wait(self.tasks, timeout=STOP_S)
        await ended(*self.tasks)


async def ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait for their end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Quiet(uvicorn.Server):
    """A server that leaves signals to the process that owns several of them.

    It ends when it is told, where uvicorn looks ten times a second whether it was.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        """It serves once ``serve`` is awaited."""
        super().__init__(config)
        self._told = asyncio.Event()

    def end(self) -> None:
        """Take no further connection, and end once those under way have."""
        self.should_exit = True
        self._told.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as end:  # the process is not a listener's to end
            raise _unheard(end.__context__, self.config) from None

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield

    async def main_loop(self) -> None:
        # The first tick of each ten writes the date that answers bear.
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DATE_EVERY_S):
                    await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in (*self.servers, *(sockets or ())):
            server.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        while state.connections or state.tasks:  # noqa: ASYNC110  as it stands there
            await asyncio.sleep(LOOK_S)  # noqa: TID251  uvicorn offers no event for it
        for server in self.servers:
            await server.wait_closed()


def _unheard(why: BaseException | None, config: uvicorn.Config) -> OSError:
    """That nobody can listen there, in words for whoever started it."""
    told = why if isinstance(why, OSError) else OSError(str(why))
    return OSError(told.errno, system_words(told), f"{config.host}:{config.port}")
