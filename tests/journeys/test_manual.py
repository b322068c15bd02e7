"""An office without software: its officer's list from the first look to the result."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.journeys.commands import lienthong
from tests.journeys.officers import SO_NHA, XA, Officer
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER, OTHER = "H00.01-260310-1301", "H00.01-260310-1302"
PDF = b"%PDF-1.4 ket qua"


def commune_world(folder: Path) -> World:
    return World(folder / "run", configure=quick)


async def hand_in(world: World, number: str = NUMBER, **changed: Any) -> None:
    answered = await world.submit(a_dossier(number, **SO_NHA, **changed))
    assert answered.status == 202, answered.content
    await world.pass_hours(0)


async def handed(world: World, number: str = NUMBER) -> Json:
    (found,) = await world.transfers(number, "hand_over")
    return await world.history(found)


async def timeline(world: World, number: str = NUMBER) -> list[Json]:
    path = f"/v1/dossiers/{number}/timeline"
    found: list[Json] = (await world.call("GET", path, role="operator")).body[
        "timeline"
    ]
    return found


async def test_a_dossier_is_worked_on_by_the_list_alone(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        item = await officer.item(NUMBER)
        assert (item["state"], item["for_office"], item["late"]) == ("new", XA, False)
        (message,) = item["messages"]
        assert (message["what"], message["received"]) == ("Giải quyết hồ sơ", False)
        assert message["fields"]["applicant"].keys() <= {"name", "address", "phone"}
        assert (await officer.act(item, "receive")).body["applied"] is True
        assert (await handed(world))["state"] == "delivered"
        step = await officer.act(item, "step", step="kiem-tra", note="Đã xem")
        assert step.body == {
            "act": "step",
            "applied": True,
            "repeated": False,
            "words": "Đã ghi nhận.",
        }
        assert (await officer.item(NUMBER))["step"] == "kiem-tra"
        done = await officer.act(item, "finish", files={"giay xac nhan.pdf": PDF})
        assert done.body["applied"] is True
        assert await officer.items() == []
        await world.settle()
        shown = await world.shown(NUMBER)
        assert shown["end"] == "finished"
        (result,) = shown["results"]
        assert result["name"] == "giay xac nhan.pdf"
        path = f"/v1/dossiers/{NUMBER}/results/{result['id']}"
        assert (await world.call("GET", path)).content == PDF
        assert [code for code, _ in world.told(NUMBER)] == [4, 9]
        lines = await timeline(world)
        by = f"cán bộ ghi: cán bộ của đơn vị {XA}"
        assert any("Chuyển bước xử lý" in one["what"] for one in lines)
        assert sum(by in one["notes"] for one in lines) == 2


async def test_a_supplement_stops_the_clock_and_its_papers_come_by_the_list(
    tmp_path: Path,
) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        item = await officer.item(NUMBER)
        await officer.act(item, "supplement", note="Thiếu ảnh")
        shown = await world.shown(NUMBER)
        assert (shown["portal_code"], shown["pause"]) == (5, "supplement")
        assert (await officer.item(NUMBER))["state"] == "waiting"
        assert "step" not in (await officer.item(NUMBER))["acts"]
        papers = {"note": "Ảnh đây", "documents": [{"name": "Ảnh", "originals": 1}]}
        path = f"/v1/dossiers/{NUMBER}/supplements"
        assert (await world.call("POST", path, papers)).status == 202
        await world.pass_hours(0)
        item = await officer.item(NUMBER)
        assert item["messages"][-1]["note"] == "Ảnh đây"
        assert [p["name"] for p in item["messages"][-1]["papers"]] == ["Ảnh"]
        await officer.act(item, "supplement_received")
        await officer.act(item, "refuse", note="Không đủ căn cứ")
        assert (await world.shown(NUMBER))["end"] == "refused"


async def test_two_clicks_are_one_act(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        item = await officer.item(NUMBER)
        said = [officer.act(item, "step", step="kiem-tra", key="k1") for _ in range(2)]
        both = [one.body for one in await asyncio.gather(*said)]
        assert sorted(one["repeated"] for one in both) == [False, True]
        twice = [await officer.act(item, "receive") for _ in range(2)]
        assert [one.body["repeated"] for one in twice] == [True, True]
        files = {"kq.pdf": PDF}
        ends = [
            await officer.act(item, "finish", key="k2", files=files) for _ in range(2)
        ]
        assert [one.body["repeated"] for one in ends] == [False, True]
        await world.settle()
        assert len((await world.shown(NUMBER))["results"]) == 1


async def test_of_two_officers_at_once_one_is_first_and_the_other_is_told(
    tmp_path: Path,
) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        item = await officer.item(NUMBER)
        both = await asyncio.gather(
            officer.act(item, "finish", files={"kq.pdf": PDF}),
            officer.act(item, "refuse", note="Không đủ căn cứ"),
        )
        applied = [one for one in both if one.body.get("applied")]
        assert len(applied) == 1, [one.body for one in both]
        (other,) = [one for one in both if one not in applied]
        assert "không" in str(other.body.get("words") or other.body["remedy"])
        await world.settle()
        ended = "finished" if applied[0].body["act"] == "finish" else "refused"
        assert (await world.shown(NUMBER))["end"] == ended


async def test_who_acts_has_received(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        item = await officer.item(NUMBER)
        assert (await handed(world))["fate"] == "may_have_left"
        await officer.act(item, "step", step="trinh-ky")
        found = await handed(world)
        assert (found["state"], found["fate"]) == ("delivered", "agency_has_it")


async def test_what_happened_earlier_keeps_both_times(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        await world.pass_hours(49)
        item = await officer.item(NUMBER)
        said = {"step": "kiem-tra", "done_on": "2026-03-10", "done_at": "14:30"}
        assert (await officer.act(item, "step", **said)).body["applied"] is True
        (line,) = [o for o in await timeline(world) if "Chuyển bước" in o["what"]]
        assert datetime.fromisoformat(line["at"]) == world.now()
        assert "cơ quan ghi lúc 10/03/2026 14:30" in line["notes"]
        assert "khai lùi ngày: ghi sau 2 ngày" in line["notes"]
        ahead = {"step": "kiem-tra", "done_on": "2026-03-20"}
        refused = await officer.act(item, "step", **ahead)
        assert (refused.status, refused.body["errors"][0]["code"]) == (
            422,
            "in_the_future",
        )


async def test_an_older_step_moves_nothing_back(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        await world.pass_hours(30)
        item = await officer.item(NUMBER)
        await officer.act(item, "step", step="trinh-ky")
        late = await officer.act(item, "step", step="kiem-tra", done_on="2026-03-10")
        assert late.body["applied"] is False
        assert "không đổi tình trạng" in late.body["words"]
        assert (await officer.item(NUMBER))["step"] == "trinh-ky"


async def test_what_nobody_opened_vanishes_when_it_is_withdrawn(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        path = f"/v1/dossiers/{NUMBER}/withdrawal"
        assert (await world.call("POST", path, {"reason": "Thôi"})).status == 202
        await world.settle()
        assert await Officer(world).items() == []
        assert (await world.shown(NUMBER))["end"] == "withdrawn"


async def test_what_was_opened_is_withdrawn_by_the_officer(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        await officer.act(await officer.item(NUMBER), "receive")
        path = f"/v1/dossiers/{NUMBER}/withdrawal"
        await world.call("POST", path, {"reason": "Thôi"})
        await world.pass_hours(0)
        item = await officer.item(NUMBER)
        assert item["messages"][-1]["what"] == "Người nộp xin rút hồ sơ"
        await officer.act(item, "withdrawn")
        assert (await world.shown(NUMBER))["end"] == "withdrawn"


async def give(world: World, code: int = 201, **changed: str) -> Answered:
    """An access code, as an administrator asks for it."""
    body = {"office": XA, "account": "xa-mau-1.c", "reason": "Công văn 3", **changed}
    made = await world.call("POST", "/v1/officers", body, role="administrator")
    assert made.status == code, made.content
    return made


async def test_a_code_ends_with_its_last_day_and_the_list_tells_who_used_it(
    tmp_path: Path,
) -> None:
    async with commune_world(tmp_path) as world:
        made = await give(world, until="2026-03-11")
        await give(world, account="xa-mau-1.d")
        assert made.body["until"] == "2026-03-11"
        for wrong in ("2026-03-09", "mai"):
            refused = await give(world, 400, account="xa-mau-1.e", until=wrong)
            assert refused.body["code"] == "account_invalid"
        officer = Officer(world, code=made.body["code"])
        await world.pass_hours(25)
        assert (await officer.get("/v1/work")).status == 200
        await world.pass_hours(24)
        assert (await officer.get("/v1/work")).status == 401
        form = {"token": made.body["code"]}
        again = await world.call(
            "POST", "/console/dang-nhap", role="", data=form,
            headers={"Origin": world.stage.url("front")},
        )  # fmt: skip
        assert again.status == 401
        listed = await world.call("GET", "/v1/officers", role="administrator")
        rows = {one["account"]: one for one in listed.body["officers"]}
        over, unused = rows["officer:xa-mau-1.c"], rows["officer:xa-mau-1.d"]
        assert (over["holds"], over["last_used_on"]) == (False, "2026-03-11")
        assert (unused["holds"], unused["last_used_on"]) == (True, None)
        assert unused["until"] == "2027-03-10"
        assert made.body["code"] not in listed.content.decode()
        shown = await lienthong("officer", "list", run_dir=world.stage.run_dir)
        assert "đã hết dùng" in shown.out
        assert "chưa dùng" in shown.out
        denied = await world.call("GET", "/v1/officers", role="operator")
        assert denied.status == 403


async def test_ending_an_account_that_is_spelt_wrong_is_not_called_done(
    tmp_path: Path,
) -> None:
    async with commune_world(tmp_path) as world:
        made = await give(world)
        run_dir, why = world.stage.run_dir, ("--reason", "Nghỉ")
        wrong = await lienthong("officer", "end", "xa-mau-1.x", *why, run_dir=run_dir)
        assert (wrong.code, "Không có tài khoản này" in wrong.err) == (1, True)
        officer = Officer(world, code=made.body["code"])
        assert (await officer.get("/v1/work")).status == 200
        right = await lienthong("officer", "end", "xa-mau-1.c", *why, run_dir=run_dir)
        assert right.code == 0, right.err
        assert (await officer.get("/v1/work")).status == 401
        twice = await lienthong("officer", "end", "xa-mau-1.c", *why, run_dir=run_dir)
        assert "đã hết dùng" in twice.err


async def test_two_officers_see_one_list(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        made = await give(world, account="xa-mau-1.b")
        second = Officer(world, code=made.body["code"])
        await hand_in(world)
        item = await second.item(NUMBER)
        await Officer(world).act(item, "receive")
        assert (await second.item(NUMBER))["state"] == "open"
        ended = await lienthong(
            *("officer", "end", "xa-mau-1.b", "--reason", "Nghỉ"),
            run_dir=world.stage.run_dir,
        )
        assert ended.code == 0, ended.err
        assert (await second.get("/v1/work")).status == 401


async def test_an_officer_sees_one_office_only(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        await world.submit(a_dossier(OTHER))
        officer = Officer(world)
        item = await officer.item(NUMBER)
        for path in (
            "/v1/work?office=land-mau-1",
            f"/v1/dossiers/{NUMBER}",
            "/v1/dossiers",
            "/v1/still",
            "/v1/lanes",
            "/v1/contacts",
            f"/console/ho-so/{item['id']}",
        ):
            answered = await officer.get(path)
            assert answered.status == 403, path
        (other,) = await world.transfers(OTHER, "hand_over")
        stranger = {"id": other["dossier_id"]}
        assert (await officer.act(stranger, "receive")).status == 404
        one_stop = await world.call("GET", f"/v1/work?office={XA}")
        assert one_stop.status == 403
        none = await world.call("GET", "/v1/work?office=tax-mau-1", role="operator")
        assert (none.status, none.body["code"]) == (404, "no_work_list")


async def test_looking_by_staff_hands_nothing_over(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        path = f"/v1/work?office={XA}"
        for after in ("", f"&after={10**22}", f"&after=-{10**22}"):
            seen = await world.call("GET", path + after, role="operator")
            assert (seen.status, seen.body["lying"], seen.body["items"]) == (200, 1, [])
        assert (await handed(world))["fate"] == "not_left"
        fetch = f"/v1/work/{XA}/fetch"
        refused = await world.call("POST", fetch, {"reason": " "}, role="operator")
        assert refused.body["code"] == "reason_missing"
        opened = await world.call("POST", fetch, {"reason": "Xã gọi"}, role="operator")
        assert (opened.body["lying"], len(opened.body["items"])) == (0, 1)
        assert (await handed(world))["fate"] == "may_have_left"
        item = opened.body["items"][0]
        act = f"/v1/work/{XA}/{item['id']}/receive"
        assert (await world.call("POST", act, {}, role="reader")).status == 403
        assert (await world.call("POST", act, {}, role="operator")).status == 200


async def test_a_second_result_replaces_a_wrong_one(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        item = await officer.item(NUMBER)
        await officer.act(item, "finish", files={"kq.pdf": PDF})
        await world.pass_hours(0)
        path = f"/v1/dossiers/{NUMBER}/result-wrong"
        wrong = await world.call("POST", path, {"content": "Sai tên đường"})
        assert wrong.status == 202, wrong.content
        await world.pass_hours(0)
        item = await officer.item(NUMBER)
        assert item["acts"] == ["finish"]
        again = await officer.act(item, "finish", files={"kq-2.pdf": PDF + b"2"})
        assert "chuyển về một cửa" in again.body["words"]
        assert await officer.items() == []
        await world.pass_hours(0)
        names = {one["name"] for one in (await world.shown(NUMBER))["results"]}
        assert names == {"kq.pdf", "kq-2.pdf"}


async def test_an_act_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        item = await officer.item(NUMBER)
        for act, said, code in (
            ("step", {"step": "bay"}, "request_invalid"),
            ("supplement", {}, "request_invalid"),
            ("finish", {}, "request_invalid"),
            ("supplement_received", {}, "act_not_possible"),
            ("fly", {}, "unknown_path"),
            ("step", {"stepp": "kiem-tra"}, "request_invalid"),
        ):
            refused = await officer.act(item, act, **said)
            assert (refused.status // 100, refused.body["code"]) == (4, code), act
        assert (await handed(world))["state"] == "unconfirmed"
        assert (await officer.item(NUMBER))["state"] == "new"


async def test_an_office_that_does_not_look_is_told_to_people(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        await world.pass_hours(24 * 9)
        still = await world.call("GET", "/v1/still", role="operator")
        (row,) = still.body["still"]
        assert row["reason"] == "not_fetched"
        assert len(await Officer(world).items()) == 1
        still = await world.call("GET", "/v1/still", role="operator")
        assert still.body["still"] == []


async def test_the_page_shows_the_list_and_takes_a_result(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        start = await officer.page("/console/viec-tay")
        assert "Danh sách việc: UBND xã Mẫu" in start
        assert NUMBER in start
        assert "Đang đứng yên" not in start
        item = await officer.item(NUMBER)
        paper = await officer.page(f"/console/viec-tay/{XA}/ban-giao")
        assert NUMBER in paper
        assert "BÊN NHẬN" in paper
        base = f"/console/viec-tay/{XA}/{item['id']}"
        foreign = await world.call(
            "POST", f"{base}/receive", role="",
            headers={**officer.cookie, "Origin": "https://elsewhere.example"},
        )  # fmt: skip
        assert foreign.status == 403
        staff = world.stage.secrets.value("token.operator")
        seen = await world.call(
            "GET",
            f"/console/viec-tay/{XA}",
            role="",
            headers={"Cookie": f"lienthong={staff}"},
        )
        assert NUMBER in seen.content.decode()


async def test_a_day_before_the_dossier_came_is_refused(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        item = await officer.item(NUMBER)
        for day in ("0001-01-01", "2026-02-30", "2025-03-10"):
            refused = await officer.act(item, "step", step="kiem-tra", done_on=day)
            (error,) = refused.body["errors"]
            assert (refused.status, error["pointer"]) == (422, "/done_on"), day


async def test_a_file_that_no_act_takes_is_refused_and_not_lost(tmp_path: Path) -> None:
    async with commune_world(tmp_path) as world:
        await hand_in(world)
        officer = Officer(world)
        item = await officer.item(NUMBER)
        files = {"a.pdf": PDF}
        refused = await officer.act(item, "supplement", note="Thiếu", files=files)
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/files")
        empty = {"kq.pdf": PDF, "phu-luc.pdf": b""}
        refused = await officer.act(item, "finish", files=empty)
        (error,) = refused.body["errors"]
        assert (error["pointer"], error["code"]) == ("/files/1/part", "empty_file")
        form = aiohttp.FormData()
        form.add_field("act", "{}", content_type="application/json")
        form.add_field("f0", PDF, filename="a.pdf")
        path = f"/v1/work/{officer.office}/{item['id']}/receive"
        refused = await world.call(
            "POST", path, role="", headers=officer.headers, data=form
        )
        (error,) = refused.body["errors"]
        assert (error["pointer"], error["code"]) == ("/files", "part_unnamed")
        assert (await officer.item(NUMBER))["state"] == "new"
