"""Nodes on one database log in one after the other, by the database's clock."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.carriers.tokens import Grant, Login, TokenKeeper
from gateway.clocks.clock import VirtualClock
from gateway.ports.sessions import Session
from gateway.store.postgres.store import PostgresStore
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.store, pytest.mark.system]
NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
NAME = "platform/lgsp-mau@https://lgsp.mau.example"


@contextlib.asynccontextmanager
async def nodes(
    database: dict[str, Any], count: int
) -> AsyncIterator[list[PostgresStore]]:
    async with contextlib.AsyncExitStack() as stack:
        stores = []
        for number in range(count):
            store = await PostgresStore.open(database, node=f"gateway-{number}")
            stack.push_async_callback(store.close)
            stores.append(store)
        yield stores


async def test_of_many_nodes_that_need_a_token_one_logs_in(
    database: dict[str, Any], tmp_path: Path
) -> None:
    numbers = itertools.count(1)
    vault = LocalVault(Keyring.open(tmp_path / "keys", may_create=True))

    class Account(Login):
        shown = "mau"

        async def __call__(self) -> Grant:
            number = next(numbers)
            # Every other node has asked the store for its turn meanwhile.
            await asyncio.gather(*(store.session(NAME) for store in stores))
            return Grant(f"ma-{number}", 600)

    async with nodes(database, 3) as stores:
        keepers = [
            TokenKeeper(
                NAME, Account(), sessions=store, vault=vault, clock=VirtualClock(NOW)
            )
            for store in stores
        ]
        tokens = await asyncio.gather(*(keeper.token() for keeper in keepers))
        assert set(tokens) == {"ma-1"}
        renewed = await asyncio.gather(*(keeper.refused("ma-1") for keeper in keepers))
        assert set(renewed) == {"ma-2"}
        assert next(numbers) == 3


async def test_a_turn_ends_by_the_clock_of_the_database(
    database: dict[str, Any],
) -> None:
    async with nodes(database, 2) as (one, two):
        dead = await one.begin_login(NAME, lease_s=0.2)
        waits = await two.begin_login(NAME, lease_s=60)
        assert 0 < waits.wait_s <= 0.2
        async with asyncio.timeout(20):
            while (turn := await two.begin_login(NAME, lease_s=60)).wait_s:
                pass
        late = Session(b"late", NOW + timedelta(hours=1))
        assert not await one.keep_session(NAME, dead.ticket, late, now=NOW)
        kept = Session(b"kept", NOW + timedelta(hours=1))
        assert await two.keep_session(NAME, turn.ticket, kept, now=NOW)
        assert await one.session(NAME) == kept
