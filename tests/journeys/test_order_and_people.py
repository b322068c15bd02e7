"""Order within a conversation, what overtakes, and what only a person decides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.test_callbacks import (
    CORRECTION,
    handed_over,
    progress,
    quiet_world,
)
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0301"
SENTENCE = re.compile(r"[A-ZĐ«].{10,}")
#: TCVN3 text that does not say so: parked until the counter says what it is.
UNNAMED_TCVN3 = {"applicant": {"name": "NguyÔn V¨n MÉu"}}


def _without_paid(config: Path) -> None:
    """Land offices that do not take *paid*: it waits for an officer's telephone."""
    quick(config)
    path = config / "agencies" / "land_registry.toml"
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("operations_off = []", 'operations_off = ["paid"]'), "utf-8"
    )


async def _still(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await world.call("GET", "/v1/still", role="operator")
    ).body["still"]
    return found


async def test_a_parked_head_holds_its_successors_and_is_counted_with_them(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=_without_paid)
    steps = [
        {"on": "hand_over", "after_h": 2, "send": "ChuyenHoSo", "MaTrangThai": 13,
         "slip": True},
        {"on": "hand_over", "after_h": 72, "send": "KetThucHoSo"},
    ]  # fmt: skip
    world.scenario(
        NUMBER,
        land_registry={"step": steps},
        tax={"notices_after_h": 1, "pay_after_h": 8},
    )
    async with world:
        await world.submit(a_dossier(NUMBER))
        await world.settle()
        (paid,) = await world.transfers(NUMBER, "paid")
        (handed,) = await world.transfers(NUMBER, "result_handed")
        assert (paid["state"], paid["cause"]) == ("parked", "told_by_hand")
        assert handed["state"] == "waiting"
        (row,) = await _still(world)
        assert (row["transfer_id"], row["behind"]) == (paid["id"], 1)
        assert SENTENCE.fullmatch(row["words"])
        assert SENTENCE.fullmatch(row["next_action"])
        counts = (await world.call("GET", "/v1/counts", role="operator")).body
        assert counts["parked"] == 1
        assert (await world.history(paid))["actions"] == ["agency_has_it", "cancel"]
        assert (await world.act(paid, "resend", "Gửi lại")).status == 409
        told = await world.act(paid, "agency_has_it", "Đã báo bằng điện thoại")
        assert (told.status, told.body["state"]) == (200, "delivered")
        await world.settle()
        assert len(world.effects(NUMBER, "land_registry", "result_handed")) == 1
        assert await _still(world) == []


async def _lost_complaint(world: World) -> dict[str, Any]:
    """A complaint whose answer was lost; the land office neither tells nor dedups."""
    await world.submit(a_dossier(NUMBER, **CORRECTION))
    await world.settle()
    assert (await world.shown(NUMBER))["end"] == "finished"
    complaint = {"content": "Sai tên người được cấp (ví dụ).", "documents": []}
    path = f"/v1/dossiers/{NUMBER}/result-wrong"
    answered = await world.call("POST", path, complaint)
    assert answered.status == 202, answered.body
    await world.pass_hours(2)
    (complained,) = await world.transfers(NUMBER, "result_wrong")
    return complained


def _complaint_world(folder: Path, do: str) -> World:
    world = World(folder / "run", configure=quick)
    world.scenario(NUMBER, one_stop={"hands_out": False})
    world.faults = [
        {
            "agency": "land_registry",
            "operation": "result_wrong",
            "number": NUMBER,
            "do": do,
        }
    ]
    return world


async def test_a_message_that_can_neither_be_asked_about_nor_repeated_waits_for_a_person(
    tmp_path: Path,
) -> None:
    async with _complaint_world(tmp_path, "lose_answer") as world:
        complained = await _lost_complaint(world)
        assert (complained["state"], complained["fate"]) == ("parked", "may_have_left")
        shown = await world.history(complained)
        assert shown["actions"] == ["agency_has_it", "agency_has_it_not", "cancel"]
        refused = await world.act(complained, "resend", "Cứ gửi lại")
        assert (refused.status, refused.body["code"]) == (409, "action_not_possible")
        settled = await world.act(complained, "agency_has_it", "Chi nhánh nói đã nhận")
        assert settled.body["state"] == "delivered"
        await world.settle()
        assert len(world.effects(NUMBER, "land_registry", "result_wrong")) == 1


