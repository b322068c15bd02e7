"""A part that will never be reported as done: one asks to end it, another confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.standing import sign_in
from tests.browser.test_correction_pages import posted, seen_by
from tests.journeys.test_callbacks import handed_over, quiet_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBERS = [f"H00.01-260310-64{n:02}" for n in range(6)]
MARKUP = "<b>Ví Dụ</b> & <script>alert(1)</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The land office has them, and will never say anything."""
    async with quiet_world(tmp_path_factory.mktemp("ket-thuc"), *NUMBERS) as world:
        for number in NUMBERS:
            await handed_over(world, number)
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def second(browser: Browser, world: World) -> AsyncIterator[Page]:
    """The second person's window: the head of operations."""
    context = await browser.new_context(locale="vi-VN", java_script_enabled=False)
    page = await context.new_page()
    await sign_in(page, world, "head")
    yield page
    await context.close()


async def opened(window: Page, world: World, number: str) -> None:
    shown = await world.shown(number)
    await window.goto(f"{world.stage.url('front')}/console/ho-so/{shown['id']}")


async def asked(window: Page, reason: str = "Chi nhánh trả trên giấy (ví dụ)") -> None:
    """From the dossier's page on, in four clicks."""
    await window.get_by_role("link", name="Kết thúc bằng tay").click()
    await window.get_by_label("Đã giải quyết trên giấy").check()
    await window.get_by_label("Số văn bản").fill("12/TB-VPĐK")
    await window.get_by_label("Ngày văn bản").fill("2026-03-10")
    await window.get_by_label("Lý do và căn cứ").fill(reason)
    await window.get_by_role("button", name="Xem trước").click()
    await window.get_by_role("heading", name="Nếu được xác nhận").wait_for()
    await window.get_by_role("button", name="Gửi đề nghị").click()
    await window.get_by_role("status").wait_for()


async def test_a_part_settled_on_paper_is_ended_in_four_clicks_and_confirmed_in_two(
    window: Page, second: Page, world: World
) -> None:
    number = NUMBERS[0]
    await sign_in(window, world)
    await opened(window, world, number)
    await asked(window)
    assert "Chưa có gì thay đổi" in await window.get_by_role("status").inner_text()
    own = window.locator("article.card").filter(has_text=number)
    assert "Người đề nghị không tự duyệt" in await own.inner_text()
    assert await own.get_by_role("button", name="Xác nhận kết thúc").count() == 0
    assert (await world.shown(number))["end"] == ""

    await seen_by(second, world, number)
    await second.goto(f"{world.stage.url('front')}/console/sua-ho-so")
    theirs = second.locator("article.card").filter(has_text=number)
    told = await theirs.inner_text()
    for wanted in (
        "văn bản số 12/TB-VPĐK ngày 10/03/2026",
        "Chi nhánh trả trên giấy (ví dụ)",
        "không lấy lại được",
        "được kết thúc bằng tay",
    ):
        assert wanted in told
    await theirs.locator("summary", has_text="Xác nhận kết thúc").click()
    await theirs.get_by_label("Đã kiểm tra").fill("Xem bản giấy (ví dụ)")
    await theirs.get_by_role("button", name="Xác nhận kết thúc").click()
    await second.locator(".timeline").first.wait_for()
    await world.settle()
    assert (await world.shown(number))["end"] == "finished"
    page = await second.locator("main").inner_text()
    for wanted in (
        "kết thúc bằng tay",
        "Xác nhận kết thúc bằng tay",
        "văn bản số 12/TB-VPĐK ngày 10/03/2026",
        "xác nhận: ",
    ):
        assert wanted in page


async def test_a_whole_dossier_says_on_its_page_that_it_was_closed(
    window: Page, second: Page, world: World
) -> None:
    number = NUMBERS[1]
    await sign_in(window, world)
    await opened(window, world, number)
    await window.get_by_role("link", name="Đóng hồ sơ bằng tay").click()
    await window.get_by_label("trả lại hồ sơ").check()
    await window.get_by_label("Lý do và căn cứ").fill(MARKUP)
    await window.get_by_role("button", name="Xem trước").click()
    told = await window.locator("#se-xay-ra").inner_text()
    assert "đóng bằng tay" in told
    assert "Báo người nộp rút hồ sơ" in told
    await window.get_by_role("button", name="Gửi đề nghị").click()
    card = window.locator("article.card").filter(has_text=number)
    assert MARKUP in await card.inner_text()

    await seen_by(second, world, number)
    await second.goto(f"{world.stage.url('front')}/console/sua-ho-so")
    theirs = second.locator("article.card").filter(has_text=number)
    await theirs.locator("summary", has_text="Xác nhận kết thúc").click()
    await theirs.get_by_label("Đã kiểm tra").fill("Gọi người nộp (ví dụ)")
    await theirs.get_by_role("button", name="Xác nhận kết thúc").click()
    await second.locator(".timeline").first.wait_for()
    page = await second.locator("main").inner_text()
    assert "Hồ sơ được đóng bằng tay ngày 1" in page
    assert MARKUP in page
    await world.settle()
    assert len(world.effects(number, "land_registry", "withdraw")) == 1


async def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await opened(window, world, NUMBERS[2])
    await window.get_by_role("link", name="Kết thúc bằng tay").click()
    await window.get_by_label("Đã giải quyết trên giấy").check()
    await window.get_by_label("Lý do và căn cứ").fill(MARKUP)
    await window.get_by_role("button", name="Xem trước").click()
    assert "số văn bản" in await window.get_by_role("alert").inner_text()
    assert await window.get_by_label("Lý do và căn cứ").input_value() == MARKUP
    assert await window.get_by_role("button", name="Gửi đề nghị").count() == 0


async def test_a_stale_page_ends_nothing_and_says_what_is_new(
    window: Page, second: Page, world: World
) -> None:
    number = NUMBERS[3]
    await sign_in(window, world)
    await opened(window, world, number)
    await asked(window)
    await seen_by(second, world, number)
    await second.goto(f"{world.stage.url('front')}/console/sua-ho-so")
    card = second.locator("article.card").filter(has_text=number)
    kept = await card.get_attribute("id")
    path = f"/console/ket-thuc/{kept}/duyet"
    told = await posted(second, world, path)
    assert "chưa làm gì cả" in told
    assert (await world.shown(number))["end"] == ""
    dropped = await posted(window, world, f"/console/ket-thuc/{kept}/bo")
    assert number not in dropped
    assert "đã được xử lý" in await posted(
        window, world, f"/console/ket-thuc/{kept}/bo"
    )


async def test_who_only_reads_sees_no_way_to_end_anything(
    window: Page, world: World
) -> None:
    shown = await world.shown(NUMBERS[4])
    await sign_in(window, world, "reader")
    await opened(window, world, NUMBERS[4])
    assert await window.get_by_role("link", name="bằng tay").count() == 0
    front = world.stage.url("front")
    answer = await window.request.get(
        f"{front}/console/ho-so/{shown['id']}/ket-thuc?phan=land"
    )
    assert answer.status == 403


@pytest.mark.parametrize("phan", ["%00", "khong-co", "%3Cscript%3E", "land%27"])
async def test_a_part_that_is_none_is_no_form(
    window: Page, world: World, phan: str
) -> None:
    shown = await world.shown(NUMBERS[5])
    await sign_in(window, world)
    front = world.stage.url("front")
    answer = await window.request.get(
        f"{front}/console/ho-so/{shown['id']}/ket-thuc?phan={phan}"
    )
    assert answer.status == 200
    assert "không đang mở" in await answer.text()
