"""A wall that is put back is seen, once, however the store fares meanwhile."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.clocks.clock import RealClock
from gateway.domain.errors import StoreUnavailable
from gateway.ports.wall import Moments
from gateway.telemetry.probe import StructlogProbe
from gateway.watch.wall import WallWatch

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR = timedelta(hours=1)
START = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)


class Walls(RealClock):
    """One wall per look; after the last the loop rests for ever."""

    def __init__(self, hours: Sequence[float]) -> None:
        super().__init__()
        self._hours = list(hours)
        self._at = self._hours.pop(0)
        self.ended = asyncio.Event()

    def now(self) -> datetime:
        return START + self._at * HOUR

    async def rest(self, seconds: float) -> None:
        del seconds
        if not self._hours:
            self.ended.set()
            await asyncio.Event().wait()
        self._at = self._hours.pop(0)


class Kept(Moments):
    """Notes what it is told; fails as often as it should."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.told: list[tuple[float, float]] = []

    async def wall_went_back(self, was: datetime, now: datetime) -> int:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable
        self.told.append((round((was - START) / HOUR, 2), (now - START) / HOUR))
        return 2


async def told(kept: Kept, *hours: float) -> list[str]:
    """What was logged over these walls."""
    clock, stream = Walls(hours), io.BytesIO()
    watch = asyncio.create_task(WallWatch(kept, clock, StructlogProbe(stream)).run())
    await clock.ended.wait()
    watch.cancel()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [line.get("action") or line["where"] for line in lines]


async def test_a_wall_that_goes_on_or_jumps_forward_tells_nothing() -> None:
    kept = Kept()
    assert await told(kept, 0, 0.001, 0.002, 1, 1.001, 1.0009) == []
    assert kept.told == []


async def test_a_wall_that_is_put_back_is_told_once() -> None:
    kept = Kept()
    assert await told(kept, 1, 0, 0.001, 0.002) == ["wall_went_back"]
    assert kept.told == [(1.0, 0.0)]


async def test_a_store_that_is_away_is_told_when_it_is_back() -> None:
    kept = Kept(failures=2)
    assert await told(kept, 1, 0, 0.001, 0.002, 0.003) == [
        "watch.wall",
        "wall_went_back",
    ]
    assert kept.told == [(1.0, 0.002)]
