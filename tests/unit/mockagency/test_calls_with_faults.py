"""Faults of the calls that an agency makes itself."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from tests.unit.mockagency.plain import START, a_mock, falls
from tests.unit.mockagency.plans import row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.mockagency.server import MockAgency

pytestmark = pytest.mark.timeout(60)
CALL = "CapNhatTienDo"


class Gate:
    """Whoever is called, and what came."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.base = ""
        self.called = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append(json.loads(await request.read()))
        self.called.set()
        return web.json_response({})

    @property
    def turns(self) -> list[int]:
        return [one["turn"] for one in self.heard]


@asynccontextmanager
async def calling(
    folder: Path, *rows: dict[str, Any]
) -> AsyncIterator[tuple[MockAgency, Gate]]:
    gate, app = Gate(), web.Application()
    app.router.add_post("/", gate.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gate.base = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        async with a_mock(folder, *rows) as (mock, _):
            yield mock, gate
    finally:
        await runner.cleanup()


async def called(mock: MockAgency, gate: Gate, turn: int, **more: Any) -> None:
    body = json.dumps({"turn": turn, **more}).encode()
    await mock.office.call(
        "POST", gate.base, headers={}, body=body, kind=CALL, number="A"
    )


async def batch(mock: MockAgency, gate: Gate, count: int) -> None:
    for turn in range(1, count + 1):
        await called(mock, gate, turn)


async def settled(mock: MockAgency) -> None:
    await mock.clock.stillness(1.0)


async def test_a_call_is_made_twice(tmp_path: Path) -> None:
    twice = row("duplicate_call", operation=CALL, nth=2)
    async with calling(tmp_path, twice) as (mock, gate):
        await batch(mock, gate, 3)
        assert gate.turns == [1, 2, 2, 3]


async def test_a_call_is_made_after_the_next_one(tmp_path: Path) -> None:
    late = row("swap_with_next_call", operation=CALL, nth=1)
    async with calling(tmp_path, late) as (mock, gate):
        fallen = falls(mock)
        first = asyncio.create_task(called(mock, gate, 1))
        await fallen.wait()
        await called(mock, gate, 2)
        await first
        assert gate.turns == [2, 1]


async def test_a_call_that_waits_for_the_next_one_goes_alone_when_none_comes(
    tmp_path: Path,
) -> None:
    late = row("swap_with_next_call", operation=CALL, nth=1, seconds=7200)
    async with calling(tmp_path, late) as (mock, gate):
        mock.office.after(0, lambda: called(mock, gate, 1))
        await settled(mock)
        assert (gate.turns, mock.clock.busy) == ([], 0)
        assert mock.clock.next is not None
        assert (mock.clock.next - START).total_seconds() == 7200
        mock.clock.set(mock.clock.next)
        await settled(mock)
        await gate.called.wait()
        assert gate.turns == [1]


async def test_a_call_comes_late_by_the_wall_of_the_mock(tmp_path: Path) -> None:
    late = row("late_call", operation=CALL, seconds=3600)
    async with calling(tmp_path, late) as (mock, gate):
        mock.office.after(0, lambda: called(mock, gate, 1))
        await settled(mock)
        assert (gate.turns, mock.clock.busy) == ([], 0)
        assert mock.clock.next is not None
        assert (mock.clock.next - START).total_seconds() == 3600
        mock.clock.set(mock.clock.next)
        await settled(mock)
        await gate.called.wait()
        assert gate.turns == [1]


async def test_a_mock_that_restarts_in_the_middle_of_a_batch_makes_no_further_call(
    tmp_path: Path,
) -> None:
    dies = row("restart", operation=CALL, nth=3)
    async with calling(tmp_path, dies) as (mock, gate):
        mock.office.after(0, lambda: batch(mock, gate, 5))
        mock.office.after(7200, lambda: called(mock, gate, 9))
        await settled(mock)
        assert gate.turns == [1, 2]
        assert (mock.clock.next, mock.clock.busy) == (None, 0)
        await called(mock, gate, 6)
        assert gate.turns == [1, 2, 6]


@pytest.mark.parametrize(
    ("do", "more", "told", "heard"),
    [
        ("unknown_code", {"field": "BUOC"}, {"BUOC": "KS"}, {"BUOC": "ZZ99"}),
        (
            "unknown_code",
            {"field": "BUOC"},
            {"a": [{"BUOC": 3}]},
            {"a": [{"BUOC": 99999}]},
        ),
        ("tcvn3", {}, {"TEN": "Nguyễn Đình Ộ"}, {"TEN": "NguyÔn §×nh é"}),
        (
            "clock_off",
            {"minutes": -90},
            {"a": "2026-03-10T00:30:00+07:00", "b": "10/03/2026 08:00:00"},
            {"a": "2026-03-09T23:00:00+07:00", "b": "10/03/2026 06:30:00"},
        ),
        (
            "clock_off",
            {"minutes": 1},
            {"a": "2026/03/10 23:59"},
            {"a": "2026/03/11 00:00"},
        ),
    ],
)
async def test_what_a_call_says_is_changed(
    tmp_path: Path,
    do: str,
    more: dict[str, Any],
    told: dict[str, Any],
    heard: dict[str, Any],
) -> None:
    async with calling(tmp_path, row(do, operation=CALL, **more)) as (mock, gate):
        await called(mock, gate, 1, **told)
        await called(mock, gate, 2, **told)
        assert gate.heard == [{"turn": 1, **heard}, {"turn": 2, **told}]
        assert [one["facts"]["stage"] for one in mock.met.lines()] == ["call"]
