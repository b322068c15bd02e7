"""Whoever spreads the load hears whether the store takes anything, and soon."""

from __future__ import annotations

import asyncio
import io
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from gateway.clocks.clock import RealClock
from gateway.domain.errors import StoreUnavailable
from gateway.ports.pulse import Backlog, Pulse, Turn
from gateway.telemetry.probe import StructlogProbe
from gateway.watch import readiness as module
from gateway.watch.readiness import Readiness

if TYPE_CHECKING:
    from collections.abc import Callable


class Marks(Pulse):
    """The part of a store that is asked, and what is known of it."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = 0
        self.waits = Backlog()
        self.turn: Callable[[Turn], object] = print

    async def set_mark(self, name: str, value: str) -> None:
        assert name == "writes:node-1"
        assert value
        self.asked += 1
        await self.answers.wait()
        if self.error is not None:
            raise self.error

    async def mark(self, name: str) -> str:
        return name

    def backlog(self) -> Backlog:
        return self.waits

    def on_turn(self, told: Callable[[Turn], object]) -> None:
        self.turn = told

    def on_durable(self, told: Callable[[float], object]) -> None:
        raise AssertionError(told)


@pytest.fixture
def marks() -> Marks:
    return Marks()


@pytest.fixture
def stream() -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture
def readiness(
    marks: Any, stream: io.BytesIO, monkeypatch: pytest.MonkeyPatch
) -> Readiness:
    monkeypatch.setattr(module, "PATIENCE_S", 0.1)
    monkeypatch.setattr(module, "HOLDS_S", 0.2)
    probe = StructlogProbe(stream)
    return Readiness(marks, marks, RealClock(), probe, node="node-1")


async def test_who_asks_often_costs_one_commit(
    readiness: Readiness, marks: Marks
) -> None:
    answers = await asyncio.gather(*(readiness.why_not() for _ in range(50)))
    assert set(answers) == {""}
    assert marks.asked == 1
    await RealClock().rest(0.3)
    assert await readiness.why_not() == ""
    assert marks.asked == 2


async def test_a_store_that_refuses_is_told_with_its_code(
    readiness: Readiness, marks: Marks
) -> None:
    marks.error = StoreUnavailable()
    assert "store_unavailable" in await readiness.why_not()
    marks.error = None
    await RealClock().rest(0.3)
    assert await readiness.why_not() == ""


async def test_a_store_that_hangs_is_asked_once_and_waited_for_briefly(
    readiness: Readiness, marks: Marks
) -> None:
    marks.answers.clear()
    began = time.monotonic()
    for _ in range(3):
        assert "chưa trả lời" in await readiness.why_not()
    assert time.monotonic() - began < 2
    assert marks.asked == 1
    marks.answers.set()
    await RealClock().rest(0.3)
    assert await readiness.why_not() == ""


async def test_a_store_behind_which_too_much_waits_is_told(
    readiness: Readiness, marks: Marks
) -> None:
    marks.waits = Backlog(37, 12.4)
    assert "37 việc đang chờ, lâu nhất 12 giây" in await readiness.why_not()


async def test_a_return_is_looked_for_though_nobody_writes(
    readiness: Readiness, marks: Marks, stream: io.BytesIO
) -> None:
    running = asyncio.create_task(readiness.run())
    await RealClock().rest(0.3)
    assert marks.asked == 0
    marks.turn(Turn("store_unavailable"))
    await RealClock().rest(0.7)
    asked = marks.asked
    assert asked >= 2
    marks.turn(Turn("", 1.5, 7))
    await RealClock().rest(0.5)
    assert marks.asked <= asked + 1
    running.cancel()
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(one["action"], one.get("code"), one.get("count")) for one in told] == [
        ("store_away", "store_unavailable", None),
        ("store_back", None, 7),
    ]
    assert told[1]["took_ms"] == 1500.0
