"""What is told of a commit: kept, not kept, or nobody knows; and that it comes back."""

import asyncio
import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest

from gateway.conformance.store_making import NOW, Bench, following
from gateway.domain.errors import (
    ChangedMeanwhile,
    KeyTaken,
    StoreError,
    StoreFateUnknown,
    StoreUnavailable,
)
from gateway.domain.identifiers import DossierId
from gateway.domain.journal import chained
from gateway.domain.principal import EVERYTHING
from gateway.ports.store import Change
from gateway.store.apply import apply_change
from gateway.store.database import Tx
from gateway.store.postgres.connection import connect
from gateway.store.postgres.store import PostgresStore
from gateway.store.postgres.writing import BEGIN_SHARED, Pen, Unit
from tests.postgres import Node, Server
from tests.standby import no_standby, waiting

pytestmark = [pytest.mark.store, pytest.mark.system]

#: At the commit of a new dossier, wait: a constraint that is looked at only then.
SLOW_COMMIT = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON dossier DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION slow();
"""


async def waits_for(server: Server, dbname: str, event: str) -> int:
    """The process of a session of the database that waits for something."""
    ends = asyncio.get_running_loop().time() + 20
    while asyncio.get_running_loop().time() < ends:
        rows = await asyncio.to_thread(
            server.admin,
            "SELECT pid FROM pg_stat_activity"
            f" WHERE datname = '{dbname}' AND wait_event = '{event}'",
        )
        if rows:
            return int(rows[0][0])
        await asyncio.to_thread(threading.Event().wait, 0.01)
    raise AssertionError(f"nobody waits for {event}")


async def test_a_session_killed_in_its_commit_leaves_everybody_to_look(
    store: PostgresStore,
    bench: Bench,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    with psycopg.connect(**database) as owner:
        owner.execute(SLOW_COMMIT)
    changes = [bench.acceptance() for _ in range(5)]
    work = [asyncio.ensure_future(store.apply(one)) for one in changes]
    while not all(one.done() for one in work):
        await asyncio.to_thread(
            postgres_server.admin,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE datname = '{database['dbname']}' AND wait_event = 'PgSleep'",
        )
        await asyncio.wait(work, timeout=0.05)
    results = await asyncio.gather(*work, return_exceptions=True)
    assert [type(one) for one in results] == [StoreFateUnknown] * 5
    with psycopg.connect(**database) as owner:
        owner.execute("DROP TRIGGER slow ON dossier")
    for change in changes:
        assert change.dossier_id
        assert await store.dossier(change.dossier_id, EVERYTHING) is None
        await store.apply(change)
    assert (await store.counts(EVERYTHING))["open"] == 5


async def test_a_session_killed_after_its_commit_has_kept_everything(
    store: PostgresStore,
    bench: Bench,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    name = database["dbname"]
    await bench.accepted()
    postgres_server.admin(
        f"ALTER DATABASE {name} SET synchronous_commit = 'remote_apply'"
    )
    change = bench.acceptance()
    # The commit is on the disk and waits for somebody who does not answer.
    async with no_standby(postgres_server):
        work = asyncio.ensure_future(store.apply(change))
        (pid,) = await waiting(postgres_server, name)
        postgres_server.admin(f"SELECT pg_terminate_backend({pid}, 5000)")
        with pytest.raises(StoreFateUnknown):
            await work
    assert change.dossier_id
    assert await store.dossier(change.dossier_id, EVERYTHING)
    second = Change(NOW, change.dossier_id, following(change.case, told=1))  # type: ignore[arg-type]
    assert (await store.apply(second)).version == 2


async def test_a_session_lost_before_its_commit_has_kept_nothing(
    store: PostgresStore,
    bench: Bench,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    dossier_id = await bench.accepted()
    with psycopg.connect(**database) as other:
        other.execute("SELECT 1 FROM dossier FOR UPDATE")
        line = Change(NOW, dossier_id, journal=(bench.line(),))
        work = asyncio.ensure_future(store.apply(line))
        for _ in range(2):  # a session that had rested is replaced, once
            pid = await waits_for(postgres_server, database["dbname"], "transactionid")
            postgres_server.admin(f"SELECT pg_terminate_backend({pid}, 5000)")
        with pytest.raises(StoreUnavailable):
            await work
    assert len(await store.journal(dossier_id)) == 1
    await store.apply(line)
    assert len(await store.journal(dossier_id)) == 2


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_a_server_that_restarts_under_load_loses_nothing_acknowledged(
    store: PostgresStore, bench: Bench, postgres_server: Server, how: signal.Signals
) -> None:
    kept: list[DossierId] = []
    troubles: list[StoreError] = []
    stop = asyncio.Event()

    async def one_after_another() -> None:
        while not stop.is_set():
            change = bench.acceptance(bench.transfer(), bench.status())
            try:
                await store.apply(change)
            except (StoreUnavailable, StoreFateUnknown) as error:
                troubles.append(error)
                await asyncio.to_thread(threading.Event().wait, 0.02)
            else:
                kept.append(DossierId(change.dossier_id or ""))

    work = [asyncio.ensure_future(one_after_another()) for _ in range(8)]
    await until(lambda: len(kept) > 100)
    await asyncio.to_thread(postgres_server.stop, how)
    await until(lambda: len(troubles) > 8)
    with pytest.raises(StoreUnavailable):
        await store.dossier(kept[0], EVERYTHING)
    before = len(kept)
    await asyncio.to_thread(postgres_server.start)
    await until(lambda: len(kept) > before + 100)
    stop.set()
    await asyncio.gather(*work)
    assert len(set(kept)) == len(kept)
    for identifier in kept:
        assert await store.dossier(identifier, EVERYTHING), identifier
        assert len(await store.transfers(identifier)) == 2
        (line,) = await store.journal(identifier)
        assert line.digest == chained(
            line.previous, line.line, line.chain, line.position
        )


async def until(true: Callable[[], bool]) -> None:
    """Wait for a fact."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.to_thread(threading.Event().wait, 0.01)


