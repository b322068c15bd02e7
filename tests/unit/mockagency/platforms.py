"""An agency that writes down what comes, and a caller that says exactly what it means."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from gateway.mockagency.platform import MockPlatform, serve

_NO_HEADERS_OF_ITS_OWN = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")


@dataclass(frozen=True)
class Came:
    """One call as it reached the agency."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def names(self) -> set[str]:
        return {name.lower() for name in self.headers}


@dataclass
class Agency:
    """Says what it is told to say."""

    status: int = 200
    headers: Mapping[str, str] = field(
        default_factory=lambda: {"Content-Type": "application/json; charset=utf-8"}
    )
    body: bytes = b'{"data": 1, "status": {"success": true, "message": "ok"}}'
    silent: bool = False
    cuts: bool = False
    came: list[Came] = field(default_factory=list)
    base: str = ""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = CIMultiDict(request.headers)
        self.came.append(Came(request.method, request.raw_path, headers, body))
        self.arrived.set()
        if self.cuts and request.transport is not None:
            request.transport.abort()
        if self.silent:
            await self.released.wait()
        return web.Response(status=self.status, headers=self.headers, body=self.body)


@asynccontextmanager
async def agency() -> AsyncIterator[Agency]:
    """An agency on a real socket."""
    there = Agency()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{rest:.*}", there.answer)
    runner = web.AppRunner(app, access_log=None, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    there.base = f"http://{host}:{port}"
    try:
        yield there
    finally:
        there.released.set()
        await runner.cleanup()


@contextmanager
def nobody() -> Iterator[str]:
    """An address that is taken and at which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@dataclass(frozen=True)
class Heard:
    """An answer as the caller heard it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """Calls a platform; paths are sent as they are written."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base
        self._session = session

    async def __call__(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] = b"",
    ) -> Heard:
        url = URL(f"{self.base}{target}", encoded=True)
        async with self._session.request(
            method, url, headers=headers, data=body or None, allow_redirects=False
        ) as answer:
            return Heard(answer.status, answer.headers, await answer.read())

    async def book(self, name: str) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = (await self("GET", f"/_control/book/{name}")).json
        return lines

    async def order(self, path: str, content: object) -> Heard:
        return await self("POST", f"/_control/{path}", {}, json.dumps(content).encode())

    async def plan(self, **fault: object) -> None:
        assert (await self.order("faults", [fault])).status == 200

    async def clock(self, now: str) -> None:
        assert (await self.order("clock", {"now": now})).status == 200


@asynccontextmanager
async def calling(platform: MockPlatform) -> AsyncIterator[Caller]:
    """A platform on a real socket and a caller of it."""
    runner, base = await serve(platform, 0)
    session = aiohttp.ClientSession(
        skip_auto_headers=_NO_HEADERS_OF_ITS_OWN, auto_decompress=False
    )
    try:
        yield Caller(base, session)
    finally:
        await session.close()
        await runner.cleanup()
        await platform.close()


async def half_or_nothing(caller: Caller, *call: Any) -> str:
    """How an answer failed to come."""
    try:
        await caller(*call)
    except aiohttp.ClientPayloadError:
        return "half"
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        return "nothing"
    return "whole"
