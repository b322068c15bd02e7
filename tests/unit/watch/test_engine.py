"""The engine watches itself: real store, a clock of the test, what the probe wrote."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.clocks.clock import VirtualClock
from gateway.conformance.store_making import NOW, OFFICE, Bench
from gateway.domain.errors import StoreUnavailable
from gateway.domain.transfer import State
from gateway.ports.nodes import WATCH, Duties
from gateway.store.sqlite import SQLiteStore
from gateway.telemetry.probe import StructlogProbe
from gateway.watch.engine import LOOK_EVERY_S, Engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.clocks.clock import LoopBell

pytestmark = pytest.mark.store


@dataclass
class Held(Duties):
    """The duty of telling, which another node may have."""

    here: bool = True

    def holds(self, duty: str) -> bool:
        return self.here and duty == WATCH


@dataclass
class Watch:
    engine: Engine
    duty: Held
    bench: Bench
    clock: VirtualClock
    lines: io.BytesIO
    closed: set[str]
    turning: LoopBell
    free: asyncio.Event

    async def look(self, seconds: float = LOOK_EVERY_S) -> list[tuple[str, str]]:
        """What stands after one more look."""
        self.clock.set(self.clock.now() + timedelta(seconds=seconds))
        await self.engine.look()
        return [one.key for one in self.engine.standing]

    def told(self) -> list[tuple[str, str]]:
        lines = [json.loads(line) for line in self.lines.getvalue().splitlines()]
        return [
            (one["action"], one["kind"]) for one in lines if one["event"] == "action"
        ]


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    store = await SQLiteStore.open(tmp_path / "store.db")
    clock, lines, closed = VirtualClock(NOW), io.BytesIO(), set[str]()
    bell, duty = clock.bell("delivery"), Held()
    engine = Engine(
        store,
        clock,
        StructlogProbe(lines),
        has_room=lambda office, _: office not in closed,
        bells=(bell,),
        duties=duty,
    )

    async def turn() -> None:
        while True:
            await bell.wait(None)
            await free.wait()

    free = asyncio.Event()
    free.set()
    turning = asyncio.create_task(turn())
    await asyncio.wait([turning], timeout=0)
    yield Watch(engine, duty, Bench(store), clock, lines, closed, bell, free)
    turning.cancel()
    await store.close()


async def _rung(watch: Watch) -> None:
    """Let the loop go round, which it does when it is rung."""
    await asyncio.wait([asyncio.create_task(asyncio.to_thread(int))])
    assert watch.turning.idle


async def test_overdue_work_toward_an_open_office_is_told_once_and_its_end_once(
    watch: Watch,
) -> None:
    new = watch.bench.transfer()
    await watch.bench.accepted(new)
    assert await watch.look() == []
    await _rung(watch)
    assert await watch.look(200) == []  # seen for the first time
    for _ in range(4):
        await _rung(watch)
        assert await watch.look() == [("send", OFFICE)]
    (found,) = watch.engine.standing
    assert (found.count, found.first, found.since) == (1, new.id, NOW)
    watch.bench.now = watch.clock.now()
    await watch.bench.claim()
    await watch.bench.move(new.id, State.DELIVERED)
    for _ in range(2):
        await _rung(watch)
        assert await watch.look() == []
    assert watch.told() == [("engine_stalled", "send"), ("engine_recovered", "send")]


async def test_of_several_nodes_one_tells_what_stands_and_each_shows_it(
    watch: Watch,
) -> None:
    watch.duty.here = False
    await watch.bench.accepted(watch.bench.transfer())
    await _rung(watch)
    await watch.look(200)
    await _rung(watch)
    assert await watch.look() == [("send", OFFICE)]
    assert watch.told() == []
    watch.duty.here = True
    watch.closed.add(OFFICE)
    await _rung(watch)
    assert await watch.look() == []
    assert watch.told() == [("engine_recovered", "send")]


async def test_what_waits_for_a_shut_office_does_not_stand(watch: Watch) -> None:
    await watch.bench.accepted(watch.bench.transfer())
    watch.closed.add(OFFICE)
    for _ in range(3):
        await _rung(watch)
        assert await watch.look(200) == []
    assert watch.told() == []


async def test_an_office_that_is_being_served_is_not_stalled_by_its_backlog(
    watch: Watch,
) -> None:
    for _ in range(3):
        await watch.bench.accepted(watch.bench.transfer())
    for _ in range(3):
        watch.bench.now = watch.clock.now() + timedelta(seconds=200)
        await watch.bench.claim(room=1)
        await _rung(watch)
        assert ("send", OFFICE) not in await watch.look(200)


async def test_a_lease_whose_owner_is_gone_stands_even_toward_a_shut_office(
    watch: Watch,
) -> None:
    await watch.bench.accepted(watch.bench.transfer())
    await watch.bench.claim()
    watch.closed.add(OFFICE)
    await watch.look(100)
    await _rung(watch)
    assert await watch.look() == [("lease", OFFICE)]


async def test_a_loop_that_does_not_come_round_is_told_by_its_name(
    watch: Watch,
) -> None:
    assert await watch.look() == []
    watch.free.clear()
    for found in ([], [("loop", "delivery")], [("loop", "delivery")]):
        assert await watch.look() == found
    watch.free.set()
    await _rung(watch)
    assert await watch.look() == []
    assert watch.told() == [("engine_stalled", "loop"), ("engine_recovered", "loop")]


async def test_a_store_in_trouble_does_not_end_the_watch(watch: Watch) -> None:
    looks: list[float] = []
    enough = asyncio.Event()

    class Sick:
        async def stalled(self, *_: Any) -> Any:
            looks.append(1)
            if len(looks) == 3:
                enough.set()
            raise StoreUnavailable

    class Hasty(VirtualClock):
        async def rest(self, seconds: float) -> None:
            assert seconds == LOOK_EVERY_S
            await asyncio.wait([asyncio.create_task(asyncio.to_thread(int))])

    sick: Any = Sick()
    probe = StructlogProbe(watch.lines)
    engine = Engine(
        sick, Hasty(NOW), probe, has_room=lambda *_: True, bells=(), duties=Held()
    )
    running = asyncio.create_task(engine.run())
    await asyncio.wait_for(enough.wait(), 10)
    running.cancel()
    assert b'"trouble"' in watch.lines.getvalue()
