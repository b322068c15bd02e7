"""Another day is promised once, in time, and figures keep the day before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.test_callbacks import finish, handed_over, quiet_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, Json, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0077"


async def extended(world: World, day: str, **said: object) -> Answered:
    body = {"due_on": day, "reason": "Phải đo lại thửa đất", **said}
    return await world.call("POST", f"/v1/dossiers/{NUMBER}/extension", body)


async def due(world: World) -> Json:
    return (await world.call("GET", f"/v1/dossiers/{NUMBER}/due")).body


async def test_a_new_day_is_told_and_figures_keep_the_one_before(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER, due_on="2026-03-20")
        await world.pass_hours(24)

        answered = await extended(world, "2026-03-27", letter="12/VPĐK")
        shown = await world.shown(NUMBER)
        await world.pass_hours(24 * 14)
        await world.push("KetThucHoSo", finish(NUMBER, "2026-03-25T02:00:00"))
        await world.settle()
        told = await due(world)

        assert answered.status == 202
        assert (shown["due_on"], shown["due_reason"]) == (
            "2026-03-27",
            "hẹn lại, kèm văn bản xin lỗi; hẹn trước là 20/03/2026",
        )
        assert (told["due_on"], told["extended_to"]) == ("2026-03-20", "2026-03-27")
        assert told["timeliness"] == "late"


async def test_the_same_call_again_is_a_repeat_and_another_is_refused(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER, due_on="2026-03-20")
        await extended(world, "2026-03-27")

        again = await extended(world, "2026-03-27")
        second = await extended(world, "2026-04-03")

        assert (again.status, again.body["repeated"]) == (202, True)
        assert (second.status, second.body["code"]) == (409, "extended_before")


@pytest.mark.parametrize(
    ("due_on", "new", "code"),
    [
        ("2026-03-10", "2026-03-20", "too_late_to_extend"),
        ("2026-03-20", "2026-03-19", "day_not_possible"),
        ("2026-03-20", "2026-03-22", "day_not_possible"),
        ("2026-03-20", "2031-01-06", "day_not_possible"),
    ],
)
async def test_a_day_that_cannot_be_promised_is_refused_by_name(
    tmp_path: Path, due_on: str, new: str, code: str
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER, due_on=due_on)

        refused = await extended(world, new)

        assert (refused.status, refused.body["code"]) == (409, code)
