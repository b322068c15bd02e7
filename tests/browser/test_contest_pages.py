"""Contested latenesses on pages: the link of a mail, the head's list, the dossier, the month."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.standing import open_more, sign_in
from tests.journeys.contests import (
    MONTH,
    all_late,
    contact,
    decides,
    letter,
    measured,
    numbers,
    objects,
    told_by_mail,
)
from tests.journeys.proposals import quiet
from tests.journeys.test_digest import mail_server, mail_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
BY_LINK, UPHELD, REJECTED, WAITS, MOVED = numbers(5)
MARKUP = "<b>Một cửa</b> chuyển thiếu & <script>alert(1)</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[World, str]]:
    """Late dossiers of which an office was mailed, one decided, and what its link opens."""
    folder = tmp_path_factory.mktemp("y-kien")
    codes = [BY_LINK, UPHELD, REJECTED, WAITS, MOVED]
    async with (
        mail_server() as box,
        quiet(mail_world(folder, box.port), codes) as world,
    ):
        await contact(world)
        await all_late(world, codes)
        box.mails.clear()
        await told_by_mail(world)
        for code in (UPHELD, REJECTED, WAITS):
            await objects(world, code)
        kept = (await objects(world, MOVED)).body["id"]
        await decides(world, MOVED, kept, party="citizen:")
        await measured(world)
        found = re.search(r"/console/cham/thu/\S+", box.mails[0][1].get_content())
        assert found is not None
        yield world, world.stage.url("front") + found[0]


@pytest_asyncio.fixture(loop_scope="module")
async def world(told: tuple[World, str]) -> World:
    return told[0]


async def test_an_office_reads_what_is_counted_to_it_and_objects_without_signing_in(
    window: Page, told: tuple[World, str]
) -> None:
    world, link = told
    await window.goto(link)
    dossier = (await world.shown(BY_LINK))["id"]
    card = window.locator(f"[id='{dossier}']")
    assert (
        "Chưa tính vào số liệu của đơn vị" in await window.locator("main").inner_text()
    )
    await card.get_by_label("Vì sao thời gian chậm").fill(MARKUP)
    await card.get_by_label("Số văn bản kèm theo").fill("17/CNVPĐK")
    await card.get_by_role("button", name="Gửi ý kiến").click()
    assert "đã ghi ý kiến" in await window.get_by_role("status").inner_text()
    assert MARKUP in await card.inner_text()
    assert await card.locator("form").count() == 0
    assert await window.locator("script").count() == 0
    await measured(world)


async def test_the_head_decides_from_the_list_and_the_dossier_shows_both(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "head")
    await open_more(window)
    await window.get_by_role("link", name="Ý kiến", exact=True).click()
    card = window.locator("article", has_text=UPHELD)
    assert "Trả lời trước" in await card.inner_text()
    await card.get_by_text("Chấp nhận", exact=True).click()
    await card.get_by_label("Chậm tính cho bên nào").select_option("one_stop:")
    await card.get_by_label("Lý do").first.fill("Sổ giao nhận ghi 20/03")
    await card.get_by_role("button", name="Chấp nhận ý kiến").click()
    assert "đã quyết định" in await window.get_by_role("status").inner_text()
    card = window.locator("article", has_text=REJECTED)
    await card.get_by_text("Không chấp nhận", exact=True).first.click()
    await card.get_by_label("Lý do").last.fill("Không có căn cứ")
    await card.get_by_role("button", name="Không chấp nhận").click()
    assert await window.locator("article", has_text=REJECTED).count() == 0

    shown = await world.shown(UPHELD)
    await window.goto(f"{world.stage.url('front')}/console/ho-so/{shown['id']}#cham")
    text = await window.locator("#cham").inner_text()
    assert "Chậm tính cho: bộ phận một cửa (theo quyết định; đo đếm là" in text
    assert "Sổ giao nhận ghi 20/03" in text
    timeline = await window.locator("main").inner_text()
    assert "chậm tính cho bộ phận một cửa" in timeline


async def test_the_month_shows_what_was_measured_beside_what_was_decided(
    window: Page, world: World
) -> None:
    await measured(world)
    await sign_in(window, world)
    await window.goto(f"{world.stage.url('front')}/console/bao-cao/{MONTH}")
    table = window.locator("table", has_text="Sau quyết định").last
    row = table.locator("tr", has_text="Người nộp hồ sơ")
    assert (await row.inner_text()).split()[-6:] == ["0", "1", "1", "0", "0", "0"]
    total = await table.locator("tr.sum").inner_text()
    assert total.split()[1:3] == ["5", "5"]
    await row.get_by_role("link", name="1", exact=True).first.click()
    text = await window.locator("main").inner_text()
    assert MOVED in text
    assert "người nộp hồ sơ: đã chốt" in text
    assert WAITS not in text


async def test_an_operator_notes_the_letter_to_an_office_that_no_mail_reaches(
    window: Page, world: World
) -> None:
    refused = await letter(world, WAITS)
    assert refused.body["code"] == "lateness_told_already"
    await sign_in(window, world)
    front = world.stage.url("front")
    await window.goto(f"{front}/console/y-kien/chua-bao?office=land-mau-1")
    assert "đã được báo về mọi hồ sơ" in await window.locator("main").inner_text()


@pytest.mark.parametrize("width", [1280, 390])
async def test_nothing_is_wider_than_the_window(
    window: Page, told: tuple[World, str], width: int
) -> None:
    world, link = told
    front = world.stage.url("front")
    await window.set_viewport_size({"width": width, "height": 900})
    await sign_in(window, world, "head")
    shown = await world.shown(BY_LINK)
    pages = [
        link,
        f"{front}/console/y-kien",
        f"{front}/console/y-kien?loc=upheld",
        f"{front}/console/ho-so/{shown['id']}",
        f"{front}/console/bao-cao/{MONTH}",
    ]
    for page in pages:
        await window.goto(page)
        for summary in await window.locator("main summary").all():
            if await summary.is_visible():
                await summary.click()
        wide = await window.locator("html").evaluate("e => e.scrollWidth")
        assert wide <= width, page


async def test_who_may_only_read_decides_nothing(window: Page, world: World) -> None:
    await sign_in(window, world, "reader")
    await window.goto(f"{world.stage.url('front')}/console/y-kien")
    assert WAITS in await window.locator("main").inner_text()
    assert await window.locator("main form").count() == 0
