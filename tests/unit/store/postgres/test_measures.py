"""Measuring beside nodes that write, and a database of the release before."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from gateway.conformance.measure_making import (
    at,
    keep,
    measured,
    queue,
    running,
    share,
)
from gateway.conformance.store_making import NOW, Bench
from gateway.domain.identifiers import DossierId
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.ports.contests import LATENESS_SINCE
from gateway.ports.store import Change
from gateway.store.migrate import migrations
from gateway.store.postgres.connection import connect
from gateway.store.postgres.migrate import PACKAGE, _apply
from gateway.store.postgres.store import PostgresStore
from tests.postgres import Node, Server
from tests.unit.store.test_measure_queues import ENDED, TOLD_SINCE

pytestmark = [pytest.mark.store, pytest.mark.system]

Act = Callable[[Bench, PostgresStore], Awaitable[bool]]
GROW = "UPDATE unmeasured SET times = times + 1 WHERE dossier_id = %s"
#: The migration that makes the queue.
MEASURED_SINCE = 10
DOSSIERS = (
    "INSERT INTO dossier (id, version, sender, unit, document, wrapped_key,"
    " chain_position, chain_digest, state) VALUES"
    " ('d_1', 1, 's', 'u', 'p', '', 0, '', '{}'),"
    " ('d_2', 1, 's', 'u', 'p', '', 0, '', '{}')"
)


async def test_who_measures_waits_for_nobody_who_writes_a_dossier(
    store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    busy, still = await bench.accepted(), await bench.accepted()
    given = [(measured(one), 1) for one in (busy, still)]
    async with await psycopg.AsyncConnection.connect(**database) as writes:
        await writes.execute(GROW, (busy,))
        async with asyncio.timeout(30):
            assert await store.keep_measured(given) == 2
        assert list(await queue(bench)) == [busy]
        await writes.commit()
    ((again, times),) = await store.unmeasured(9)
    assert (again, times) == (busy, 3)
    assert await store.keep_measured([(measured(busy), times)]) == 1
    assert await queue(bench) == {}


async def test_of_two_nodes_that_measure_a_new_dossier_one_is_kept(
    store: PostgresStore, bench: Bench, node: Node
) -> None:
    other = await node("node-2")
    for _ in range(10):
        dossier_id = await bench.accepted()
        given = measured(dossier_id, clocks=(running(),), shares=(share(5),))
        kept = await asyncio.gather(
            *(one.keep_measured([(given, 1)]) for one in (store, other))
        )
        assert sorted(kept) == [0, 1]
    assert await queue(bench) == {}


async def write(bench: Bench, ids: list[DossierId]) -> None:
    """Five lines for each."""
    for _ in range(5):
        for one in ids:
            await bench.store.apply(Change(NOW, one, journal=(bench.line("later"),)))


async def lines_of(bench: Bench, dossier_id: DossierId, kind: str) -> list[JournalLine]:
    """Its lines of a kind."""
    written = await bench.store.journal(dossier_id)
    return [one.line for one in written if one.line.kind == kind]


async def measure(bench: Bench, node: PostgresStore) -> bool:
    """Measure a few: as their version stands how many lines were read."""
    found = await node.unmeasured(5)
    given = [
        (measured(one, version=len(await lines_of(bench, one, "later")),
                  clocks=(running(),)), times)
        for one, times in found
    ]  # fmt: skip
    await node.keep_measured(given)
    return bool(found)


async def tell(bench: Bench, node: PostgresStore) -> bool:
    """Tell the rungs that have come."""
    clocks = await node.rungs(at(9), 9)
    for clock in clocks:
        await node.tell_rung(clock, bench.line("rung", percent=clock.rung))
    return bool(clocks)


async def test_nothing_is_lost_while_nodes_write_measure_and_tell(
    store: PostgresStore, bench: Bench, node: Node
) -> None:
    """In the end every line was read, and each rung stands once in its chain."""
    nodes = (store, await node("node-2"))
    ids = [await bench.accepted() for _ in range(12)]
    await keep(bench, *(measured(one, clocks=(running(),)) for one in ids))

    async def several(act: Act, at_node: PostgresStore) -> None:
        for _ in range(12):
            await act(bench, at_node)

    async with asyncio.timeout(50):
        loops = [several(act, one) for act in (measure, tell) for one in nodes]
        await asyncio.gather(write(bench, ids), *loops)
        while await measure(bench, store) or await tell(bench, store):
            pass
    for one in ids:
        row = await store.measured(one)
        assert row is not None
        assert row.version == len(await lines_of(bench, one, "later")) == 5
        told = [line.facts["percent"] for line in await lines_of(bench, one, "rung")]
        assert sorted(told) == [50, 70, 100]


async def test_every_dossier_of_the_release_before_is_to_be_measured(
    postgres_server: Server,
) -> None:
    with postgres_server.database("template1") as parameters:
        db = connect(parameters)
        for number, name, sql in migrations(PACKAGE):
            if number < MEASURED_SINCE:
                _apply(db, number, name, sql, 0)
        db.execute(DOSSIERS)
        db.close()
        store = await PostgresStore.open(parameters)
        assert await store.unmeasured(9) == [("d_1", 1), ("d_2", 1)]
        await store.close()


@pytest.mark.parametrize("history", [True, False])
async def test_offices_are_told_of_what_ends_from_the_day_of_the_upgrade_on(
    postgres_server: Server, *, history: bool
) -> None:
    with postgres_server.database("template1") as parameters:
        db = connect(parameters)
        for number, name, sql in migrations(PACKAGE):
            if number < TOLD_SINCE:
                _apply(db, number, name, sql, 0)
        if history:
            db.execute(ENDED)
        db.close()
        before = legal_day(datetime.now(UTC))
        store = await PostgresStore.open(parameters)
        marked = await store.mark(LATENESS_SINCE)
        await store.close()
        assert (marked is not None) == history
        if marked is not None:
            assert before <= date.fromisoformat(marked) <= legal_day(datetime.now(UTC))
