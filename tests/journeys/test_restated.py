"""What was issued stays as it was; what changed since is told dossier by dossier."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.journeys.commands import lienthong
from tests.journeys.reported import (
    FALSE,
    MONTH,
    UNIT,
    bring_about,
    numbers,
    report,
    reported_world,
)
from tests.journeys.test_callbacks import CORRECTION, finish, quiet_world
from tests.world import a_dossier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, Json, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
#: Finished at the office in time, and told after the due day.
UNCLICKED = [f"H00.01-260310-1{n:03}" for n in range(30)]
#: Finished and told in time.
IN_TIME = [f"H00.01-260310-2{n:03}" for n in range(10)]
ISSUE = f"/v1/reports/{MONTH}/issue"


async def pass_until_day(world: World, moment: str) -> None:
    await world.pass_until(datetime.fromisoformat(moment))


async def issued(world: World) -> Json:
    made = await world.call("POST", ISSUE, {}, role="head")
    assert made.status == 201, made.body
    return made.body


async def restated(world: World, number: int = 0) -> list[Json]:
    path = f"/v1/reports/{MONTH}/restated?number={number}"
    answered = await world.call("GET", path, role="reader")
    rows: list[Json] = answered.body["dossiers"]
    return rows


async def confirm(world: World, code: str, *, counts: bool = True) -> None:
    """The head lets the agency's own date count."""
    where = f"/v1/dossiers/{code}"
    due = (await world.call("GET", f"{where}/due", role="head")).body
    (late,) = due["backdated"]
    said = {"counts": counts, "reason": "Sổ giao nhận ghi ngày 19/03"}
    path = f"{where}/backdated/{late['report']}"
    assert (await world.call("POST", path, said, role="head")).status == 200


async def test_thirty_dossiers_finished_without_the_click(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, *UNCLICKED, *IN_TIME) as world:
        for code in (*UNCLICKED, *IN_TIME):
            sent = await world.submit(
                a_dossier(code, **CORRECTION, due_on="2026-03-20")
            )
            assert sent.status == 202
        await world.pass_hours(24 * 9)
        for code in IN_TIME:
            await world.push("KetThucHoSo", finish(code, "2026-03-19T00:30:00"))
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
        made = await issued(world)
        for code in UNCLICKED:
            await confirm(world, code)
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
        changed = await restated(world)
        assert sorted(one["number"] for one in changed) == UNCLICKED
        assert {(o["was_text"], o["now_text"], o["reason"]) for o in changed} == {
            ("quá hạn", "trước hạn", "confirmed_date")
        }
        assert made["report"]["total"] == before["total"]


async def test_an_event_after_the_month_was_issued_restates_it(tmp_path: Path) -> None:
    late = "H00.01-260310-0821"
    async with quiet_world(tmp_path, late) as world:
        await world.submit(a_dossier(late, **CORRECTION, due_on="2026-03-31"))
        await pass_until_day(world, "2026-04-01T07:40:00+07:00")
        empty = await issued(world)
        # The office's own moment is the evening of 31 March: less than a day before.
        await world.push("KetThucHoSo", finish(late, "2026-03-31T09:00:00"))
        await world.settle()
        found = await report(world)
        (one,) = await restated(world)

        assert (empty["number"], empty["report"]["total"]["ended"]) == (1, 0)
        assert (found["total"]["ended"], found["total"]["on_time"]) == (1, 1)
        assert (one["number"], one["reason"]) == (late, "late_event")
        assert (one["was"], one["was_text"]) == (None, "không có trong báo cáo")
        assert one["now_text"] == "đúng hạn"
        second = await issued(world)
        assert (second["number"], second["report"]["total"]["ended"]) == (2, 1)
        assert await restated(world) == []
        assert [o["number"] for o in await restated(world, 1)] == [late]


