"""What a dossier owes is shown as one table, filled by whatever road knows more."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from gateway.wiring.feeding import by_start
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


async def _fed(world: World, example: str) -> str:
    ((start, _),) = by_start(world.stage)
    await world.pass_until(start)
    return (await world.feed(example)).number


async def _notices(world: World, number: str) -> list[Json]:
    notices: list[Json] = (await world.shown(number))["owed"]["notices"]
    return notices


async def _page(world: World, number: str) -> str:
    identifier = (await world.shown(number))["id"]
    page = await world.call("GET", f"/ho-so/{identifier}", role="operator")
    return page.content.decode()


async def test_the_due_date_that_a_file_lacks_is_learnt_by_asking_and_told_to_nobody(
    tmp_path: Path,
) -> None:
    example = "24-qua-cong-nop-tai-quay"
    world = World(tmp_path / "run", examples=[example], configure=quick)
    async with world:
        number = await _fed(world, example)
        await world.pass_until(datetime.fromisoformat("2026-07-10T16:45:00+07:00"))
        filed = await _notices(world, number)
        assert [(n["state"], n["due_on"]) for n in filed] == [("valid", "")] * 2
        assert "còn phải nộp" in await _page(world, number)
        told = len(world.told(number))
        await world.pass_hours(8)
        asked = await _notices(world, number)
        assert [n["number"] for n in asked] == [n["number"] for n in filed]
        assert all(n["due_on"] > "2026-08-01" for n in asked)
        assert len(world.told(number)) == told
        await world.settle()
        assert {n["state"] for n in await _notices(world, number)} == {"paid"}
        assert "đã nộp, thuế xác nhận" in await _page(world, number)


async def test_a_notice_that_was_replaced_stays_to_be_seen(tmp_path: Path) -> None:
    example = "27-qua-cong-thong-bao-so-moi"
    world = World(tmp_path / "run", examples=[example], configure=quick)
    async with world:
        number = await _fed(world, example)
        await world.settle()
        owed = (await world.shown(number))["owed"]
        states = {n["number"]: n["state"] for n in owed["notices"]}
        assert sorted(states.values()) == ["adjusted", "paid", "paid"]
        assert len(owed["vouchers"]) == 2
        page = await _page(world, number)
        assert "đã được thay thế" in page
        assert "Chứng từ nộp 18.000.000 đồng" in page


async def test_a_dossier_without_tax_owes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path / "run", examples=["16-cap-doi"], configure=quick)
    async with world:
        number = await _fed(world, "16-cap-doi")
        await world.settle()
        assert (await world.shown(number))["owed"] == {"notices": [], "vouchers": []}
        assert "Nghĩa vụ tài chính" not in await _page(world, number)
