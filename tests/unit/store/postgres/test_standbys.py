"""What is told of a commit that waits for a standby, and what is shown of it."""

import asyncio
import contextlib
from typing import Any

import psycopg
import pytest

from gateway.conformance.store_making import Bench
from gateway.domain.errors import ChangedMeanwhile, StoreFateUnknown, StoreUnavailable
from gateway.domain.principal import EVERYTHING
from gateway.store.database import Tx
from gateway.store.postgres.chunks import ChunkShelf
from gateway.store.postgres.connection import KeptByOneAlone, connect
from gateway.store.postgres.store import PostgresStore
from tests.postgres import Server
from tests.standby import no_standby, waiting

pytestmark = [pytest.mark.store, pytest.mark.system]

#: Dossiers among which each writing thread has some.
SEVERAL = 12


async def every_writer_wrote(bench: Bench) -> None:
    """Each has its connection."""
    for _ in range(SEVERAL):
        await bench.accepted()


async def test_a_commit_whose_wait_for_a_standby_is_cancelled_is_no_yes(
    store: PostgresStore,
    bench: Bench,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    """The server answers COMMIT, with a warning."""
    await every_writer_wrote(bench)
    change = bench.acceptance()
    async with no_standby(postgres_server):
        work = asyncio.ensure_future(store.apply(change))
        (pid,) = await waiting(postgres_server, database["dbname"])
        postgres_server.admin(f"SELECT pg_cancel_backend({pid})")
        with pytest.raises(StoreFateUnknown, match="KeptByOneAlone"):
            await work
    assert change.dossier_id
    assert await store.dossier(change.dossier_id, EVERYTHING)


async def test_what_no_standby_has_is_not_shown_after_a_fate_is_unknown(
    store: PostgresStore,
    bench: Bench,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    """Else a sender would hear *taken already* of what the next failover loses."""
    await every_writer_wrote(bench)
    change = bench.acceptance()
    assert change.dossier_id
    async with no_standby(postgres_server):
        work = asyncio.ensure_future(store.apply(change))
        (pid,) = await waiting(postgres_server, database["dbname"])
        postgres_server.admin(f"SELECT pg_terminate_backend({pid}, 5000)")
        with pytest.raises(StoreFateUnknown):
            await work
        shown = asyncio.ensure_future(store.dossier(change.dossier_id, EVERYTHING))
        await waiting(postgres_server, database["dbname"])
        with psycopg.connect(**database) as owner:
            there = owner.execute("SELECT count(*) FROM dossier").fetchone()
        assert there == (SEVERAL + 1,)
        assert not shown.done()
    async with asyncio.timeout(20):
        assert await shown


async def test_a_unit_that_finds_its_work_done_waits_for_a_standby_after_a_loss(
    store: PostgresStore,
    bench: Bench,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    """It writes nothing itself, and would be a yes that rests on one disk."""
    await every_writer_wrote(bench)
    change = bench.acceptance()
    async with no_standby(postgres_server):
        work = asyncio.ensure_future(store.apply(change))
        (pid,) = await waiting(postgres_server, database["dbname"])
        postgres_server.admin(f"SELECT pg_terminate_backend({pid}, 5000)")
        with pytest.raises(StoreFateUnknown):
            await work
        again = asyncio.ensure_future(store.apply(change))
        await waiting(postgres_server, database["dbname"])
        assert not again.done()
    with pytest.raises(ChangedMeanwhile):
        await again


async def test_units_of_every_connection_wait_for_a_standby_after_a_loss_at_one(
    store: PostgresStore,
    bench: Bench,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    """The others are as they were, and find what only one disk has."""

    def finds(tx: Tx) -> int:
        return int(tx.db.execute("SELECT count(*) FROM dossier").get)

    async def by_all() -> list[int]:
        """By their crc32 these three have different connections."""
        units = [store._write(finds, of) for of in (None, "a", "b", "g")]
        return list(await asyncio.gather(*units))

    await every_writer_wrote(bench)
    await by_all()
    async with no_standby(postgres_server):
        work = asyncio.ensure_future(store.apply(bench.acceptance()))
        (pid,) = await waiting(postgres_server, database["dbname"])
        postgres_server.admin(f"SELECT pg_terminate_backend({pid}, 5000)")
        with pytest.raises(StoreFateUnknown):
            await work
        found = asyncio.ensure_future(by_all())
        await waiting(postgres_server, database["dbname"], 4)
    assert await found == [SEVERAL + 1] * 4


async def test_a_file_whose_wait_for_a_standby_is_cancelled_is_asked_for_anew(
    store: PostgresStore, database: dict[str, Any], postgres_server: Server
) -> None:
    shelf = ChunkShelf(database)
    async with no_standby(postgres_server):
        work = asyncio.ensure_future(asyncio.to_thread(shelf.identify, "it"))
        (pid,) = await waiting(postgres_server, database["dbname"])
        postgres_server.admin(f"SELECT pg_cancel_backend({pid})")
        with pytest.raises(StoreUnavailable, match="KeptByOneAlone"):
            await work
    assert await asyncio.to_thread(shelf.identify, "other") == "it"
    shelf.close()


async def test_settling_writes_something_that_a_standby_has_to_have(
    database: dict[str, Any], postgres_server: Server
) -> None:
    with contextlib.closing(await asyncio.to_thread(connect, database)) as db:
        async with no_standby(postgres_server):
            work = asyncio.ensure_future(asyncio.to_thread(db.settle))
            (pid,) = await waiting(postgres_server, database["dbname"])
            postgres_server.admin(f"SELECT pg_cancel_backend({pid})")
            with pytest.raises(KeptByOneAlone):
                await work
