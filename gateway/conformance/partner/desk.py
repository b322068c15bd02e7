"""Where the kit waits for a counterpart's calls, in place of the gateway."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.conforming import Answering, Incoming, Reply, Silence
from gateway.domain.system_words import system_words

if TYPE_CHECKING:
    from gateway.conformance.partner.passing import Passing

MAX_BODY_BYTES = 32 * 1024 * 1024
#: Told of a call once it was answered: how, or not at all.
Told = Callable[[Incoming, Answering], None]


class Desk:
    """Answers every call at once, and keeps all of them in the order of their coming."""

    passing: Passing
    #: known once the counterpart is

    def __init__(self, number_of: Callable[[Incoming], str]) -> None:
        """``number_of``: the dossier that a call is about."""
        self.calls: list[Incoming] = []
        self.told: Told = _unheard
        self.usual: Callable[[Incoming], Answering] = _nothing
        #: the answer of the interface document
        self._number_of = number_of
        self._next: dict[str, deque[Answering]] = {}
        self._runner: web.AppRunner | None = None

    async def open(self, host: str, port: int) -> str:
        """Listen; the address.

        Raises:
            ValueError: the port is taken, or is none of this machine.
        """
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as taken:
            await runner.cleanup()
            raise ValueError(
                f"Không nghe được ở {host}:{port} ({system_words(taken)}): sửa addresses.listen."
            ) from taken
        self._runner = runner
        bound = runner.addresses[0][1]
        return f"http://{host}:{bound}"

    async def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    def answer(self, number: str, answers: tuple[Answering, ...]) -> None:
        """How the next calls about a dossier are answered."""
        self._next[number] = deque(answers)

    def forget(self) -> None:
        """From now on every call gets the usual answer."""
        self._next.clear()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        call = Incoming(
            request.method,
            request.path,
            request.query_string,
            dict(request.headers),
            await request.read(),
            self.passing.now(),
        )
        planned = self._next.get(self._number_of(call))
        answer = planned.popleft() if planned else self.usual(call)
        self.calls.append(call)
        self.told(call, answer)
        self.passing.ring()
        if isinstance(answer, Reply):
            return web.Response(
                status=answer.status, body=answer.body, headers=answer.headers
            )
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


def _unheard(_call: Incoming, _answer: Answering) -> None:
    """Nobody listens."""


def _nothing(_call: Incoming) -> Answering:
    return Silence.CUT
