"""What the store demands of its server, and how it comes to its schema."""

import asyncio
from typing import Any

import psycopg
import pytest

from gateway.conformance.store_making import NOW, Bench
from gateway.domain.errors import StoreUnavailable
from gateway.domain.principal import EVERYTHING
from gateway.ports.store import Change
from gateway.store.migrate import migrations
from gateway.store.postgres.connection import connect, refuse_weak
from gateway.store.postgres.migrate import PACKAGE, migrate, prepare, version
from gateway.store.postgres.store import PostgresStore
from tests.postgres import PASSWORD, Server

pytestmark = [pytest.mark.store, pytest.mark.system]


async def test_the_store_tells_what_it_runs_with(store: PostgresStore) -> None:
    assert store.facts["store"] == "postgresql"
    assert store.facts["synchronous_commit"] == "on"
    assert store.facts["fsync"] == "on"
    assert store.facts["full_page_writes"] == "on"
    assert store.facts["schema"] == str(migrations(PACKAGE)[-1][0])


def test_migrations_are_numbered_as_those_of_the_file() -> None:
    assert [one[:2] for one in migrations(PACKAGE)] == [one[:2] for one in migrations()]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"synchronous_commit": "off"}, "store_not_durable"),
        ({"synchronous_commit": "local"}, "store_not_durable"),
        ({"synchronous_commit": "remote_write"}, "store_not_durable"),
        ({"fsync": "off"}, "store_not_durable"),
        ({"full_page_writes": "off"}, "store_not_durable"),
        ({"encoding": "SQL_ASCII"}, "store_not_openable"),
        ({"version": "130012"}, "store_postgresql_too_old"),
    ],
)
def test_a_server_that_promises_less_is_refused(
    changed: dict[str, str], code: str
) -> None:
    strong = {
        "postgresql": "15.1",
        "version": "150001",
        "synchronous_commit": "on",
        "fsync": "on",
        "full_page_writes": "on",
        "encoding": "UTF8",
    }
    refuse_weak(strong)
    refuse_weak({**strong, "synchronous_commit": "remote_apply"})
    with pytest.raises(StoreUnavailable) as raised:
        refuse_weak({**strong, **changed})
    assert raised.value.code == code


async def test_a_session_that_does_not_wait_for_the_disk_is_refused(
    database: dict[str, Any],
) -> None:
    weak = {**database, "options": "-c synchronous_commit=off"}
    with pytest.raises(StoreUnavailable) as raised:
        await PostgresStore.open(weak)
    assert raised.value.code == "store_not_durable"


async def test_what_was_made_weaker_meanwhile_is_refused_at_the_next_connection(
    store: PostgresStore,
    bench: Bench,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    await bench.accepted()
    name = database["dbname"]
    postgres_server.admin(f"ALTER DATABASE {name} SET synchronous_commit = off")
    end_sessions(postgres_server, name)
    with pytest.raises(StoreUnavailable) as raised:
        await bench.accepted()
    assert raised.value.code == "store_not_durable"
    postgres_server.admin(f"ALTER DATABASE {name} RESET synchronous_commit")
    await bench.accepted()


def end_sessions(server: Server, dbname: str) -> None:
    """As an administrator does, or a failover."""
    server.admin(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        f" WHERE datname = '{dbname}'"
    )


@pytest.mark.parametrize(
    "wrong", [{"password": "no"}, {"dbname": "nowhere"}, {"port": 1}]
)
async def test_a_server_that_lets_nobody_in_is_told_without_the_password(
    database: dict[str, Any], wrong: dict[str, Any]
) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        await PostgresStore.open({**database, **wrong})
    assert PASSWORD not in str(raised.value)
    assert "://" not in str(raised.value)


async def test_nodes_that_start_at_once_make_one_schema(
    postgres_server: Server,
) -> None:
    with postgres_server.database("template0") as parameters:
        told = await asyncio.gather(
            *(asyncio.to_thread(prepare, parameters) for _ in range(6))
        )
        newest = str(migrations(PACKAGE)[-1][0])
        assert [facts["schema"] for facts in told] == [newest] * 6
        db = connect(parameters)
        rows = db.execute("SELECT version FROM schema_version ORDER BY 1").fetchall()
        db.close()
        assert [row[0] for row in rows] == [one[0] for one in migrations(PACKAGE)]


async def test_an_account_that_may_only_write_needs_a_schema_that_is_there(
    postgres_server: Server, database: dict[str, Any]
) -> None:
    name = database["dbname"]
    postgres_server.admin("CREATE ROLE writer LOGIN PASSWORD 'w'")
    limited = {"user": "writer", "password": "w"}
    try:
        with psycopg.connect(**database) as owner:
            owner.execute(
                "GRANT SELECT, INSERT, UPDATE, DELETE"
                " ON ALL TABLES IN SCHEMA public TO writer"
            )
        store = await PostgresStore.open({**database, **limited})
        await Bench(store).accepted()
        await store.close()
        with postgres_server.database("template0") as empty:
            with pytest.raises(StoreUnavailable) as raised:
                await PostgresStore.open({**empty, **limited})
            assert raised.value.code == "store_not_openable"
    finally:
        with psycopg.connect(**database) as owner:
            owner.execute("DROP OWNED BY writer")
        postgres_server.admin("DROP ROLE writer")
    assert name


async def test_the_schema_of_a_newer_release_is_left_as_it_is(
    database: dict[str, Any],
) -> None:
    db = connect(database)
    db.execute("INSERT INTO schema_version (version, name, at) VALUES (9999, 'x', 0)")
    assert migrate(db, at=0) == version(db) == 9999
    db.close()
    store = await PostgresStore.open(database)
    assert store.facts["schema"] == "9999"
    await Bench(store).accepted()
    await store.close()


async def test_a_closed_store_takes_nothing_more(database: dict[str, Any]) -> None:
    store = await PostgresStore.open(database)
    dossier_id = await Bench(store).accepted()
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.apply(Change(NOW))
    again = await PostgresStore.open(database)
    assert await again.dossier(dossier_id, EVERYTHING)
    await again.close()
