"""What an edit of the calendar makes of open dates is seen before it is confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.wiring.calendars import read_year
from tests.journeys.commands import lienthong
from tests.journeys.test_calendar import FILE, asked
from tests.journeys.test_callbacks import handed_over, quiet_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0077"
#: Eight working days after 10 March are the 20th; the 17th off, the 23rd.
OFF = '\n[[closed]]\ndate = 2026-03-17\nreason = "Bão (ví dụ)"\nbasis = "ví dụ"\n'


def table(folder: Path) -> Json:
    path = folder / "2026.toml"
    path.write_text(FILE.read_text("utf-8") + OFF, "utf-8")
    return read_year(path)


async def due_on(world: World) -> str:
    told = (await world.call("GET", f"/v1/dossiers/{NUMBER}/due")).body
    return next(
        str(one["due_on"])
        for one in told["clocks"]
        if (one["leg"], one["name"]) == ("land", "answer")
    )


async def test_dates_move_only_after_their_move_was_shown(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER, due_on="2026-03-17")
        body = {"year": "2026", "calendar": table(tmp_path), "reason": "bão"}

        preview = (await asked(world, body)).body
        before = await due_on(world)
        await asked(world, {**body, "confirm": preview["digest"]})
        await world.settle()

        moved = [
            one
            for one in preview["effect"]["dates"]
            if one["label"] == "giải quyết phần việc"
        ]
        assert [(one["was"], one["now"]) for one in moved] == [
            ("2026-03-20", "2026-03-23")
        ]
        assert preview["effect"]["promised_on_days_off"] == 1
        assert (before, await due_on(world)) == ("2026-03-20", "2026-03-23")
        assert world.gateway is not None
        rows = await world.gateway.tools.measures.clock_rows(moved[0]["dossier_id"])
        assert "2026-03-23" in {str(row.due_on) for row in rows}


async def test_the_command_tells_which_dates_move(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER, due_on="2026-03-17")
        table(tmp_path)

        said = await lienthong(
            *("calendar", "import", tmp_path / "2026.toml", "--reason", "bão"),
            *("--confirm",),
            run_dir=world.stage.run_dir,
            columns=160,
        )

        assert "20/03/2026 → 23/03/2026" in said.out
        assert "Hẹn trả rơi vào ngày nghỉ: 1 hồ sơ" in said.out
