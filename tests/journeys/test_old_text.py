"""Text of an old encoding leaves as Unicode, and people see what it was."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from gateway.domain.old_letters import Encoding
from tests.journeys.test_callbacks import CORRECTION, quiet_world, supplement_request
from tests.old_text import ENCODERS
from tests.world import a_dossier

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0351"
NAME = "Nguyễn Thị Mẫu Lệ"


def _in_vni(text: str) -> str:
    return ENCODERS[Encoding.VNI](text)


async def test_text_that_tells_its_encoding_leaves_as_unicode_and_is_shown_as_it_came(
    tmp_path: Path,
) -> None:
    clean = a_dossier(NUMBER, **CORRECTION, applicant={"name": NAME, "phone": "0900"})
    sent = json.loads(_in_vni(json.dumps(clean, ensure_ascii=False)))
    async with quiet_world(tmp_path, NUMBER) as world:
        taken = await world.submit(sent)
        assert taken.status == 202
        warnings = taken.body["dossier"]["warnings"]
        assert [(w["path"], w["code"]) for w in warnings] == [
            ("", "text_converted"),
            ("/applicant/phone", "phone_form"),
        ]
        again = await world.call("POST", "/v1/dossiers", sent)
        assert again.body == {**taken.body, "repeated": True}
        await world.settle()
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1
        shown = await world.shown(NUMBER)
        assert shown["document"]["applicant"]["name"] == NAME
        assert shown["as_received"]["/applicant/name"] == _in_vni(NAME)
        assert shown["warnings"] == warnings
        page = (
            await world.call("GET", f"/console/ho-so/{shown['id']}", role="operator")
        ).content.decode()
        for text in (
            "Kiểm tra lại",
            _in_vni(NAME),
            NAME,
            "Người nộp hồ sơ, điện thoại",
        ):
            assert text in page
        found = await world.call("POST", "/v1/find", {"q": "nguyen thi mau le"})
        assert [one["number"] for one in found.body["dossiers"]] == [NUMBER]


async def test_a_revision_in_unicode_has_nothing_left_to_compare(
    tmp_path: Path,
) -> None:
    mixed = a_dossier(NUMBER, **CORRECTION, applicant={"name": _in_vni(NAME)})
    async with quiet_world(tmp_path, NUMBER) as world:
        taken = await world.submit(mixed)
        assert taken.body["dossier"]["asks"][0]["code"] == "text_encoding_unknown"
        path = f"/v1/dossiers/{NUMBER}"
        named = {**mixed, "revision": 2, "encoding": "VNI"}
        answered = await world.call("PUT", path, named)
        assert answered.status == 202
        codes = [w["code"] for w in answered.body["dossier"]["warnings"]]
        assert codes == ["text_converted"]
        await world.settle()
        shown = await world.shown(NUMBER)
        assert shown["as_received"] == {"/applicant/name": _in_vni(NAME)}
        assert shown["document"]["applicant"]["name"] == NAME
        (handed,) = [
            t
            for t in await world.transfers(NUMBER, "hand_over")
            if t["state"] != "cancelled"
        ]
        assert handed["state"] == "delivered"


async def test_the_reason_of_a_withdrawal_leaves_as_unicode(tmp_path: Path) -> None:
    reason = "Người nộp đổi ý, đề nghị trả lại hồ sơ"
    async with quiet_world(tmp_path, NUMBER) as world:
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.settle()
        path = f"/v1/dossiers/{NUMBER}/withdrawal"
        answered = await world.call("POST", path, {"reason": _in_vni(reason)})
        (warning,) = answered.body["dossier"]["warnings"]
        assert (warning["path"], warning["code"]) == ("/reason", "text_converted")
        await world.settle()
        (heard,) = [one for one in world.heard if "thongbaoruthoso" in one.url]
        assert json.loads(heard.body)["LyDo"] == reason
        assert _in_vni(reason) not in heard.body.decode()


@pytest.mark.parametrize(
    ("note", "told", "remark"),
    [
        (_in_vni("Thiếu bản vẽ thửa đất"), "Thiếu bản vẽ thửa đất", "như khi nhận"),
        # Beside a letter that only Unicode has, nobody can tell.
        (_in_vni("Thiếu bản vẽ") + " thửa đất", None, "không rõ bảng mã nào"),
    ],
)
async def test_what_an_office_writes_is_told_as_unicode_where_it_tells(
    tmp_path: Path, note: str, told: str | None, remark: str
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        await world.settle()
        request = supplement_request(NUMBER, "2026-03-10T03:00:00")
        await world.push("YeuCauBoSungHoSo", {**request, "GhiChu": note})
        await world.settle()
        events = [
            json.loads(base64.b64decode(json.loads(one.body)["payload"]))
            for one in world.heard
            if one.url == "POST /status"
        ]
        assert (told or note) in {event.get("note") for event in events}
        shown = await world.shown(NUMBER)
        page = await world.call("GET", f"/console/ho-so/{shown['id']}", role="operator")
        assert remark in page.content.decode()
