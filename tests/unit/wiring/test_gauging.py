"""Whoever reads metrics often, or while the store is in trouble, costs it nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.domain.identifiers import OfficeId
from gateway.ports.gauges import TransferCount
from gateway.telemetry.metrics import Metrics
from gateway.wiring import gauging
from gateway.wiring.gauging import EVERY_S, REST, Gauging

AT = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)


class Clock:
    """Seconds pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def mono(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return AT


class Kept:
    """The reads of a store that gauges are made of."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.asked = 0
        self.takes_s = 0.0
        self.error: Exception | None = None
        self.answers = asyncio.Event()
        self.answers.set()

    async def transfer_counts(self) -> list[TransferCount]:
        return [TransferCount(OfficeId("gone"), "parked", 3, AT)]

    async def counts(self, _scope: object) -> dict[str, int]:
        self.asked += 1
        await self.answers.wait()
        self._clock.seconds += self.takes_s
        if self.error is not None:
            raise self.error
        return {"open": 7, "unrouted": 0, "unmatched": 0}

    async def unsealed_since(self) -> None:
        return None

    async def nothing(self, *_: object) -> list[Any]:
        return []

    nodes = standing_alerts = due_now = nothing


class Probe:
    def __init__(self) -> None:
        self.told: list[str] = []

    def trouble(self, where: str, _error: Exception) -> None:
        self.told.append(where)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> Kept:
    return Kept(clock)


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def stored(clock: Clock, kept: Kept, probe: Probe) -> Callable[[], Any]:
    tools = SimpleNamespace(clock=clock, probe=probe)
    opened = SimpleNamespace(kept=kept, metrics=Metrics())
    at: Any = SimpleNamespace(tools=tools, opened=opened)
    return Gauging(at)._stored


async def test_who_reads_often_asks_once(
    clock: Clock, kept: Kept, stored: Callable[[], Any]
) -> None:
    await asyncio.gather(*(stored() for _ in range(20)))
    clock.seconds += EVERY_S - 0.1
    found = await stored()
    assert found["lienthong_dossiers"][0] == (("open",), 7)
    assert kept.asked == 1
    clock.seconds += 0.2
    await stored()
    assert kept.asked == 2


async def test_a_look_that_took_long_is_not_repeated_soon(
    clock: Clock, kept: Kept, stored: Callable[[], Any]
) -> None:
    kept.takes_s = 3.0
    await stored()
    clock.seconds += 3.0 * REST - 1
    await stored()
    assert kept.asked == 1
    clock.seconds += 2
    await stored()
    assert kept.asked == 2


async def test_a_store_that_is_away_leaves_the_others_their_numbers(
    kept: Kept, probe: Probe, stored: Callable[[], Any]
) -> None:
    kept.error = StoreUnavailable("away")
    assert await stored() is None
    assert probe.told == ["telemetry.gauges"]


async def test_a_store_that_hangs_is_waited_for_briefly_and_asked_once(
    kept: Kept, stored: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauging, "PATIENCE_S", 0.01)
    kept.answers.clear()
    assert [await stored() for _ in range(3)] == [None] * 3
    assert kept.asked == 1
    kept.answers.set()
    monkeypatch.setattr(gauging, "PATIENCE_S", 5.0)
    assert await stored() is not None


async def test_an_office_that_the_configuration_lost_is_called_other(
    stored: Callable[[], Any],
) -> None:
    found = await stored()
    assert found["lienthong_transfers"] == [(("other", "parked"), 3)]
