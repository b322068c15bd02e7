"""What a dossier owes is shown as one table, filled by whatever road knows more."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from gateway.wiring.feeding import by_start
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260707-0901"
#: Nothing is owed for paying late, at first: tax says so once all is paid.
LATE_AFTER_ALL = {
    "notices_after_h": 8,
    "notice": [
        {"tieu_muc": "Lệ phí trước bạ", "so_tien": 2_000_000},
        {"tieu_muc": "Tiền chậm nộp", "so_tien": 0},
    ],
    "pay_after_h": 24,
    "pay_parts": [1.0, 1.0],
    "parts_every_h": 168,
    "adjust": {"after_h": 48, "notice": 2, "so_tien": 45_000},
}


async def _fed(world: World, example: str) -> str:
    ((start, _),) = by_start(world.stage)
    await world.pass_until(start)
    return (await world.feed(example)).number


async def _notices(world: World, number: str) -> list[Json]:
    notices: list[Json] = (await world.shown(number))["owed"]["notices"]
    return notices


async def _page(world: World, number: str) -> str:
    identifier = (await world.shown(number))["id"]
    page = await world.call("GET", f"/console/ho-so/{identifier}", role="operator")
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


def _late_interest(
    folder: Path,
    configure: Callable[[Path], None] = quick,
    *,
    ends_after_h: float = 96,
) -> World:
    """The land office prints a day after it heard that all is paid, and then ends."""
    slip = {"on": "hand_over", "after_h": 2, "MaTrangThai": 13, "slip": True}
    prints = {"on": "paid", "after_h": 24, "MaTrangThai": 16}
    steps = [{**step, "send": "ChuyenHoSo"} for step in (slip, prints)]
    ends = {"on": "paid", "after_h": ends_after_h, "send": "KetThucHoSo"}
    world = World(folder / "run", configure=configure)
    land = {"step": [*steps, ends]}
    world.scenario(NUMBER, land_registry=land, tax_portal=LATE_AFTER_ALL)
    return world


def _without_owed_again(config: Path) -> None:
    quick(config)
    path = config / "agencies" / "land_registry.toml"
    text = path.read_text("utf-8")
    off = 'operations_off = ["owed_again"]'
    path.write_text(text.replace("operations_off = []", off), "utf-8")


async def _submitted(world: World) -> None:
    await world.pass_until(datetime.fromisoformat("2026-07-07T07:30:00+07:00"))
    own = {"received_at": "2026-07-07T07:10:00+07:00", "due_on": "2026-08-14"}
    assert (await world.submit(a_dossier(NUMBER, **own))).status == 202


def _at_land(world: World, book: str) -> list[str]:
    """What a book of the land office has of the dossier, in its order."""
    lines = world.book("land_registry", book)
    return [line["kind"] for line in lines if line["number"] == NUMBER]


async def test_interest_after_all_was_paid_stops_the_land_office_until_it_is_paid(
    tmp_path: Path,
) -> None:
    world = _late_interest(tmp_path)
    lost = {"agency": "land_registry", "operation": "owed_again", "do": "lose_answer"}
    world.faults = [{**lost, "number": NUMBER}]
    async with world:
        await _submitted(world)
        await world.settle()
        money = ["paid", "owed_again", "paid"]
        assert _at_land(world, "effects") == ["hand_over", *money, "result_handed"]
        # It printed after the first payment, and did not end before the second.
        assert _at_land(world, "arrivals")[2:] == [
            "paid",
            "callback_answer",
            "owed_again",
            "owed_again",
            "paid",
            "callback_answer",
            "result_handed",
        ]
        answers = [
            line["facts"]["answer"]
            for line in world.arrivals(NUMBER, "land_registry", "owed_again")
        ]
        assert answers == ["accepted_owed_again", "owed_again_already_noted"]
        asked, again = (
            json.loads(heard.body)
            for heard in world.heard
            if heard.url == "POST /vbdlis/thongbaonvtcphatsinh"
        )
        assert again == asked
        (interest,) = asked["DanhSachThongBao"]
        assert (interest["LoaiThue"], interest["SoTien"]) == ("Tiền chậm nộp", "45000")
        (told,) = await world.transfers(NUMBER, "owed_again")
        assert interest["SoThongBao"] not in json.dumps(told)
        shown = await world.shown(NUMBER)
        assert shown["end"] == "finished"
        waits = (6, "financial_obligation")
        assert world.told(NUMBER)[2:] == [
            waits, waits, (4, ""), waits, waits, (4, ""), (9, ""), (9, "")
        ]  # fmt: skip


async def test_an_office_without_the_message_is_told_by_a_person_of_more_and_of_its_end(
    tmp_path: Path,
) -> None:
    world = _late_interest(tmp_path, _without_owed_again, ends_after_h=240)
    async with world:
        await _submitted(world)
        # The file with the interest comes at 16:30.
        await world.pass_until(datetime.fromisoformat("2026-07-10T17:00:00+07:00"))
        (more,) = await world.transfers(NUMBER, "owed_again")
        assert (more["state"], more["cause"]) == ("parked", "told_by_hand")
        still = await world.call("GET", "/v1/still", role="operator")
        (row,) = still.body["still"]
        assert row["transfer_id"] == more["id"]
        assert "Báo có nghĩa vụ tài chính phát sinh" in await _page(world, NUMBER)
        told = await world.act(more, "agency_has_it", "Đã gọi chi nhánh: chưa in")
        assert told.status == 200
        await world.pass_until(datetime.fromisoformat("2026-07-16T08:00:00+07:00"))
        first, second = await world.transfers(NUMBER, "paid")
        assert (first["state"], second["cause"]) == ("delivered", "told_by_hand")
        await world.act(second, "agency_has_it", "Đã gọi chi nhánh: được in")
        await world.settle()
        assert (await world.shown(NUMBER))["end"] == "finished"
        effects = ["hand_over", "paid", "result_handed"]
        assert _at_land(world, "effects") == effects
