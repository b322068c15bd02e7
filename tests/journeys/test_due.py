"""A land transfer with tax over Tết, in virtual time: each date, and where it was how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.commands import lienthong
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260203-0001"
#: Days off: Saturday 14 to Sunday 22 February.
STEPS: list[dict[str, Any]] = [
    {"on": "hand_over", "after_h": 25.0, "send": "ChuyenHoSo", "MaTrangThai": 11},
    {
        "on": "hand_over",
        "after_h": 49.0,
        "send": "ChuyenHoSo",
        "MaTrangThai": 13,
        "slip": True,
    },
    {"on": "paid", "after_h": 24.0, "send": "ChuyenHoSo", "MaTrangThai": 16},
    {"on": "paid", "after_h": 175.0, "send": "KetThucHoSo"},
]


@pytest.fixture
async def finished(tmp_path: Path) -> AsyncIterator[World]:
    """A dossier that came on 3 February, was paid for after Tết and is finished."""
    world = World(tmp_path / "run", configure=quick)
    world.stage.start = "2026-02-03T09:00:00+07:00"
    world.scenario(
        NUMBER,
        land_registry={"step": STEPS},
        tax={"notices_after_h": 125.0, "pay_after_h": 330.0},
    )
    async with world:
        await world.submit(
            a_dossier(
                NUMBER, received_at="2026-02-03T08:50:00+07:00", due_on="2026-03-10"
            )
        )
        await world.pass_hours(24 * 45)
        yield world


async def due(world: World) -> Json:
    answered = await world.call("GET", f"/v1/dossiers/{NUMBER}/due")
    assert answered.status == 200
    return answered.body


async def test_every_date_of_a_land_transfer_over_tet_is_explained(
    finished: World,
) -> None:
    told = await due(finished)

    clocks = {(c["leg"], c["name"]): c for c in told["clocks"]}
    assert (await finished.shown(NUMBER))["end"] == "finished"
    assert clocks["tax", "answer"]["due_on"] == "2026-02-12"
    assert clocks["tax", "answer"]["timeliness"] == "early"
    assert clocks["tax", "payment"]["due_on"] == "2026-03-12"
    assert clocks["land", "answer"]["due_on"] == "2026-03-05"
    assert [s["why"] for s in clocks["land", "answer"]["suspensions"]] == ["leg:tax"]
    (reasons,) = [
        line
        for line in clocks["tax", "payment"]["reasons"]
        if line.startswith("Ngày nghỉ")
    ]
    assert "17/02/2026 Tết Nguyên đán (mùng 1)" in reasons


async def test_the_hours_of_all_who_had_it_are_the_whole_time(
    finished: World,
) -> None:
    told = await due(finished)

    whole = sum(one["minutes"] for one in told["parties"])
    assert whole == told["minutes"] == sum(one["minutes"] for one in told["shares"])
    longest = [one["whose"] for one in told["parties"]][:3]
    assert sorted(longest) == ["agency", "agency", "citizen"]


async def test_the_command_says_why_and_where_it_was_how_long(
    finished: World,
) -> None:
    said = await lienthong(
        "dossier", "due", NUMBER, run_dir=finished.stage.run_dir, columns=120
    )

    assert said.code == 0
    assert "ra thông báo nghĩa vụ tài chính: xong" in said.out
    assert "Căn cứ: NĐ 126/2020" in said.out
    assert "Hồ sơ ở đâu bao lâu" in said.out
    assert "Tổng cộng" in said.out


async def test_another_counter_learns_nothing_of_it(finished: World) -> None:
    answered = await finished.call(
        "GET", "/v1/dossiers/H00.01-260203-9999/due", role="one_stop"
    )

    assert answered.status == 404