async def test_nothing_is_issued_twice_and_what_was_issued_is_read_again(
    tmp_path: Path,
) -> None:
    async with reported_world(tmp_path) as world:
        await bring_about(world)
        await pass_until_day(world, "2026-04-01T08:00:00+07:00")
        first = await issued(world)
        again = await world.call("POST", ISSUE, {}, role="administrator")
        assert (again.status, again.body["code"]) == (409, "nothing_restated")
        await confirm(world, FALSE)
        await world.settle()
        path = f"/v1/reports/{MONTH}/issued/1"
        kept = await world.call("GET", path, role="reader")
        assert kept.body["report"]["total"] == first["report"]["total"]
        assert (await world.call("GET", path, role="one_stop")).status == 403
        said = await lienthong("report", "restated", MONTH, run_dir=world.stage.run_dir)
        assert (said.code, FALSE in said.out) == (0, True)
        done = await lienthong("report", "issue", MONTH, run_dir=world.stage.run_dir)
        assert (done.code, "lần 2" in done.out) == (0, True)
        assert "definitions" not in first["report"]


async def put_counts(world: World, role: str, *rows: Json, **more: object) -> Answered:
    body = {"counts": list(rows), **more}
    path = f"/v1/reports/{MONTH}/one-stop"
    return await world.call("PUT", path, body, role=role)


async def test_the_one_stops_own_count_is_printed_beside_ours(tmp_path: Path) -> None:
    async with reported_world(tmp_path) as world:
        await bring_about(world)
        row = {"unit": UNIT, "received": 60, "early": 20, "on_time": 20, "late": 10}
        done = await put_counts(world, "one_stop", row)
        assert done.status == 200, done.body
        compared = (await report(world))["one_stop"]

        (mine,) = compared["rows"]
        assert (mine["one_stop"]["ended"], mine["one_stop"]["percent"]) == (50, 80.0)
        assert (mine["gateway"]["ended"], mine["gateway"]["percent"]) == (7, 71.4)
        assert (mine["ended_difference"], mine["percent_difference"]) == (-43, -8.6)
        assert mine["reasons"][0].startswith("43 hồ sơ một cửa đếm mà cổng không đếm")
        assert mine["reasons"][1].startswith("1 hồ sơ một cửa tính theo ngày bấm")
        # The dossier of the other unit, of which it said nothing.
        assert compared["not_said"] == 1
        path = f"/v1/reports/{MONTH}/one-stop"
        (kept,) = (await world.call("GET", path, role="one_stop")).body["counts"]
        assert (kept["unit"], kept["received"], kept["by"]) == (
            UNIT,
            60,
            "mot-cua-mau",
        )


async def test_wrong_counts_of_a_one_stop_are_refused_and_change_nothing(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path) as world:
        good = {"unit": UNIT, "early": 1, "on_time": 2, "late": 3, "received": 6}
        assert (await put_counts(world, "one_stop", good)).status == 200
        part = {**good, "procedure": "1.999003"}
        for rows in (
            [{**good, "unit": ""}],
            [{**good, "early": -1}],
            [{**good, "early": 1.5}],
            [{**good, "early": True}],
            [{**good, "early": "3"}],
            [{**good, "early": 10**9}],
            [{**good, "unit": "\x00"}],
            [{**good, "unit": "x" * 101}],
            [good, good],
            [good, part],
        ):
            refused = await put_counts(world, "one_stop", *rows)
            assert (refused.status, refused.body["code"]) == (
                400,
                "one_stop_counts_invalid",
            )
        assert (await put_counts(world, "reader", good)).status == 403
        other = {"sender": "mot-cua-noi-thang"}
        assert (await put_counts(world, "one_stop", good, **other)).status == 403
        unknown = await put_counts(world, "operator", good, sender="nobody")
        assert unknown.body["code"] == "one_stop_counts_invalid"
        path = f"/v1/reports/{MONTH}/one-stop"
        (kept,) = (await world.call("GET", path, role="reader")).body["counts"]
        assert (kept["early"], kept["sender"]) == (1, "mot-cua-mau")
