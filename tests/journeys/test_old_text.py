"""Text of an old encoding leaves as Unicode, and people see what it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.domain.old_letters import Encoding
from tests.journeys.test_callbacks import CORRECTION, quiet_world
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
            await world.call("GET", f"/ho-so/{shown['id']}", role="operator")
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
