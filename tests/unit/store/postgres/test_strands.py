"""Who waits for a server waits on the loop's own thread, and nobody waits for it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from gateway.domain.errors import StoreFateUnknown, StoreUnavailable
from gateway.domain.identifiers import OfficeId
from gateway.ports.store import Gate
from gateway.store.database import Database, Tx
from gateway.store.postgres import limits
from gateway.store.postgres.connection import ServerConnection, connect
from gateway.store.postgres.reading import Readers
from gateway.store.postgres.strands import (
    Strands,
    Watch,
    current,
    elsewhere,
    pause,
)
from gateway.store.postgres.writers import Writers
from tests.postgres import Server

pytestmark = [pytest.mark.store, pytest.mark.system]

SLEEP = "SELECT pg_sleep(0.3)"


@pytest.fixture
async def strands() -> AsyncIterator[Strands]:
    those = Strands(asyncio.get_running_loop())
    yield those
    await those.close()


@pytest.fixture
async def writers(strands: Strands, database: dict[str, Any]) -> AsyncIterator[Writers]:
    told = (lambda: None, lambda: None)
    those = Writers(database, strands, *told, connections=2, group_max=8)
    yield those
    await those.close()


@pytest.fixture
async def readers(strands: Strands, database: dict[str, Any]) -> AsyncIterator[Readers]:
    those = Readers(database, strands, connections=2)
    yield those
    await those.close()


async def rests(seconds: float) -> None:
    await asyncio.to_thread(threading.Event().wait, seconds)


async def turns_during(wait: Any) -> tuple[int, Any]:
    """How many turns the loop had until something was there."""
    turns, waiting = 0, asyncio.ensure_future(wait)
    while not waiting.done():
        await rests(0.001)
        turns += 1
    return turns, await waiting


def thread_of(_: Any) -> int:
    return threading.get_ident()


def backend_of(db: Database) -> int:
    number: int = db.execute("SELECT pg_backend_pid()").get
    return number


def backend_of_unit(tx: Tx) -> int:
    return backend_of(tx.db)


def sleeper(tx: Tx) -> int:
    tx.db.execute(SLEEP).fetchall()
    return backend_of(tx.db)


async def test_units_run_on_the_loops_thread_which_goes_on_while_the_server_works(
    writers: Writers,
) -> None:
    assert await writers.submit(thread_of) == threading.get_ident()
    turns, _ = await turns_during(writers.submit(sleeper))
    assert turns > 20


async def test_who_cannot_be_told_what_became_of_a_commit_is_told_that(
    writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = ServerConnection.commit

    def then_fails(db: ServerConnection) -> str:
        commit(db)
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(ServerConnection, "commit", then_fails)
        with pytest.raises(StoreFateUnknown, match="MemoryError"):
            await writers.submit(backend_of_unit)
    assert await writers.submit(backend_of_unit)


async def test_units_of_two_dossiers_wait_beside_each_other(writers: Writers) -> None:
    one = await turns_during(writers.submit(sleeper, dossier="a"))
    # By the last bit of their crc32 these two have different connections.
    both = asyncio.gather(*(writers.submit(sleeper, dossier=of) for of in ("a", "d")))
    turns, backends = await turns_during(both)
    assert len(set(backends)) == 2
    assert turns < one[0] * 1.7


async def test_reads_by_key_and_looks_run_on_the_loops_thread_and_lists_in_others(
    readers: Readers,
) -> None:
    here = threading.get_ident()
    assert await readers.key(thread_of) == here
    assert await readers.look(thread_of) == here
    assert await readers.read(thread_of) != here


async def test_as_many_are_asked_at_once_as_there_are_connections(
    readers: Readers,
) -> None:
    def slow(db: Database) -> int:
        db.execute(SLEEP).fetchall()
        return backend_of(db)

    found = await asyncio.gather(*(readers.key(slow) for _ in range(4)))
    assert len(set(found)) == 2
    assert sorted(map(found.count, set(found))) == [2, 2]


async def test_what_a_read_raises_is_heard_by_who_asked_and_by_nobody_else(
    readers: Readers,
) -> None:
    def fails(_: Database) -> int:
        raise LookupError("asked for it")

    told = await asyncio.gather(
        readers.key(fails), readers.key(backend_of), return_exceptions=True
    )
    assert isinstance(told[0], LookupError)
    assert isinstance(told[1], int)


async def test_who_has_gone_is_not_asked_for_any_more(readers: Readers) -> None:
    asked: list[str] = []

    def slow(db: Database) -> None:
        db.execute(SLEEP).fetchall()

    def note(_: Database) -> None:
        asked.append("x")

    busy = [asyncio.ensure_future(readers.key(slow)) for _ in range(2)]
    await rests(0.01)
    gone = asyncio.ensure_future(readers.key(note))
    await rests(0.01)
    gone.cancel()
    await asyncio.gather(*busy)
    await readers.key(backend_of)
    assert not asked
    assert readers.is_still


@pytest.mark.parametrize("rests", [True, False], ids=["resting", "asked"])
async def test_a_connection_that_the_server_ends_is_replaced_and_watched_no_more(
    readers: Readers, database: dict[str, Any], *, rests: bool
) -> None:
    def ended(db: Database) -> None:
        db.execute("SELECT pg_terminate_backend(pg_backend_pid())").fetchall()

    first = await readers.key(backend_of)
    if rests:
        with psycopg.connect(**database) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (first,))
    else:
        with pytest.raises(StoreUnavailable):
            await readers.key(ended)
    # Whoever opens sockets now gets the numbers that the lost connection had.
    pairs = [socket.socketpair() for _ in range(8)]
    try:
        assert await readers.key(backend_of) != first
        loop = asyncio.get_running_loop()
        for left, right in pairs:
            left.setblocking(False)
            right.send(b"x")
            assert await loop.sock_recv(left, 1) == b"x"
    finally:
        for pair in pairs:
            for one in pair:
                one.close()


async def test_a_server_that_speaks_unasked_does_not_keep_the_loop_busy(
    readers: Readers, database: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = 0
    told = Watch.told

    def counting(self: Watch) -> None:
        nonlocal heard
        heard += 1
        told(self)

    monkeypatch.setattr(Watch, "told", counting)
    first = await readers.key(backend_of)
    before = heard
    with psycopg.connect(**database) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (first,))
    await rests(0.2)
    assert heard - before == 1


async def test_all_connections_are_made_anew_when_a_server_is_there_again(
    readers: Readers, database: dict[str, Any], postgres_server: Server
) -> None:
    """What a server that went leaves of a socket is an error, and nothing to read."""

    async def ask() -> list[Any]:
        asked = [read(backend_of) for read in (readers.key, readers.look) * 3]
        async with asyncio.timeout(30):
            return await asyncio.gather(*asked, return_exceptions=True)

    await ask()
    postgres_server.stop()
    for _ in range(2):
        assert {type(one) for one in await ask()} == {StoreUnavailable}
    postgres_server.start()
    for _ in range(3):
        assert {type(one) for one in await ask()} == {int}


async def test_values_larger_than_a_socket_takes_at_once_go_and_come(
    readers: Readers,
) -> None:
    long = "đ" * 4_000_000

    def there_and_back(db: Database) -> str:
        text: str = db.execute("SELECT ?::text", (long,)).get
        return text

    turns, found = await turns_during(readers.key(there_and_back))
    assert found == long
    assert turns > 1


async def test_a_server_that_takes_long_to_connect_to_keeps_nobody_waiting(
    strands: Strands,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        away = {"host": "127.0.0.1", "port": port, "connect_timeout": 2}
        readers = Readers(away, strands, connections=1)
        asked = asyncio.ensure_future(readers.key(backend_of))
        turns, _ = await turns_during(asyncio.wait([asked]))
        with pytest.raises(StoreUnavailable):
            await asked
        await readers.close()
    assert turns > 100


async def test_a_pause_gives_the_loop_its_turn(strands: Strands) -> None:
    ended = asyncio.Event()

    def work() -> None:
        pause(0.1)
        ended.set()

    strands.start(work)
    turns, _ = await turns_during(ended.wait())
    assert turns > 10
    pause(0.001)  # and without a strand it is one


async def test_what_is_done_elsewhere_is_heard_with_its_error(
    strands: Strands,
) -> None:
    heard: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

    def fails() -> None:
        raise LookupError("from there")

    def work() -> None:
        other = elsewhere(threading.get_ident)
        try:
            elsewhere(fails)
        except LookupError as error:
            heard.set_result((other, str(error)))

    strands.start(work)
    other, words = await heard
    assert other != threading.get_ident()
    assert words == "from there"
    assert elsewhere(threading.get_ident) == threading.get_ident()
    assert current() is None


async def test_who_waits_for_another_nodes_claim_lets_the_loop_go_on(
    writers: Writers, database: dict[str, Any]
) -> None:
    office, at = OfficeId("dat-dai"), 1
    holder = connect(database)
    holder.script("BEGIN")
    lock = "SELECT pg_advisory_xact_lock(?::int, hashtext(?))"
    holder.execute(lock, (limits.CLAIM_LOCK, office))

    def claim(tx: Tx) -> list[Gate]:
        return limits.within_limits(tx, [Gate(office, 4, limit=4)], at)

    turns, found = await turns_during(writers.submit(claim))
    holder.close()
    assert found == []
    assert turns > 10
