"""A platform that stands between a caller and agencies, as a process of its own.

It really forwards. What it answers itself, what passes and what is checked is
said by each platform's own module; here are its books, clock, faults and socket.
"""

from __future__ import annotations

import hashlib
import itertools
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from gateway.mockagency.books import Book
from gateway.mockagency.calls import Counted
from gateway.mockagency.clock import MockClock, Start, patience_of
from gateway.mockagency.expect import Expectations
from gateway.mockagency.expect_schemas import Schemas
from gateway.mockagency.journal import Exchange, Journal
from gateway.mockagency.journal_masks import Masks
from gateway.mockagency.journal_routes import JournalRoutes
from gateway.mockagency.journal_taking import Taking
from gateway.mockagency.office import Answer, Sent
from gateway.mockagency.pages import Pages
from gateway.mockagency.platform_answers import Told, keep_untyped, sent
from gateway.mockagency.platform_faults import (
    PlatformFault,
    PlatformPlan,
    read_platform_fault,
)
from gateway.mockagency.platform_way import (
    BrokeOff,
    Carried,
    NoAnswer,
    NotReached,
    Way,
)
from gateway.mockagency.registers import Registers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    Control = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Inbound:
    """One call as it came; ``body`` None: larger than the platform takes."""

    number: str
    method: str
    path: str
    #: as it was written, without the query
    query: str
    headers: Mapping[str, str]
    body: bytes | None


