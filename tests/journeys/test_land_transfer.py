"""What goes wrong on the way of a land transfer: one test for each, in the order of the way.

Lost replies, wrong cases, unknown officers, pauses, notices by several roads, late
clicks: a dossier passes or stands still with its reason, and nothing is doubled.
"""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.report import AgencyReport, Reference, ReportKind
from gateway.receipts.arrive import arrive
from tests.journeys.test_callbacks import (
    CORRECTION,
    finish,
    handed_over,
    progress,
    quiet_world,
    supplement_request,
)
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0601"


def _with_tax(folder: Path, **tax: Any) -> World:
    world = World(folder / "run", configure=quick)
    world.scenario(NUMBER, tax={"notices_after_h": 8, "pay_after_h": 24, **tax})
    return world


def _notices(*numbers: str) -> Json:
    """GuiKetQuaThue: the land office passes tax's notices on, without amounts."""
    return {
        "SoBienNhan": NUMBER,
        "NguoiXuLy": "CB0003",
        "NgayCoKetQuaThue": "2026-03-13T02:00:00",
        "GhiChu": "",
        "DanhSachThongBaoThue": [
            {
                "HoTenChu": "Nguyễn Văn Ví Dụ",
                "LoaiThue": "Thuế",
                "SoThongBaoThue": number,
                "DuongDanThongBaoThue": "",
            }
            for number in numbers
        ],
    }


async def test_step_1_an_old_commune_code_leads_to_the_branch_of_its_successor(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER, area={"commune": "99011"})
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["office"] == "land-mau-2"


