"""Chasing offices on pages: the box of an office, the list, the letter, any width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.standing import sign_in
from tests.journeys.test_callbacks import handed_over
from tests.journeys.test_chases import (
    ADDRESS,
    HEAD,
    LAND,
    NUMBERS,
    at,
    chase,
    chase_world,
    contact,
)
from tests.journeys.test_digest import mail_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Locator, Page

    from tests.journeys.test_digest import Box
    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
FRESH, BROKEN, OPEN, ASKED = NUMBERS
MARKUP = "<b>Bà Ví Dụ</b> & <script>alert(1)</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mails() -> AsyncIterator[Box]:
    """What was mailed."""
    async with mail_server() as box:
        yield box


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    tmp_path_factory: pytest.TempPathFactory, mails: Box
) -> AsyncIterator[World]:
    """One office that broke a promise, keeps one open, and did not answer."""
    async with chase_world(tmp_path_factory.mktemp("don-doc"), mails.port) as world:
        await contact(world, ADDRESS)
        await contact(world, HEAD, "leader")
        for number in NUMBERS:
            await handed_over(world, number, due_on="2026-03-12")
        await chase(world, BROKEN, promised_on="2026-03-11", contact="Bà Ví Dụ")
        await chase(world, OPEN, promised_on="2026-03-20")
        await chase(world, ASKED, how="message")
        await world.pass_until(at("2026-03-13T09:00:00"))
        yield world


async def box(window: Page, world: World, number: str) -> Locator:
    """The box of the land office on a dossier's page."""
    shown = await world.shown(number)
    await window.goto(f"{world.stage.url('front')}/console/ho-so/{shown['id']}")
    return window.locator(f"#don-doc-{LAND}")


async def test_a_call_is_noted_with_its_promise_and_what_was_typed_stays_typed(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    card = await box(window, world, FRESH)
    assert "chưa đôn đốc lần nào" in await card.inner_text()
    dial = card.get_by_role("link", name="0900 000 001").first
    assert await dial.get_attribute("href") == "tel:0900000001"
    await card.get_by_text("Ghi cuộc gọi, tin nhắn, công văn").click()
    await card.get_by_label("Gặp ai").first.fill(MARKUP)
    await card.get_by_label("Đã trao đổi gì").first.fill(MARKUP)
    await card.get_by_label("Đơn vị hẹn ngày").first.fill("2026-03-14")
    await card.get_by_role("button", name="Ghi", exact=True).click()
    told = await card.get_by_role("alert").inner_text()
    assert "14/03/2026 là ngày nghỉ" in told
    assert "16/03/2026" in told
    assert await card.get_by_label("Đã trao đổi gì").first.input_value() == MARKUP
    await card.get_by_label("Đơn vị hẹn ngày").first.fill("2026-03-16")
    await card.get_by_role("button", name="Ghi", exact=True).click()
    assert "Đã ghi" in await card.get_by_role("status").inner_text()
    text = await card.inner_text()
    assert "đang hẹn: 16/03/2026" in text
    assert f"gặp {MARKUP}" in text
    assert await window.locator("script").count() == 0
    timeline = await window.get_by_role("list").last.inner_text()
    assert "gọi điện" in timeline
    assert MARKUP not in timeline


async def test_a_reminder_goes_once_and_its_text_can_be_copied(
    window: Page, world: World, mails: Box
) -> None:
    await sign_in(window, world)
    card = await box(window, world, OPEN)
    await card.get_by_text("Chép câu nhắc").click()
    text = await card.get_by_label("Chọn hết").input_value()
    assert f"hồ sơ {OPEN}" in text
    assert "đã quá hạn" in text
    assert "Quý đơn vị hẹn ngày 20/03/2026" in text
    before = len(mails.mails)
    send = card.get_by_role("button", name="Gửi thư nhắc")
    for _ in range(2):
        await card.locator("summary", has_text="Gửi thư nhắc").click()
        await send.click()
    assert "trong ngày làm việc" in await card.get_by_role("alert").inner_text()
    await card.get_by_label("Lý do, chỉ khi gửi lại").fill("Dân lên hỏi")
    await send.click()
    assert "Đã gửi" in await card.get_by_role("status").inner_text()
    assert len(mails.mails) - before == 2


async def test_the_head_is_told_only_after_a_broken_promise(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    card = await box(window, world, OPEN)
    assert await card.get_by_text("Báo lãnh đạo đơn vị").count() == 0
    card = await box(window, world, BROKEN)
    assert "thất hẹn: 11/03/2026" in await card.inner_text()
    await card.get_by_text("Báo lãnh đạo đơn vị").click()
    assert "lãnh đạo" in await card.locator(".heads").inner_text()
    head = card.locator("form", has=window.get_by_role("button", name="Ghi đã báo"))
    await head.get_by_label("Đã trao đổi gì").fill("Sẽ chỉ đạo")
    await head.get_by_role("button", name="Ghi đã báo lãnh đạo").click()
    assert "báo lãnh đạo đơn vị" in await card.inner_text()


async def test_the_list_has_broken_promises_first_and_makes_one_letter_of_an_office(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.get_by_role("link", name="Đôn đốc", exact=True).click()
    heads = await window.get_by_role("heading", level=2).all_inner_texts()
    assert [head.split(":")[0].split(",")[0] for head in heads] == [
        "Thất hẹn",
        "Đang hẹn",
        "Đã đôn đốc",
    ]
    first = window.get_by_role("table", name="Thất hẹn")
    assert BROKEN in await first.inner_text()
    await window.get_by_role("combobox", name="Đơn vị").select_option(LAND)
    await window.get_by_role("button", name="Xem").click()
    await window.get_by_label(f"Đưa {ASKED} vào công văn").uncheck()
    await window.get_by_role("button", name="In công văn").click()
    text = await window.locator("main").inner_text()
    assert "V/v đôn đốc giải quyết hồ sơ liên thông" in text
    assert BROKEN in text
    assert ASKED not in text
    assert "Nguyễn Văn Ví Dụ" not in text


@pytest.mark.parametrize("width", [1280, 390])
async def test_nothing_is_wider_than_the_window(
    window: Page, world: World, width: int
) -> None:
    await window.set_viewport_size({"width": width, "height": 900})
    await sign_in(window, world)
    await box(window, world, BROKEN)
    for summary in await window.locator(".chase summary").all():
        if await summary.is_visible():
            await summary.click()
    pages = ["", f"{world.stage.url('front')}/console/don-doc"]
    for page in pages:
        if page:
            await window.goto(page)
        wide = await window.locator("html").evaluate("e => e.scrollWidth")
        assert wide <= width


async def test_who_may_only_read_sees_no_forms(window: Page, world: World) -> None:
    await sign_in(window, world, "reader")
    card = await box(window, world, BROKEN)
    assert "Bà Ví Dụ" in (await card.text_content() or "")
    assert await card.get_by_role("button").count() == 0
    assert await card.locator("form").count() == 0


async def test_an_office_that_is_done_meanwhile_is_told_above_the_boxes(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    card = await box(window, world, ASKED)
    await card.get_by_text("Ghi cuộc gọi, tin nhắn, công văn").click()
    form = card.locator("form").first
    await form.get_by_label("Đã trao đổi gì").fill("Đã hỏi")
    await form.locator("input[name=office]").evaluate("e => e.value = 'thue-mau-1'")
    await form.get_by_role("button", name="Ghi", exact=True).click()
    assert "không có phần việc" in await window.get_by_role("alert").inner_text()