async def test_what_a_person_says_did_not_arrive_is_sent_again(tmp_path: Path) -> None:
    async with _complaint_world(tmp_path, "reset_before") as world:
        complained = await _lost_complaint(world)
        assert complained["state"] == "parked"
        await world.act(complained, "agency_has_it_not", "Chi nhánh nói chưa nhận")
        await world.settle()
        (after,) = await world.transfers(NUMBER, "result_wrong")
        assert after["state"] == "delivered"
        assert len(world.effects(NUMBER, "land_registry", "result_wrong")) == 1


@pytest.mark.parametrize(
    "action", ["resend", "cancel", "agency_has_it", "agency_has_it_not"]
)
async def test_no_action_goes_without_a_reason_or_by_a_reader(
    tmp_path: Path, action: str
) -> None:
    async with _complaint_world(tmp_path, "lose_answer") as world:
        complained = await _lost_complaint(world)
        for reason in ("", "   "):
            refused = await world.act(complained, action, reason)
            assert (refused.status, refused.body["code"]) == (400, "reason_missing")
        path = f"/v1/transfers/{complained['id']}/{action}"
        body = {"reason": "Thử"}
        for role in ("reader", "one_stop"):
            refused = await world.call("POST", path, body, role=role)
            assert (refused.status, refused.body["code"]) == (403, "not_allowed")
        assert (await world.call("POST", path, body, role="")).status == 401
        assert await world.transfers(NUMBER, "result_wrong") == [complained]


async def test_an_action_names_its_person_for_ever(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await world.submit(a_dossier(NUMBER, **CORRECTION, **UNNAMED_TCVN3))
        (handed,) = await world.transfers(NUMBER, "hand_over")
        await world.act(handed, "cancel", "Người nộp nộp lại hồ sơ khác")
        (after,) = await world.transfers(NUMBER, "hand_over")
        assert (after["state"], after["named_by"]) == ("cancelled", "operator")
        again = await world.act(after, "resend", "Đổi ý")
        assert again.status == 409


async def test_a_withdrawal_overtakes_a_parked_hand_over_and_ends_the_dossier(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await world.submit(a_dossier(NUMBER, **CORRECTION, **UNNAMED_TCVN3))
        assert [t["state"] for t in await world.transfers(NUMBER, "hand_over")] == [
            "parked"
        ]
        path = f"/v1/dossiers/{NUMBER}/withdrawal"
        withdrawn = await world.call("POST", path, {"reason": "Thôi chuyển nhượng"})
        assert withdrawn.status == 202
        await world.settle()
        shown = await world.shown(NUMBER)
        (handed,) = await world.transfers(NUMBER, "hand_over")
        assert (shown["end"], shown["portal_code"]) == ("withdrawn", 7)
        assert (handed["state"], handed["named_by"]) == ("cancelled", "withdrawal")
        assert world.book("land_registry", "arrivals") == []
        again = await world.call("POST", path, {"reason": "Thôi chuyển nhượng"})
        assert (again.status, again.body["repeated"]) == (202, True)


async def test_a_withdrawal_waits_until_the_fate_of_the_hand_over_is_settled(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "do": "lose_answer"}
    ]
    async with world:
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.pass_hours(0)
        (handed,) = await world.transfers(NUMBER, "hand_over")
        assert (handed["state"], handed["fate"]) == ("due", "may_have_left")
        path = f"/v1/dossiers/{NUMBER}/withdrawal"
        await world.call("POST", path, {"reason": "Thôi chuyển nhượng"})
        (withdraw,) = await world.transfers(NUMBER, "withdraw")
        assert withdraw["state"] == "waiting"
        await world.settle()
        kinds = [
            (line["kind"], line["facts"]["answer"])
            for line in world.book("land_registry", "arrivals")
            if line["kind"] in {"hand_over", "withdraw"}
        ]
        assert kinds == [
            ("hand_over", "accepted"),
            ("hand_over", "already_there"),
            ("withdraw", "accepted_withdrawal"),
        ]
        assert (await world.shown(NUMBER))["end"] == "withdrawn"


async def test_a_paused_lane_sends_nothing_while_others_flow(tmp_path: Path) -> None:
    other = "H00.01-260310-0302"
    async with quiet_world(tmp_path, NUMBER, other) as world:
        body = {"reason": "Chi nhánh nâng cấp hệ thống"}
        path = "/v1/lanes/land-mau-1/pause"
        assert (await world.call("POST", path, body, role="operator")).status == 403
        await world.call("POST", path, body, role="administrator")
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        area = {"commune": "99103"}
        await world.submit(a_dossier(other, **CORRECTION, area=area))
        await world.pass_hours(3)
        assert world.effects(NUMBER, "land_registry", "hand_over") == []
        assert len(world.effects(other, "land_registry", "hand_over")) == 1
        (handed,) = await world.transfers(NUMBER, "hand_over")
        assert (handed["state"], handed["attempts"]) == ("due", 0)
        await world.call(
            "POST", "/v1/lanes/land-mau-1/resume", {}, role="administrator"
        )
        await world.settle()
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1


async def test_the_breaker_opens_sends_one_probe_and_closes(tmp_path: Path) -> None:
    numbers = [f"H00.01-260310-03{n:02d}" for n in range(10, 20)]
    world = quiet_world(tmp_path, *numbers)
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "do": "unauthorized_401",
         "number": number, "nth": nth}
        for number in numbers
        for nth in (1, 2)
    ]  # fmt: skip
    async with world:
        for number in numbers:
            await world.submit(a_dossier(number, **CORRECTION))
        await world.pass_hours(0)
        lane = await _lane(world, "land-mau-1")
        assert (lane["state"], lane["by"]) == ("closed", "breaker")
        before = await _attempts(world, numbers)
        assert 5 <= before < len(numbers)
        assert (await _lane(world, "land-mau-2"))["state"] == "open"
        await world.pass_hours(62 / 3600)
        assert await _attempts(world, numbers) - before <= 1
        await world.settle()
        assert (await _lane(world, "land-mau-1"))["state"] == "open"
        for number in numbers:
            assert len(world.effects(number, "land_registry", "hand_over")) == 1


