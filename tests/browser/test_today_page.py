"""The page that the day begins with: every number is a link to what it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.standing import sign_in

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]


async def open_today(window: Page, world: World, role: str = "operator") -> None:
    """Sign in and begin the day."""
    await sign_in(window, world, role)
    await window.goto(f"{world.stage.url('front')}/console")


async def test_every_number_leads_to_a_list(window: Page, world: World) -> None:
    await open_today(window, world)
    links = window.locator(".counts a")
    places = [await one.get_attribute("href") for one in await links.all()]
    assert len(places) == 14
    for place in {str(one).partition("#")[0] for one in places}:
        answer = await window.goto(f"{world.stage.url('front')}{place}")
        assert answer is not None
        assert answer.status == 200, place


async def test_the_numbers_are_those_of_the_lists(window: Page, world: World) -> None:
    await open_today(window, world)
    tile = window.get_by_role("link", name="lượt gửi chờ cán bộ xử lý")
    count = int(await tile.locator("b").inner_text())
    assert count > 0
    await tile.click()
    assert await window.locator("article.card.parked").count() == count

    await window.goto(f"{world.stage.url('front')}/console")
    tile = window.get_by_role("link", name="chưa xác định cơ quan")
    count = int(await tile.locator("b").inner_text())
    assert count > 0
    await tile.click()
    assert await window.locator("article.card").count() == count


async def test_a_cause_leads_to_its_dossiers_in_one_click(
    window: Page, world: World
) -> None:
    await open_today(window, world)
    table = window.get_by_role("table", name="Nguyên nhân đứng yên")
    row = table.get_by_role("row").nth(1)
    link = row.get_by_role("link", name="hồ sơ")
    count = int(await link.locator("b").inner_text())
    await link.click()
    assert await window.locator("table.list tbody tr").count() == count


async def test_whose_turn_it_is_agrees_with_what_is_to_be_done(
    window: Page, world: World
) -> None:
    await open_today(window, world)
    table = window.get_by_role("table", name="Nguyên nhân đứng yên")
    row = table.get_by_role("row").filter(has_text="Mã xã cũ đã tách")
    told = row.get_by_role("cell").last
    assert "Một cửa chọn xã" in await told.inner_text()
    assert await told.locator("small").inner_text() == "Đến lượt: một cửa"


async def test_who_only_reads_is_not_told_of_what_only_others_may_do(
    window: Page, world: World
) -> None:
    await open_today(window, world, "reader")
    told = await window.locator("main").inner_text()
    assert "phản hồi chưa khớp hồ sơ" not in told
    assert await window.locator("main button").count() == 0
