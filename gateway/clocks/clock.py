"""One clock for both kinds of wall time; only ``now`` and waiting differ."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Real seconds after which a loop that waits reads the wall again: it may have jumped.
LOOK_S = 5.0


class LoopBell:
    """Wakes one loop; remembers a ring that came while nobody waited."""

    def __init__(self, clock: RealClock, name: str) -> None:
        """A bell of a loop called ``name``; the loop counts as busy until it waits."""
        self._clock = clock
        self.name = name
        self._rung = asyncio.Event()
        self.until: datetime | None = None
        self.waits = False
        self.looks = False
        self.turns = 0
        self.turned_at = clock.mono()

    @property
    def idle(self) -> bool:
        """Whether its loop waits and nothing has woken it."""
        return self.waits and not self._rung.is_set()

    def ring(self) -> None:
        """Wake the loop."""
        self._clock.moved()
        self._rung.set()

    async def wait(self, until: datetime | None, *, looks: bool = False) -> None:
        """Return when rung or at ``until`` by the wall clock."""
        self.until, self.looks = until, looks
        self.waits = True
        self.turns += 1
        self.turned_at = self._clock.mono()
        try:
            if until is not None and until <= self._clock.now():
                return
            await self._clock.wait_for(self._rung, until)
        finally:
            self.waits = False
            self._rung.clear()


class RealClock:
    """Wall time of the machine."""

    def __init__(self) -> None:
        """Nothing is under way."""
        self._bells: list[LoopBell] = []
        self._under_way = 0
        self._moves = 0
        self._wrong = ""

    def now(self) -> datetime:
        """Wall time, aware UTC."""
        return datetime.now(UTC)

    def wrong(self) -> str:
        """Why it is known to be wrong; empty: it is not."""
        return self._wrong

    def distrust(self, why: str) -> None:
        """Say that it is wrong, or that it is not any more."""
        self._wrong = why

    def later(self, seconds: float) -> datetime:
        """Wall time that many seconds from now."""
        return self.now() + timedelta(seconds=seconds)

    async def rest(self, seconds: float) -> None:
        """Wait really."""
        await asyncio.sleep(seconds)

    def mono(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    def bell(self, name: str) -> LoopBell:
        """A bell for a loop of that name."""
        bell = LoopBell(self, name)
        self._bells.append(bell)
        return bell

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Marks work that must end before virtual time may jump."""
        self._under_way += 1
        self._moves += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def moved(self) -> None:
        """Count something that was started."""
        self._moves += 1

    @property
    def moves(self) -> int:
        """How many things were ever started; two equal readings mean stillness."""
        return self._moves

    @property
    def busy(self) -> int:
        """Things under way and loops that do not wait."""
        return self._under_way + sum(not bell.idle for bell in self._bells)

    @property
    def next(self) -> datetime | None:
        """The earliest moment that any loop waits for with something to do then."""
        return self._earliest(looks=False)

    @property
    def next_look(self) -> datetime | None:
        """The earliest moment of loops that will only look whether there is anything."""
        return self._earliest(looks=True)

    def _earliest(self, *, looks: bool) -> datetime | None:
        waiting = [bell for bell in self._bells if bell.waits and bell.looks is looks]
        return min((b.until for b in waiting if b.until is not None), default=None)

    async def wait_for(self, rung: asyncio.Event, until: datetime | None) -> None:
        """Return when rung or when the wall reads ``until``."""
        if until is None:
            await rung.wait()
            return
        while (delay := (until - self.now()).total_seconds()) > 0:
            try:
                async with asyncio.timeout(min(delay, LOOK_S)):
                    await rung.wait()
            except TimeoutError:
                continue
            return


class VirtualClock(RealClock):
    """Wall time that stands still until a conductor sets it; ``mono`` stays real."""

    def __init__(self, start: datetime) -> None:
        """Stand at ``start`` (aware)."""
        super().__init__()
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The moment that was set last."""
        return self._now

    def set(self, now: datetime) -> None:
        """Jump forward and wake every loop whose moment has come.

        Going back is ignored: wall time of a dossier never runs backwards.
        """
        self._now = max(self._now, now.astimezone(UTC))
        for bell in self._bells:
            if bell.waits and bell.until is not None and bell.until <= self._now:
                bell.ring()

    async def wait_for(self, rung: asyncio.Event, until: datetime | None) -> None:  # noqa: ARG002  the conductor rings
        """Return when rung; ``set`` rings when the moment has come."""
        await rung.wait()


class RunningClock(VirtualClock):
    """Wall time that runs by itself, faster than real time; it may be set forward, too.

    Processes that are given the same start read the same, whenever they began: so one
    that was killed goes on where the others are (decision 0054).
    """

    def __init__(self, start: datetime, *, since: float, speed: float) -> None:
        """Read ``start`` (aware) when the machine reads ``since`` (seconds of its epoch)."""
        super().__init__(start)
        self._since = since
        self._speed = speed

    def now(self) -> datetime:
        """Wall time, aware UTC."""
        return self._now + timedelta(seconds=(time.time() - self._since) * self._speed)

    def set(self, now: datetime) -> None:
        """Jump forward; time runs on from there."""
        self._now += max(timedelta(0), now.astimezone(UTC) - self.now())
        now = self.now()
        for bell in self._bells:
            if bell.waits and bell.until is not None and bell.until <= now:
                bell.ring()

    async def wait_for(self, rung: asyncio.Event, until: datetime | None) -> None:
        """Return when rung or when the wall reads ``until``."""
        if until is None:
            await rung.wait()
            return
        while (delay := (until - self.now()).total_seconds() / self._speed) > 0:
            try:
                async with asyncio.timeout(min(delay, LOOK_S)):
                    await rung.wait()
            except TimeoutError:
                continue
            return
