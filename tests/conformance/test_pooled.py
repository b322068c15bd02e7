"""The store of PostgreSQL through a real PgBouncer, each of its modes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.conformance import store_cases
from gateway.conformance.store_making import CASES, Bench
from gateway.store.postgres.connection import connect
from gateway.store.postgres.store import PostgresStore
from gateway.store.postgres.waking import POLL_S
from gateway.wiring.free_ports import free_port
from gateway.wiring.stage import ROOT
from tests.ha.programs import Program, account_of_servers, folder_of, wait
from tests.postgres import PASSWORD, Server

pytestmark = [pytest.mark.store, pytest.mark.system]
SHIPPED = ROOT / "deploy" / "postgresql" / "pgbouncer.ini"
#: Every so many of the cases is run each time, the others with ``--long``.
EVERY = 10
#: A busy machine may be late with a word; whoever only polls is late each time.
TRIES = 5
assert store_cases.__name__ in {check.__module__ for check in CASES.values()}
CHOSEN = [
    pytest.param(name, marks=[] if place % EVERY == 0 else [pytest.mark.long])
    for place, name in enumerate(sorted(CASES))
]


def configuration(server: Server, port: int, mode: str, users: Path) -> str:
    """The shipped one, before a server of the tests and for each of its databases."""
    own = SHIPPED.read_text("utf-8")
    line = next(one for one in own.splitlines() if one.startswith("lienthong = "))
    to = f"host=127.0.0.1 port={server.port} {line[line.index('connect_query') :]}"
    for shipped, here in (
        (line, f"* = {to}"),
        ("listen_port = 6432", f"listen_port = {port}"),
        ("pool_mode = transaction", f"pool_mode = {mode}"),
        ("/etc/pgbouncer/userlist.txt", str(users)),
        ("server_tls_sslmode = verify-full", "server_tls_sslmode = disable"),
        ("server_tls_ca_file", ";server_tls_ca_file"),
        ("unix_socket_dir = /var/run/postgresql", "unix_socket_dir ="),
    ):
        assert shipped in own, shipped
        own = own.replace(shipped, here)
    return own


@contextmanager
def pool(server: Server, folder: Path, mode: str) -> Iterator[int]:
    """A pool before the server; its port."""
    account, port = account_of_servers(), free_port()
    users = folder / "userlist.txt"
    users.write_text(f'"gateway" "{PASSWORD}"\n', "utf-8")
    path = folder / "pgbouncer.ini"
    path.write_text(configuration(server, port, mode, users), "utf-8")
    program = Program("pgbouncer", folder, account)

    def answers() -> bool:
        try:
            psycopg.connect(
                **{**server.parameters(), "port": port}, connect_timeout=2
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    program.start(["pgbouncer", str(path)], {})
    try:
        wait(answers, 20, program.words)
        yield port
    finally:
        program.kill()


@pytest.fixture(scope="module", params=["transaction", "session"])
def pool_port(request: pytest.FixtureRequest, postgres_server: Server) -> Iterator[int]:
    with (
        folder_of(account_of_servers()) as folder,
        pool(postgres_server, folder, request.param) as port,
    ):
        yield port


@pytest.fixture
def pooled(database: dict[str, Any], pool_port: int) -> dict[str, Any]:
    """The database, with a pool before it."""
    return {**database, "pool_host": "127.0.0.1", "pool_port": str(pool_port)}


@pytest.fixture
async def bench(pooled: dict[str, Any]) -> AsyncIterator[Bench]:
    store = await PostgresStore.open(pooled)
    yield Bench(store)
    await store.close()


@pytest.mark.parametrize("name", CHOSEN)
async def test_through_a_pool_it_holds(name: str, bench: Bench) -> None:
    await CASES[name](bench)


async def test_nodes_behind_a_pool_wake_each_other(pooled: dict[str, Any]) -> None:
    """LISTEN goes past it: a poll alone would ring once a second without a word."""
    speaks = await PostgresStore.open(pooled, node="node-1")
    listens = await PostgresStore.open(pooled, node="node-2")
    heard = asyncio.Event()
    listens.on_commit(heard.set)
    try:
        bench, loop = Bench(speaks), asyncio.get_running_loop()
        took: list[float] = []
        async with asyncio.timeout(30):
            while not took or (min(took) >= 0.9 * POLL_S and len(took) < TRIES):
                heard.clear()
                await heard.wait()  # its own look, each second
                heard.clear()
                began = loop.time()
                await bench.accepted(bench.transfer())
                await heard.wait()
                took.append(loop.time() - began)
        assert min(took) < 0.9 * POLL_S, took
    finally:
        await speaks.close()
        await listens.close()


def test_what_a_pooled_connection_is_told_stays_with_its_transaction(
    pooled: dict[str, Any],
) -> None:
    """Nothing that one connection of ours prepares or sets is met by another."""
    db = connect(pooled, pooled=True)
    for turn in range(20):
        assert db.execute("SELECT ?::bigint", (turn,)).get == turn
        db.script("BEGIN; SET LOCAL enable_seqscan = on")
        assert db.execute("SHOW enable_seqscan").get == "on"
        assert db.commit() == "COMMIT"
        assert db.execute("SHOW enable_seqscan").get == "off"
    assert db.execute("SHOW jit").get == "off"
    assert not db.execute("SELECT count(*) FROM pg_prepared_statements").get
    db.close()


def test_what_asks_for_a_session_goes_past_the_pool(
    pooled: dict[str, Any], database: dict[str, Any]
) -> None:
    db = connect(pooled)
    assert str(db.driver.info.port) == str(database["port"])
    db.close()
    db = connect(pooled, pooled=True)
    assert str(db.driver.info.port) == pooled["pool_port"]
    db.close()