async def test_units_of_a_dossier_are_kept_in_order_around_a_failed_one(
    store: PostgresStore, bench: Bench
) -> None:
    change = bench.acceptance(references=(bench.reference(b"b"),))
    first = change.case
    assert first is not None
    await store.apply(change)
    bad = Change(
        NOW, first.dossier_id, following(first), references=(bench.reference(b"c"),)
    )
    await bench.accepted(references=(bench.reference(b"c"),))
    second = Change(NOW, first.dossier_id, following(first, told=1))
    third = Change(NOW, first.dossier_id, following(following(first), told=2))
    results = await asyncio.gather(
        *(store.apply(one) for one in (bad, second, third)), return_exceptions=True
    )
    told = [getattr(one, "version", type(one)) for one in results]
    assert told == [KeyTaken, 2, 3]


async def test_changes_of_a_dossier_are_made_in_the_order_of_their_callers(
    store: PostgresStore, bench: Bench
) -> None:
    case = bench.case()
    await bench.accepted(case=case)
    changes = []
    for told in range(50):
        case = following(case, told=told)
        changes.append(Change(NOW, case.dossier_id, case))
    applied = await asyncio.gather(*(store.apply(one) for one in changes))
    assert [one.version for one in applied] == list(range(2, 52))


async def test_a_caller_that_gave_up_harms_nobody(
    store: PostgresStore, bench: Bench
) -> None:
    change = bench.acceptance()
    task = asyncio.ensure_future(store.apply(change))
    other = asyncio.ensure_future(bench.accepted())
    await asyncio.wait([task], timeout=0)
    task.cancel()
    await other
    await until(store.is_still)
    assert await store.dossier(change.dossier_id or DossierId(""), EVERYTHING)


class CountingPen(Pen):
    """Counts the units that had to be run one by one."""

    alone = 0

    def _alone(self, unit: Unit[Any]) -> bool:
        self.alone += 1
        return super()._alone(unit)


