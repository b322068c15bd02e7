"""What is read is answered, durably, or refused in words; and the next read goes on."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.store.database import Database
from gateway.store.postgres.connection import ServerConnection
from gateway.store.postgres.reading import Readers
from gateway.store.postgres.strands import Strands
from tests.descriptors import few_left

pytestmark = [pytest.mark.store, pytest.mark.system]

WAYS = ("key", "look", "read")


@pytest.fixture
async def readers(database: dict[str, Any]) -> AsyncIterator[Readers]:
    strands = Strands(asyncio.get_running_loop())
    those = Readers(database, strands, connections=2)
    yield those
    await those.close()
    await strands.close()


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A word each time a standby was waited for."""
    found: list[str] = []
    settle = ServerConnection.settle

    def noted(db: ServerConnection) -> None:
        settle(db)
        found.append("settled")

    monkeypatch.setattr(ServerConnection, "settle", noted)
    return found


def one(db: Database) -> int:
    number: int = db.execute("SELECT 1").get
    return number


def no_trip(_: Database) -> None:
    """Nothing is asked."""


def lost(db: ServerConnection) -> None:
    db.close()


def slow(db: Database) -> None:
    db.execute("SELECT pg_sleep(0.3)").fetchall()


async def rests(seconds: float) -> None:
    await asyncio.to_thread(threading.Event().wait, seconds)


def no_number_left(_: int) -> int:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


async def test_a_socket_that_cannot_be_watched_costs_its_read_and_no_other(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "dup", no_number_left)
        with pytest.raises(StoreUnavailable):
            await readers.key(one)
    assert await readers.key(one) == 1


@pytest.mark.parametrize("left", [0, 1])
@pytest.mark.parametrize("way", WAYS)
async def test_who_finds_no_number_left_for_a_connection_is_told_so_in_words(
    readers: Readers, way: str, left: int
) -> None:
    ask = getattr(readers, way)
    for _ in range(2):  # its thread is there
        await ask(no_trip)
    await ask(lost)
    with few_left(left), pytest.raises(StoreUnavailable):
        await ask(one)
    assert await ask(one) == 1


@pytest.mark.parametrize("way", WAYS)
async def test_who_waits_for_a_connection_is_shown_nothing_that_came_into_doubt(
    readers: Readers, settled: list[str], way: str
) -> None:
    ask = getattr(readers, way)
    busy = [asyncio.ensure_future(ask(slow)) for _ in range(2)]
    await rests(0.1)
    behind = asyncio.ensure_future(ask(lambda _: settled.append("shown")))
    await rests(0.01)
    readers.doubt()
    await asyncio.gather(*busy, behind)
    assert settled[settled.index("shown") - 1] == "settled"
    assert settled.count("settled") > 2


@pytest.mark.parametrize("way", WAYS)
async def test_what_comes_into_doubt_during_a_read_is_waited_for_before_its_answer(
    readers: Readers, settled: list[str], way: str
) -> None:
    ask = getattr(readers, way)
    await ask(one)
    asked = asyncio.ensure_future(ask(slow))
    await rests(0.05)
    readers.doubt()
    await asked
    assert settled == ["settled"] * 2


@pytest.mark.parametrize("way", WAYS)
async def test_who_reads_after_the_end_is_told_so(readers: Readers, way: str) -> None:
    await readers.close()
    with pytest.raises(StoreUnavailable):
        await getattr(readers, way)(one)
