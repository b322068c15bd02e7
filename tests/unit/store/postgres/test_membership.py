"""Names, duties, leases and permits of several nodes on one database."""

import asyncio
import threading
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from gateway.conformance.store_making import LAND, NOW, OFFICE, SENDER, Bench, move_of
from gateway.domain.lane import Lane, LaneLimits, LaneState
from gateway.domain.transfer import State
from gateway.ports.nodes import DUTIES, POLL, SEAL
from gateway.ports.store import Change, Gate
from gateway.store.postgres.store import PostgresStore
from gateway.store.postgres.waking import CHANNEL
from tests.postgres import Node

pytestmark = [pytest.mark.store, pytest.mark.system]
GATES = [Gate(OFFICE, 9, limit=3)]
ASKED: dict[str, Any] = {"calls": 1, "now": NOW, "hold_s": 60.0}


def heard_by(session: psycopg.Connection[Any], seconds: float) -> int:
    """Whether anything was told within so long."""
    return len(list(session.notifies(timeout=seconds, stop_after=1)))


async def rests(seconds: float) -> None:
    await asyncio.to_thread(threading.Event().wait, seconds)


def end(database: dict[str, Any], table: str) -> None:
    """As if the lease had run out."""
    with psycopg.connect(**database) as owner:
        owner.execute(f"UPDATE {table} SET ends = clock_timestamp()".encode())


async def test_a_name_belongs_to_one_living_process(
    node: Node, store: PostgresStore, database: dict[str, Any]
) -> None:
    assert await store.join({"release": "1"}) == 0
    other = await node("node-1")
    assert 15 < await other.join({}) <= 20
    assert await store.join({"release": "1"}) == 0
    end(database, "node")
    assert await other.join({"release": "2"}) == 0
    assert not (await store.renew((), DUTIES, NOW)).is_ours
    (known,) = await store.nodes()
    assert dict(known.facts) == {"release": "2"}


async def test_a_node_whose_lease_ran_out_comes_back_while_nobody_has_its_name(
    store: PostgresStore, database: dict[str, Any]
) -> None:
    await store.join({"release": "1"})
    end(database, "node")
    assert [one.is_alive for one in await store.nodes()] == [False]
    assert (await store.renew((), (SEAL,), NOW)).duties == {SEAL}
    assert [one.is_alive for one in await store.nodes()] == [True]


async def test_each_duty_is_one_nodes_until_it_leaves_or_dies(
    node: Node, store: PostgresStore, database: dict[str, Any]
) -> None:
    other = await node("node-2")
    await store.join({})
    await other.join({})
    assert (await store.renew((), DUTIES, NOW)).duties == set(DUTIES)
    assert (await other.renew((), DUTIES, NOW)).duties == set()
    assert (await store.renew((), DUTIES, NOW)).duties == set(DUTIES)
    end(database, "duty")
    assert (await other.renew((), (POLL,), NOW)).duties == {POLL}
    assert POLL not in (await store.renew((), DUTIES, NOW)).duties
    await other.leave()
    assert (await store.renew((), DUTIES, NOW)).duties == set(DUTIES)
    assert [one.name for one in await store.nodes()] == ["node-1"]


async def test_of_nodes_that_ask_at_once_one_has_the_duty(
    node: Node, store: PostgresStore
) -> None:
    nodes = [store, *[await node(f"node-{i}") for i in range(2, 6)]]
    for one in nodes:
        await one.join({})
    found = await asyncio.gather(*(one.renew((), DUTIES, NOW) for one in nodes))
    held = [duty for one in found for duty in one.duties]
    assert sorted(held) == sorted(DUTIES)


async def test_a_renewed_lease_does_not_end(
    node: Node, store: PostgresStore, bench: Bench
) -> None:
    other = await node("node-2")
    await store.join({})
    await bench.accepted(kept := bench.transfer())
    await bench.accepted(given_up := bench.transfer())
    await store.claim([Gate(OFFICE, 9)], now=NOW, node="node-1", lease_s=0.3)
    renewed = await store.renew((kept.id,), (), NOW)
    assert renewed.transfers == {kept.id}
    assert (await other.renew((kept.id,), (), NOW)).transfers == set()
    await rests(0.35)
    assert await other.end_leases(OFFICE, NOW + timedelta(seconds=1), 60) == 1
    states = await bench.states(kept.id, given_up.id)
    assert states == ["sending", "unconfirmed"]


