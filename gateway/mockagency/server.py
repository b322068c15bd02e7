"""One mock agency: its routes on a real socket, with faults around them."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiohttp import web

from gateway.mockagency import acting, wire
from gateway.mockagency.books import Book
from gateway.mockagency.calls import Call, Counted
from gateway.mockagency.clock import MockClock, Start
from gateway.mockagency.control import Control
from gateway.mockagency.expect import Expectations, fits
from gateway.mockagency.expect_schemas import Schemas
from gateway.mockagency.faults import Arrival, Fault, FaultPlan, Met
from gateway.mockagency.faults_reading import fit
from gateway.mockagency.journal import Journal
from gateway.mockagency.journal_masks import Masks
from gateway.mockagency.journal_taking import Taking
from gateway.mockagency.known import operations_of
from gateway.mockagency.office import CALL, NUMBER, LentOffice
from gateway.mockagency.pages import Pages
from gateway.mockagency.wire_tls import TLS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from gateway.mockagency.behaviour import Behaviour
    from gateway.mockagency.scenarios import Scenarios

    Reply = tuple[int, str, bytes]
    Handler = Callable[[Any], Awaitable[Reply]]

MAX_BODY_BYTES = 96 * 1024 * 1024
#: While these keep a caller waiting, the agency itself has nothing to do.
SILENT = frozenset({"black_hole", "half_close"})


class MockAgency:
    """Routes, faults, books and clock of one mock agency."""

    def __init__(
        self,
        agency: str,
        settings: dict[str, Any],
        run_dir: Path,
        *,
        start: Start,
        scenarios: Scenarios,
        faults: list[Fault],
        seed: int = 0,
        behaviour: Behaviour | None = None,
    ) -> None:
        """``start``: where virtual time begins; None: real time. ``seed``: of the faults.

        ``behaviour``: how it plays itself; None: it works at any hour.

        Raises:
            BadPlan: a fault names an operation that the mock does not have.
        """
        self.agency = agency
        self.clock = MockClock(start)
        books = run_dir / "books"
        self.arrivals = Book(books / f"{agency}.arrivals.jsonl")
        self.effects = Book(books / f"{agency}.effects.jsonl")
        self.met = Book(books / f"{agency}.faults.jsonl")
        self.plan = FaultPlan([*scenarios.faults(agency), *faults], seed)
        self.plan.told = self._book_fault
        self.office = LentOffice(
            agency,
            settings,
            clock=self.clock,
            scenarios=scenarios,
            arrivals=self.arrivals,
            effects=self.effects,
            plan=self.plan,
            behaviour=behaviour,
        )
        self._take_up(importlib.import_module(f"gateway.adapters.{agency}.mock"))
        self.counted = Counted()
        self.around: Mapping[str, Any] = {}
        #: what its pages say of others: ``front``, where the gateway's pages are, and
        #: ``mocks``, name → address of everybody who obeys the same clock
        self.keep_journal(Journal(Masks(settings, agency)))
        self._closed = False
        self._released = asyncio.Event()
        self._under_way: list[web.Request] = []
        self.on_call: Callable[[Call], None] = _unseen
        #: told of each call before anything is done with it

    def _take_up(self, module: Any) -> None:
        """What the agency's own module says of it, and whether the plan fits that."""
        self._number_of: Callable[[Call], str] = module.number_of
        self.kind_of: Callable[[Call], str] = module.kind_of
        self._routes = list(module.create(self.office))
        self._schemas = Schemas(self.agency, getattr(module, "SCHEMAS_OF", None))
        paths = [path for _, path, _ in self._routes]
        self.operations = operations_of(module, paths)
        fit(self.plan.faults, self.agency, self.operations)

    def keep_journal(self, journal: Journal) -> None:
        """Exchanges from now on go into this one; before it listens."""
        self.journal = journal
        self._taken = Taking(journal, self.clock.now)
        routes = [(method, path) for method, path, _ in self._routes]
        self.expectations = Expectations(routes, self._schemas, journal.masks)
        self.office.on_sent = self._taken.sent

    def application(self) -> web.Application:
        """The mock's routes and the control routes."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        for method, path, handler in self._routes:
            app.router.add_route(method, path, self._wrapped(handler, path))
        Control(self).add_to(app)
        Pages(self, self.office.registers).add_to(app)
        app.router.add_route("*", "/{rest:.*}", self._wrapped(self._nowhere, ""))
        app.on_shutdown.append(self._let_go)
        return app

    def _wrapped(
        self, handler: Handler, path: str
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            self.clock.begin()
            self.counted.begin()
            try:
                with self._taken.call(request, path) as taken:
                    CALL.set(await taken.read())
                    taken.response = await self._serve(request, handler)
                    return taken.response
            finally:
                CALL.set(None)
                self.counted.end()
                self.clock.end()

        return serve

    async def _serve(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        call = CALL.get() or Call(request, await request.read())
        call.kind, call.number_of = self.kind_of(call), self._number_of
        self.on_call(call)
        self._under_way.append(request)
        try:
            return await self._worked(request, call, handler)
        finally:
            self._under_way = [r for r in self._under_way if r is not request]

    async def _worked(
        self, request: web.Request, call: Call, handler: Handler
    ) -> web.StreamResponse:
        # Most mocks have no plan, and reading a number means reading a body.
        seen = self._seen(request, call) if self.plan else None
        early, late = self.plan.arrived(seen) if seen is not None else (None, None)
        if early is not None:
            call.fault = early.fault.do
            await self._hang(early)
            if early.fault.do != "delay_s":
                return await self._instead(request, early)
            if self._closed:
                # Its caller left long ago, and the books are closed.
                return await acting.cut(request)
        token = NUMBER.set(call.booked)
        try:
            call.answered = status, media_type, body = await handler(call)
        finally:
            NUMBER.reset(token)
        told = acting.Told(status, media_type, body)
        if seen is not None:
            late = late or self._found_out(seen, call.booked)
        if late is None:
            return told.response()
        call.fault = late.fault.do
        await self._hang(late)
        return await self._acting(request, late).after(told)

    async def _instead(self, request: web.Request, met: Met) -> web.StreamResponse:
        """Nobody else waits for one that only keeps its caller waiting."""
        silent = met.fault.do in SILENT
        self.clock.busy -= silent
        try:
            return await self._acting(request, met).before()
        finally:
            self.clock.busy += silent

    def _acting(self, request: web.Request, met: Met) -> acting.Acting:
        return acting.Acting(
            request,
            met,
            self._released,
            missed=lambda why: self.plan.miss(met, why),
            restart=self.restart,
        )

    def _seen(self, request: web.Request, call: Call) -> Arrival:
        """A fault before the work needs the dossier's number before the handler."""
        digest = ""
        if self.plan.knows_repeats:
            content = f"{call.method} {request.path_qs}\n".encode() + call.body
            digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        return Arrival(
            call.kind,
            call.number,
            self.clock.now(),
            time.monotonic(),
            callers_of(request),
            digest,
            call.path.rpartition("/")[2],
        )

    async def _nowhere(self, call: Call) -> Reply:
        """No operation of the document has that path, or none with that method."""
        fitting = [
            method
            for method, path, _ in self._routes
            if fits(path, call.path) and method != call.method
        ]
        if fitting:
            raise web.HTTPMethodNotAllowed(call.method, fitting)
        raise web.HTTPNotFound

    def _found_out(self, seen: Arrival, booked: list[tuple[str, str]]) -> Met | None:
        """A fault after the work by what the mock booked, where that says more."""
        for kind, number in booked or [(seen.operation, seen.number)]:
            known = seen.number and (kind, number) == (seen.operation, seen.number)
            found = replace(seen, operation=kind, number=number)
            met = None if known else self.plan.booked(found)
            if met is not None:
                return met
        return None

    def restart(self) -> None:
        """Forget what was meant to be done later, and hang up on everybody.

        The register stays: what a process has promised itself goes, no database.
        """
        self.clock.forget()
        for request in self._under_way:
            wire.cut(request.transport)

    def shown(self) -> str:
        """What is wrong with a connection that begins now; empty: nothing."""
        fault = self.plan.showing(self.clock.now())
        return fault.do if fault is not None else ""

    def _book_fault(self, met: Met) -> None:
        facts: dict[str, str | int | bool] = {
            "do": met.fault.do,
            "stage": str(met.stage),
            "nth": met.nth,
            "planned": met.planned + 1,
        }
        if met.missed:
            facts["missed"] = met.missed
        self.met.write(self.clock.now(), met.operation, met.number, facts)

    def books(self) -> dict[str, dict[str, int]]:
        """How many lines of each kind its books have."""
        return {
            "arrivals": self.arrivals.counts(),
            "effects": self.effects.counts(),
        }

    def planned(self) -> list[Mapping[str, Any]]:
        """Planned faults, a row each."""
        return list(self.plan.rows())

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

    async def _hang(self, met: Met) -> None:
        await asyncio.sleep(met.wait_s)
        if met.fault.held:
            await self._released.wait()

    async def _let_go(self, _app: web.Application) -> None:
        self.release()

    def release(self) -> None:
        """Calls that are held, and those still to come, go on."""
        self._released.set()

    async def close(self) -> None:
        """Close books and session."""
        self._closed = True
        self.release()
        await self.office.close()
        self.arrivals.close()
        self.effects.close()
        self.met.close()
        self.journal.close()


