"""Thirty proposals are confirmed in one act, and what was not possible is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.standing import sign_in
from tests.journeys.proposals import (
    all_handed_over,
    bring,
    done,
    listed,
    numbers,
    open_ones,
    pass_days,
    quiet,
)
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]
CODES = numbers(32)
FIRST, SECOND, KEPT = CODES[0], CODES[1], CODES[2]
WHY = "Đã đối chiếu danh sách của chi nhánh (ví dụ)"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """An office whose list says of all that they are done."""
    folder = tmp_path_factory.mktemp("nhieu")
    async with quiet(World(folder / "run"), CODES) as world:
        await all_handed_over(world, CODES)
        await pass_days(world, 10)
        answered = await bring(world, listed(*(done(code) for code in CODES)))
        assert answered.status == 202, answered.body
        yield world


async def test_thirty_are_confirmed_at_once_and_who_was_first_is_told(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "head")
    await window.goto(f"{world.stage.url('front')}/console/de-xuat")
    await window.get_by_role("link", name="Xử lý nhiều đề xuất cùng lúc").click()
    boxes = window.get_by_role("checkbox")
    assert await boxes.count() == len(CODES)
    await window.get_by_role("checkbox", name=KEPT).uncheck()

    # Nothing without a reason; what was unticked stays so.
    await window.get_by_label("Lý do chung").evaluate("e => e.required = false")
    await window.get_by_role("button", name="Xác nhận các đề xuất đã chọn").click()
    assert "Cần ghi lý do" in await window.get_by_role("alert").inner_text()
    assert not await window.get_by_role("checkbox", name=KEPT).is_checked()
    assert await window.get_by_role("checkbox", name=FIRST).is_checked()

    # Somebody else is first with two of them.
    for row in await open_ones(world):
        if row["number"] in {FIRST, SECOND}:
            path = f"/v1/proposals/{row['id']}/reject"
            answer = await world.call("POST", path, {"reason": "ví dụ"}, role="head")
            assert answer.status == 200, answer.body
    await window.get_by_label("Lý do chung").fill(WHY)
    await window.get_by_role("button", name="Xác nhận các đề xuất đã chọn").click()
    told = await window.get_by_role("status").inner_text()
    assert told == "Chọn 31: đã xác nhận 29, không làm được 2."
    left = window.locator("section", has_text="Không làm được, vì sao")
    assert FIRST in await left.inner_text()
    assert SECOND in await left.inner_text()
    ended = [(await world.shown(code))["end"] for code in CODES[3:]]
    assert ended == ["finished"] * 29
    assert (await world.shown(KEPT))["end"] == ""


async def test_who_only_reads_is_refused(window: Page, world: World) -> None:
    await sign_in(window, world, "reader")
    url = f"{world.stage.url('front')}/console/de-xuat/nhieu"
    answer = await window.goto(url)
    assert answer is not None
    assert answer.status == 403