async def test_a_lease_that_is_being_written_down_keeps_no_renewal_waiting(
    store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    await store.join({})
    await bench.accepted(one := bench.transfer())
    await bench.accepted(other := bench.transfer())
    await bench.claim()
    with psycopg.connect(**database) as writing:
        writing.execute("SELECT 1 FROM transfer WHERE id = %s FOR UPDATE", (one.id,))
        async with asyncio.timeout(30):
            found = await store.renew((one.id, other.id), (), NOW)
    assert found.transfers == {other.id}


async def test_a_node_tells_of_its_commits_only_where_another_may_hear(
    node: Node, store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    """Each time costs all who write; who is alone at its renewal saves that."""
    await store.join({})
    await store.renew((), (), NOW)
    with psycopg.connect(**database, autocommit=True) as other:
        other.execute(f"LISTEN {CHANNEL}")
        await bench.accepted(bench.transfer())
        alone = await asyncio.to_thread(heard_by, other, 0.3)
        await (await node("node-2")).join({})
        await store.renew((), (), NOW)
        await bench.accepted(bench.transfer())
        with_another = await asyncio.to_thread(heard_by, other, 30)
    assert (alone, with_another) == (0, 1)


async def test_enquiries_and_transfers_share_one_limit_over_all_nodes(
    node: Node, store: PostgresStore, bench: Bench
) -> None:
    other = await node("node-2")
    for _ in range(3):
        await bench.accepted(bench.transfer())
    limits = LaneLimits(in_flight=3)
    permit = await other.permit(OFFICE, 2, limits=limits, **ASKED)
    assert permit.count == 2
    (mine,) = await store.claim(GATES, now=NOW, node="node-1", lease_s=30)
    assert (await store.permit(OFFICE, 1, limits=limits, **ASKED)).count == 0
    await other.give_back(permit, 1)
    assert len(await store.claim(GATES, now=NOW, node="node-1", lease_s=30)) == 1
    await bench.move(mine.transfer.id, State.DELIVERED)
    assert (await store.permit(OFFICE, 9, limits=limits, **ASKED)).count == 1


async def test_a_permit_of_a_dead_node_ends_by_itself(
    node: Node, store: PostgresStore, database: dict[str, Any]
) -> None:
    dead, limits = await node("node-2"), LaneLimits(in_flight=1)
    assert (await dead.permit(OFFICE, 1, limits=limits, **ASKED)).count == 1
    assert (await store.permit(OFFICE, 1, limits=limits, **ASKED)).count == 0
    end(database, "permit")
    assert (await store.permit(OFFICE, 1, limits=limits, **ASKED)).count == 1


async def test_calls_per_second_hold_over_all_nodes(
    node: Node, store: PostgresStore
) -> None:
    nodes = [store, await node("node-2"), await node("node-3")]
    limits = LaneLimits(in_flight=99, per_second=10)
    allowed: list[float] = []
    loop = asyncio.get_running_loop()
    ends = loop.time() + 2.0

    async def press(one: PostgresStore) -> None:
        while loop.time() < ends:
            permit = await one.permit(
                OFFICE, 5, calls=1, limits=limits, now=NOW, hold_s=0
            )
            if permit.count:
                assert permit.count == 1
                allowed.append(loop.time())
            else:
                await rests(min(permit.wait_s or 0.002, 0.01))

    await asyncio.gather(*(press(one) for one in nodes))
    assert len(allowed) > 5
    # Answers may be late, leave is never early: the n-th has waited for n gaps.
    assert len(allowed) <= 2.0 * 10 + 1


async def test_a_virtual_wall_counts_calls_per_second_by_itself(node: Node) -> None:
    store = await node("node-1", paced_by_wall=True)
    limits = LaneLimits(per_second=5)

    async def ask(seconds: float) -> float:
        at = NOW + timedelta(seconds=seconds)
        permit = await store.permit(OFFICE, 1, calls=1, limits=limits, now=at, hold_s=0)
        return permit.wait_s if not permit.count else -1

    assert [await ask(0), await ask(0), await ask(0.2)] == [-1, 0.2, -1]


def lane(state: LaneState, **changes: Any) -> Lane:
    return Lane(OFFICE, LAND, state, NOW, **changes)


@pytest.mark.parametrize(
    ("state", "resume_s", "claimed"),
    [
        (LaneState.PAUSED, None, 0),
        (LaneState.SHADOW, None, 0),
        (LaneState.CLOSED, 60, 0),
        (LaneState.CLOSED, -1, 1),
        (LaneState.PROBING, None, 1),
        (LaneState.OPEN, None, 3),
    ],
)
async def test_a_lane_that_another_node_changed_holds_at_once(
    node: Node,
    bench: Bench,
    state: LaneState,
    resume_s: float | None,
    claimed: int,
) -> None:
    """Even where this node has not heard of it: the claim looks for itself."""
    other = await node("node-2")
    for _ in range(5):
        await bench.accepted(bench.transfer())
    at = None if resume_s is None else NOW + timedelta(seconds=resume_s)
    await bench.store.set_lane(lane(state, resume_at=at), bench.line())
    taken = await other.claim(GATES, now=NOW, node="node-2", lease_s=30)
    assert len(taken) == claimed
    assert await other.claim(GATES, now=NOW, node="node-2", lease_s=30) == []


async def test_a_limit_of_one_office_is_none_of_anothers(
    store: PostgresStore, bench: Bench
) -> None:
    for _ in range(4):
        await bench.accepted(bench.transfer())
    await bench.accepted(told := bench.status())
    await store.claim(GATES, now=NOW, node="node-1", lease_s=30)
    gates = [*GATES, Gate(SENDER, 9, limit=3)]
    (one,) = await store.claim(gates, now=NOW, node="node-1", lease_s=30)
    assert one.transfer.id == told.id


async def test_a_late_outcome_of_a_dead_lease_is_told_by_its_attempt(
    node: Node, store: PostgresStore, bench: Bench
) -> None:
    other = await node("node-2")
    await bench.accepted(new := bench.transfer())
    (one,) = await store.claim([Gate(OFFICE, 1)], now=NOW, node="node-1", lease_s=0.1)
    await rests(0.15)
    assert await other.end_leases(OFFICE, NOW + timedelta(seconds=1), 60) == 1
    (asked,) = await other.claim_enquiries(
        OFFICE, now=NOW + timedelta(seconds=99), limit=9, again_s=60
    )
    move = move_of(asked.transfer, State.DELIVERED, attempts=one.transfer.attempts)
    await store.apply(Change(NOW, one.transfer.dossier_id, moves=(move,)))
    assert await bench.states(new.id) == ["delivered"]
