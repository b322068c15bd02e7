"""Loops wake when rung or when their moment comes; virtual time waits for stillness."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from gateway.clocks import clock as clock_module
from gateway.clocks.chance import SystemChance
from gateway.clocks.clock import LoopBell, RealClock, RunningClock, VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

START = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Loop:
    """A loop of the gateway in miniature: counts its turns, waits on its bell."""

    def __init__(
        self, clock: RealClock, name: str, until: Callable[[], datetime | None]
    ) -> None:
        self.bell: LoopBell = clock.bell(name)
        self._clock = clock
        self._until = until
        self.turns: list[datetime] = []

    async def run(self) -> None:
        while True:
            self.turns.append(self._clock.now())
            await self.bell.wait(self._until())


@contextlib.asynccontextmanager
async def running(*loops: Loop) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        await settled()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def settled() -> None:
    """Let everything that is ready run: each hop to a thread is a turn of the loop."""
    for _ in range(3):
        await asyncio.to_thread(int)


@pytest.fixture
def virtual() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def real() -> RealClock:
    return RealClock()


def test_real_time_is_aware_and_in_utc(real: RealClock) -> None:
    before = datetime.now(UTC)
    now = real.now()
    assert now.utcoffset() == timedelta(0)
    assert before <= now <= datetime.now(UTC)
    assert abs((real.later(90) - now).total_seconds() - 90) < 5


def test_mono_is_real_on_both_clocks(real: RealClock, virtual: VirtualClock) -> None:
    for clock in (real, virtual):
        before = time.monotonic()
        assert before <= clock.mono() <= time.monotonic()


def test_virtual_time_stands_still_until_it_is_set(virtual: VirtualClock) -> None:
    assert [virtual.now() for _ in range(3)] == [START] * 3
    virtual.set(START + HOUR)
    assert virtual.now() == START + HOUR
    assert virtual.later(60) == START + HOUR + timedelta(minutes=1)


def test_virtual_time_never_goes_back(virtual: VirtualClock) -> None:
    virtual.set(START + HOUR)
    virtual.set(START)
    assert virtual.now() == START + HOUR


def test_virtual_time_is_told_in_utc_wherever_it_was_set() -> None:
    vietnam = timezone(timedelta(hours=7))
    clock = VirtualClock(datetime(2026, 3, 10, 7, 30, tzinfo=vietnam))
    assert (clock.now(), clock.now().tzinfo) == (START, UTC)
    clock.set(datetime(2026, 3, 10, 8, 30, tzinfo=vietnam))
    assert (clock.now(), clock.now().tzinfo) == (START + HOUR, UTC)


@pytest.mark.parametrize("kind", [RealClock, lambda: VirtualClock(START)])
async def test_a_ring_wakes_a_waiting_loop(kind: Callable[[], RealClock]) -> None:
    clock = kind()
    loop = Loop(clock, "delivery", lambda: None)
    async with running(loop):
        assert len(loop.turns) == 1
        loop.bell.ring()
        await settled()
        assert len(loop.turns) == 2


@pytest.mark.parametrize("kind", [RealClock, lambda: VirtualClock(START)])
async def test_a_ring_that_came_before_the_wait_is_not_lost(
    kind: Callable[[], RealClock],
) -> None:
    bell = kind().bell("delivery")
    bell.ring()
    async with asyncio.timeout(30):
        await bell.wait(None)


async def test_several_rings_are_one_turn(virtual: VirtualClock) -> None:
    loop = Loop(virtual, "delivery", lambda: None)
    async with running(loop):
        for _ in range(5):
            loop.bell.ring()
        await settled()
        assert len(loop.turns) == 2


async def test_a_moment_that_has_passed_is_not_waited_for(
    virtual: VirtualClock, real: RealClock
) -> None:
    async with asyncio.timeout(30):
        await virtual.bell("a").wait(START)
        await virtual.bell("b").wait(START - HOUR)
        await real.bell("c").wait(real.now() - HOUR)


async def test_a_real_loop_wakes_when_its_moment_comes(real: RealClock) -> None:
    bell = real.bell("delivery")
    until = real.now() + timedelta(milliseconds=50)
    async with asyncio.timeout(30):
        await bell.wait(until)
    assert real.now() >= until - timedelta(milliseconds=20)


async def test_a_virtual_loop_wakes_only_when_time_is_set_to_its_moment(
    virtual: VirtualClock,
) -> None:
    loop = Loop(virtual, "delivery", lambda: START + HOUR)
    async with running(loop):
        virtual.set(START + HOUR - timedelta(seconds=1))
        await settled()
        assert loop.turns == [START]
    later = Loop(virtual, "confirm", lambda: virtual.now() + HOUR)
    async with running(later):
        for hours in (2, 3):
            virtual.set(START + hours * HOUR)
            await settled()
        assert later.turns == [
            START + HOUR - timedelta(seconds=1),
            START + 2 * HOUR,
            START + 3 * HOUR,
        ]


async def test_a_jump_over_many_moments_wakes_every_loop_once(
    virtual: VirtualClock,
) -> None:
    ends = START + 10 * HOUR
    first = Loop(virtual, "a", lambda: START + HOUR if virtual.now() < ends else None)
    second = Loop(
        virtual, "b", lambda: START + 2 * HOUR if virtual.now() < ends else None
    )
    never = Loop(virtual, "c", lambda: None)
    async with running(first, second, never):
        virtual.set(ends)
        await settled()
        assert (first.turns, second.turns) == ([START, ends], [START, ends])
        assert never.turns == [START]


async def test_the_next_moment_is_the_earliest_that_anybody_waits_for(
    virtual: VirtualClock,
) -> None:
    assert virtual.next is None
    loops = [
        Loop(virtual, "a", lambda: START + 3 * HOUR),
        Loop(virtual, "b", lambda: START + 2 * HOUR),
        Loop(virtual, "c", lambda: None),
    ]
    async with running(*loops):
        assert virtual.next == START + 2 * HOUR
    # Loops that have ended wait for nothing.
    assert virtual.next is None


async def test_everybody_is_still_only_while_every_loop_waits_unrung(
    virtual: VirtualClock,
) -> None:
    loop = Loop(virtual, "delivery", lambda: None)
    # A loop that was never started is not idle: it still has its first turn to do.
    assert virtual.busy == 1
    async with running(loop):
        assert (virtual.busy, loop.bell.idle) == (0, True)
        loop.bell.ring()
        assert (virtual.busy, loop.bell.idle) == (1, False)
        await settled()
        assert virtual.busy == 0
    # Nor is one that has died: time must not run on without it.
    assert virtual.busy == 1


async def test_work_under_way_keeps_time_from_jumping(virtual: VirtualClock) -> None:
    with virtual.under_way():
        assert virtual.busy == 1
        with virtual.under_way():
            assert virtual.busy == 2
    assert virtual.busy == 0
    with pytest.raises(KeyError), virtual.under_way():
        raise KeyError
    assert virtual.busy == 0


async def test_whatever_was_started_between_two_looks_shows(
    virtual: VirtualClock,
) -> None:
    loop = Loop(virtual, "delivery", lambda: None)
    async with running(loop):
        before = virtual.moves
        assert virtual.moves == before
        with virtual.under_way():
            pass
        after_work = virtual.moves
        loop.bell.ring()
        await settled()
        # Both are over again, yet two equal readings would have meant stillness.
        assert virtual.busy == 0
        assert before < after_work < virtual.moves


async def test_a_jump_counts_as_a_move_where_it_wakes_somebody(
    virtual: VirtualClock,
) -> None:
    loop = Loop(virtual, "delivery", lambda: virtual.now() + HOUR)
    async with running(loop):
        before = virtual.moves
        virtual.set(START + HOUR)
        assert virtual.busy == 1
        assert virtual.moves > before


async def test_a_rest_is_real_on_a_virtual_clock(virtual: VirtualClock) -> None:
    before = time.monotonic()
    async with asyncio.timeout(30):
        await virtual.rest(0.02)
    assert time.monotonic() - before >= 0.015
    assert virtual.now() == START


async def test_a_loop_that_is_cancelled_while_waiting_waits_no_more(
    virtual: VirtualClock,
) -> None:
    bell = virtual.bell("delivery")
    task = asyncio.create_task(bell.wait(START + HOUR))
    await settled()
    assert bell.waits
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (bell.waits, virtual.next) == (False, None)


def test_identifiers_are_unique_and_unguessable() -> None:
    chance = SystemChance()
    made = [chance.identifier("d") for _ in range(2000)]
    assert len(set(made)) == 2000
    assert {len(one) for one in made} == {28}
    assert {one[:2] for one in made} == {"d_"}
    # Sixteen characters of five bits each come from the system's randomness.
    assert len({one[-16:] for one in made}) == 2000
    alphabet = set("0123456789abcdefghjkmnpqrstvwxyz")
    assert {letter for one in made for letter in one[2:]} <= alphabet


def test_identifiers_sort_by_the_time_they_were_made() -> None:
    chance = SystemChance()
    first = chance.identifier("t")
    turn = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == turn:
        pass
    assert first < chance.identifier("t")


def test_draws_lie_between_zero_and_one() -> None:
    chance = SystemChance()
    draws = [chance.draw() for _ in range(1000)]
    assert 0.0 <= min(draws) < 0.2
    assert 0.8 < max(draws) < 1.0


class Jumping(RealClock):
    """The machine's wall, set by somebody."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


