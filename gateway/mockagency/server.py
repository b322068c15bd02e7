"""One mock agency as a process: its routes on a real socket, with faults around them."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import signal
import sys
import time
import tomllib
from collections import deque
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop
from aiohttp import web

from gateway.mockagency.books import Book
from gateway.mockagency.clock import MockClock
from gateway.mockagency.faults import (
    AFTER_THE_WORK,
    INCOMING,
    Fault,
    FaultPlan,
    read_fault,
)
from gateway.mockagency.office import NUMBER, LentOffice
from gateway.mockagency.scenarios import Scenarios

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Reply = tuple[int, str, bytes]
    Handler = Callable[[Any], Awaitable[Reply]]

MAX_BODY_BYTES = 96 * 1024 * 1024
LOGIN_PAGE = "<!doctype html><title>Đăng nhập</title><p>Phiên làm việc đã hết hạn.</p>"


class Call:
    """One request as a mock sees it."""

    def __init__(self, request: web.Request, body: bytes) -> None:
        """Take what the mock may look at."""
        self.method = request.method
        self.path = request.path
        self.params = dict(request.match_info)
        self.query = dict(request.query)
        self.headers = request.headers
        self.body = body


class Counted:
    """How many calls came at once, and in any one second of real time."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._at_once = 0
        self._begun: deque[float] = deque()
        self.most_at_once = 0
        self.most_in_a_second = 0

    @contextmanager
    def call(self) -> Iterator[None]:
        """One call, from its head to its answer."""
        now = time.monotonic()
        self._begun.append(now)
        while self._begun[0] <= now - 1.0:
            self._begun.popleft()
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        self.most_in_a_second = max(self.most_in_a_second, len(self._begun))
        try:
            yield
        finally:
            self._at_once -= 1


