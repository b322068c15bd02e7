"""Staff look a code up and see what each office calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.standing import open_more, sign_in
from tests.journeys.test_callbacks import quiet_world
from tests.people import person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
PATH = "/console/bang-ma"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Nothing is under way."""
    async with quiet_world(tmp_path_factory.mktemp("bang-ma")) as world:
        yield world


async def test_a_code_is_found_at_each_office_and_in_the_list_of_communes(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await open_more(window)
    await window.get_by_role("link", name="Bảng mã").click()
    await window.get_by_label("Mã, hoặc tên").fill("99101")
    await window.locator("main").get_by_role("button", name="Tìm").click()
    told = await window.inner_text("main")
    assert "xa_id" in told
    assert "9101" in told
    assert "Chi nhánh Mẫu Một" in told
    assert "?ma=99101" in window.url
    await window.goto(f"{world.stage.url('front')}{PATH}?ma=khong-co")
    told = await window.inner_text("main")
    assert "bổ sung vào cấu hình" in told


async def test_who_is_of_one_agency_sees_its_tables_alone(world: World) -> None:
    water = await person(world, "cap-nuoc.bm", "operator", "cap-nuoc-mau")
    land = await person(world, "dat-dai.bm", "operator", "land-mau-1")
    needle = '<span class="code">xa_id</span>'
    assert needle not in (await water.get(f"{PATH}?ma=99101")).text
    assert needle in (await land.get(f"{PATH}?ma=99101")).text
    assert "land-mau-2" not in (await land.get(f"{PATH}?ma=99101")).text


async def test_hostile_words_are_answered(world: World) -> None:
    browser = await person(world, "van-hanh.bm")
    for wanted in ("%00", "%3Cscript%3E", "x" * 5000, "%F0%9F%98%80", "+", "%25"):
        page = await browser.get(f"{PATH}?ma={wanted}")
        assert page.status == 200
        assert "<script>" not in page.text
