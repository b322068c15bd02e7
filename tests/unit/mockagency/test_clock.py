"""The clock of the mock agencies in real time, on the loop that they run on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import uvloop

from gateway.mockagency.clock import MockClock


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