class MockAgency:
    """Routes, faults, books and clock of one mock agency."""

    def __init__(
        self,
        agency: str,
        settings: dict[str, Any],
        run_dir: Path,
        *,
        start: datetime | None,
        scenarios: Scenarios,
        faults: list[Fault],
    ) -> None:
        """``start``: where virtual time begins; None: real time."""
        self.agency = agency
        self.clock = MockClock(start)
        books = run_dir / "books"
        self.arrivals = Book(books / f"{agency}.arrivals.jsonl")
        self.effects = Book(books / f"{agency}.effects.jsonl")
        self.plan = FaultPlan([*scenarios.faults(agency), *faults])
        self.office = LentOffice(
            agency,
            settings,
            clock=self.clock,
            scenarios=scenarios,
            arrivals=self.arrivals,
            effects=self.effects,
            plan=self.plan,
        )
        module = importlib.import_module(f"gateway.adapters.{agency}.mock")
        self._number_of: Callable[[Call], str] = module.number_of
        self.kind_of: Callable[[Call], str] = module.kind_of
        self._routes = list(module.create(self.office))
        self.counted = Counted()
        self._closed = False
        self._released = asyncio.Event()
        self.on_call: Callable[[Call], None] = _unseen
        #: told of each call before anything is done with it

    def application(self) -> web.Application:
        """The mock's routes and the control routes."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        for method, path, handler in self._routes:
            app.router.add_route(method, path, self._wrapped(handler))
        app.router.add_get("/_control/clock", self._get_clock)
        app.router.add_post("/_control/clock", self._set_clock)
        app.router.add_get("/_control/book/{name}", self._book)
        app.router.add_get("/_control/load", self._load)
        app.router.add_post("/_control/release", self._release)
        app.on_shutdown.append(self._let_go)
        return app

    def _wrapped(
        self, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            self.clock.begin()
            try:
                with self.counted.call():
                    return await self._serve(request, handler)
            finally:
                self.clock.end()

        return serve

    async def _serve(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        call = Call(request, await request.read())
        self.on_call(call)
        early = self._planned(call, INCOMING - AFTER_THE_WORK)
        if early is not None:
            await self._hang(early)
            if early.do == "delay_s":
                await asyncio.sleep(early.seconds)
            else:
                return await self._before(request, early)
            if self._closed:
                # Its caller left long ago, and the books are closed.
                return await _cut(request)
        booked: list[tuple[str, str]] = []
        token = NUMBER.set(booked)
        try:
            status, media_type, body = await handler(call)
        finally:
            NUMBER.reset(token)
        late = next(
            (
                f
                for kind, number in booked
                if (f := self.plan.next(kind, number, AFTER_THE_WORK))
            ),
            None,
        )
        if late is not None:
            await self._hang(late)
            return await self._after(request, late, media_type, body)
        return web.Response(
            status=status, body=body, headers={"Content-Type": media_type}
        )

    def _planned(self, call: Call, kinds: frozenset[str]) -> Fault | None:
        """A fault before the work needs the dossier's number before the handler."""
        return self.plan.next(self.kind_of(call), self._number_of(call), kinds)

    async def _before(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        match fault.do:
            case "reset_before":
                return await _cut(request)
            case "error_503_retry_after":
                return web.Response(
                    status=503, headers={"Retry-After": str(int(fault.seconds or 60))}
                )
            case "unauthorized_401":
                return web.Response(status=401)
            case "too_many_429":
                return web.Response(
                    status=429, headers={"Retry-After": str(int(fault.seconds or 60))}
                )
            case "html_200":
                return web.Response(text=LOGIN_PAGE, content_type="text/html")
            case "text_200":
                headers = {"Content-Type": "application/json", **fault.headers}
                body = fault.text.encode()
                return web.Response(status=fault.status, body=body, headers=headers)
            case _:
                return web.Response(status=500, text="Internal Server Error")

    async def _after(
        self, request: web.Request, fault: Fault, media_type: str, body: bytes
    ) -> web.StreamResponse:
        if fault.do == "text_after":
            return web.Response(text=fault.text, content_type="application/json")
        if fault.do == "lose_answer":
            return await _cut(request)
        response = web.StreamResponse(
            headers={"Content-Type": media_type, "Content-Length": str(len(body))}
        )
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        return await _cut(request)

    async def _get_clock(self, request: web.Request) -> web.Response:
        await self.clock.stillness(float(request.query.get("patience", 0)))
        return web.json_response(self.state())

    async def _set_clock(self, request: web.Request) -> web.Response:
        self.set_clock(datetime.fromisoformat((await request.json())["now"]))
        return web.json_response(self.state())

    def set_clock(self, now: datetime) -> None:
        """Jump, as a conductor says."""
        self.clock.set(now)

    def state(self) -> dict[str, Any]:
        """What a conductor is told."""
        self.clock.look()
        upcoming, look = self.clock.next, self.clock.next_look
        return {
            "now": self.clock.now().isoformat(),
            "busy": self.clock.busy,
            "moves": self.clock.moves,
            "next": upcoming.isoformat() if upcoming else None,
            "next_look": look.isoformat() if look else None,
            "lies_ready": self.clock.lies_ready,
        }

    async def _load(self, _request: web.Request) -> web.Response:
        """How hard it was pushed, whoever did it."""
        return web.json_response(
            {
                "most_at_once": self.counted.most_at_once,
                "most_in_a_second": self.counted.most_in_a_second,
            }
        )

    async def _hang(self, fault: Fault) -> None:
        await asyncio.sleep(fault.wait_s)
        if fault.held:
            await self._released.wait()

    async def _release(self, _request: web.Request) -> web.Response:
        self.release()
        return web.json_response({})

    async def _let_go(self, _app: web.Application) -> None:
        self.release()

    def release(self) -> None:
        """Calls that are held, and those still to come, go on."""
        self._released.set()

    async def _book(self, request: web.Request) -> web.Response:
        books = {"arrivals": self.arrivals, "effects": self.effects}
        name = request.match_info["name"]
        if name not in books:
            raise web.HTTPNotFound
        return web.json_response(books[name].lines())

    async def close(self) -> None:
        """Close books and session."""
        self._closed = True
        self.release()
        await self.office.close()
        self.arrivals.close()
        self.effects.close()


def _unseen(_call: Call) -> None:
    """Nobody looks."""


async def _cut(request: web.Request) -> web.StreamResponse:
    """Cut the connection without (the rest of) an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def serve(
    mock: MockAgency, port: int, *, shutdown_s: float = 60.0
) -> tuple[web.AppRunner, str]:
    """Listen on loopback; the runner to be cleaned up, and the base URL.

    ``shutdown_s``: how long calls under way may take when it is cleaned up.
    """
    runner = web.AppRunner(
        mock.application(), access_log=None, shutdown_timeout=shutdown_s
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    host, bound = runner.addresses[0][:2]
    return runner, f"http://{host}:{bound}"


def read_config(path: Path) -> dict[str, Any]:
    """A mock configuration file, TOML or JSON."""
    text = path.read_text("utf-8")
    found: dict[str, Any] = (
        json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    )
    return found


def main() -> None:
    """Run one mock agency, or a platform before some, until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m gateway.mockagency")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--agency")
    which.add_argument("--platform", choices=("lgsp", "xroad"))
    parser.add_argument("--name", default="", help="of the platform, if of several")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument("--clock", choices=("real", "virtual"), default="real")
    parser.add_argument("--start", default="")
    given = parser.parse_args()
    config = read_config(given.config)
    start = datetime.fromisoformat(given.start) if given.clock == "virtual" else None
    if given.platform:
        platform = importlib.import_module("gateway.mockagency.platform")
        module = importlib.import_module(
            f"gateway.mockagency.platform_{given.platform}"
        )
        name = given.name or given.platform
        make = partial(module.from_config, config, given.run_dir, start, name)
        uvloop.run(_until_told(make, platform.serve, given.port))
        return
    folder = config.get("scenarios")
    make_agency = partial(
        MockAgency,
        agency=given.agency,
        settings=config.get(given.agency, {}),
        run_dir=given.run_dir,
        start=start,
        scenarios=Scenarios(Path(folder) if folder else None),
        faults=[
            read_fault(row)
            for row in config.get("fault", ())
            if row.get("agency") == given.agency
        ],
    )
    uvloop.run(_until_told(make_agency, serve, given.port))


async def _until_told(
    make: Callable[[], Any],
    listen: Callable[[Any, int], Awaitable[tuple[web.AppRunner, str]]],
    port: int,
) -> None:
    mock = make()
    runner, base = await listen(mock, port)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    sys.stdout.write(f"mock {mock.agency} ready {base}\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()
    await mock.close()
