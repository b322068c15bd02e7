"""A node whose own addresses are others than before says so for a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.wiring.alerting_destinations import AddressLook
from tests.journeys.test_callbacks import quiet_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.world import World

HERE = {"land-mau-1": "https://dat-dai.example"}
THERE = {**HERE, "land-mau-1": "https://u:mat-khau-8c1f@noi-khac.example", "tax": "x"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with quiet_world(tmp_path) as world:
        yield world


async def test_what_is_another_is_told_once_kept_and_over_in_a_day(
    world: World,
) -> None:
    assert world.gateway is not None
    tools, now = world.gateway.tools, world.now()
    assert not await AddressLook(tools, "nut-1", HERE).look(now)
    assert not await AddressLook(tools, "nut-1", HERE).look(now)

    (told,) = await AddressLook(tools, "nut-1", THERE).look(now)
    assert "land-mau-1, tax" in told.reason
    assert "mat-khau-8c1f" not in f"{told} {await tools.store.mark('addresses:nut-1')}"
    # A node that starts again is told of until the day is over.
    again = AddressLook(tools, "nut-1", THERE)
    (same,) = await again.look(now + timedelta(hours=23))
    assert same.since == told.since
    assert not await again.look(now + timedelta(hours=25))
    listed = await world.call("GET", "/v1/journal?kind=cau-hinh", role="administrator")
    lines = [one for one in listed.body["journal"] if "địa chỉ khác" in str(one)]
    assert len(lines) == 1
    # Of another node nothing was known.
    assert not await AddressLook(tools, "nut-2", THERE).look(now)
