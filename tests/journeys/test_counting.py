"""What an office clicks late counts by its own date once the head has confirmed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.commands import lienthong
from tests.journeys.test_callbacks import finish, handed_over, quiet_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, Json, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0077"


async def clicked_late(world: World) -> Json:
    """Done on 19 March, promised for the 20th, clicked nine days later."""
    await handed_over(world, NUMBER, due_on="2026-03-20")
    await world.pass_hours(24 * 18)
    await world.push("KetThucHoSo", finish(NUMBER, "2026-03-19T08:00:00"))
    await world.settle()
    return await due(world)


async def due(world: World) -> Json:
    return (await world.call("GET", f"/v1/dossiers/{NUMBER}/due")).body


async def decided(
    world: World, report: str, role: str = "head", **said: object
) -> Answered:
    body = {"counts": True, "reason": "Sổ giao nhận ghi ngày 19/03", **said}
    where = f"/v1/dossiers/{NUMBER}/backdated/{report}"
    return await world.call("POST", where, body, role=role)


async def test_a_late_click_is_late_until_the_head_confirms_its_date(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        before = await clicked_late(world)
        (late,) = before["backdated"]
        told = world.told(NUMBER)

        after = (await decided(world, late["report"])).body

        assert (before["timeliness"], before["as_told"]) == ("late", "early")
        assert (late["counts"], late["decided"]) == (False, False)
        assert (after["timeliness"], after["as_portal"]) == ("early", "late")
        assert after["ended_at"] < before["ended_at"]
        # No changed date is ever sent upstream.
        await world.settle()
        assert world.told(NUMBER) == told


async def test_a_confirmed_date_can_be_taken_back(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        before = await clicked_late(world)
        (late,) = before["backdated"]
        await decided(world, late["report"])

        after = (await decided(world, late["report"], counts=False)).body

        assert after["timeliness"] == "late"
        assert after["backdated"][0]["decided"]


@pytest.mark.parametrize("role", ["one_stop", "operator", "administrator", "reader"])
async def test_nobody_but_the_head_decides_what_counts(
    tmp_path: Path, role: str
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        (late,) = (await clicked_late(world))["backdated"]

        refused = await decided(world, late["report"], role)

        assert refused.status == 403
        assert (await due(world))["timeliness"] == "late"


async def test_a_reason_and_a_clear_word_are_asked_for(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        (late,) = (await clicked_late(world))["backdated"]

        codes = [
            (await decided(world, late["report"], reason=" ")).body["code"],
            (await decided(world, late["report"], counts="yes")).body["code"],
            (await decided(world, "r_unknown")).body["code"],
        ]

        assert codes == ["reason_missing", "counts_missing", "not_backdated"]


async def test_the_command_counts_a_date_and_the_page_shows_both(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        (late,) = (await clicked_late(world))["backdated"]

        said = await lienthong(
            *("dossier", "count", NUMBER, late["report"]),
            *("--as-told", "--reason", "Sổ giao nhận ghi ngày 19/03"),
            run_dir=world.stage.run_dir,
        )

        assert (said.code, "trước hạn" in said.out) == (0, True)
        assert "được tính theo ngày cơ quan ghi" in " ".join(said.out.split())
