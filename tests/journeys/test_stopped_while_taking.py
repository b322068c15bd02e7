"""A node that is told to stop while the store gives it work, on either store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.transfer import State
from tests.journeys.test_on_postgresql import FILES, store_table
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from gateway.ports.store import Claimed, Gate

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
EXAMPLE = "01-chuyen-nhuong-thuong"
LAND = "land_registry"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "run", example=EXAMPLE, configure=quick)
    if request.param == "postgresql":
        database = request.getfixturevalue("database")
        world.more_settings = store_table(database, tmp_path / "password") + FILES
    async with world:
        yield world


async def test_what_it_was_given_meanwhile_it_still_delivers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.gateway is not None
    kept = world.gateway.opened.kept
    claim, loop = kept.claim, asyncio.get_running_loop()
    given, told = asyncio.Event(), asyncio.Event()

    async def slow(gates: Sequence[Gate], **more: Any) -> Sequence[Claimed]:
        """The rows are ours in the store, and the answer is on its way."""
        found = await claim(gates, **more)
        if found:
            given.set()
            await told.wait()
        return found

    monkeypatch.setattr(kept, "claim", slow)
    number = "H00.20.01-260310-0001"
    answered = await world.call("POST", "/v1/dossiers", a_dossier(number))
    assert answered.status == 202, answered.body
    await given.wait()
    for working in world.gateway._working:
        working.cancel()
    loop.call_soon(told.set)
    await world.stop_gateway()
    handed = [line for line in world.book(LAND) if line["kind"] == "hand_over"]
    assert [line["number"] for line in handed] == [number]
    gateway = await world.start_gateway()
    shown = await world.shown(number)
    sent = await gateway.opened.kept.transfers(shown["id"])
    (hand_over,) = (one for one in sent if one.kind == "hand_over")
    found = hand_over.state, hand_over.attempts, hand_over.enquiries
    assert found == (State.DELIVERED, 1, 0)