async def test_a_loop_sees_a_wall_that_jumps_forward_while_it_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock_module, "LOOK_S", 0.05)
    clock = Jumping()
    loop = Loop(clock, "loop", lambda: clock.now() + HOUR)
    async with running(loop):
        assert len(loop.turns) == 1
        clock.ahead = 2 * HOUR
        async with asyncio.timeout(30):
            while len(loop.turns) < 2:
                await settled()


async def test_a_loop_waits_on_when_the_wall_jumps_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock_module, "LOOK_S", 0.02)
    clock = Jumping()
    until = clock.now() + timedelta(seconds=0.2)
    loop = Loop(clock, "loop", lambda: until)
    async with running(loop):
        clock.ahead = -HOUR
        await clock.rest(0.5)
        assert len(loop.turns) == 1
        loop.bell.ring()
        await settled()
        assert len(loop.turns) == 2


async def test_a_loop_that_only_looks_does_not_keep_virtual_time_going(
    virtual: VirtualClock,
) -> None:
    bell = virtual.bell("looks")
    turns = []

    async def look() -> None:
        while True:
            turns.append(virtual.now())
            await bell.wait(virtual.now() + HOUR, looks=True)

    task = asyncio.create_task(look())
    try:
        await settled()
        assert (virtual.next, virtual.next_look) == (None, START + HOUR)
        virtual.set(START + HOUR)
        await settled()
        assert turns == [START, START + HOUR]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def fast(ago_s: float = 0.0, speed: float = 36_000.0) -> RunningClock:
    return RunningClock(START, since=time.time() - ago_s, speed=speed)


def test_a_running_clock_reads_the_same_wherever_it_is_started() -> None:
    since = time.time() - 10
    early, late = (RunningClock(START, since=since, speed=60.0) for _ in range(2))
    before, between, after = early.now(), late.now(), early.now()
    assert before <= between <= after
    assert START + timedelta(minutes=10) <= before < START + timedelta(minutes=11)


async def test_a_loop_on_a_running_clock_wakes_when_its_wall_comes_there() -> None:
    clock = fast()
    until = clock.now() + HOUR
    bell = clock.bell("one")
    async with asyncio.timeout(20):
        await bell.wait(until)
    assert until <= clock.now()


async def test_a_running_clock_that_is_set_forward_wakes_who_waited_and_runs_on() -> (
    None
):
    clock = fast(speed=1.0)
    waiting = asyncio.create_task(clock.bell("one").wait(START + HOUR))
    await asyncio.wait({waiting}, timeout=0)
    assert not clock.busy
    clock.set(START + 2 * HOUR)
    async with asyncio.timeout(20):
        await waiting
    clock.set(START)
    assert clock.now() >= START + 2 * HOUR, "never backwards"
