"""An office says what it did before anybody could know whose dossier that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.receipts.matcher import Matcher
from tests.journeys.test_callbacks import finish, progress
from tests.journeys.test_opened_by_office import RECEIPT, opened
from tests.journeys.test_unmatched import settle, standings, waiting
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
EARLY = (
    ("ChuyenHoSo", progress(RECEIPT, 12, "2026-03-11T02:00:00")),
    ("KetThucHoSo", finish(RECEIPT, "2026-03-12T02:00:00")),
)


async def told(world: World, *reports: tuple[str, dict[str, Any]]) -> None:
    for name, body in reports:
        assert (await world.push(name, body)).body["Result"] == 1


async def matched(world: World) -> int:
    """One look of the gateway at what waits."""
    assert world.gateway is not None
    gateway = world.gateway
    return await Matcher(gateway.tools, gateway.loops.membership).turn()


async def test_what_came_before_the_dossier_is_taken_in_once_it_is_there(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await told(world, *EARLY)
        assert len(await waiting(world)) == 2
        assert await matched(world) == 0, "nobody knows the number yet"
        await told(world, ("TiepNhanHoSoChoMotCua", opened()))
        assert await matched(world) == 2
        await world.settle()
        assert await waiting(world) == []
        assert [code for code, _ in world.told(RECEIPT)][-1] == 9
        assert (await world.shown(RECEIPT))["end"] == "finished"
        assert sorted(standings(world)) == [
            *("applied", "applied", "applied"),
            *("settled", "settled"),
        ]
        assert await matched(world) == 0, "each is taken in once"


async def test_the_office_repeats_what_was_matched_and_nothing_happens_twice(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await told(world, *EARLY, ("TiepNhanHoSoChoMotCua", opened()))
        assert await matched(world) == 2
        await world.settle()
        before = world.told(RECEIPT)
        await told(world, *EARLY)
        await world.settle()
        assert world.told(RECEIPT) == before
        assert await waiting(world) == []


async def test_what_a_person_settled_meanwhile_is_not_taken_in(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await told(world, EARLY[1])
        (row,) = await waiting(world)
        await settle(world, str(row["id"]))
        await told(world, ("TiepNhanHoSoChoMotCua", opened()))
        assert await matched(world) == 0
        assert (await world.shown(RECEIPT))["end"] == ""


async def test_what_is_too_old_waits_for_a_person(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await told(world, EARLY[1])
        await world.pass_hours(24 * 31)
        late = opened(NgayHenTra="2026-05-26T17:00:00")
        await told(world, ("TiepNhanHoSoChoMotCua", late))
        assert await matched(world) == 0
        assert len(await waiting(world)) == 1


async def test_a_store_that_is_away_for_a_moment_leaves_no_report_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await told(world, EARLY[1], ("TiepNhanHoSoChoMotCua", opened()))
        assert world.gateway is not None
        gateway = world.gateway
        matcher = Matcher(gateway.tools, gateway.loops.membership)

        async def away(_: object) -> None:
            raise StoreUnavailable

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(gateway.tools.store, "apply", away)
            with pytest.raises(StoreUnavailable):
                await matcher.turn()
        assert await matcher.turn() == 1
        assert await waiting(world) == []
