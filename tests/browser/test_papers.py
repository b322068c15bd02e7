"""Papers printed from the browser: A4, every fact, and nothing of the screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.domain.paper_forms import Form
from tests.browser.standing import open_more, search, sign_in
from tests.journeys.papers import (
    ASKED,
    ASKED_FOR,
    BARE,
    BY_HAND,
    LATE,
    LONG_NAME,
    MANY,
    ODD_NAME,
    OPEN,
    REFUSED,
    REFUSED_AT_INTAKE,
    STORY,
    bring_about,
    paper_world,
)
from tests.unit.paper.qr_reading import of_svg, text_of
from tests.unit.paper.words import text_of as text_of_word

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
SHEETS = [
    (STORY, Form.CONTROL_SLIP),
    (OPEN, Form.CONTROL_SLIP),
    (MANY, Form.CONTROL_SLIP),
    (BARE, Form.CONTROL_SLIP),
    (ASKED, Form.SUPPLEMENT_REQUEST),
    (REFUSED_AT_INTAKE, Form.INTAKE_REFUSAL),
    (REFUSED, Form.REFUSAL),
    (LATE, Form.APOLOGY),
    (BY_HAND, Form.PREFILLED_SLIP),
]
#: What may run over; every other form is one page.
PAGES = {Form.CONTROL_SLIP: 3, Form.PREFILLED_SLIP: 2}
LIST = "/console/ban-giao/in?office=land-mau-1&day=2026-03-10"
#: What is left between the margins at 96 dots per inch: 165 mm, and 262 mm across.
PORTRAIT, LANDSCAPE = 623, 990
CODES = re.compile(r"\b(None|True|False|control-slip|land_registry|ma_ho_so|1\.9990)")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A dossier in each state."""
    async with paper_world(tmp_path_factory.mktemp("sheets") / "run") as world:
        await bring_about(world)
        yield world


async def sheet(world: World, number: str, form: Form) -> str:
    """Where the page of a dossier's paper is."""
    identifier = (await world.shown(number))["id"]
    return f"{world.stage.url('front')}/console/ho-so/{identifier}/giay-to/{form.value}"


async def printed(page: Page) -> list[tuple[int, int]]:
    """The pages of the PDF that the browser makes, in millimetres."""
    content = await page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    return [
        (round(float(w) / 72 * 25.4), round(float(h) / 72 * 25.4)) for w, h in boxes
    ]


async def width_on_paper(page: Page, between_margins: int) -> int:
    """How wide the sheet is when printed between these margins."""
    await page.emulate_media(media="print")
    await page.set_viewport_size({"width": between_margins, "height": 900})
    return int(await page.evaluate("document.documentElement.scrollWidth"))


@pytest.mark.parametrize(("number", "form"), SHEETS)
async def test_every_sheet_is_a4_and_shows_the_dossier_its_code_and_none_of_ours(
    window: Page, world: World, number: str, form: Form
) -> None:
    await sign_in(window, world, "reader")
    await window.goto(await sheet(world, number, form))
    text = await window.get_by_role("main").inner_text()
    assert number in text
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert CODES.search(text) is None
    svg = await window.locator("svg.qr").evaluate("one => one.outerHTML")
    assert text_of(of_svg(svg)) == number
    assert await width_on_paper(window, PORTRAIT) <= PORTRAIT
    pages = await printed(window)
    assert set(pages) == {(210, 297)}
    assert len(pages) <= PAGES.get(form, 1)


