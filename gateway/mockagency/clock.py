"""Wall time of a mock: real, or virtual and set by a conductor; with timers.

Timers live in memory only: a mock that is restarted forgets what it meant to do
later, as its document says of no agency; tests that restart one know it.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Work = Callable[[], Awaitable[None]]

#: Real seconds between two looks of who watches by real time.
LOOK_S = 5.0
#: The same where time runs faster.
LOOK_FAST_S = 0.5
#: Real seconds between two looks for somebody who waits for stillness.
LOOK_AGAIN_S = 0.002
#: Who asks may wait so long for stillness, and no longer.
MOST_PATIENCE_S = 1.0
#: How long virtual time goes on to those who might fetch what was laid ready.
LIES_READY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Running:
    """Virtual time that runs by itself, ``speed`` times as fast as real time.

    It reads ``start`` (aware) when the machine reads ``since`` (seconds of its epoch).
    ``haste``: how many times faster people work by this clock than scripts say.
    """

    start: datetime
    since: float
    speed: float
    haste: float = 1.0


#: Where virtual time begins; None: real time.
Start = datetime | Running | None


class MockClock:
    """Timers, and how much is under way; virtual when ``start`` is given."""

    def __init__(self, start: Start) -> None:
        """``start`` (aware): virtual time begins there; None: real time."""
        self._running = start if isinstance(start, Running) else None
        begins = start.start if isinstance(start, Running) else start
        self._virtual = None if begins is None else begins.astimezone(UTC)
        self._timers: list[tuple[datetime, int, bool, Work]] = []
        self._order = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._lookers: list[Callable[[], None]] = []
        self._shelves: list[Callable[[], datetime | None]] = []
        self.busy = 0
        self.moves = 0

    def now(self) -> datetime:
        """Wall time, aware UTC."""
        if self._running is None:
            return self._virtual or datetime.now(UTC)
        gone = (time.time() - self._running.since) * self._running.speed
        return (self._virtual or self._running.start) + timedelta(seconds=gone)

    def after(self, seconds: float, work: Work, *, idle: bool = False) -> None:
        """Run ``work`` later in wall time; equal moments keep their order.

        ``idle``: it only looks whether there is anything to do, again and again, and
        virtual time need not stop for it while there is nothing.
        """
        at = self.now() + timedelta(seconds=max(0.0, seconds))
        heapq.heappush(self._timers, (at, next(self._order), idle, work))
        if self._virtual is None or self._running is not None:
            self._ring_at(at)
        elif at <= self._virtual:
            self.fire()

    def _ring_at(self, at: datetime) -> None:
        """In real time: ring then, and no earlier.

        The loop rounds to milliseconds and knows no change of the wall clock: it
        may call too early, when ``fire`` would find nothing due, and never again.
        """
        wait = (at - self.now()).total_seconds() / self._speed
        if wait <= 0:
            self.fire()
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(wait + 0.001, self._ring_at, at)

    @property
    def haste(self) -> float:
        """How many times faster people work than scripts say."""
        return 1.0 if self._running is None else self._running.haste

    @property
    def _speed(self) -> float:
        return 1.0 if self._running is None else self._running.speed

    def watch(self, look: Callable[[], None]) -> None:
        """Call ``look`` again and again, for what nobody tells.

        By virtual time before each answer about the clock, so that nothing which
        happened is passed over by a jump.
        """
        self._lookers.append(look)
        if self._virtual is None or self._running is not None:
            self._look_by_time(look)

    def _look_by_time(self, look: Callable[[], None]) -> None:
        look()
        wait = LOOK_S if self._running is None else LOOK_FAST_S
        asyncio.get_running_loop().call_later(wait, self._look_by_time, look)

    def forget(self) -> None:
        """Drop every timer but those that only look, as a process does that ends."""
        self._timers = [timer for timer in self._timers if timer[2]]
        heapq.heapify(self._timers)

    def shelve(self, newest: Callable[[], datetime | None]) -> None:
        """``newest``: when what lies ready to be fetched was laid there last."""
        self._shelves.append(newest)

    @property
    def lies_ready(self) -> bool:
        """Whether virtual time should go on to whoever fetches.

        For some time only: what nobody fetches would keep it going for ever.
        """
        now, newest = self.now(), [newest() for newest in self._shelves]
        return any(at is not None and at <= now < at + LIES_READY for at in newest)

    def look(self) -> None:
        """Have everybody look who watches."""
        for look in self._lookers:
            look()

    @property
    def next(self) -> datetime | None:
        """The earliest timer of those that are for something."""
        return min((at for at, _, idle, _ in self._timers if not idle), default=None)

    @property
    def next_look(self) -> datetime | None:
        """The earliest of those that only look."""
        return min((at for at, _, idle, _ in self._timers if idle), default=None)

    @property
    def is_virtual(self) -> bool:
        """Whether it is set from outside."""
        return self._virtual is not None

    def upcoming(self, most: int) -> list[tuple[datetime, bool]]:
        """The next timers, and whether each only looks."""
        soon = heapq.nsmallest(most, self._timers, key=lambda one: one[:2])
        return [(at, idle) for at, _, idle, _ in soon]

    def set(self, now: datetime) -> None:
        """Jump forward; every timer that is due has been started on return."""
        if self._virtual is not None:
            self._virtual += max(timedelta(0), now.astimezone(UTC) - self.now())
            self.fire()

    def fire(self) -> None:
        """Start what is due, in order; each start counts as a move at once."""
        now = self.now()
        while self._timers and self._timers[0][0] <= now:
            _, _, _, work = heapq.heappop(self._timers)
            self.begin()
            task = asyncio.create_task(self._run(work))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        finally:
            self.end()

    async def stillness(self, patience_s: float) -> None:
        """Return once nothing is under way, or after so many real seconds."""
        ends = time.monotonic() + min(patience_s, MOST_PATIENCE_S)
        while self.busy and time.monotonic() < ends:  # noqa: ASYNC110  told by nobody
            await asyncio.sleep(LOOK_AGAIN_S)

    def begin(self) -> None:
        """Something started."""
        self.busy += 1
        self.moves += 1

    def end(self) -> None:
        """Something ended."""
        self.busy -= 1


def patience_of(request: web.Request) -> float:
    """Real seconds for which a caller waits until nothing is under way.

    Raises:
        HTTPBadRequest: it is no number.
    """
    text = request.query.get("patience", "0")
    try:
        return float(text)
    except ValueError:
        raise web.HTTPBadRequest(
            text=f"patience: «{text}» không phải số; ví dụ patience=0.5"
        ) from None
