"""Several equal nodes on one database: leases, claims, waking, seals."""

import asyncio
import subprocess
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from gateway.conformance.store_making import (
    NOW,
    OFFICE,
    SENDER,
    Bench,
    following,
    move_of,
)
from gateway.domain.errors import ChangedMeanwhile, StoreError
from gateway.domain.identifiers import MessageKind
from gateway.domain.journal import GENESIS
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import Fate, State
from gateway.ports import pulse
from gateway.ports.store import Change, Gate
from gateway.store import claims
from gateway.store.database import Tx
from gateway.store.postgres import waking
from gateway.store.postgres.connection import connect
from gateway.store.postgres.limits import within_limits
from gateway.store.postgres.store import PostgresStore
from gateway.store.rows import stamp
from tests.postgres import Node

pytestmark = [pytest.mark.store, pytest.mark.system]
Program = Callable[[], subprocess.Popen[str]]


async def rests(seconds: float) -> None:
    await asyncio.to_thread(threading.Event().wait, seconds)


async def test_no_transfer_is_claimed_by_two_nodes(node: Node, bench: Bench) -> None:
    others = [await node(f"node-{i}") for i in (2, 3)]
    for _ in range(60):
        await bench.accepted(bench.transfer())
    taken: list[str] = []

    async def work(store: PostgresStore, name: str) -> None:
        empty = 0
        while empty < 3:
            found = await store.claim(
                [Gate(OFFICE, 4)], now=bench.now, node=name, lease_s=30
            )
            taken.extend(one.transfer.id for one in found)
            empty = 0 if found else empty + 1
            for one in found:
                move = move_of(one.transfer, State.DELIVERED)
                await store.apply(Change(NOW, one.transfer.dossier_id, moves=(move,)))

    stores = [bench.store, *others]
    await asyncio.gather(
        *(work(store, f"node-{i}") for i, store in enumerate(stores, 1))  # type: ignore[arg-type]
    )
    assert len(taken) == len(set(taken)) == 60


async def test_nodes_together_have_no_more_on_its_way_than_the_lane_allows(
    node: Node, store: PostgresStore, bench: Bench
) -> None:
    nodes = [store, await node("node-2"), await node("node-3")]
    for _ in range(40):
        await bench.accepted(bench.transfer())
    gates = [Gate(OFFICE, 4, limit=5)]
    delivered, full = 0, 0
    async with asyncio.timeout(30):
        while delivered < 40:
            found = await asyncio.gather(
                *(
                    one.claim(gates, now=NOW, node=f"n{number}", lease_s=30)
                    for number, one in enumerate(nodes)
                )
            )
            taken = [claimed.transfer for some in found for claimed in some]
            assert len(taken) <= 5
            full += len(taken) == 5
            for transfer in taken:
                move = move_of(transfer, State.DELIVERED)
                await store.apply(Change(NOW, transfer.dossier_id, moves=(move,)))
            delivered += len(taken)
    assert full > 3


async def test_a_full_lane_gives_nothing_until_something_came_back(
    node: Node, store: PostgresStore, bench: Bench
) -> None:
    other = await node("node-2")
    for _ in range(3):
        await bench.accepted(bench.transfer())
    gates = [Gate(OFFICE, 9, limit=2)]
    mine = await store.claim(gates, now=NOW, node="node-1", lease_s=30)
    assert len(mine) == 2
    assert await other.claim(gates, now=NOW, node="node-2", lease_s=30) == []
    await bench.move(mine[0].transfer.id, State.DELIVERED)
    assert len(await other.claim(gates, now=NOW, node="node-2", lease_s=30)) == 1


