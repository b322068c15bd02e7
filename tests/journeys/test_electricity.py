"""Requests to an electricity company: what a whole dossier goes through."""

from __future__ import annotations

import base64
import json
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.world import Answered, World, document_of, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
EXAMPLE, OFFICE = "56-cap-dien-ha-ap", "dien-luc-mau"
FIRST, SECOND = "H00.01-260310-2501", "H00.01-260310-2502"
CODE = "PX99000000777"
IN_ROW = {"MA_TNGAI", "NGUYEN_NHAN"}
VIETNAM = timezone(timedelta(hours=7))


async def pushed(world: World, number: str, step: str, **told: Any) -> dict[str, Any]:
    """The company tells that a step is done, as §9 of its document says."""
    shown = await world.shown(number)
    (request,) = [n["value"] for n in shown["numbers"] if n["kind"] == "ma_ycau_knai"]
    ended = world.now().astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S")
    row = {"MA_CVIEC": step, "SO_LAN": "1", "NGAY_BDAU": ended, "NGAY_KTHUC": ended}
    row |= {name: told.pop(name) for name in IN_ROW & told.keys()}
    body = {
        "KHOA": world.stage.secrets.value(f"{OFFICE}.callback"),
        "MA_DVIQLY": "PX9901",
        "MA_HOSO_DVC": number,
        "MA_YCAU_KNAI": request,
        **told,
        "TIEN_DO": [row],
    }
    url = f"{world.stage.url('agencies')}/callbacks/{OFFICE}/CapNhatTienDo"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=body) as answer,
    ):
        said: dict[str, Any] = await answer.json()
        return said


def events(world: World, number: str) -> list[dict[str, Any]]:
    """What the one-stop was told of a dossier, in order."""
    bodies = [json.loads(h.body) for h in world.heard if h.url.endswith("/status")]
    told = [json.loads(base64.b64decode(one["payload"])) for one in bodies]
    return [one for one in told if number in json.dumps(one)]


async def test_two_dossiers_of_one_customer_both_finish(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        for number in (FIRST, SECOND):
            document = {**document_of(EXAMPLE), "number": number}
            assert (await world.submit(document)).status == 202
        await world.pass_hours(1)
        for number in (FIRST, SECOND):
            assert (await pushed(world, number, "HT", MA_KHANG=CODE))["TYPE"] == "OK"
        await world.pass_hours(1)
        for number in (FIRST, SECOND):
            shown = await world.shown(number)
            assert (shown["end"], shown["portal_code"]) == ("finished", 9)
            assert CODE not in [known["value"] for known in shown["numbers"]]
            assert CODE in str(events(world, number)[-1]["note"])
        found = await world.call("POST", "/v1/find", {"q": CODE}, role="operator")
        assert {row["number"] for row in found.body["dossiers"]} == {FIRST, SECOND}


@pytest.mark.parametrize(
    ("obstacle", "end", "code", "sentence"),
    [
        ("KDDK", "refused", 8, "Cơ quan giải quyết từ chối giải quyết hồ sơ."),
        ("KHTC", "withdrawn", 7, "Người nộp đã rút hồ sơ."),
    ],
)
async def test_a_request_that_the_company_cancelled_ends_as_its_obstacle_says(
    tmp_path: Path, obstacle: str, end: str, code: int, sentence: str
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        document = {**document_of(EXAMPLE), "number": FIRST}
        assert (await world.submit(document)).status == 202
        await world.pass_hours(1)
        why = {"MA_TNGAI": obstacle, "NGUYEN_NHAN": "Lý do ví dụ"}
        assert (await pushed(world, FIRST, "HU", **why))["TYPE"] == "OK"
        await world.settle()
        shown = await world.shown(FIRST)
        assert (shown["end"], shown["portal_code"]) == (end, code)
        assert shown["sentence"] == sentence
        assert world.told(FIRST)[-1] == (code, "")


UNREAD = '{"TYPE":"ERROR","MESSAGE":"Tệp không đọc được: NOI_DUNG_TEP"}'


def with_scan(name: str, power: str, **changed: Any) -> dict[str, Any]:
    """The dossier with one paper; each name is another scan."""
    document = {**document_of(EXAMPLE), "number": FIRST, **changed}
    content = base64.b64encode(f"%PDF-1.4 {name}".encode()).decode()
    paper = {"name": "Giấy đề nghị mua điện", "originals": 1, "copies": 0}
    document["electricity"]["power_kw"] = power
    return {
        **document,
        "documents": [{**paper, "files": [{"name": name, "content": content}]}],
    }


async def corrected(world: World, revision: int, power: str) -> Answered:
    document = with_scan("ro.pdf", power, revision=revision)
    return await world.call("PUT", f"/v1/dossiers/{FIRST}", document)


async def test_a_correction_of_what_the_company_holds_waits_for_a_person(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    world.faults = [
        {
            "agency": "electricity",
            "operation": "paper",
            "number": FIRST,
            "do": "text_200",
            "text": UNREAD,
        }
    ]
    async with world:
        assert (await world.submit(with_scan("mo.pdf", "3.5"))).status == 202
        await world.pass_hours(1)
        # The request is there, its paper is not: nobody corrects it unseen.
        (first,) = await world.transfers(FIRST, "hand_over")
        assert (first["state"], first["cause"]) == ("parked", "unreadable_file")
        told = (await world.history(first))["next_action"]
        assert told.startswith("Bấm «Hủy lượt gửi»"), "the same scan is unread again"
        assert told.endswith("gửi bản sửa.")
        early = await corrected(world, 2, "5")
        assert (early.status, early.body["code"]) == (409, "being_handed_over")
        assert "hủy lượt gửi" in early.body["remedy"]
        assert (await world.act(first, "cancel", "Quét lại giấy tờ")).status == 200
        assert (await corrected(world, 2, "5")).status == 202
        await world.pass_hours(1)

        _, second = await world.transfers(FIRST, "hand_over")
        seen = await world.history(second)
        assert (seen["state"], seen["fate"]) == ("parked", "not_left")
        assert "với nội dung khác" in seen["words"]
        assert "«Hủy lượt gửi»" in seen["next_action"]
        assert "cancel" in seen["actions"]
        (asked,) = (await world.shown(FIRST))["asks"]
        assert (asked["code"], "bản sửa" in asked["remedy"]) == ("contradiction", True)

        # By telephone: the power first asked for stays.
        assert (await world.act(second, "cancel", "Giữ 3,5 kW")).status == 200
        assert (await corrected(world, 3, "3.5")).status == 202
        await world.settle()
        shown = await world.shown(FIRST)
        assert (shown["end"], shown["asks"]) == ("finished", [])
        assert len(world.effects(FIRST, "electricity", "hand_over")) == 1
        assert len(world.effects(FIRST, "electricity", "paper")) == 1


async def test_once_the_company_has_it_whole_a_correction_is_told_where_to_go(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        assert (await world.submit(with_scan("ro.pdf", "3.5"))).status == 202
        await world.pass_hours(1)
        late = await corrected(world, 2, "5")
        assert (late.status, late.body["code"]) == (409, "already_handed_over")
        assert "rút hồ sơ" in late.body["remedy"]
        assert len(await world.transfers(FIRST, "hand_over")) == 1


async def test_a_company_is_known_by_the_number_of_its_enterprise(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        answered = await world.call("GET", "/v1/lanes", role="operator")
        rows = {row["office"]: row for row in answered.body["lanes"]}
        assert rows[OFFICE]["identifier"] == "9900000016"
        assert "9900000016" not in rows[OFFICE]["office_name"]
        assert rows["land-mau-1"]["identifier"] is None
