"""The clock of the mock agencies in real time, on the loop that they run on."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import uvloop

from gateway.mockagency.clock import MockClock, Running


def test_no_timer_in_real_time_is_lost_or_rings_too_early() -> None:
    async def rung(clock: MockClock, seconds: float) -> float:
        """Seconds from the moment that was meant to the one that came."""
        done = asyncio.Event()

        async def ring() -> None:
            done.set()

        before = datetime.now(UTC)
        clock.after(seconds, ring)
        await done.wait()
        return (datetime.now(UTC) - before).total_seconds() - seconds

    async def all_of_them() -> list[float]:
        clock = MockClock(None)
        # The loop rounds to milliseconds, up as well as down.
        async with asyncio.timeout(20):
            return [await rung(clock, 0.001 + n / 7_000) for n in range(40)]

    late = uvloop.run(all_of_them())
    assert min(late) >= 0


def test_a_mock_s_running_clock_rings_by_its_own_wall_and_can_be_set_forward() -> None:
    begins = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)

    async def both() -> tuple[datetime, datetime]:
        clock = MockClock(Running(begins, time.time(), 36_000.0))
        rang: list[datetime] = []
        one, two = asyncio.Event(), asyncio.Event()

        async def ring(done: asyncio.Event) -> None:
            rang.append(clock.now())
            done.set()

        async with asyncio.timeout(20):
            clock.after(3_600, partial(ring, one))
            await one.wait()
            clock.after(1e9, partial(ring, two))
            clock.set(begins + timedelta(seconds=2e9))
            await two.wait()
        return rang[0], rang[1]

    first, second = uvloop.run(both())
    assert first >= begins + timedelta(hours=1)
    assert second >= begins + timedelta(seconds=2e9)
