"""What the server lends to a mock: clock, books, configuration and the way out."""

from __future__ import annotations

import asyncio
import io
import time
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp

from gateway.mockagency.faults import Arrival, FaultPlan
from gateway.mockagency.faults_body import reshaped
from gateway.mockagency.registers import Registers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from gateway.mockagency.behaviour import Behaviour
    from gateway.mockagency.books import Book
    from gateway.mockagency.calls import Call
    from gateway.mockagency.clock import MockClock
    from gateway.mockagency.scenarios import Scenarios

#: The dossier that the request at hand is about, as the mock booked it.
NUMBER: ContextVar[list[tuple[str, str]] | None] = ContextVar("NUMBER", default=None)
#: The request at hand.
CALL: ContextVar[Call | None] = ContextVar("CALL", default=None)
CALL_TIMEOUT_S = 30.0
#: A longer body is sent piece by piece, so that nothing else stands meanwhile.
AT_ONCE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back on a call that a mock made."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """A call that a mock makes, and what came back on it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    kind: str
    number: str
    fault: str = ""
    answer: Answer | None = None
    #: None: nobody answered
    begun: float = 0.0


class LentOffice:
    """One mock agency's view of the world."""

    def __init__(
        self,
        agency: str,
        settings: Mapping[str, Any],
        *,
        clock: MockClock,
        scenarios: Scenarios,
        arrivals: Book,
        effects: Book,
        plan: FaultPlan,
        behaviour: Behaviour | None = None,
    ) -> None:
        """Tie the parts together; the HTTP session opens with the first call.

        ``behaviour``: how it plays itself; None: it works at any hour.
        """
        self.agency = agency
        self.settings = settings
        self._clock = clock
        self._scenarios = scenarios
        self._arrivals = arrivals
        self._effects = effects
        self._plan = plan
        self._behaviour = behaviour
        self._drawn: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._session: aiohttp.ClientSession | None = None
        self.registers = Registers()
        self.on_sent: Callable[[Sent], None] = _unseen
        #: told of each call that went out
        self._held: dict[str, list[Callable[[], Awaitable[None]]]] = {}

    def now(self) -> datetime:
        """Wall time."""
        return self._clock.now()

    def after(
        self, seconds: float, work: Callable[[], Awaitable[None]], *, idle: bool = False
    ) -> None:
        """Run later; ``idle``: it only looks whether there is anything to do."""
        self._clock.after(seconds, work, idle=idle)

    def work(
        self, number: str, hours: float, act: Callable[[], Awaitable[None]]
    ) -> None:
        """Have people do something for a dossier; ``hours``: that a script gives it.

        They keep the office's hours and its pace, where it has such; 24 hours are one
        of its days then, else 24 hours of the clock.
        """
        done = self.worked(number, self.now(), hours)
        self._clock.after((done - self.now()).total_seconds(), act)

    def later(self, hours: float, act: Callable[[], Awaitable[None]]) -> None:
        """Have people who keep nobody's hours do something, as a citizen who pays."""
        self._clock.after(hours * 3600 / self._clock.haste, act)

    def appointed(
        self, number: str, when: datetime, act: Callable[[], Awaitable[None]]
    ) -> None:
        """Have people do something at a moment that the work itself names.

        With behaviour: as much later or earlier as its pace says, once they are there.
        """
        if self._behaviour is not None:
            when = self._behaviour.appointed(number, self.now(), when)
        wait = (when - self.now()) / self._clock.haste
        self._clock.after(wait.total_seconds(), act)

    def worked(self, number: str, begun: datetime, hours: float) -> datetime:
        """When people have done something; the same whenever it is asked for."""
        if self._behaviour is None:
            return begun + timedelta(hours=hours) / self._clock.haste
        return self._behaviour.worked(number, begun, hours)

    def watch(self, look: Callable[[], None]) -> None:
        """Look again and again; by virtual time whenever the clock is asked for."""
        self._clock.watch(look)

    def shelve(self, newest: Callable[[], datetime | None]) -> None:
        """Have virtual time go on to whoever fetches what was laid ready.

        ``newest``: when what still lies there was laid there last.
        """
        self._clock.shelve(newest)

    def scenario(self, number: str, table: str = "") -> Mapping[str, Any]:
        """What this agency does with that dossier; ``table``: on another road.

        One that no file speaks of takes the course that its behaviour draws.
        """
        told = self._scenarios.of(table or self.agency, number)
        if told or self._behaviour is None or self._scenarios.has(number):
            return told
        if (number, table) not in self._drawn:
            self._drawn[number, table] = self._behaviour.scenario(number, table)
        return self._drawn[number, table]

    def shows(
        self,
        title: str,
        kept: Callable[[], Mapping[Any, object]],
        words: Mapping[str, str] | None = None,
    ) -> None:
        """Lend a register to the mock's pages; ``words``: its fields, for people."""
        self.registers.lend(title, kept, words or {})

    def arrived(self, kind: str, number: str, **facts: str | int | bool) -> None:
        """Write into the book of arrivals."""
        call = CALL.get()
        if call is not None:
            call.answer = str(facts.get("answer", call.answer))
        seen = NUMBER.get()
        if seen is not None:
            seen.append((kind, number))
        self._arrivals.write(self.now(), kind, number, dict(facts))

    def effect(self, kind: str, number: str, **facts: str | int | bool) -> None:
        """Write into the book of effects."""
        self._effects.write(self.now(), kind, number, dict(facts))

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        kind: str,
        number: str,
    ) -> Answer:
        """Call out; a planned fault sends it twice or after the following one.

        Raises:
            ConnectionError: nobody answers.
        """
        met = self._plan.calling(Arrival(kind, number, self.now()))
        do = met.fault.do if met is not None else ""
        out = Sent(method, url, headers, body, kind, number, do)
        match do:
            case "swap_with_next_call":
                return await self._hold(out, met.fault.seconds if met else 0.0)
            case "restart":
                self._clock.forget()
                # Whoever was at it is gone with the process.
                raise asyncio.CancelledError
            case "late_call" if met is not None:
                await self._pass(met.fault.seconds)
            case "unknown_code" | "tcvn3" | "clock_off" if met is not None:
                changed = reshaped(met.fault, body)
                if changed is None:
                    self._plan.miss(met, "lời gọi không có gì để đổi")
                out = replace(out, body=changed or body)
        answer = await self._send(out)
        if do == "duplicate_call":
            answer = await self._send(out)
        for late in self._held.pop(number, ()):
            await late()
        return answer

    async def _pass(self, seconds: float) -> None:
        """Let wall time pass, of which nobody else has to wait for the end."""
        over = asyncio.Event()

        async def end() -> None:
            over.set()

        self._clock.after(seconds, end)
        self._clock.busy -= 1
        try:
            await over.wait()
        finally:
            self._clock.busy += 1

    async def _hold(self, out: Sent, most_s: float) -> Answer:
        """Keep a call until the dossier's next one has gone out.

        ``most_s``: of wall time, after which it goes out alone; 0: it waits for ever.
        """
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        async def late() -> None:
            try:
                done.set_result(await self._send(out))
            except ConnectionError as away:
                done.set_exception(away)

        async def over() -> None:
            if late in (held := self._held.get(out.number, [])):
                held.remove(late)
                await late()

        self._held.setdefault(out.number, []).append(late)
        if most_s:
            self._clock.after(most_s, over)
        # A held call is not under way: time must be able to pass meanwhile.
        self._clock.busy -= 1
        try:
            return await done
        finally:
            self._clock.busy += 1

    async def _send(self, out: Sent) -> Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT_S)
            )
        self._clock.begin()
        body = out.body
        data = body if len(body) < AT_ONCE_BYTES else io.BytesIO(body)
        begun, answer = time.monotonic(), None
        try:
            async with self._session.request(
                out.method,
                out.url,
                headers=out.headers,
                data=data,
                allow_redirects=False,
            ) as response:
                answer = Answer(
                    response.status, dict(response.headers), await response.read()
                )
                return answer
        except (aiohttp.ClientError, TimeoutError) as wrong:
            raise ConnectionError(type(wrong).__name__) from wrong
        finally:
            self._clock.end()
            self.on_sent(replace(out, answer=answer, begun=begun))

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()


def _unseen(_sent: Sent) -> None:
    """Nobody looks."""
