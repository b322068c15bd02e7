"""What leaders read of a month, its figures computed here by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.test_callbacks import CORRECTION, finish, quiet_world
from tests.world import a_dossier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
MONTH = "2026-03"
#: Finished at the office in time, and told after the due day.
UNCLICKED = [f"H00.01-260310-1{n:03}" for n in range(30)]
#: Finished and told in time.
CLICKED = [f"H00.01-260310-2{n:03}" for n in range(10)]


async def report(world: World, role: str = "operator", month: str = MONTH) -> Json:
    answered = await world.call("GET", f"/v1/reports/{month}", role=role)
    assert answered.status == 200, answered.body
    return answered.body


async def numbers(
    world: World, figure: str, role: str = "operator", **more: str
) -> list[str]:
    """The codes behind a figure, over all pages."""
    found, after = [], ""
    while True:
        query = {"figure": figure, "limit": "7", **more}
        if after:
            query["after"] = after
        answered = await world.call(
            "GET", f"/v1/reports/{MONTH}/dossiers", role=role, params=query
        )
        assert answered.status == 200, answered.body
        found += [one["number"] for one in answered.body["dossiers"]]
        after = answered.body["after"]
        if not after:
            return found


async def handed_over(world: World, *codes: str, **changed: object) -> None:
    for code in codes:
        document = a_dossier(code, **{**CORRECTION, "due_on": "2026-03-20", **changed})
        assert (await world.submit(document)).status == 202
    await world.settle()


async def test_thirty_dossiers_finished_without_the_click(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, *UNCLICKED, *CLICKED) as world:
        await handed_over(world, *UNCLICKED, *CLICKED)
        await world.pass_hours(24 * 9)
        for code in CLICKED:
            await world.push("KetThucHoSo", finish(code, "2026-03-19T01:00:00"))
        await world.pass_hours(24 * 9)
        for code in UNCLICKED:
            await world.push("KetThucHoSo", finish(code, "2026-03-19T08:00:00"))
        await world.settle()

        before = await report(world)

        assert sorted(await numbers(world, "falsely_late")) == UNCLICKED
        total = before["total"]
        assert (total["ended"], total["in_time"], total["late"]) == (40, 10, 30)
        assert (total["falsely_late"], total["percent"]) == (30, 25.0)
        assert before["portal"]["sentence"] == (
            "theo Cổng: 25,0 %; theo sự kiện: 25,0 %; không chênh."
        )

        await world.pass_hours(24 * 7)
        issued = await world.call("POST", f"/v1/reports/{MONTH}/issue", role="head")
        assert (issued.status, issued.body["number"]) == (201, 1)
        for code in UNCLICKED:
            where = f"/v1/dossiers/{code}"
            due = (await world.call("GET", f"{where}/due", role="head")).body
            (late,) = due["backdated"]
            said = {"counts": True, "reason": "Sổ giao nhận ghi ngày 19/03"}
            path = f"{where}/backdated/{late['report']}"
            assert (await world.call("POST", path, said, role="head")).status == 200
        await world.settle()

        after = await report(world)

        assert await numbers(world, "falsely_late") == []
        total = after["total"]
        assert (total["in_time"], total["late"], total["percent"]) == (40, 0, 100.0)
        assert after["portal"]["sentence"] == (
            "theo Cổng: 25,0 %; theo sự kiện: 100,0 %; chênh 75,0 điểm vì 30 hồ sơ xong"
            " trong hạn nhưng bấm kết thúc trên hệ thống sau ngày hẹn."
        )
        assert after["restated"]["sentence"] == (
            "Từ khi chốt có 30 hồ sơ đổi: kết thúc 40 → 40; trong hạn 10 → 40; quá hạn"
            " 30 → 0; tỷ lệ trong hạn 25,0 % → 100,0 %."
        )
        changed = await world.call(
            "GET", f"/v1/reports/{MONTH}/restated", role="reader"
        )
        assert sorted(o["number"] for o in changed.body["dossiers"]) == UNCLICKED
        assert {o["reason"] for o in changed.body["dossiers"]} == {"confirmed_date"}
        assert issued.body["report"]["total"] == before["total"]