def callers_of(request: web.Request) -> frozenset[str]:
    """Under which names a plan may know who calls."""
    found = {request.remote or "", request.headers.get("User-Agent", "").split("/")[0]}
    shown = request.transport.get_extra_info("peercert") if request.transport else None
    subject = (pair for name in (shown or {}).get("subject", ()) for pair in name)
    found |= {value for key, value in subject if key == "commonName"}
    return frozenset(found - {""})


def _unseen(_call: Call) -> None:
    """Nobody looks."""


async def serve(
    mock: MockAgency,
    port: int,
    *,
    host: str = "127.0.0.1",
    shutdown_s: float = 60.0,
) -> tuple[web.AppRunner, str]:
    """Listen, on loopback unless told; the runner to be cleaned up, and the base URL.

    With a table ``tls`` in its settings it listens there too, as the second of the
    runner's addresses; the clock and the books stay where no certificate can fail.
    ``shutdown_s``: how long calls under way may take when it is cleaned up.
    """
    runner = web.AppRunner(
        mock.application(), access_log=None, shutdown_timeout=shutdown_s
    )
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    settings = mock.office.settings.get("tls")
    if settings:
        tls = TLS.of(settings).serving(mock.shown)
        await web.TCPSite(
            runner, host, int(settings.get("port", 0)), ssl_context=tls
        ).start()
    name, bound = runner.addresses[0][:2]
    return runner, f"http://{f'[{name}]' if ':' in name else name}:{bound}"
