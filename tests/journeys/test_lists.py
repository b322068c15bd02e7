"""Lists are read page by page, to their end, nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.journeys.test_callbacks import progress
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
#: More than a page holds.
COUNT = 104
PARKED = 8
UNROUTED = 5


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Some dossiers that stand still, and many reports that fit none."""
    folder = tmp_path_factory.mktemp("lists") / "run"
    async with World(folder, configure=quick) as world:
        for n in range(PARKED):
            area = {"commune": "99012"}
            await world.submit(a_dossier(f"H00.01-260310-10{n:02d}", area=area))
        for n in range(UNROUTED):
            area = {"commune": "99013"}
            await world.submit(a_dossier(f"H00.01-260310-11{n:02d}", area=area))
        for n in range(COUNT):
            said = progress(f"26-{n:04d}/BN", 12, "2026-03-10T02:00:00")
            await world.push("ChuyenHoSo", said)
        await world.settle()
        yield world


async def _all(world: World, path: str, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after = ""
    for _ in range(COUNT):
        cursor = f"&after={quote(after)}" if after else ""
        page = await world.call("GET", path + cursor, role="operator")
        assert page.status == 200
        rows += page.body[name]
        after = page.body["after"]
        if after is None:
            return rows
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("limit", [1, 3, 4, PARKED + UNROUTED, 1000, 0, -1])
async def test_what_stands_still_is_read_to_its_end(world: World, limit: int) -> None:
    rows = await _all(world, f"/v1/still?limit={limit}", "still")
    names = [row["transfer_id"] or row["dossier_id"] for row in rows]
    assert len(names) == len(set(names)) == PARKED + UNROUTED
    assert {row["reason"] for row in rows} == {"area_ambiguous"}
    for row in rows:
        assert row["words"] != row["reason"]
        assert row["next_action"]
        assert row["since"]


@pytest.mark.parametrize("limit", [1, 3, PARKED, 1000, 0])
async def test_transfers_are_read_to_their_end(world: World, limit: int) -> None:
    path = f"/v1/transfers?state=parked&limit={limit}"
    names = [row["id"] for row in await _all(world, path, "transfers")]
    assert len(names) == len(set(names)) == PARKED


@pytest.mark.parametrize("limit", [2, 5, 1000])
async def test_dossiers_are_read_to_their_end(world: World, limit: int) -> None:
    rows = await _all(world, f"/v1/dossiers?limit={limit}", "dossiers")
    names = [row["number"] for row in rows]
    assert len(names) == len(set(names)) == PARKED + UNROUTED


async def test_reports_that_fit_nothing_are_read_to_their_end(world: World) -> None:
    rows = await _all(world, "/v1/unmatched?", "unmatched")
    names = [row["id"] for row in rows]
    assert len(names) == len(set(names)) == COUNT
    counts = (await world.call("GET", "/v1/counts", role="operator")).body
    assert counts["unmatched"] == COUNT
    assert (counts["parked"], counts["unrouted"]) == (PARKED, UNROUTED)