class MockPlatform(ABC):
    """What all platforms have."""

    def __init__(
        self,
        name: str,
        settings: Mapping[str, Any],
        run_dir: Path,
        *,
        start: Start,
        faults: Iterable[PlatformFault],
        known: frozenset[str],
        max_body_bytes: int,
    ) -> None:
        """``start``: where virtual time begins; ``known``: what it can answer."""
        self.agency = name
        self.clock = MockClock(start)
        self.counted = Counted()
        self.plan = PlatformPlan(faults, known, least="token")
        self._way = Way(
            connect_s=float(settings.get("connect_s", 10.0)),
            wait_s=float(settings.get("wait_s", 60.0)),
        )
        self._max_body_bytes = int(settings.get("max_body_bytes", max_body_bytes))
        self._numbers = itertools.count(1)
        self.around: Mapping[str, Any] = {}
        #: what its pages say of others, as a mock agency has it
        self.keep_journal(Journal(Masks(settings, name)))
        self._books = {
            book: Book(run_dir / "books" / f"{name}.{book}.jsonl")
            for book in ("arrivals", "forwarded", "answers")
        }

    def keep_journal(self, journal: Journal) -> None:
        """Exchanges from now on go into this one."""
        self.journal = journal
        self._taking = Taking(journal, self.clock.now)
        self.expectations = Expectations((), Schemas(self.agency), journal.masks)

    @abstractmethod
    async def told(self, call: Inbound) -> Told:
        """Check, carry and answer."""

    @property
    @abstractmethod
    def server(self) -> str:
        """What it calls itself in the header of that name."""

    def application(self) -> web.Application:
        """Control routes; all else is a call."""
        app = web.Application()
        app.router.add_get("/_control/clock", self._get_clock)
        app.router.add_post("/_control/clock", self._set_clock)
        app.router.add_get("/_control/book/{name}", self._book)
        app.router.add_get("/_control/load", self._load)
        app.router.add_post("/_control/faults", self._add_faults)
        JournalRoutes(self.journal, self.expectations).add_to(app)
        Pages(self, Registers()).add_to(app)
        for path, handler in self.controls():
            app.router.add_post(path, handler)
        app.router.add_route("*", "/{rest:.*}", self._serve)
        app.on_response_prepare.append(keep_untyped)
        return app

    def controls(self) -> Sequence[tuple[str, Control]]:
        """Further orders that it takes."""
        return ()

    async def carried(
        self,
        call: Inbound,
        url: str,
        headers: Mapping[str, str],
        fault: PlatformFault | None,
    ) -> Carried:
        """Call the agency; booked before the first byte leaves.

        Raises:
            NotReached: no connection.
            NoAnswer: none in time.
            BrokeOff: the connection ended before the answer did.
        """
        do = fault.do if fault else ""
        if do == "strip_all_headers":
            headers = {}
        if do == "forward_twice":
            await self._once(call, url, headers)
        return await self._once(call, url, headers)

    async def _once(
        self, call: Inbound, url: str, headers: Mapping[str, str]
    ) -> Carried:
        self._write("forwarded", call, headers=_names(headers), **_facts(call))
        body = call.body or b""
        out = Sent(
            call.method,
            *(url, headers, body, self.service_of(call), call.number),
            begun=time.monotonic(),
        )
        try:
            carried = await self._way.call(call.method, url, headers, body)
        except (NotReached, NoAnswer, BrokeOff):
            self._taking.sent(out)
            raise
        answer = Answer(carried.status, carried.headers, carried.body)
        self._taking.sent(replace(out, answer=answer))
        return carried

    def _keep(self, call: Inbound, told: Told, begun: float) -> None:
        """``kind``: the row of the document, or the fault, that was the answer."""
        if not self.journal.is_on:
            return
        exchange = Exchange(
            *(self.clock.now(), "in", call.method, call.path, call.query),
            *(call.headers, call.body or b""),
            operation=self.service_of(call),
            kind=told.name,
            answer=told.name,
            route="/",
            numbers=(call.number,),
            status=told.status,
            answer_headers=told.headers,
            answer_body=told.body,
        )
        self.journal.add(exchange, begun)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.clock.begin()
        try:
            with self.counted.call():
                begun = time.monotonic()
                call = await self._inbound(request)
                self._write(
                    "arrivals", call, headers=_names(call.headers), **_facts(call)
                )
                told = await self.told(call)
                self._write("answers", call, name=told.name, status=told.status)
                # Of its own clock, by which it means whatever moment it names.
                date = format_datetime(self.clock.now().astimezone(UTC), usegmt=True)
                self._keep(call, told, begun)
                return await sent(request, told, self.server, date)
        finally:
            self.clock.end()

    async def _inbound(self, request: web.Request) -> Inbound:
        path, _, query = request.raw_path.partition("?")
        return Inbound(
            number=str(next(self._numbers)),
            method=request.method,
            path=path,
            query=query,
            headers=request.headers,
            body=await self._body(request),
        )

    async def _body(self, request: web.Request) -> bytes | None:
        if (request.content_length or 0) > self._max_body_bytes:
            return None
        pieces, size = [], 0
        async for piece in request.content.iter_any():
            pieces.append(piece)
            size += len(piece)
            if size > self._max_body_bytes:
                return None
        return b"".join(pieces)

    @abstractmethod
    def service_of(self, call: Inbound) -> str:
        """The service that a call is for, as it is booked."""

    def _write(self, book: str, call: Inbound, **facts: str | int | bool) -> None:
        now = self.clock.now()
        self._books[book].write(now, self.service_of(call), call.number, facts)

    async def _get_clock(self, request: web.Request) -> web.Response:
        await self.clock.stillness(patience_of(request))
        return web.json_response(self.state())

    async def _set_clock(self, request: web.Request) -> web.Response:
        self.set_clock(datetime.fromisoformat((await request.json())["now"]))
        return web.json_response(self.state())

    def books(self) -> dict[str, dict[str, int]]:
        """How many lines of each kind its books have."""
        return {name: book.counts() for name, book in self._books.items()}

    def planned(self) -> list[Mapping[str, Any]]:
        """Planned faults, a row each."""
        rows = getattr(self.plan, "rows", list)
        return list(rows())

    def release(self) -> None:  # noqa: B027  a platform holds nobody
        """Nothing is held."""

    def set_clock(self, now: datetime) -> None:
        """Jump, as a conductor says."""
        self.clock.set(now)

    def state(self) -> dict[str, Any]:
        """What a conductor is told."""
        upcoming = self.clock.next
        return {
            "now": self.clock.now().isoformat(),
            "busy": self.clock.busy,
            "moves": self.clock.moves,
            "next": upcoming.isoformat() if upcoming else None,
        }

    async def _load(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "most_at_once": self.counted.most_at_once,
                "most_in_a_second": self.counted.most_in_a_second,
            }
        )

    async def _book(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._books:
            raise web.HTTPNotFound
        return web.json_response(self._books[name].lines())

    async def _add_faults(self, request: web.Request) -> web.Response:
        try:
            self.plan.add([read_platform_fault(row) for row in await request.json()])
        except ValueError as wrong:
            raise web.HTTPBadRequest(text=str(wrong)) from wrong
        return web.json_response({})

    async def close(self) -> None:
        """Close books and session."""
        await self._way.close()
        self.journal.close()
        for book in self._books.values():
            book.close()


def _names(headers: Mapping[str, str]) -> str:
    """Names only: values are secrets as often as not."""
    return " ".join(sorted({name.lower() for name in headers}))


def _facts(call: Inbound) -> dict[str, str | int | bool]:
    """What tells calls apart; a path may end in a secret and is not written."""
    body = call.body or b""
    return {
        "method": call.method,
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }


async def serve(
    platform: MockPlatform,
    port: int,
    *,
    host: str = "127.0.0.1",
    shutdown_s: float = 60.0,
) -> tuple[web.AppRunner, str]:
    """Listen, on loopback unless told; bodies stay packed as they came.

    ``shutdown_s``: how long calls under way may take when it is cleaned up.
    """
    runner = web.AppRunner(
        platform.application(),
        access_log=None,
        auto_decompress=False,
        shutdown_timeout=shutdown_s,
    )
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    name, bound = runner.addresses[0][:2]
    return runner, f"http://{f'[{name}]' if ':' in name else name}:{bound}"