async def _lane(world: World, office: str) -> dict[str, Any]:
    lanes = (await world.call("GET", "/v1/lanes", role="operator")).body["lanes"]
    return next(lane for lane in lanes if lane["office"] == office)


async def _attempts(world: World, numbers: list[str]) -> int:
    found = [(await world.transfers(number, "hand_over"))[0] for number in numbers]
    return sum(one["attempts"] for one in found)


async def test_a_hung_agency_is_left_by_its_timeout_and_others_are_not_slowed(
    tmp_path: Path,
) -> None:
    hung, other = NUMBER, "H00.01-260310-0303"
    world = World(tmp_path / "run", configure=_one_second)
    world.faults = [
        {"agency": "land_registry", "operation": "hand_over", "do": "delay_s",
         "number": hung, "seconds": 3}
    ]  # fmt: skip
    async with world:
        await world.submit(a_dossier(hung, **CORRECTION))
        await world.submit(a_dossier(other, **CORRECTION, area={"commune": "99103"}))
        await world.settle()
        handed = await world.history((await world.transfers(hung, "hand_over"))[0])
        first = handed["history"][0]
        assert first["outcome"] == "unknown"
        assert 900 <= first["total_ms"] < 3000
        for number in (hung, other):
            assert (await world.shown(number))["end"] == "finished"
            assert len(world.effects(number, "land_registry", "hand_over")) == 1


def _one_second(config: Path) -> None:
    quick(config)
    path = config / "agencies" / "land_registry.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("timeout_s = 5.0", "timeout_s = 1.0"), "utf-8")


async def test_a_correction_that_the_office_asked_for_is_handed_over_again(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        document = a_dossier(NUMBER, **CORRECTION, revision=2)
        early = await world.call("PUT", f"/v1/dossiers/{NUMBER}", document)
        assert (early.status, early.body["code"]) == (409, "already_handed_over")
        assert "supplements" in early.body["remedy"]
        asked = {
            "SoBienNhan": NUMBER,
            "MaCanBoXuLy": "CB0002",
            "GhiChu": "Sai trường hợp",
        }
        await world.push("SaiQuyTrinh", asked)
        await world.settle()
        assert world.told(NUMBER)[-1][0] == 2
        world_tells = await world.push(
            "ChuyenHoSo", progress(NUMBER, 12, "2026-03-09T02:00:00")
        )
        assert world_tells.body["Result"] == 1
        put = await world.call("PUT", f"/v1/dossiers/{NUMBER}", document)
        assert (put.status, put.body["dossier"]["revision"]) == (202, 2)
        await world.settle()
        assert len(await world.transfers(NUMBER, "hand_over")) == 2
