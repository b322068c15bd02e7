"""What the counter should look at again, and what text was before it was turned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.domain.old_letters import Encoding
from tests.browser.standing import CORRECTION, search, sign_in
from tests.old_text import ENCODERS
from tests.world import a_dossier

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBER = "H00.01-260310-0751"
NAME = "Nguyễn Thị Mẫu Lệ"


async def test_turned_text_and_odd_numbers_are_shown_side_by_side_with_what_came(
    window: Page, world: World
) -> None:
    applicant = {"name": NAME, "phone": "0900", "address": "Xã Mẫu, tỉnh Ví Dụ"}
    document = a_dossier(NUMBER, **CORRECTION, applicant=applicant)
    in_vni = ENCODERS[Encoding.VNI]
    sent = json.loads(in_vni(json.dumps(document, ensure_ascii=False)))
    assert (await world.submit(sent)).status == 202
    await sign_in(window, world)
    await search(window, NUMBER)
    card = window.locator("section.card.look")
    told = await card.inner_text()
    assert "Người nộp hồ sơ, điện thoại: Số điện thoại không đúng dạng" in told
    assert "Hồ sơ vẫn đi tiếp" in told
    await card.locator("summary").click()
    row = card.get_by_role("row", name="Người nộp hồ sơ, tên")
    cells = await row.get_by_role("cell").all_inner_texts()
    assert cells == ["Người nộp hồ sơ, tên", in_vni(NAME), NAME]
