"""A node hears of the others' commits, and looks again by itself, whatever happens."""

from __future__ import annotations

import asyncio
import select
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest

from gateway.store.postgres import waking
from gateway.store.postgres.connection import ServerConnection
from gateway.store.postgres.waking import CHANNEL, Waker
from tests.descriptors import few_left, only_large_left

pytestmark = [pytest.mark.store, pytest.mark.system]

LISTENERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
)


class Bell:
    """Counts how often it was rung."""

    def __init__(self) -> None:
        self.rung = 0

    def ring(self) -> None:
        self.rung += 1

    async def rings(self, more: int) -> None:
        """Wait until it was so many times more."""
        until = self.rung + more
        async with asyncio.timeout(10):
            while self.rung < until:
                await asyncio.to_thread(threading.Event().wait, 0.01)


@pytest.fixture
async def waker(
    database: dict[str, Any],
) -> AsyncIterator[Callable[[Bell], Waker]]:
    wakers: list[Waker] = []

    def start(bell: Bell) -> Waker:
        wakers.append(Waker(database, bell.ring, process="this"))
        return wakers[-1]

    yield start
    for one in wakers:
        await one.close()


@pytest.fixture
def bell() -> Bell:
    return Bell()


async def test_loops_are_woken_where_only_large_numbers_are_left(
    waker: Callable[[Bell], Waker], bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waking, "POLL_S", 0.05)
    with only_large_left():
        waker(bell)
        await bell.rings(10)


async def test_loops_are_woken_while_no_number_is_left_for_a_connection(
    waker: Callable[[Bell], Waker],
    bell: Bell,
    database: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waking, "POLL_S", 0.05)
    waker(bell)
    await bell.rings(2)
    with psycopg.connect(**database) as other, few_left():
        other.execute(LISTENERS)
        await bell.rings(10)
    await bell.rings(2)


async def test_who_tells_hears_what_comes_meanwhile(
    waker: Callable[[Bell], Waker],
    bell: Bell,
    database: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waking, "POLL_S", 60.0)
    execute = ServerConnection.execute

    def behind_another(db: ServerConnection, text: str, values: Any = ()) -> Any:
        if "pg_notify" in text:
            with psycopg.connect(**database) as other:
                other.execute("SELECT pg_notify(%s, 'other')", (CHANNEL,))
            select.select([db.driver.fileno()], [], [], 10)
        return execute(db, text, values)

    monkeypatch.setattr(ServerConnection, "execute", behind_another)
    waker(bell).tell()
    await bell.rings(1)