async def test_a_node_that_was_stopped_in_a_claim_holds_up_no_other_office(
    store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    await bench.accepted(bench.transfer())
    await bench.accepted(bench.status())
    stopped = connect(database)
    stopped.script("BEGIN")
    at = stamp(NOW)
    (gate,) = within_limits(Tx(stopped), [Gate(OFFICE, 1, limit=5)], at)
    claims.claim(Tx(stopped), [gate], at, at + 30_000_000, "n/1/1")
    gates = [Gate(OFFICE, 1, limit=5), Gate(SENDER, 1, limit=5)]
    await bench.accepted(bench.transfer())
    async with asyncio.timeout(30):
        (one,) = await store.claim(gates, now=NOW, node="node-1", lease_s=30)
    assert one.transfer.office == SENDER
    stopped.script("COMMIT")
    stopped.close()
    (one,) = await store.claim(gates, now=NOW, node="node-1", lease_s=30)
    assert one.transfer.office == OFFICE


async def test_whoever_lost_its_lease_to_another_node_cannot_complete(
    node: Node, store: PostgresStore, bench: Bench
) -> None:
    other = await node("node-2")
    await bench.accepted(new := bench.transfer())
    (lost,) = await store.claim([Gate(OFFICE, 1)], now=NOW, node="node-1", lease_s=0.2)
    late = NOW.replace(minute=59)
    # The other node's wall says that the lease is over; the database does not.
    assert await other.end_leases(OFFICE, late, 60.0) == 0
    assert await bench.states(new.id) == ["sending"]
    await rests(0.25)
    assert await other.end_leases(OFFICE, late, 60.0) == 1
    found = await bench.transfer_of(new.id)
    assert (found.state, found.fate) == (State.UNCONFIRMED, Fate.MAY_HAVE_LEFT)
    assert (found.cause, found.lease_by) == ("lease_over", None)
    move = move_of(lost.transfer, State.DELIVERED)
    outcome = Change(NOW, lost.transfer.dossier_id, moves=(move,))
    with pytest.raises(ChangedMeanwhile):
        await store.apply(outcome)
    await bench.move(new.id, State.DUE, fate=Fate.NOT_LEFT)
    (again,) = await other.claim([Gate(OFFICE, 1)], now=NOW, node="node-2", lease_s=9)
    with pytest.raises(ChangedMeanwhile):
        await store.apply(outcome)
    mine = move_of(again.transfer, State.DELIVERED)
    await other.apply(Change(NOW, again.transfer.dossier_id, moves=(mine,)))


async def test_a_jump_of_the_wall_clock_ends_no_lease(
    store: PostgresStore, bench: Bench
) -> None:
    await bench.accepted(new := bench.transfer())
    await bench.claim()
    far = bench.later(86_400)
    assert await store.end_leases(OFFICE, far, 60) == 0
    assert await bench.states(new.id) == ["sending"]


async def test_a_node_that_starts_leaves_what_the_others_have_on_its_way(
    node: Node, store: PostgresStore, bench: Bench
) -> None:
    names = ("node-1", "node-10", "other")
    by_name = {}
    for name in names:
        await bench.accepted(bench.transfer())
        (one,) = await store.claim([Gate(OFFICE, 1)], now=NOW, node=name, lease_s=60)
        by_name[name] = one.transfer.id
    again = await node("node-1")
    assert await again.recover(node="node-1", now=NOW, ask_after_s={}) == 1
    states = await bench.states(*by_name.values())
    assert states == ["unconfirmed", "sending", "sending"]


@pytest.mark.crash
async def test_what_a_killed_node_had_on_its_way_is_finished_by_another(
    store: PostgresStore, bench: Bench, program: Program
) -> None:
    for _ in range(20):
        await bench.accepted(bench.transfer())
    victim = program()
    assert victim.stdout is not None
    taken = (await asyncio.to_thread(victim.stdout.readline)).split()
    victim.kill()
    assert await bench.states(*taken) == ["sending"] * 5
    delivered: dict[str, int] = {}
    async with asyncio.timeout(20):
        while len(delivered) < 20:
            for one in await bench.claim():
                move = move_of(one.transfer, State.DELIVERED)
                await store.apply(Change(NOW, one.transfer.dossier_id, moves=(move,)))
                delivered[one.transfer.id] = one.transfer.attempts
            await store.end_leases(OFFICE, bench.later(5), 0)
            for one in await store.claim_enquiries(
                OFFICE, now=bench.later(5), limit=9, again_s=0
            ):
                assert one.transfer.fate is Fate.MAY_HAVE_LEFT
                await bench.move(one.transfer.id, State.DUE, fate=Fate.NOT_LEFT)
            await rests(0.05)
    assert {one for one, attempts in delivered.items() if attempts == 2} == set(taken)


async def test_a_claim_under_way_keeps_nobody_from_adding(
    store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    """Neither a new dossier nor to the very conversation; nor another claim."""
    dossier_id = await bench.accepted(first := bench.transfer())
    await bench.accepted(other := bench.transfer())
    claiming = connect(database)
    claiming.script("BEGIN")
    at = stamp(NOW)
    (taken,) = claims.claim(
        Tx(claiming), [Gate(OFFICE, 1)], at, at + 30_000_000, "n/1/1"
    )
    assert taken.transfer.id == first.id
    async with asyncio.timeout(30):
        await bench.accepted(bench.transfer())
        await bench.add(dossier_id, behind := bench.transfer())
        (one, *_) = await bench.claim(room=1)
        assert one.transfer.id == other.id
    claiming.script("COMMIT")
    claiming.close()
    assert await bench.states(first.id, behind.id) == ["sending", "waiting"]


async def test_whoever_cancels_what_is_being_claimed_hears_that_it_left(
    store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    """The claim was first: what it has taken is not cancelled under its hands."""
    await bench.accepted(new := bench.transfer())
    present = await bench.transfer_of(new.id)
    claiming = connect(database)
    claiming.script("BEGIN")
    at = stamp(NOW)
    claims.claim(Tx(claiming), [Gate(OFFICE, 1)], at, at + 30_000_000, "n/1/1")
    move = move_of(present, State.CANCELLED)
    work = asyncio.ensure_future(
        store.apply(Change(NOW, present.dossier_id, moves=(move,)))
    )
    await asyncio.wait([work], timeout=0.2)
    assert not work.done()
    claiming.script("COMMIT")
    claiming.close()
    with pytest.raises(ChangedMeanwhile):
        await work
    assert await bench.states(new.id) == ["sending"]


async def test_a_withdrawal_does_not_pass_what_is_being_claimed(
    store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    """It waits to see what became of it, and leaves alone what has gone."""
    dossier_id = await bench.accepted(head := bench.transfer())
    claiming = connect(database)
    claiming.script("BEGIN")
    at = stamp(NOW)
    claims.claim(Tx(claiming), [Gate(OFFICE, 1)], at, at + 30_000_000, "n/1/1")
    withdrawal = bench.transfer(
        kind=MessageKind("withdraw"), overtakes=frozenset({MessageKind("hand_over")})
    )
    work = asyncio.ensure_future(bench.add(dossier_id, withdrawal))
    await asyncio.wait([work], timeout=0.2)
    assert not work.done()
    claiming.script("COMMIT")
    claiming.close()
    await work
    assert await bench.states(head.id, withdrawal.id) == ["sending", "waiting"]


async def test_adding_on_one_node_while_another_completes_leaves_no_orphan(
    node: Node, store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    other = await node("node-2")
    heads = [bench.transfer() for _ in range(100)]
    dossiers = [await bench.accepted(head) for head in heads]
    claimed = await bench.claim(room=200)
    moves = [
        Change(
            NOW,
            one.transfer.dossier_id,
            moves=(move_of(one.transfer, State.DELIVERED),),
        )
        for one in claimed
    ]
    adds = [Change(NOW, one, transfers=(bench.transfer(),)) for one in dossiers]
    await asyncio.gather(
        *(store.apply(one) for one in moves), *(other.apply(one) for one in adds)
    )
    with psycopg.connect(**database) as owner:
        rows = owner.execute(
            "SELECT state, count(*) FROM transfer GROUP BY 1 ORDER BY 1"
        )
        assert rows.fetchall() == [("delivered", 100), ("due", 100)]


async def test_of_changes_on_two_nodes_one_wins(
    node: Node, store: PostgresStore, bench: Bench
) -> None:
    other = await node("node-2")
    case = bench.case()
    await bench.accepted(case=case)
    for version in range(10):
        changes = [
            Change(NOW, case.dossier_id, following(case, told=version * 2 + i))
            for i in range(2)
        ]
        results = await asyncio.gather(
            store.apply(changes[0]), other.apply(changes[1]), return_exceptions=True
        )
        assert sum(isinstance(one, ChangedMeanwhile) for one in results) == 1
        row = await store.dossier(case.dossier_id, EVERYTHING)
        assert row is not None
        case = row.case
    assert case.version == 11


async def test_the_same_configuration_of_two_nodes_is_one(
    node: Node, store: PostgresStore, bench: Bench
) -> None:
    other = await node("node-2")
    for number in range(1, 6):
        content = {"a": number}
        told = await asyncio.gather(
            *(
                one.add_configuration(content, bench.line("configuration"))
                for one in (store, other)
            )
        )
        assert told == [number, number]


async def test_a_chain_that_two_nodes_append_to_stays_one(
    node: Node, store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    other = await node("node-2")

    async def write(to: PostgresStore) -> None:
        for _ in range(20):
            await to.note("reads", [bench.line()])

    await asyncio.gather(write(store), write(other))
    with psycopg.connect(**database) as owner:
        rows = owner.execute(
            "SELECT position FROM journal WHERE chain = 'reads' ORDER BY id"
        ).fetchall()
    assert [row[0] for row in rows] == list(range(1, 41))


async def test_another_node_hears_of_what_is_due(
    node: Node, store: PostgresStore, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before it would have looked by itself, and once for many commits."""
    monkeypatch.setattr(waking, "POLL_S", 600.0)
    other = await node("node-2")
    heard = asyncio.Event()
    calls: list[int] = []
    other.on_commit(heard.set)
    other.on_commit(lambda: calls.append(1))
    async with asyncio.timeout(60):
        while not heard.is_set():  # it begins to listen some time after it was opened
            await bench.accepted(bench.transfer())
        heard.clear()
        del calls[:]
        await asyncio.gather(*(bench.accepted(bench.transfer()) for _ in range(50)))
        await heard.wait()
    assert len(calls) < 10


async def test_nodes_look_by_themselves_each_second(store: PostgresStore) -> None:
    heard = asyncio.Event()
    store.on_commit(heard.set)
    for _ in range(2):
        async with asyncio.timeout(30):
            await heard.wait()
        heard.clear()


# ------------------------------------------------------------------- seals


async def test_a_line_of_a_transaction_that_still_runs_keeps_the_later_ones_back(
    store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    """Its id is lower: numbered after them it would be missed by who has read on."""
    await bench.accepted(journal=(bench.line("status", n=1),))
    with psycopg.connect(**database) as slow:
        slow.execute(
            "INSERT INTO journal (position, dossier_id, kind, at, actor, facts,"
            " payload_digest, digest, teller) SELECT 99, id, 'status', 0, 'x', '{}',"
            " '', '\\x99', sender FROM dossier"
        )
        await bench.accepted(journal=(bench.line("status", n=2),))
        assert await store.seal(now=NOW) == 1
        assert len(await store.feed(EVERYTHING, after=0, limit=9)) == 1
    assert await store.seal(now=NOW) == 2
    items = await store.feed(EVERYTHING, after=0, limit=9)
    assert [one.cursor for one in items] == [1, 2, 3]
    assert [one.facts.get("n") for one in items] == [1, None, 2]


async def test_a_reader_of_the_feed_misses_nothing_while_many_write(
    node: Node, store: PostgresStore, bench: Bench
) -> None:
    other = await node("node-2")
    seen: list[int] = []
    told: list[object] = []

    async def write(to: PostgresStore, count: int) -> None:
        for n in range(count):
            line = bench.line("status", n=n)
            await to.apply(bench.acceptance(journal=(line, bench.line())))

    async def read() -> None:
        for one in await store.feed(EVERYTHING, after=max(seen, default=0), limit=500):
            seen.append(one.cursor)
            told.append(one.dossier_id)

    work = [
        asyncio.ensure_future(write(to, 40)) for to in (store, other) for _ in range(3)
    ]
    while not all(one.done() for one in work):
        # Sealers of both nodes at once.
        await asyncio.gather(store.seal(now=NOW), other.seal(now=NOW))
        await read()
    await asyncio.gather(*work)
    await store.seal(now=NOW)
    await read()
    assert len(set(told)) == len(told) == 240
    assert seen == sorted(set(seen))


async def test_each_seal_is_chained_to_the_one_before(
    store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    for _ in range(3):
        await bench.accepted()
        assert await store.seal(now=NOW) == 1
    with psycopg.connect(**database) as owner:
        seals = owner.execute(
            "SELECT last, lines, previous, digest FROM seal ORDER BY last"
        ).fetchall()
    assert [row[:2] for row in seals] == [(1, 1), (2, 1), (3, 1)]
    assert [row[2] for row in seals] == [GENESIS, *(row[3] for row in seals[:-1])]


async def test_a_text_that_the_server_cannot_hold_is_its_callers_fault(
    store: PostgresStore, bench: Bench
) -> None:
    with pytest.raises(StoreError) as raised:
        await bench.accepted(bench.transfer(leg="a\0b"))
    assert raised.value.code == "store_rule_broken"
    await bench.accepted(bench.transfer())


async def test_a_lease_ends_by_the_servers_clock_however_far_ahead_a_wall_was(
    node: Node, bench: Bench
) -> None:
    """A node whose wall is an hour ahead dies; the others' walls come to it later."""
    other = await node("node-2")
    await bench.accepted(bench.transfer())
    ahead = bench.later(3600)
    assert await other.claim([Gate(OFFICE, 1)], now=ahead, node="node-2", lease_s=0.3)
    assert await bench.store.due_offices(bench.now, ("lease_until",)) == []
    assert await bench.store.end_leases(OFFICE, bench.now, 60) == 0
    await rests(0.5)
    assert await bench.store.due_offices(bench.now, ("lease_until",)) == [OFFICE]
    assert await bench.store.end_leases(OFFICE, bench.now, 60) == 1


async def test_a_lease_lasts_by_the_servers_clock_however_far_ahead_a_wall_is(
    node: Node, bench: Bench
) -> None:
    other = await node("node-2")
    await bench.accepted(bench.transfer())
    assert await other.claim(
        [Gate(OFFICE, 1)], now=bench.now, node="node-2", lease_s=30
    )
    ahead = bench.later(3600)
    assert await bench.store.due_offices(ahead, ("lease_until",)) == []
    assert await bench.store.end_leases(OFFICE, ahead, 60) == 0


async def test_nobody_joins_reads_that_have_waited_too_long(
    store: PostgresStore, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that says nothing keeps those few waiting who asked it first."""
    dossier_id = await bench.accepted()
    goes_on = threading.Event()
    waiting = [
        asyncio.ensure_future(store._readers.read(lambda _: goes_on.wait(20)))
        for _ in range(3)
    ]
    monkeypatch.setattr(pulse, "LONGEST_S", 0.1)
    await rests(0.2)
    with pytest.raises(StoreError) as raised:
        await store.dossier(dossier_id, EVERYTHING)
    assert raised.value.code == "store_busy"
    goes_on.set()
    await asyncio.gather(*waiting)
    assert await store.dossier(dossier_id, EVERYTHING)
