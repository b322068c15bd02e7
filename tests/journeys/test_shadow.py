"""One office beside the real exchange: made to be looked at, then live, then back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.test_callbacks import (
    CORRECTION,
    finish,
    handed_over,
    progress,
    quiet_world,
)
from tests.world import a_dossier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
FIRST, SECOND, THIRD = (f"H00.01-260310-097{n}" for n in range(3))
OFFICES = ("land-mau-1", "mot-cua-mau")


async def _steer(world: World, what: str, *offices: str) -> list[Answered]:
    return [
        await world.call(
            "POST",
            f"/v1/lanes/{office}/{what}",
            {"reason": "Thí điểm"},
            role="administrator",
        )
        for office in offices or OFFICES
    ]


def _left(world: World) -> list[tuple[str, str]]:
    """What came to any agency, but for the counter's own word that it has submitted."""
    return [
        (agency, line["kind"])
        for agency in ("land_registry", "tax", "one_stop")
        for line in world.book(agency, "arrivals")
        if line["kind"] != "submitted"
    ]


async def test_in_shadow_everything_is_made_and_nothing_leaves(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, FIRST) as world:
        assert [a.status for a in await _steer(world, "shadow")] == [200, 200]
        await world.submit(a_dossier(FIRST, **CORRECTION))
        await world.settle()
        (handed,) = await world.transfers(FIRST, "hand_over")
        assert (handed["state"], handed["fate"]) == ("cancelled", "not_left")
        assert handed["named_by"] == "shadow"
        # The land office still has its own road to us: what it says counts.
        await world.push("ChuyenHoSo", progress(FIRST, 11, "2026-03-10T02:00:00"))
        await world.push("KetThucHoSo", finish(FIRST, "2026-03-11T02:00:00"))
        await world.settle()
        shown = await world.shown(FIRST)
        assert (shown["end"], shown["portal_code"]) == ("finished", 9)
        told = await world.transfers(FIRST, "status")
        assert {t["state"] for t in told} == {"cancelled"}
        assert len(told) >= 2
        assert _left(world) == []


async def test_what_comes_after_going_live_is_sent_and_what_came_before_is_not(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, FIRST, SECOND) as world:
        await _steer(world, "shadow")
        await world.submit(a_dossier(FIRST, **CORRECTION))
        await world.settle()
        assert [a.status for a in await _steer(world, "live")] == [200, 200]
        await world.submit(a_dossier(SECOND, **CORRECTION))
        await world.settle()
        assert world.effects(FIRST, "land_registry", "hand_over") == []
        assert len(world.effects(SECOND, "land_registry", "hand_over")) == 1
        withdrawal = f"/v1/dossiers/{FIRST}/withdrawal"
        await world.call("POST", withdrawal, {"reason": "Thôi đính chính"})
        await world.settle()
        assert world.arrivals(FIRST, "land_registry", "withdraw") == []


async def test_going_back_leaves_what_the_office_has_from_us_to_be_told_by_hand(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, FIRST, SECOND, THIRD) as world:
        await handed_over(world, FIRST)
        await _steer(world, "shadow", "land-mau-1")
        sent = len(world.book("land_registry", "arrivals"))
        withdrawal = f"/v1/dossiers/{FIRST}/withdrawal"
        await world.call("POST", withdrawal, {"reason": "Thôi đính chính"})
        await world.submit(a_dossier(SECOND, **CORRECTION))
        await world.settle()
        (withdraw,) = await world.transfers(FIRST, "withdraw")
        assert (withdraw["state"], withdraw["cause"]) == ("parked", "told_by_hand")
        assert len(world.book("land_registry", "arrivals")) == sent


async def test_nobody_goes_live_while_messages_from_before_would_leave_then(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, FIRST) as world:
        await _steer(world, "pause", "land-mau-1")
        await world.submit(a_dossier(FIRST, **CORRECTION))
        await world.settle()
        (refused,) = await _steer(world, "live", "land-mau-1")
        assert (refused.status, refused.body["code"]) == (409, "lane_not_in_shadow")
        await _steer(world, "shadow", "land-mau-1")
        for what, code in (
            ("live", "transfers_left"),
            ("resume", "lane_in_shadow"),
            ("pause", "lane_in_shadow"),
        ):
            (refused,) = await _steer(world, what, "land-mau-1")
            assert (refused.status, refused.body["code"]) == (409, code)
        (handed,) = await world.transfers(FIRST, "hand_over")
        await world.act(handed, "cancel", "Đã bàn giao bằng giấy")
        assert [a.status for a in await _steer(world, "live", "land-mau-1")] == [200]
        await world.settle()
        assert world.effects(FIRST, "land_registry", "hand_over") == []


async def test_shadow_outlives_a_restart_and_is_in_the_journal(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, FIRST) as world:
        await _steer(world, "shadow")
        await world.stop_gateway()
        await world.start_gateway()
        await world.submit(a_dossier(FIRST, **CORRECTION))
        await world.settle()
        assert _left(world) == []
        lanes = (await world.call("GET", "/v1/lanes", role="operator")).body["lanes"]
        states = {lane["office"]: lane["state"] for lane in lanes}
        assert [states[office] for office in OFFICES] == ["shadow", "shadow"]