async def test_the_list_lies_across_and_forty_papers_run_over_pages(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.goto(world.stage.url("front") + LIST)
    assert await width_on_paper(window, LANDSCAPE) <= LANDSCAPE
    pages = await printed(window)
    assert set(pages) == {(297, 210)}
    assert 2 <= len(pages) <= 4


async def test_a_page_and_its_word_document_tell_the_same(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "reader")
    path = await sheet(world, STORY, Form.CONTROL_SLIP)
    await window.goto(path)
    shown = await window.get_by_role("main").inner_text()
    answered = await window.request.get(f"{path}.docx")
    word = text_of_word(await answered.body())
    moments = re.compile(r"\d\d giờ \d\d phút, ngày \d\d/\d\d/\d{4}")
    told, kept = (
        sorted(moments.findall(re.sub(r"In từ cổng liên thông.*", "", text)))
        for text in (shown, word)
    )
    assert len(told) > 15
    assert told == kept


async def test_what_the_agency_wrote_keeps_its_lines_and_is_no_markup(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.goto(await sheet(world, ASKED, Form.SUPPLEMENT_REQUEST))
    assert await window.locator(".reason").inner_text() == ASKED_FOR
    await window.goto(await sheet(world, OPEN, Form.CONTROL_SLIP))
    assert await window.get_by_text(ODD_NAME).count() == 1
    await window.goto(await sheet(world, MANY, Form.CONTROL_SLIP))
    assert await window.get_by_text(LONG_NAME.strip()).count() == 1


async def test_what_is_for_the_screen_is_not_on_paper(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "reader")
    await window.goto(await sheet(world, LATE, Form.APOLOGY))
    tools = window.get_by_role("complementary")
    assert "ngày hẹn mới (cổng không tự tính)" in await tools.inner_text()
    assert "Đã đến hoặc quá ngày hẹn" in await tools.inner_text()
    assert "Ctrl+P" in await tools.inner_text()
    await window.emulate_media(media="print")
    assert not await window.locator("aside").is_visible()
    assert await window.get_by_role("main").is_visible()


async def test_the_page_of_a_dossier_leads_to_what_can_be_printed(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "reader")
    await search(window, ASKED)
    papers = window.locator(".papers")
    assert "Chưa có cơ quan nào từ chối hồ sơ." in await papers.inner_text()
    assert await papers.get_by_role("link").count() == 2
    await papers.get_by_role("link", name="Phiếu yêu cầu bổ sung").click()
    heading = window.get_by_role("heading", level=1)
    assert await heading.inner_text() == "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ"
    await window.get_by_role("link", name="Quay lại").click()
    assert await heading.inner_text() == ASKED


async def test_what_cannot_be_printed_says_why_on_a_page(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "reader")
    answered = await window.goto(await sheet(world, OPEN, Form.REFUSAL))
    assert answered is not None
    assert answered.status == 409
    assert await window.get_by_text("Chưa có cơ quan nào từ chối hồ sơ.").is_visible()


async def test_an_officer_picks_a_day_leaves_one_out_and_prints_the_list(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await open_more(window)
    await window.get_by_role("link", name="Bàn giao giấy").click()
    office = window.get_by_label("Bàn giao cho")
    await office.select_option("land-mau-1")
    await window.get_by_label("Ngày đến lượt đơn vị").fill("2026-03-10")
    await window.get_by_role("button", name="Xem hồ sơ").click()
    await window.get_by_label(f"Bàn giao {MANY}").uncheck()
    await window.get_by_role("button", name="Lập danh sách để in").click()
    sheet_text = await window.get_by_role("main").inner_text()
    assert "Tổng cộng: 5 hồ sơ, 4 bản chính, 0 bản sao" in sheet_text
    assert "1 hồ sơ một cửa không gửi danh mục giấy tờ" in sheet_text
    assert MANY not in sheet_text
    assert await window.get_by_text("BÊN NHẬN", exact=True).count() == 1
    link = await window.get_by_role("link", name="Tải tệp Word").get_attribute("href")
    answered = await window.request.get(f"{world.stage.url('front')}{link}")
    word = text_of_word(await answered.body())
    assert "Tổng cộng: 5 hồ sơ" in word
    assert "attachment" in answered.headers["content-disposition"]


async def test_an_emptied_day_is_today_and_a_quiet_day_says_so(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    front = world.stage.url("front")
    await window.goto(f"{front}/console/ban-giao?office=land-mau-1&day=")
    assert await window.get_by_text("Không có hồ sơ đang giải quyết nào").is_visible()
    await window.goto(f"{front}/console/ban-giao?office=khong-co&day=2026-03-10")
    assert await window.get_by_text("Không có đơn vị mang mã này").is_visible()


async def test_a_telephone_shows_the_choice_and_the_sheet(
    browser: Browser, world: World
) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    try:
        await sign_in(page, world)
        front = world.stage.url("front")
        for path in (
            f"{front}/console/ban-giao?office=land-mau-1&day=2026-03-10",
            await sheet(world, LATE, Form.APOLOGY),
            await sheet(world, BY_HAND, Form.PREFILLED_SLIP),
        ):
            await page.goto(path)
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, path
    finally:
        await context.close()
