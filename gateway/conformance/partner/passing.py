"""How time passes while a test waits: really and with a countdown, or by the mock's clock."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.mockagency.clock import MockClock

#: Told once a second, at most, with the seconds that are left.
Tick = Callable[[float], None]
TICK_S = 1.0
#: Real seconds that a mock may be busy with one thing.
PATIENCE_S = 1.0


class Passing(Protocol):
    """Time as a test has it."""

    is_real: bool
    #: whether somebody waits meanwhile

    @abstractmethod
    def now(self) -> datetime:
        """Aware."""

    @abstractmethod
    def ring(self) -> None:
        """Something happened that a test may wait for."""

    @abstractmethod
    async def reached(
        self, found: Callable[[], bool], limit_s: float, tick: Tick
    ) -> bool:
        """Wait until it is so; False: it was not within the limit."""

    @abstractmethod
    async def step(self, seconds: float) -> None:
        """Let so much time pass."""


class RealTime(Passing):
    """The clock on the wall."""

    is_real = True

    def __init__(self) -> None:
        """Nothing has happened."""
        self._bell = asyncio.Event()

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def ring(self) -> None:
        """Wake who waits."""
        self._bell.set()

    async def reached(
        self, found: Callable[[], bool], limit_s: float, tick: Tick
    ) -> bool:
        """Look whenever something came, and tell the countdown each second."""
        ends = time.monotonic() + limit_s
        while not found():
            left = ends - time.monotonic()
            if left <= 0:
                return False
            tick(left)
            await self._wait(min(TICK_S, left))
        return True

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._bell.wait(), seconds)
        except TimeoutError:
            return
        self._bell.clear()

    async def step(self, seconds: float) -> None:
        """Wait so long, whatever happens meanwhile."""
        if seconds <= 0:
            return
        try:
            await asyncio.wait_for(asyncio.Event().wait(), seconds)
        except TimeoutError:
            return


class MockTime(Passing):
    """The mock's own virtual clock, moved from timer to timer."""

    is_real = False

    def __init__(self, clock: MockClock) -> None:
        """``clock`` is virtual."""
        self._clock = clock

    def now(self) -> datetime:
        """Virtual."""
        return self._clock.now()

    def ring(self) -> None:
        """Nobody sleeps here."""

    async def reached(
        self,
        found: Callable[[], bool],
        limit_s: float,
        tick: Tick,  # noqa: ARG002
    ) -> bool:
        """Jump from one thing that the mock means to do to the next; nobody waits."""
        ends = self.now() + timedelta(seconds=limit_s)
        while True:
            await self._clock.stillness(PATIENCE_S)
            if found():
                return True
            self._clock.look()
            both = (self._clock.next, self._clock.next_look)
            upcoming = min((at for at in both if at is not None), default=None)
            if upcoming is None or upcoming > ends:
                self._clock.set(ends)
                await self._clock.stillness(PATIENCE_S)
                return found()
            self._clock.set(upcoming)

    async def step(self, seconds: float) -> None:
        """Go on so far, doing all that is due on the way."""
        await self.reached(lambda: False, seconds, lambda _left: None)