async def test_groups_that_block_each_other_are_run_one_by_one(
    store: PostgresStore,
    bench: Bench,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    """A stranger locks in the other order; the server ends the group."""
    ids = [await bench.accepted() for _ in range(2)]
    lines = [Change(NOW, one, journal=(bench.line(),)) for one in ids]
    future = asyncio.get_running_loop().create_future()
    holds, goes_on = threading.Event(), threading.Event()

    def second(tx: Tx) -> object:
        holds.set()
        goes_on.wait(20)
        return apply_change(tx, lines[1], "")

    units: list[Unit[Any]] = [
        Unit(partial(apply_change, change=lines[0], chain=""), future, "0"),
        Unit(second, future, "1"),
    ]
    pen = CountingPen(database)
    lock = "SELECT 1 FROM dossier WHERE id = %s FOR UPDATE"
    with psycopg.connect(**database) as other:
        other.execute("SET deadlock_timeout = '60s'")  # never the stranger
        other.execute(lock, (ids[1],))
        written = asyncio.ensure_future(asyncio.to_thread(pen.write, units))
        await asyncio.to_thread(holds.wait, 20)
        locked = asyncio.ensure_future(
            asyncio.to_thread(other.execute, lock, (ids[0],))
        )
        await waits_for(postgres_server, database["dbname"], "transactionid")
        # Whoever waits last looks for a circle: that is the group now.
        goes_on.set()
        await locked
        other.rollback()
        await written
    pen.close()
    assert pen.alone == 2
    assert [unit.error for unit in units] == [None, None]
    for one in ids:
        assert len(await store.journal(one)) == 2


async def test_of_two_nodes_with_the_same_new_dossier_one_is_late(
    node: Node, bench: Bench
) -> None:
    other = await node("node-2")
    for _ in range(10):
        change = bench.acceptance(bench.transfer())
        results = await asyncio.gather(
            bench.store.apply(change), other.apply(change), return_exceptions=True
        )
        late = [one for one in results if isinstance(one, ChangedMeanwhile)]
        assert len(late) == 1


async def test_a_node_that_was_stopped_in_a_unit_keeps_nobody_waiting_for_ever(
    store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    """The server ends a transaction whose node says nothing more."""
    dossier_id = await bench.accepted()
    stopped = connect(database)
    stopped.script(BEGIN_SHARED.replace("20s", "200ms"))
    stopped.execute("SELECT 1 FROM dossier WHERE id = ? FOR UPDATE", (dossier_id,))
    async with asyncio.timeout(30):
        await store.apply(Change(NOW, dossier_id, journal=(bench.line(),)))
    with pytest.raises(psycopg.Error):
        stopped.script("COMMIT")
    assert stopped.is_lost


async def test_a_server_that_writes_no_more_is_left_for_another(
    store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    """As after a failover: the session lives on, at a server that only reads now."""

    def line() -> Unit[Any]:
        future = asyncio.get_running_loop().create_future()
        change = Change(NOW, dossier_id, journal=(bench.line(),))
        return Unit(partial(apply_change, change=change, chain=""), future, "")

    dossier_id = await bench.accepted()
    pen = Pen(database)
    kept, lost, again = line(), line(), line()
    pen.write([kept])
    pen._script("SET default_transaction_read_only = on")
    pen.write([lost])
    pen.write([again])
    pen.close()
    assert kept.error is None
    assert isinstance(lost.error, StoreUnavailable)
    assert again.error is None
    assert len(await store.journal(dossier_id)) == 3


async def test_a_server_that_only_reads_is_not_written_to(
    store: PostgresStore,
    bench: Bench,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    name = database["dbname"]
    await bench.accepted()
    postgres_server.admin(
        f"ALTER DATABASE {name} SET default_transaction_read_only = on"
    )
    postgres_server.admin(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        f" WHERE datname = '{name}'"
    )
    with pytest.raises(StoreUnavailable):
        await bench.accepted()
    postgres_server.admin(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    await bench.accepted()


async def test_a_full_disk_of_the_server_is_told_and_passes(
    store: PostgresStore, bench: Bench, database: dict[str, Any]
) -> None:
    """As the server says it; what it could not take is taken once there is room."""
    with psycopg.connect(**database) as owner:
        owner.execute(
            "CREATE FUNCTION full_() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
        )
        owner.execute(
            "CREATE TRIGGER full_ BEFORE INSERT ON payload"
            " FOR EACH ROW EXECUTE FUNCTION full_()"
        )
    changes = [bench.acceptance() for _ in range(3)]
    results = await asyncio.gather(
        *(store.apply(one) for one in changes), return_exceptions=True
    )
    assert [str(one) for one in results] == ["DiskFull 53100"] * 3
    assert {type(one) for one in results} == {StoreUnavailable}
    with psycopg.connect(**database) as owner:
        owner.execute("DROP TRIGGER full_ ON payload")
    for change in changes:
        await store.apply(change)
    assert (await store.counts(EVERYTHING))["open"] == 3
