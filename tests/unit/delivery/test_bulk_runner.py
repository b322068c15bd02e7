"""The loop of bulk jobs on a real store: order, rate, and a store that is in trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.clocks.chance import SystemChance
from gateway.clocks.clock import VirtualClock
from gateway.conformance.store_making import NOW, OFFICE, UNIT, Bench, FullStore
from gateway.delivery.bulk import Wanted, begin, steer
from gateway.delivery.bulk_runner import BulkRunner
from gateway.domain.bulk import Item, Job, JobState, Outcome, Selection, Steer
from gateway.domain.errors import StoreFateUnknown, StoreUnavailable
from gateway.domain.identifiers import DossierId, PrincipalId, TransferId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import EVERYTHING, Principal, Role
from gateway.domain.transfer import Action, State
from gateway.ports.store import Applied, Change
from gateway.store.postgres.store import PostgresStore
from gateway.store.sqlite import SQLiteStore
from gateway.telemetry.probe import StructlogProbe
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault

pytestmark = pytest.mark.store
OFFICER = Principal(PrincipalId("officer-1"), "Cán bộ Ví Dụ", Role.OPERATOR, EVERYTHING)
PARKED = Selection((State.PARKED,))
Answer = Callable[[Change], Awaitable[Applied]]


class Troubled:
    """The store, but acts on some transfers end otherwise than well."""

    def __init__(self, store: FullStore) -> None:
        self._store = store
        self.acted: list[str] = []
        self.trouble: dict[str, Answer] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def apply(self, change: Change) -> Applied:
        moved = change.moves[0].id if change.item else ""
        if moved in self.trouble:
            return await self.trouble.pop(moved)(change)
        applied = await self._store.apply(change)
        if moved:
            self.acted.append(moved)
        return applied

    async def lost_after(self, change: Change) -> Applied:
        """It is kept, and nobody hears of it."""
        await self._store.apply(change)
        raise StoreFateUnknown

    async def lost_before(self, change: Change) -> Applied:
        """It is not kept, and nobody knows."""
        raise StoreFateUnknown

    async def full(self, change: Change) -> Applied:
        raise StoreUnavailable

    async def broken(self, change: Change) -> Applied:
        raise ZeroDivisionError


@dataclass
class Place:
    """A store with parked transfers, and one who works on them."""

    store: FullStore
    bench: Bench
    clock: VirtualClock
    vault: LocalVault
    troubled: Troubled = field(init=False)
    tools: Any = field(init=False)
    runner: BulkRunner = field(init=False)

    def __post_init__(self) -> None:
        self.troubled = Troubled(self.store)
        adapter = SimpleNamespace(traits={})
        self.tools = SimpleNamespace(
            store=self.troubled,
            bulk=self.store,
            vault=self.vault,
            clock=self.clock,
            chance=SystemChance(),
            probe=StructlogProbe(),
            adapters=SimpleNamespace(of=lambda office: adapter),
            traits=lambda office, kind: None,
        )
        self.runner = BulkRunner(cast("Any", self.tools), runner="node-1")

    async def parked(self, count: int, **changes: Any) -> list[TransferId]:
        """One dossier with so many parked messages of one conversation."""
        identifier = DossierId(self.bench.name("d"))
        key = self.vault.new_key(identifier, UNIT)
        new = [
            self.bench.transfer(parked="address_missing", office=OFFICE, **changes)
            for _ in range(count)
        ]
        case = self.bench.case(dossier_id=identifier)
        await self.bench.accepted(*new, case=case, wrapped_key=key.wrapped)
        return [one.id for one in new]

    async def asked(self, **changes: Any) -> Job:
        wanted = Wanted(
            **{"action": Action.RESEND, "selection": PARKED, "reason": "vì", **changes}
        )
        return (await begin(self.tools, OFFICER, wanted))[0]

    async def job(self, job: Job) -> Job:
        found = await self.store.bulk_job(job.id, EVERYTHING)
        assert found is not None
        return found

    async def run_until(self, job: Job, *states: JobState, turns: int = 200) -> Job:
        """Turn by turn, time passing to each next one, until the job is so far."""
        found = await self.job(job)
        for _ in range(turns):
            found = await self.job(job)
            if found.state in states:
                return found
            until = await self.runner._turn()
            if until is not None:
                self.clock.set(until)
        raise AssertionError(f"after {turns} turns it is {found}")

    async def items(self, job: Job, outcome: Outcome) -> list[Item]:
        found = await self.store.bulk_items(job.id, outcome=outcome, after=0, limit=99)
        return list(found)

    async def acts(self, transfer: TransferId) -> list[JournalLine]:
        present = await self.bench.transfer_of(transfer)
        lines = await self.store.journal(present.dossier_id)
        return [
            one.line
            for one in lines
            if one.line.kind == "action" and one.line.facts["transfer"] == transfer
        ]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
async def place(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    store = await (
        SQLiteStore.open(tmp_path / "store.db")
        if request.param == "sqlite"
        else PostgresStore.open(request.getfixturevalue("database"))
    )
    vault = LocalVault(Keyring.open(tmp_path / "keys", may_create=True))
    yield Place(store, Bench(store), VirtualClock(NOW), vault)
    await store.close()


async def test_those_of_a_conversation_are_done_in_their_order(place: Place) -> None:
    conversations = [await place.parked(5) for _ in range(4)]
    job = await place.asked(per_second=1000)
    ended = await place.run_until(job, JobState.ENDED)
    assert (ended.counts.done, ended.counts.add_up) == (20, True)
    for ids in conversations:
        assert [one for one in place.troubled.acted if one in ids] == ids
        # Only the head may go: the store keeps the order that the job has kept.
        assert await place.bench.states(*ids) == ["due", *["waiting"] * 4]
        (line,) = await place.acts(ids[3])
        assert (line.actor, line.facts["job"]) == ("officer-1", job.id)


async def test_the_rate_is_kept_by_the_wall_clock(place: Place) -> None:
    for _ in range(10):
        await place.parked(1)
    job = await place.asked(per_second=2)
    began = place.clock.now()
    ended = await place.run_until(job, JobState.ENDED)
    assert ended.ended_at is not None
    assert ended.ended_at - began >= timedelta(seconds=4.5)
    assert ended.ended_at - began <= timedelta(seconds=6)
    moments = [item.at for item in await place.items(job, Outcome.DONE)]
    assert len(moments) == len(set(moments)) == 10


@pytest.mark.parametrize("trouble", ["lost_after", "lost_before", "full"])
async def test_what_is_not_known_to_be_kept_is_read_again_and_done_once(
    place: Place, trouble: str
) -> None:
    ids = [(await place.parked(1))[0] for _ in range(6)]
    behind = await place.parked(2)
    place.troubled.trouble = {
        one: getattr(place.troubled, trouble) for one in (ids[2], behind[0])
    }
    job = await place.asked(per_second=1000)
    ended = await place.run_until(job, JobState.ENDED)
    assert (ended.counts.done, ended.counts.failed) == (8, 0)
    assert ended.counts.add_up
    for one in (*ids, *behind):
        assert len(await place.acts(one)) == 1
    assert await place.bench.states(*behind) == ["due", "waiting"]


async def test_what_nobody_foresaw_fails_one_item_and_is_told(place: Place) -> None:
    ids = [(await place.parked(1))[0] for _ in range(3)]
    place.troubled.trouble[ids[1]] = place.troubled.broken
    job = await place.asked()
    ended = await place.run_until(job, JobState.ENDED)
    assert (ended.counts.done, ended.counts.failed) == (2, 1)
    (failed,) = await place.items(job, Outcome.FAILED)
    assert (failed.transfer_id, failed.code) == (ids[1], "gateway_error")
    assert await place.bench.states(*ids) == ["due", "parked", "due"]


async def test_one_that_a_person_sent_again_meanwhile_is_left_alone(
    place: Place,
) -> None:
    ids = [(await place.parked(1))[0] for _ in range(3)]
    job = await place.asked(action=Action.CANCEL)
    await place.run_until(job, JobState.RUNNING)
    place.bench.now = place.clock.now()
    await place.bench.move(ids[1], State.DUE)
    await place.bench.claim()
    await place.bench.move(ids[1], State.PARKED, cause="address_missing")
    ended = await place.run_until(job, JobState.ENDED)
    (failed,) = await place.items(job, Outcome.FAILED)
    assert (failed.transfer_id, failed.code) == (ids[1], "moved_meanwhile")
    assert (ended.counts.done, ended.counts.failed) == (2, 1)
    states = await place.bench.states(*ids)
    assert states == ["cancelled", "parked", "cancelled"]


async def test_a_job_that_another_runner_holds_is_left_to_it(place: Place) -> None:
    await place.parked(1)
    job = await place.asked()
    assert await place.store.bulk_hold(job.id, "node-2", lease_s=60)
    until = await place.runner._turn()
    assert until is not None
    assert until > place.clock.now()
    assert (await place.job(job)).counts.asked == 0
    assert await place.store.bulk_hold(job.id, "node-2", lease_s=0)
    assert (await place.run_until(job, JobState.ENDED)).counts.done == 1


async def test_stopping_while_the_selection_is_written_down_counts_what_there_is(
    place: Place,
) -> None:
    for _ in range(3):
        await place.parked(1)
    job = await place.asked()
    stopping = await steer(place.tools, OFFICER, job.id, Steer.STOP)
    assert stopping.state is JobState.STOPPING
    over = await place.run_until(job, JobState.STOPPED)
    assert (over.complete, over.counts.asked, over.counts.add_up) == (False, 0, True)


async def test_pausing_while_the_selection_is_written_down_resumes_there(
    place: Place,
) -> None:
    for _ in range(3):
        await place.parked(1)
    job = await place.asked()
    await steer(place.tools, OFFICER, job.id, Steer.PAUSE)
    assert await place.runner._turn() is None
    resumed = await steer(place.tools, OFFICER, job.id, Steer.RESUME)
    assert resumed.state is JobState.COLLECTING
    assert (await place.run_until(job, JobState.ENDED)).counts.done == 3


async def test_a_selection_longer_than_a_page_is_whole_and_loads_no_more_than_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [one for _ in range(5) for one in await place.parked(3)]
    for module in ("bulk", "bulk_runner"):
        monkeypatch.setattr(f"gateway.delivery.{module}.PAGE", 4)
    job = await place.asked(per_second=1000)
    pages = []
    while (now := await place.job(job)).state is JobState.COLLECTING:
        pages.append(now.counts.asked)
        await place.runner._turn()
    assert pages == [0, 4, 8, 12]
    await place.parked(1)
    ended = await place.run_until(job, JobState.ENDED)
    assert ended.counts.asked == ended.counts.done == len(ids)


async def test_the_loop_wakes_by_its_bell_and_looks_rarely_by_itself(
    place: Place,
) -> None:
    running = asyncio.create_task(place.runner.run())
    bell = cast("Any", place.runner.bell)
    try:
        await _until(lambda: bell.idle)
        await place.parked(1)
        job = await place.asked()
        place.runner.nudge()
        assert bell.idle, "it looked a moment ago"
        place.runner.bell.ring()
        async with asyncio.timeout(30):
            while (await place.job(job)).state is not JobState.ENDED:
                place.clock.set(place.clock.later(1))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await _turn_of_the_loop()


async def _turn_of_the_loop() -> None:
    loop = asyncio.get_running_loop()
    turned = loop.create_future()
    loop.call_later(0.001, turned.set_result, None)
    await turned


async def test_a_job_whose_node_died_is_taken_over_where_it_was(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [(await place.parked(1))[0] for _ in range(12)]
    job = await place.asked(per_second=8)
    monkeypatch.setattr("gateway.delivery.bulk_runner.LEASE_S", 1.0)
    while (await place.job(job)).counts.done < 4:
        until = await place.runner._turn()
        place.clock.set(until or place.clock.later(1))
    place.runner = BulkRunner(cast("Any", place.tools), runner="node-2")
    await place.runner._turn()
    left = (await place.job(job)).counts.left
    assert left > 0
    async with asyncio.timeout(30):
        while not await place.store.bulk_hold(job.id, "node-2", lease_s=30):
            await _turn_of_the_loop()
    ended = await place.run_until(job, JobState.ENDED)
    assert (ended.counts.done, ended.counts.failed) == (12, 0)
    for one in ids:
        assert len(await place.acts(one)) == 1


async def test_a_wall_that_was_put_back_holds_up_no_job() -> None:
    clock, done = VirtualClock(NOW), []
    runner = BulkRunner(cast("Any", SimpleNamespace(clock=clock)), runner="a-node")
    job = cast("Any", SimpleNamespace(id="j", state=JobState.RUNNING, per_second=5))

    async def held(_: object) -> bool:
        return True

    async def step(one: Any) -> None:
        done.append(one.id)

    runner._hold = held  # type: ignore[method-assign, assignment]
    runner._step = step  # type: ignore[method-assign, assignment]
    runner._next["j"] = NOW + timedelta(milliseconds=100)
    assert await runner._serve(job) == runner._next["j"]
    assert done == []
    runner._next["j"] = NOW + timedelta(days=1)
    await runner._serve(job)
    assert done == ["j"]
