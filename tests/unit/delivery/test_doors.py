"""Lanes over time: hours, windows, holds and ramps as whoever sends meets them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.delivery.entrance import Entrance
from gateway.delivery.lanes import Lanes
from gateway.delivery.seen import seen
from gateway.domain.attempt import Outcome
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import AgencyId, OfficeId, TransferId
from gateway.domain.journal import JournalLine
from gateway.domain.lane import Lane, LaneLimits, LaneState
from gateway.domain.opening import Hours, Maintenance
from gateway.ports.agency import Answer
from gateway.ports.nodes import Permit, Permits

OFFICE = OfficeId("tax-1")
NIGHT = datetime(2026, 3, 9, 20, 0, tzinfo=UTC)  # Tuesday 03:00 in Vietnam
MORNING = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
LIMITS = LaneLimits(in_flight=8, breaker_failures=3, ramp_s=60)


@dataclass
class Memory:
    """What lanes need of a store."""

    kept: dict[OfficeId, Lane] = field(default_factory=dict)
    windows: list[Maintenance] = field(default_factory=list)
    refuses: bool = False

    async def lanes(self) -> list[Lane]:
        return list(self.kept.values())

    async def set_lane(self, lane: Lane, journal: JournalLine) -> None:
        if self.refuses:
            raise ChangedMeanwhile
        self.kept[lane.office] = lane

    async def maintenance(self, since: datetime) -> list[Maintenance]:
        return self.windows

    async def set_maintenance(self, window: Maintenance, journal: JournalLine) -> None:
        self.windows = [window]


@dataclass
class Bench:
    lanes: Lanes
    store: Memory
    clock: Any
    rung: list[None]

    def at(self, now: datetime) -> int:
        """Room at a moment."""
        self.clock.time = now
        return self.lanes.room(OFFICE, now)

    async def fails(self, *transfers: str, code: str = "timeout") -> None:
        for name in transfers:
            answer = Answer(Outcome.UNKNOWN, code, transfer_id=TransferId(name))
            self.lanes.taken(OFFICE, 1, self.clock.time)
            await self.lanes.came_back(OFFICE, answer)

    async def answers(self, outcome: Outcome = Outcome.DELIVERED) -> None:
        self.lanes.taken(OFFICE, 1, self.clock.time)
        await self.lanes.came_back(OFFICE, Answer(outcome, "told", http_status=200))

    def state(self) -> LaneState:
        return seen(self.lanes, OFFICE, self.clock.time).state


def bench(limits: LaneLimits = LIMITS) -> Bench:
    office = SimpleNamespace(agency=AgencyId("tax"), limits=limits)
    current = SimpleNamespace(offices={OFFICE: office}, calendar={})
    clock = SimpleNamespace(time=NIGHT)
    clock.now = lambda: clock.time
    versions = SimpleNamespace(current=current, shadow=frozenset())
    store = Memory()
    tools = SimpleNamespace(versions=versions, clock=clock, store=store)
    lanes = Lanes(cast("Any", tools), cast("Any", store))
    rung: list[None] = []
    lanes.on_room(lambda: rung.append(None))
    return Bench(lanes, store, clock, rung)


def window(begins: datetime, ends: datetime) -> Maintenance:
    return Maintenance(
        "m1", AgencyId("tax"), None, "Nâng cấp", "admin", begins,
        begins_at=begins, ends_at=ends,
    )  # fmt: skip


async def test_it_opens_by_itself_gently_and_wakes_who_waits() -> None:
    one = bench(replace(LIMITS, hours=(Hours(450, 690),)))
    assert one.at(NIGHT) == 0
    assert one.lanes.opens_at(NIGHT) == MORNING
    assert OFFICE in one.lanes.stopped()
    one.rung.clear()
    assert one.at(MORNING) == 1
    assert one.rung
    assert one.lanes.stopped() == frozenset()
    assert one.lanes.limits(OFFICE).in_flight == 1
    await one.answers()
    assert one.at(MORNING) == 2
    assert one.at(MORNING + timedelta(seconds=60)) == 8


async def test_an_open_office_gives_no_moment_to_wait_for() -> None:
    one = bench(replace(LIMITS, hours=(Hours(450, 690),)))
    assert one.at(MORNING) == 8
    assert one.lanes.opens_at(MORNING) is None


async def test_without_a_ramp_it_has_all_its_room_at_once() -> None:
    one = bench(replace(LIMITS, ramp_s=0, hours=(Hours(450, 690),)))
    one.at(NIGHT)
    assert one.at(MORNING) == 8


async def test_a_window_that_begins_under_way_is_no_trouble_of_the_office() -> None:
    one = bench()
    one.store.windows = [window(MORNING, MORNING + timedelta(hours=1))]
    await one.lanes.load()
    assert one.at(NIGHT) == 8
    one.clock.time = MORNING
    await one.fails("a", "b", "c", "d")
    assert one.state() is LaneState.MAINTENANCE
    one.clock.time = MORNING + timedelta(hours=1)
    assert one.state() is LaneState.OPEN
    assert one.store.kept == {}


async def test_one_transfer_that_always_fails_shuts_no_lane() -> None:
    one = bench()
    await one.fails(*["poison"] * 50)
    assert one.state() is LaneState.OPEN
    await one.fails("a", "b")
    assert one.state() is LaneState.CLOSED


async def test_an_answer_in_between_begins_the_count_anew() -> None:
    one = bench()
    for outcome in (Outcome.DELIVERED, Outcome.REFUSED, Outcome.NEEDS_DATA):
        await one.fails("poison", "a")
        await one.answers(outcome)
    assert one.state() is LaneState.OPEN


async def test_shut_exactly_one_leaves_and_over_all_nodes_no_more() -> None:
    one = bench()
    await one.fails("a", "b", "c")
    assert one.at(NIGHT) == 0
    later = NIGHT + timedelta(seconds=60)
    assert one.lanes.opens_at(NIGHT) == later
    assert one.at(later) == 1
    assert one.state() is LaneState.PROBING
    assert one.lanes.limits(OFFICE).in_flight == 1
    one.lanes.taken(OFFICE, 1, later)
    assert one.at(later) == 0
    await one.lanes.came_back(OFFICE, Answer(Outcome.REFUSED, "no", http_status=200))
    assert one.state() is LaneState.OPEN
    assert one.at(later) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Answer(Outcome.NEEDS_DATA, "receiver_missing"),
        Answer(Outcome.NEEDS_CONFIGURATION, "address_missing"),
        Answer(Outcome.NOT_DELIVERED, "lease_over"),
        Answer(Outcome.NOT_DELIVERED, "store_unavailable"),
    ],
)
async def test_what_never_left_us_neither_opens_nor_shuts_an_office(
    answer: Answer,
) -> None:
    one = bench()
    await one.fails("a", "b", "c")
    one.at(NIGHT + timedelta(seconds=60))
    one.lanes.taken(OFFICE, 1, one.clock.time)
    await one.lanes.came_back(OFFICE, answer)
    assert one.state() is LaneState.PROBING


async def test_a_wish_to_wait_holds_the_lane_and_is_kept() -> None:
    one = bench()
    asks = Answer(Outcome.NOT_DELIVERED, "too_many_requests", retry_after_s=600)
    for _ in range(5):
        one.lanes.taken(OFFICE, 1, NIGHT)
        await one.lanes.came_back(OFFICE, asks)
    assert (one.state(), one.at(NIGHT)) == (LaneState.HELD, 0)
    until = NIGHT + timedelta(seconds=600)
    assert one.lanes.opens_at(NIGHT) == until
    assert one.store.kept[OFFICE].state is LaneState.OPEN
    assert one.store.kept[OFFICE].resume_at == until
    again = bench()
    again.store.kept = one.store.kept
    await again.lanes.load()
    assert again.at(NIGHT) == 0
    assert again.at(until) == 1
    assert again.state() is LaneState.OPEN


async def test_the_breaker_yields_to_a_person_of_another_node() -> None:
    one = bench()
    stopped = Lane(
        OFFICE, AgencyId("tax"), LaneState.PAUSED, NIGHT, "dừng", emergency=True
    )
    one.store.kept[OFFICE] = stopped
    one.store.refuses = True
    await one.fails("a", "b", "c")
    assert one.lanes.lane(OFFICE) == stopped
    assert one.at(NIGHT + timedelta(days=1)) == 0


async def test_reading_anew_never_undoes_a_stop_that_is_being_kept() -> None:
    one = bench()
    stop = Lane(OFFICE, AgencyId("tax"), LaneState.PAUSED, NIGHT, "dừng")
    read, kept = asyncio.Event(), asyncio.Event()

    async def slow_read() -> list[Lane]:
        found = list(one.store.kept.values())
        read.set()
        await kept.wait()
        return found

    one.store.lanes = slow_read  # type: ignore[method-assign]
    loading = asyncio.create_task(one.lanes.load())
    await read.wait()
    await one.lanes.set(stop, actor="admin")
    kept.set()
    await loading
    assert one.at(NIGHT) == 0


async def test_in_flight_is_given_back_whatever_came() -> None:
    one = bench()
    await one.fails("a", "b")
    await one.answers()
    assert one.at(NIGHT) == 8


class All(Permits):
    """Other nodes ask nothing."""

    async def permit(self, office: OfficeId, count: int, **_: Any) -> Permit:
        return Permit(count if office == OFFICE else 0)

    async def give_back(self, permit: Permit, count: int | None = None) -> None:
        """Nobody counts."""


async def test_enquiries_and_polls_shut_an_office_and_open_it_again() -> None:
    one = bench()
    entrance = Entrance(cast("Any", one.lanes._tools), one.lanes, All())
    for number in range(3):
        entry = await entrance.enter(OFFICE, 4, one.clock.time)
        assert entry.count == 4
        heard = Answer(
            Outcome.UNKNOWN, "timeout", transfer_id=TransferId(f"t_{number}")
        )
        await entrance.ended(entry, 4, heard)
    assert one.state() is LaneState.CLOSED
    assert (await entrance.enter(OFFICE, 4, one.clock.time)).count == 0
    later = one.clock.time = one.clock.time + timedelta(seconds=LIMITS.breaker_rest_s)
    probe = await entrance.enter(OFFICE, 4, later)
    assert probe.count == 1
    await entrance.ended(probe, 1, Answer(Outcome.DELIVERED, "polled"))
    assert one.state() is LaneState.OPEN


async def test_a_call_that_was_never_made_tells_nothing_of_the_office() -> None:
    one = bench()
    entrance = Entrance(cast("Any", one.lanes._tools), one.lanes, All())
    for _ in range(9):
        entry = await entrance.enter(OFFICE, 8, one.clock.time)
        assert entry.count == 8
        await entrance.unused(entry, 3)
        await entrance.ended(entry, 5)
    assert one.state() is LaneState.OPEN
    assert one.at(one.clock.time) == 8
