"""People end parts and dossiers by hand: one asks, another confirms, and it stays told."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.closings import (
    PAPER,
    SKIP,
    SURE,
    WHOLE,
    WHY,
    asked,
    closed,
    confirmed,
    listed,
    looked,
)
from tests.journeys.test_callbacks import handed_over, quiet_world
from tests.journeys.test_contract import wrong
from tests.journeys.test_on_postgresql import store_table
from tests.journeys.test_papers import CONTROL
from tests.journeys.test_withdrawn_in_part import (
    BACK,
    NUMBER,
    POWER,
    TAKEN,
    a_world,
    for_both,
    stopped,
)
from tests.people import person
from tests.unit.paper.words import text_of
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
LAND, OTHER = "H00.01-260310-6401", "H00.01-260310-6402"
FINISHED: Any = {**PAPER, "leg": "land", "outcome": "finished"}


@pytest.fixture
async def land(tmp_path: Path) -> AsyncIterator[World]:
    """The land office has a dossier and says nothing."""
    async with quiet_world(tmp_path, LAND) as world:
        await handed_over(world, LAND)
        yield world


def finished(number: str) -> Json:
    return {
        "SoBienNhan": number,
        "NgayKetThuc": "2026-03-12T01:00:00",
        "TrangThaiKetThuc": 0,
        "GhiChu": "",
    }


async def last_status(world: World) -> Json:
    """The last event of the feed; all of them are as the interface document says."""
    await world.seal()
    feed = await world.call("GET", "/v1/events")
    assert wrong("events", feed.body) == []
    return dict(feed.body["events"][-1])


def webhooks(world: World) -> list[Json]:
    sent = [json.loads(h.body) for h in world.heard if h.url.endswith("/status")]
    return [json.loads(base64.b64decode(one["payload"])) for one in sent]


async def legs(world: World, number: str) -> dict[str, str]:
    return {one["name"]: one["state"] for one in (await world.shown(number))["legs"]}


async def test_what_was_settled_on_paper_ends_once_a_second_person_confirms(
    land: World,
) -> None:
    found = await looked(land, LAND, FINISHED)
    assert found.body["unsure"] == []
    assert any("kết thúc" in line for line in found.body["lines"])
    assert any("lấy lại" in line for line in found.body["lines"])
    assert "bằng tay" in found.body["one_stop_is_told"]
    waits = await asked(land, LAND, FINISHED)
    assert waits["may_approve"] is False
    before = await land.shown(LAND)
    assert (before["end"], await legs(land, LAND)) == ("", {"land": "open"})

    own = await confirmed(land, LAND, role="operator")
    assert (own.status, own.body["code"]) == (409, "second_person_needed")
    done = await confirmed(land, LAND)
    assert done.status == 200, done.body
    await land.settle()
    shown = await land.shown(LAND)
    assert shown["end"] == "finished"
    assert "được kết thúc bằng tay ngày 10/03/2026" in shown["sentence"]
    (by_hand,) = shown["by_hand"]
    assert (by_hand["leg"], by_hand["way"]) == ("land", "paper")
    assert by_hand["outcome"] == "finished"
    assert await listed(land) == []
    told = await last_status(land)
    assert told["by_hand"][0]["sentence"] == by_hand["sentence"]
    (event, *_) = [one for one in webhooks(land) if "by_hand" in one]
    assert wrong("status-event", event) == []
    assert "12/TB-VPĐK" in event["note"]
    assert WHY in event["note"]
    again = await confirmed_again(land, waits["id"])
    assert (again.status, again.body["code"]) == (409, "correction_decided")


async def confirmed_again(world: World, identifier: str) -> Any:
    path = f"/v1/closings/{identifier}/approval"
    return await world.call(
        "POST", path, {"reason": SURE, "seen": ["ends:land"]}, role="head"
    )


async def test_what_the_office_says_afterwards_waits_for_a_person_and_moves_nothing(
    land: World,
) -> None:
    shown = await closed(land, LAND, FINISHED)
    agreed = await land.push("KetThucHoSo", finished(LAND))
    assert agreed.body["Result"] == 1
    assert (await land.call("GET", "/v1/unmatched", role="operator")).body[
        "unmatched"
    ] == []
    refused = {**finished(LAND), "TrangThaiKetThuc": 1}
    answered = await land.push("KetThucHoSo", refused)
    again = await land.push("KetThucHoSo", refused)
    assert (answered.body["Result"], again.body["Result"]) == (1, 1)
    await land.settle()
    after = await land.shown(LAND)
    assert after["end"] == "finished"
    assert after["sentence"] == shown["sentence"]
    waits = (await land.call("GET", "/v1/unmatched", role="operator")).body["unmatched"]
    (one,) = waits
    assert (one["code"], one["dossier_id"]) == ("closed_by_hand", shown["id"])
    path = f"/v1/unmatched/{one['id']}/settle"
    said = {"reason": "Đã gọi chi nhánh (ví dụ)"}
    assert (await land.call("POST", path, said, role="operator")).status == 200
    waits = (await land.call("GET", "/v1/unmatched", role="operator")).body["unmatched"]
    assert waits == []


async def test_a_message_that_may_have_left_is_settled_first(tmp_path: Path) -> None:
    world = quiet_world(tmp_path, LAND)
    fault = {"agency": "land_registry", "operation": "hand_over", "number": LAND}
    world.faults += [{**fault, "do": "lose_answer", "every": True}]
    async with world:
        body = a_dossier(LAND, procedure="1.999003", case="DC-01")
        assert (await world.submit(body)).status == 202
        await world.pass_hours(1)
        (sent,) = await world.transfers(LAND, "hand_over")
        assert sent["fate"] == "may_have_left"
        wanted: Json = {**WHOLE}
        found = await looked(world, LAND, wanted)
        assert [one.startswith("«Chuyển hồ sơ»") for one in found.body["unsure"]] == [
            True
        ]
        path = f"/v1/dossiers/{LAND}/closings"
        wanted["seen"] = found.body["seen"]
        refused = await world.call("POST", path, wanted, role="operator")
        assert (refused.status, refused.body["code"]) == (409, "closing_unsure")
        assert "Cơ quan đã nhận" in refused.body["remedy"]
        (still,) = await world.transfers(LAND, "hand_over")
        assert (still["state"], still["fate"]) == (sent["state"], "may_have_left")
        assert (await world.shown(LAND))["end"] == ""


async def test_what_was_lost_after_it_was_asked_for_stops_the_confirmation(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, TAKEN) as world:
        await stopped(world, "pause")
        assert (await world.submit(for_both())).status == 202
        await world.pass_hours(2)
        await asked(world, NUMBER, {**SKIP, "leg": "electricity"})
        await stopped(world, "resume")
        await world.pass_hours(1)
        # The request has left and arrived: it is not what was seen any more.
        (waits,) = await listed(world)
        assert "Cơ quan đã có" in waits["changed"]
        path = f"/v1/closings/{waits['id']}/approval"
        stale = {"reason": SURE, "seen": ["ends:electricity"]}
        await world.call(
            "POST", f"/v1/dossiers/{NUMBER}/unmask", {"reason": SURE}, role="head"
        )
        refused = await world.call("POST", path, stale, role="head")
        assert (refused.status, refused.body["code"]) == (409, "closing_changed")
        assert "chưa làm gì" in refused.body["remedy"]
        assert "«Chuyển hồ sơ»" in refused.body["remedy"]
        assert (await legs(world, NUMBER))["electricity"] == "open"
        dropped = await world.call(
            "POST",
            f"/v1/closings/{waits['id']}/refusal",
            {"reason": SURE},
            role="operator",
        )
        assert dropped.status == 200
        assert await listed(world) == []


async def test_a_part_that_nobody_needs_is_skipped_and_the_other_goes_on(
    tmp_path: Path,
) -> None:
    done = {"on": "DA_TIEP_NHAN", "after_h": 4, "state": "HOAN_THANH"}
    async with a_world(tmp_path, TAKEN, done) as world:
        await stopped(world, "pause")
        assert (await world.submit(for_both())).status == 202
        await world.pass_hours(2)
        wanted = {**SKIP, "leg": "electricity"}
        found = await looked(world, NUMBER, wanted)
        assert any("Không gửi nữa" in line for line in found.body["lines"])
        shown = await closed(world, NUMBER, wanted)
        assert (shown["end"], (await legs(world, NUMBER))["electricity"]) == (
            "",
            "ended",
        )
        (request,) = [t for t in shown["transfers"] if t["agency"] == "electricity"]
        assert (request["state"], request["fate"]) == ("cancelled", "not_left")
        assert request["named_by"].startswith("closing:k_")
        alone = await looked(world, NUMBER, {**SKIP, "leg": "water"})
        assert (alone.status, alone.body["code"]) == (409, "leg_decides")
        await stopped(world, "resume")
        await world.pass_hours(72)
        assert world.book("electricity") == []


async def test_a_corrected_dossier_does_not_reopen_what_people_skipped(
    tmp_path: Path,
) -> None:
    """Nothing has left yet, so that the correction is routed anew."""
    async with a_world(tmp_path, TAKEN) as world:
        for office in ("dien-luc-mau", "cap-nuoc-mau"):
            path, why = f"/v1/lanes/{office}/pause", {"reason": "Nghỉ đêm"}
            await world.call("POST", path, why, role="administrator")
        assert (await world.submit(for_both())).status == 202
        await world.settle()
        await closed(world, NUMBER, {**SKIP, "leg": "electricity"})
        again = {**for_both(), "revision": 2}
        path = f"/v1/dossiers/{NUMBER}"
        assert (await world.call("PUT", path, again)).status == 202
        await stopped(world, "resume")
        await world.pass_hours(2)
        shown = await world.shown(NUMBER)
        assert shown["revision"] == 2
        assert (await legs(world, NUMBER))["electricity"] == "ended"
        assert world.book("electricity") == []


async def test_a_whole_dossier_is_closed_and_who_has_it_is_told_where_somebody_ticks_it(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, TAKEN, BACK) as world:
        await stopped(world, "pause")
        assert (await world.submit(for_both())).status == 202
        await world.pass_hours(3)
        found = await looked(world, NUMBER, WHOLE)
        assert [one["leg"] for one in found.body["withdrawable"]] == ["water"]
        assert not any("rút hồ sơ" in line for line in found.body["lines"])
        shown = await closed(world, NUMBER, {**WHOLE, "withdraws": ["water"]})
        assert (shown["end"], shown["portal_code"]) == ("closed", 8)
        assert shown["sentence"] == "Hồ sơ được đóng bằng tay ngày 10/03/2026."
        await stopped(world, "resume")
        await world.pass_hours(24)
        assert len(world.effects(NUMBER, "water", "withdraw")) == 1
        assert world.book("electricity") == []
        told = await last_status(world)
        assert (told["end"], told["portal_code"]) == ("closed", 8)
        assert [one["leg"] for one in told["by_hand"]] == ["electricity", "water", ""]
        summary = await world.call("GET", f"/v1/dossiers/{NUMBER}/summary")
        assert summary.body["end"] == "closed"
        ended = await looked(world, NUMBER, WHOLE)
        assert (ended.status, ended.body["code"]) == (409, "dossier_ended")


async def test_what_waited_for_tax_goes_on_once_its_paper_is_noted(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    world.scenario(LAND, tax={"step": []})
    async with world:
        assert (await world.submit(a_dossier(LAND))).status == 202
        for _ in range(60):
            if (await legs(world, LAND))["tax"] in {"open", "paused"}:
                break
            await world.pass_hours(2)
        wanted = {**PAPER, "leg": "tax", "outcome": "finished"}
        wrong = await looked(world, LAND, wanted)
        assert (wrong.status, wrong.body["code"]) == (409, "closing_outcome")
        wanted["outcome"] = "exempted"
        for _ in range(20):
            if not (await looked(world, LAND, wanted)).body["unsure"]:
                break
            await world.pass_hours(1)
        found = await looked(world, LAND, wanted)
        assert any("hoàn thành nghĩa vụ" in line for line in found.body["lines"])
        await closed(world, LAND, wanted)
        await world.pass_hours(2)
        assert (await legs(world, LAND))["tax"] == "ended"
        assert len(world.effects(LAND, "land_registry", "paid")) == 1


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"way": "gone"}, "way"),
        ({"leg": ""}, "leg"),
        ({"number": " "}, "số văn bản"),
        ({"on": "10/03/2026"}, "ngày văn bản"),
        ({"on": "2026-03-11"}, "không sau hôm nay"),
        ({"outcome": "won"}, "kết quả trên giấy"),
        ({"reason": ""}, "lý do"),
        ({"reason": "x" * 501}, "lý do"),
        ({"number": 12}, "chuỗi"),
        ({"withdraws": "land"}, "withdraws"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_kept(
    land: World, changed: Json, named: str
) -> None:
    refused = await looked(land, LAND, {**FINISHED, **changed})
    assert (refused.status, refused.body["code"]) == (400, "closing_invalid")
    assert named in refused.body["remedy"]
    unseen = await land.call(
        "POST", f"/v1/dossiers/{LAND}/closings", FINISHED, role="operator"
    )
    assert (unseen.status, unseen.body["code"]) == (400, "closing_invalid")
    assert await listed(land) == []


@pytest.mark.parametrize("role", ["one_stop", "reader", "administrator"])
async def test_who_edits_nothing_ends_nothing(land: World, role: str) -> None:
    path = f"/v1/dossiers/{LAND}/closings/outlook"
    assert (await land.call("POST", path, FINISHED, role=role)).status == 403
    assert (await land.call("GET", "/v1/closings", role=role)).status == 403


async def test_two_people_confirm_it_once(land: World) -> None:
    waits = await asked(land, LAND, FINISHED)
    path = f"/v1/dossiers/{LAND}/unmask"
    await land.call("POST", path, {"reason": SURE}, role="head")
    (one,) = await listed(land)
    body = {"reason": SURE, "seen": one["outlook"]["seen"]}
    path = f"/v1/closings/{waits['id']}/approval"
    calls = [land.call("POST", path, body, role="head") for _ in range(3)]
    answers = await asyncio.gather(*calls)
    assert sorted(one.status for one in answers) == [200, 409, 409]
    await land.settle()
    told = [one for one in webhooks(land) if "by_hand" in one]
    assert len({one["sequence"] for one in told if one["portal_code"] == 9}) >= 1
    assert len((await land.shown(LAND))["by_hand"]) == 1


async def test_a_report_that_comes_first_wins_and_the_confirmation_ends_nothing(
    land: World,
) -> None:
    await asked(land, LAND, FINISHED)
    said = await land.push("KetThucHoSo", {**finished(LAND), "TrangThaiKetThuc": 2})
    assert said.body["Result"] == 1
    (waits,) = await listed(land)
    assert "đã kết thúc" in waits["why_not"]
    late = await confirmed(land, LAND)
    assert (late.status, late.body["code"]) == (409, "dossier_ended")
    shown = await land.shown(LAND)
    assert shown["end"] == "refused"
    assert "by_hand" not in shown


async def test_an_account_of_one_office_has_its_own_part_and_no_other(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, TAKEN) as world:
        assert (await world.submit(for_both())).status == 202
        await world.pass_hours(2)
        shown = await world.shown(NUMBER)
        page = f"/console/ho-so/{shown['id']}/ket-thuc"
        water = await person(world, "cap-nuoc.a", "operator", "cap-nuoc-mau")
        assert (await water.get(f"{page}?phan=water")).status == 200
        assert (await water.get(f"{page}?phan=electricity")).status == 404
        assert (await water.get(page)).status == 404
        dossier = (await water.get(f"/console/ho-so/{shown['id']}")).text
        assert "ket-thuc?phan=water" in dossier
        assert "ket-thuc?phan=electricity" not in dossier
        assert "Đóng hồ sơ bằng tay" not in dossier

        kept = await asked(world, NUMBER, {**SKIP, "leg": "electricity"})
        power = await person(world, "dien-luc.a", "operator", POWER)
        for window, waits in ((water, 0), (power, 1)):
            today = (await window.get("/console")).text
            found = re.search(r"(\d+)</b>\s*(?:<\w+>)?đề nghị chờ duyệt", today)
            assert found, today[today.find("đề nghị chờ duyệt") - 200 :][:300]
            assert int(found[1]) == waits
        assert NUMBER not in (await water.get("/console/sua-ho-so")).text
        await water.get("/console")
        refused = await water.send(f"/console/ket-thuc/{kept['id']}/bo", reason="thử")
        assert refused.status in {403, 404}
        assert len(await listed(world)) == 1


async def test_a_dossier_that_no_office_is_competent_for_is_closed_by_the_head(
    land: World,
) -> None:
    """Whoever asks need not see its people; an operator confirms."""
    body = a_dossier(OTHER, area={"commune": "99013"})
    assert (await land.submit(body)).status == 202
    await land.settle()
    assert (await land.shown(OTHER))["unrouted"]
    await asked(land, OTHER, WHOLE, role="head")
    done = await confirmed(land, OTHER, role="operator")
    assert done.status == 200, done.body
    await land.settle()
    shown = await land.shown(OTHER)
    assert (shown["end"], shown["unrouted"]) == ("closed", None)
    assert shown["sentence"] == "Hồ sơ được đóng bằng tay ngày 10/03/2026."
    still = await land.call("GET", "/v1/dossiers?state=unrouted", role="operator")
    assert OTHER not in still.content.decode()


async def test_the_month_counts_what_was_closed_apart(land: World) -> None:
    await closed(land, LAND, WHOLE)
    await land.pass_hours(1)
    found = await land.call("GET", "/v1/reports/2026-03", role="head")
    assert found.status == 200, found.body
    total = found.body["total"]
    assert (total["ended"], total["judged"], total["by_hand"]) == (1, 0, 1)
    said = " ".join(found.body["not_counted"]["sentences"])
    assert "1 hồ sơ do cán bộ kết thúc bằng tay" in said
    behind = await land.call(
        "GET", "/v1/reports/2026-03/dossiers?figure=by_hand", role="head"
    )
    assert LAND in behind.content.decode(), behind.content
    undated = await land.call(
        "GET", "/v1/reports/2026-03/dossiers?figure=no_date", role="head"
    )
    assert (undated.status, LAND in undated.content.decode()) == (200, False)
    page = await (await person(land, "van-hanh.a")).get("/console/bao-cao/2026-03")
    assert page.status == 200
    assert "figure=by_hand" in page.text or "by_hand" in page.text
    shown = await land.shown(LAND)
    path = f"/v1/dossiers/{LAND}/papers/{CONTROL}.docx"
    printed = await land.call("GET", path, role="operator")
    assert printed.status == 200, (path, printed.content, shown)
    text = text_of(printed.content)
    assert "Đóng hồ sơ bằng tay" in text


@pytest.mark.system
async def test_on_a_database_server_it_is_the_same(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    world = quiet_world(tmp_path, LAND, OTHER)
    world.more_settings = store_table(database, tmp_path / "password")
    async with world:
        assert world.gateway is not None
        assert world.gateway.opened.facts["store"] == "postgresql"
        for number in (LAND, OTHER):
            await handed_over(world, number)
        shown = await closed(world, LAND, FINISHED)
        assert (shown["end"], len(shown["by_hand"])) == ("finished", 1)
        refused = {**finished(LAND), "TrangThaiKetThuc": 2}
        assert (await world.push("KetThucHoSo", refused)).body["Result"] == 1
        waits = await world.call("GET", "/v1/unmatched", role="operator")
        assert [one["code"] for one in waits.body["unmatched"]] == ["closed_by_hand"]
        await closed(world, OTHER, {**WHOLE, "withdraws": ["land"]})
        await world.stop_gateway()
        await world.start_gateway()
        await world.pass_hours(2)
        shown = await world.shown(OTHER)
        assert (shown["end"], shown["portal_code"]) == ("closed", 8)
        assert len(world.effects(OTHER, "land_registry", "withdraw")) == 1
        found = await world.call("GET", "/v1/reports/2026-03", role="head")
        assert found.body["total"]["by_hand"] == 2