async def test_step_1_a_parcel_typed_free_hand_travels_as_it_was_typed(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        typed = {"number": "101 + 102 (một phần)", "sheet": "tờ 7 BĐĐC"}
        await handed_over(world, NUMBER, parcels=[typed])
        (sent,) = [h for h in world.heard if b"ThongTinThuaDat" in h.body]
        (parcel,) = json.loads(sent.body)["ThongTinThuaDat"]
        told = (parcel["SoThuTuThua"], parcel["SoHieuBanDo"])
        assert told == (typed["number"], typed["sheet"])


async def test_step_2_a_lost_reply_to_the_hand_over_makes_no_second_dossier(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path, NUMBER)
    lost = {"agency": "land_registry", "operation": "hand_over", "do": "lose_answer"}
    world.faults = [lost]
    async with world:
        await handed_over(world, NUMBER)
        (handed,) = await world.transfers(NUMBER, "hand_over")
        assert (handed["state"], handed["attempts"]) == ("delivered", 2)


async def test_step_2_an_unknown_receiver_is_a_question_to_the_counter(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await world.submit(a_dossier(NUMBER, **CORRECTION, receiver="cb.khong-co"))
        await world.settle()
        shown = await world.shown(NUMBER)
        assert [asked["code"] for asked in shown["asks"]] == ["unknown_receiver"]
        assert world.told(NUMBER)[-1][0] == 2
        assert world.effects(NUMBER, "land_registry", "hand_over") == []


async def test_step_2_a_case_that_the_office_does_not_have_waits_with_the_reason(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await world.submit(a_dossier(NUMBER, **{**CORRECTION, "case": "KHONG-CO"}))
        await world.settle()
        (handed,) = await world.transfers(NUMBER, "hand_over")
        assert (handed["state"], handed["cause"]) == ("parked", "case_not_mapped")
        assert world.arrivals(NUMBER, "land_registry", "hand_over") == []


async def test_step_3_an_unknown_officer_is_kept_as_told_and_no_error(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        said = progress(NUMBER, 12, "2026-03-10T02:00:00")
        answered = await world.push("ChuyenHoSo", {**said, "MaCanBoNhan": "CB-LA"})
        assert (answered.status, answered.body["Result"]) == (200, 1)
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["step"] == "12"


async def test_step_3_a_step_that_comes_after_a_newer_one_moves_nothing_back(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        for step, at in ((17, "2026-03-12T08:00:00"), (12, "2026-03-11T08:00:00")):
            said = progress(NUMBER, step, at)
            assert (await world.push("ChuyenHoSo", said)).body["Result"] == 1
        (leg,) = (await world.shown(NUMBER))["legs"]
        assert leg["step"] == "17"


@pytest.mark.parametrize(
    ("stops", "kind", "told"),
    [
        (False, None, (5, "supplement")),
        (True, 1, (6, "financial_obligation")),
        (True, 2, (8, "stopped")),
    ],
)
async def test_step_3_the_kinds_of_waiting_are_told_apart(
    tmp_path: Path, stops: bool, kind: int | None, told: tuple[int, str]
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        said = {**supplement_request(NUMBER, "2026-03-10T02:00:00"), "LaTamDung": stops}
        await world.push("YeuCauBoSungHoSo", {**said, "LoaiTamDung": kind})
        await world.settle()
        assert world.told(NUMBER)[-1] == told


async def test_step_3_papers_for_an_office_that_waits_no_more_are_no_error(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        request = supplement_request(NUMBER, "2026-03-10T02:00:00")
        await world.push("YeuCauBoSungHoSo", request)
        await world.settle()
        papers = {"documents": [{"name": "Bản vẽ", "originals": 1, "copies": 0}]}
        path = f"/v1/dossiers/{NUMBER}/supplements"
        for key in ("một", "hai"):
            await world.call("POST", path, {**papers, "idempotency_key": key})
        await world.settle()
        sent = await world.transfers(NUMBER, "supplement")
        assert {t["state"] for t in sent} == {"delivered"}
        assert (await world.shown(NUMBER))["portal_code"] == 4


async def test_step_5_the_same_notices_by_the_land_office_too_count_once(
    tmp_path: Path,
) -> None:
    async with _with_tax(tmp_path, never_paid=True) as world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(48)
        owed = (await world.shown(NUMBER))["owed"]["notices"]
        told = world.told(NUMBER)
        numbers = [notice["number"] for notice in owed]
        assert len(numbers) == 2
        answered = await world.push("GuiKetQuaThue", _notices(*numbers))
        assert answered.body["Result"] == 1
        await world.pass_hours(8)
        after = (await world.shown(NUMBER))["owed"]["notices"]
        assert [n["number"] for n in after] == numbers
        assert all("land-mau-1" in n["roads"] for n in after)
        assert [n["amount"] for n in after] == [n["amount"] for n in owed]
        assert world.told(NUMBER) == told


async def test_step_6_waiting_for_money_is_never_told_as_missing_papers(
    tmp_path: Path,
) -> None:
    async with _with_tax(tmp_path, never_paid=True) as world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(72)
        assert world.told(NUMBER)[-1] == (6, "financial_obligation")
        assert (5, "supplement") not in world.told(NUMBER)


async def test_step_7_every_notice_must_be_paid_before_the_land_office_is_told(
    tmp_path: Path,
) -> None:
    async with _with_tax(tmp_path, never_paid=True) as world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(48)
        owed = (await world.shown(NUMBER))["owed"]["notices"]
        assert len(owed) == 2
        first = {**owed[0], "kind": owed[0]["item"], "state": "valid"}
        paid = AgencyReport(
            kind=ReportKind.PAID,
            about=(Reference(AgencyId("one_stop"), "ma_ho_so", NUMBER),),
            fingerprint="one-of-two",
            event_at=world.now(),
            content={"notices": [first]},
        )
        assert world.gateway is not None
        office = OfficeId("tax-mau-1")
        tools = world.gateway.tools
        await arrive(tools, AgencyId("tax"), office, paid, world.now())
        await world.pass_hours(8)
        after = (await world.shown(NUMBER))["owed"]["notices"]
        assert sorted(notice["state"] for notice in after) == ["paid", "valid"]
        assert world.told(NUMBER)[-1] == (6, "financial_obligation")
        assert world.effects(NUMBER, "land_registry", "paid") == []


async def test_step_8_the_second_date_is_computed_when_nothing_is_left_to_pay(
    tmp_path: Path,
) -> None:
    async with _with_tax(tmp_path) as world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(40)
        before = await world.shown(NUMBER)
        assert (before["due_on"], before["due_reason"]) == (
            "2026-04-10",
            "theo giấy tiếp nhận",
        )
        await world.settle()
        after = await world.shown(NUMBER)
        assert after["due_on"] != before["due_on"]
        assert after["due_reason"].startswith("ngày hẹn thứ hai: 8 ngày làm việc")


@pytest.mark.parametrize(("ending", "end"), [(1, "withdrawn"), (2, "refused")])
async def test_step_9_an_end_that_is_no_result_is_told_as_what_it_is(
    tmp_path: Path, ending: int, end: str
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.push("KetThucHoSo", finish(NUMBER, "2026-03-11T02:00:00", ending))
        await world.settle()
        assert (await world.shown(NUMBER))["end"] == end
        assert 9 not in [code for code, _ in world.told(NUMBER)]


async def test_step_9_who_clicks_finish_days_later_finishes_all_the_same(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.push("ChuyenHoSo", progress(NUMBER, 17, "2026-03-12T08:00:00"))
        await world.pass_hours(24 * 9)
        await world.push("KetThucHoSo", finish(NUMBER, "2026-03-11T08:00:00"))
        await world.settle()
        assert (await world.shown(NUMBER))["end"] == "finished"


async def test_step_9_a_result_file_that_is_not_there_yet_is_fetched_later(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    fault = {"agency": "land_registry", "operation": "file", "do": "error_500_before"}
    world.faults = [{**fault, "nth": nth} for nth in (1, 2, 3)]
    async with world:
        await handed_over(world, NUMBER)
        shown = await world.shown(NUMBER)
        assert (shown["end"], len(shown["results"])) == ("finished", 1)
        asked = [h for h in world.heard if "/files/" in h.url]
        assert len(asked) == 4


async def test_step_9_a_file_that_hangs_holds_up_no_other_office(
    tmp_path: Path,
) -> None:
    other = NUMBER[:-1] + "9"
    world = World(tmp_path / "run", configure=quick)
    hangs = {"agency": "land_registry", "operation": "file", "do": "delay_s"}
    world.faults = [{**hangs, "held": True}]
    async with world:
        for number, commune in ((NUMBER, "99101"), (other, "99103")):
            dossier = a_dossier(number, **CORRECTION, area={"commune": commune})
            assert (await world.submit(dossier)).status == 202
        settling = asyncio.create_task(world.settle())
        async with asyncio.timeout(30):
            while not [one for one in world.heard if "/files/" in one.url]:
                await asyncio.to_thread(threading.Event().wait, 0.02)
            while not [n for n in (NUMBER, other) if await _results(world, n)]:
                await asyncio.to_thread(threading.Event().wait, 0.02)
        world.release("land_registry")
        await settling
        assert [await _results(world, n) for n in (NUMBER, other)] == [1, 1]


async def _results(world: World, number: str) -> int:
    return len((await world.shown(number))["results"])


async def test_step_11_the_office_learns_that_the_result_was_handed_out(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await handed_over(world, NUMBER)
        assert (await world.shown(NUMBER))["portal_code"] == 10
        assert len(world.effects(NUMBER, "land_registry", "result_handed")) == 1
