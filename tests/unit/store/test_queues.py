"""What the embedded store promises of its queues and chains: plans, leases, seals."""

import asyncio
from typing import Any

import pytest

from gateway.conformance.store_making import NOW, OFFICE, Bench
from gateway.domain.bulk import Selection
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import chained
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import Fate, State
from gateway.ports.store import Gate
from gateway.store import bulk_items, claims
from gateway.store.dialect import SQLITE
from gateway.store.rows import stamp
from gateway.store.sqlite import SQLiteStore

pytestmark = pytest.mark.store


def plan(store: SQLiteStore, query: str, *values: object) -> str:
    rows = store._reader.execute("EXPLAIN QUERY PLAN " + query, values).fetchall()
    return "\n".join(str(row[3]) for row in rows)


QUEUES = {
    claims.CLAIM: "transfer_due (office=? AND due_at>? AND due_at<?)",
    claims.ENQUIRIES: "transfer_ask (office=? AND ask_at>? AND ask_at<?)",
    claims.POLLS: "transfer_poll (office=? AND poll_at>? AND poll_at<?)",
}


async def many_due(store: SQLiteStore, count: int) -> None:
    """So many due transfers of one office, in one commit."""

    def fill(tx: Any) -> None:
        rows = (
            (f"x{count}.{i}", f"d{count}.{i}", stamp(NOW), stamp(NOW))
            for i in range(count)
        )
        tx.db.executemany(
            "INSERT INTO transfer (id, dossier_id, agency, office, leg, conversation,"
            " position, kind, state, fate, created_at, facts, revision, dependent, head,"
            " due_at) VALUES (?, ?, 'tax', 'shut-1', 'tax', 'tax', 1, 'slip_new', 'due',"
            " 'not_left', ?, x'7b7d', 1, 0, 1, ?)",
            rows,
        )

    await store._writer.submit(fill)


async def steps_of_an_idle_turn(store: SQLiteStore) -> int:
    """Steps of SQLite's machine for a turn in which nothing can be claimed."""
    steps = 0

    def count() -> bool:
        nonlocal steps
        steps += 1
        return False

    gates = [Gate(OfficeId("nobody-1"), 9)]
    for repeat in (False, True):  # the first prepares the statements
        if repeat:
            store._reader.driver.set_progress_handler(count, 1)
        await store.due_offices(NOW)
        await store.next_due(NOW)
        assert await store.claim(gates, now=NOW, node="n", lease_s=9) == ()
    store._reader.driver.set_progress_handler(None, 1)
    return steps


async def test_a_claim_costs_the_same_however_many_wait_for_another_office(
    store: SQLiteStore, bench: Bench
) -> None:
    await bench.accepted(bench.transfer())
    await many_due(store, 20)
    few = await steps_of_an_idle_turn(store)
    await many_due(store, 20_000)
    await store._writer.submit(lambda tx: tx.db.execute("ANALYZE").fetchall())
    for query, index in QUEUES.items():
        found = plan(store, query, OFFICE, stamp(NOW), 5)
        assert f"USING COVERING INDEX {index}" in found
        assert "TEMP B-TREE" not in found
    many = await steps_of_an_idle_turn(store)
    assert 0 < many < few * 1.2
    assert len(await bench.claim()) == 1


BULK = {
    State.PARKED: "USING INDEX transfer_still ((still_at,id)>(?,?) AND still_at<?)",
    State.WAITING: "USING INDEX transfer_waiting (seq>?)",
    State.DUE: "USING INDEX transfer_due",
}


@pytest.mark.parametrize("state", BULK)
async def test_a_page_of_a_selection_begins_where_the_last_one_ended(
    store: SQLiteStore, state: State
) -> None:
    (source,) = (one for one in bulk_items._SOURCES if state in one.states)
    query, values = bulk_items._query(
        source, Selection((state,)), EVERYTHING, [state], NOW, 10**9
    )
    found = plan(store, query, *values, *source.start, 5)
    assert BULK[state] in found
    assert found.count("TEMP B-TREE") == (state is State.DUE), "ids of one moment only"
    assert "SCAN d" not in found


async def test_offices_are_found_by_skipping_rows(store: SQLiteStore) -> None:
    queries = {
        **{k: v[SQLITE] for k, v in claims.DUE_OFFICES.items()},
        **{f"next {k}": v for k, v in claims.NEXT_MOMENT.items()},
    }
    for name, query in queries.items():
        found = plan(store, query, 0)
        index = "transfer_" + name.rsplit(" ", 1)[-1].split("_")[0]
        assert f"SEARCH transfer USING COVERING INDEX {index} (office>?)" in found
        assert "TEMP B-TREE" not in found


async def test_an_altered_line_breaks_its_chain(
    store: SQLiteStore, bench: Bench
) -> None:
    dossier_id = await bench.accepted(
        journal=(bench.line(event="accepted"), bench.line(event="handed_over"))
    )

    async def whole() -> list[bool]:
        return [
            one.digest == chained(one.previous, one.line, one.chain, one.position)
            for one in await store.journal(dossier_id)
        ]

    assert await whole() == [True, True]
    await store._writer.submit(
        lambda tx: tx.db.execute(
            "UPDATE journal SET facts = x'7b7d' WHERE position = 1"
        ).fetchall()
    )
    assert await whole() == [False, True]


async def test_each_seal_is_chained_to_the_one_before(
    store: SQLiteStore, bench: Bench
) -> None:
    for _ in range(3):
        await bench.accepted()
        assert await store.seal(now=NOW) == 1
    seals = store._reader.execute(
        "SELECT last, lines, previous, digest FROM seal ORDER BY last"
    ).fetchall()
    assert [row[:2] for row in seals] == [(1, 1), (2, 1), (3, 1)]
    assert [row[2] for row in seals[1:]] == [row[3] for row in seals[:-1]]


async def test_of_two_sealers_one_finds_nothing_left(
    store: SQLiteStore, bench: Bench
) -> None:
    for _ in range(3):
        await bench.accepted()
    results = await asyncio.gather(store.seal(now=NOW), store.seal(now=NOW))
    assert sorted(results) == [0, 3]
    assert await store.seal(now=NOW) == 0


async def test_a_lease_that_ended_without_an_outcome_is_asked_about(
    store: SQLiteStore, bench: Bench
) -> None:
    await bench.accepted(new := bench.transfer())
    await store.claim([Gate(OFFICE, 1)], now=NOW, node="n", lease_s=0.0)
    bench.now = bench.later(2)
    assert await store.end_leases(OFFICE, bench.now, 60) == 1
    found = await bench.transfer_of(new.id)
    assert (found.state, found.fate) == (State.UNCONFIRMED, Fate.MAY_HAVE_LEFT)
    assert (found.cause, found.ask_at) == ("lease_over", bench.later(60))


async def test_a_jump_of_the_wall_clock_ends_no_lease(
    store: SQLiteStore, bench: Bench
) -> None:
    await bench.accepted(new := bench.transfer())
    await bench.claim()
    far = bench.later(86_400)
    assert await store.end_leases(OFFICE, far, 60) == 0
    assert await bench.states(new.id) == ["sending"]
