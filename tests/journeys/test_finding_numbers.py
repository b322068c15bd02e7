"""Numbers are found however people part them, and names however they were typed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import normalize

import pytest

from gateway.domain.old_letters import Encoding
from tests.journeys.test_callbacks import CORRECTION, quiet_world
from tests.old_text import ENCODERS
from tests.world import a_dossier

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0361"
NAME = "Nguyễn Thị Hoà Mẫu"
ASKED = [
    *("001.099.012.345", "001099012345", "001 099 012 345", "001-099-012-345"),
    *("MM-000104", "MM 000104", "mm000104", "+84 900 000 001", "0900.000.001"),
    *("Nguyễn Thị Hòa Mẫu", "nguyen thi hoa mau", normalize("NFD", NAME)),
    *(ENCODERS[old](NAME) for old in Encoding if old in ENCODERS),
]


async def test_a_dossier_is_found_by_every_way_of_writing_what_it_holds(
    tmp_path: Path,
) -> None:
    applicant = {
        "name": NAME,
        "phone": "0900 000 001",
        "identity": {"kind": "cccd", "number": "001.099.012.345"},
    }
    document = a_dossier(NUMBER, **{**CORRECTION, "applicant": applicant})
    document["certificate"] = {"serial": "MM-000104"}
    async with quiet_world(tmp_path, NUMBER) as world:
        assert (await world.submit(document)).status == 202
        lost = {}
        for text in ASKED:
            answered = await world.call("POST", "/v1/find", {"q": text})
            page = await world.call(
                "POST",
                "/console/tim",
                role="operator",
                data={"q": text},
                headers={"Origin": world.stage.url("front")},
            )
            listed = [one["number"] for one in answered.body["dossiers"]]
            if listed != [NUMBER] or f"<title>{NUMBER}" not in page.content.decode():
                lost[text] = (listed, page.status)
        assert lost == {}
        for text in ("001099012346", "Nguyễn Thị Hoa Huệ", "0900000002"):
            answered = await world.call("POST", "/v1/find", {"q": text})
            assert answered.body["dossiers"] == []
