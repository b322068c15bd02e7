"""The page that holds two lists against each other, without JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.standing import sign_in
from tests.browser.test_pages import FOREIGN
from tests.lists import read

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "doi-soat"
HEADINGS = {
    "#finished_there": "Đã xong ở cơ quan, còn mở ở một cửa: 2 hồ sơ",
    "#waiting_there": "Cơ quan đang chờ người dân, một cửa còn chạy: 2 hồ sơ",
    "#differs": "Hai bên ghi khác nhau: 1 hồ sơ",
    "#unknown_here": "Cơ quan có, một cửa không có: 1 hồ sơ",
    "#unknown_there": "Một cửa có, cơ quan không có: 1 hồ sơ",
    "#unclear": "Chưa rõ trạng thái: 1 hồ sơ",
    "#repeated": "Một mã ghi nhiều lần, nội dung khác nhau: 1 hồ sơ",
}


async def choose(page: Page, world: World, theirs: str = "dat-dai.csv") -> None:
    """Open the page and choose both files."""
    await page.goto(world.stage.url("front") + "/doi-soat")
    await page.get_by_label("Danh sách của một cửa").set_input_files(
        EXAMPLE / "mot-cua.csv"
    )
    await page.get_by_label("Danh sách của cơ quan").set_input_files(EXAMPLE / theirs)
    await page.get_by_label("Tính quá hạn đến ngày").fill("25/03/2026")


async def compare(page: Page, world: World) -> None:
    """As a person does."""
    await choose(page, world)
    await page.get_by_role("button", name="Đối soát", exact=True).click()
    await page.get_by_role("heading", name="Đối soát lần nữa").wait_for()


def content_of(path: Path) -> bytes:
    """What was downloaded."""
    return Path(path).read_bytes()


async def test_every_class_is_a_table_that_its_count_leads_to(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await compare(window, world)
    for place, heading in HEADINGS.items():
        assert await window.locator(f'.counts a[href="{place}"]').count() == 1
        assert await window.locator(f"h2{place}").inner_text() == heading
    row = window.get_by_role("row").filter(has_text="H00.01-260302-0001")
    said = await row.inner_text()
    for part in (
        "bấm «Kết thúc»",
        "quá hạn 6 ngày trên hệ thống",
        "Đang xử lý",
        "Đã xong",
    ):
        assert part in said
    assert FOREIGN.search(await window.get_by_role("main").inner_text()) is None


async def test_no_address_holds_anything_of_a_list(window: Page, world: World) -> None:
    await sign_in(window, world)
    await compare(window, world)
    assert window.url == world.stage.url("front") + "/doi-soat"


async def test_the_page_carries_the_workbook_and_the_mapping(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await compare(window, world)
    async with window.expect_download() as coming:
        await window.get_by_role("link", name="Tải kết quả .xlsx").click()
    workbook = content_of(await (await coming.value).path())
    assert read(workbook).sheets[1].name == "Quên bấm kết thúc"
    async with window.expect_download() as coming:
        await window.get_by_role("link", name="Tải bảng ánh xạ").click()
    found = await coming.value
    assert found.suggested_filename == "doi-soat.toml"
    text = content_of(await found.path()).decode()
    assert 'unclear = ["Tạm gác"]' in text


async def test_the_workbook_alone_can_be_asked_for(window: Page, world: World) -> None:
    await sign_in(window, world)
    await choose(window, world)
    async with window.expect_download() as coming:
        await window.get_by_role("button", name="Chỉ tải tệp .xlsx").click()
    content = content_of(await (await coming.value).path())
    assert read(content).sheets[0].name == "Tổng hợp"


async def test_a_word_explained_in_the_page_is_clear_in_the_next_comparison(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await compare(window, world)
    await window.get_by_text("Bảng ánh xạ cột và trạng thái").click()
    text = await window.get_by_label("Bảng ánh xạ").input_value()
    await choose(window, world)
    await window.get_by_text("Bảng ánh xạ cột và trạng thái").click()
    explained = text.replace("unclear =", "#").replace(
        'waiting = ["Chờ bổ sung", "Chờ nộp thuế"',
        'waiting = ["Tạm gác", "Chờ nộp thuế"',
    )
    assert explained != text
    await window.get_by_label("Bảng ánh xạ").fill(explained)
    await window.get_by_role("button", name="Đối soát", exact=True).click()
    row = window.get_by_role("row").filter(has_text="H00.01-260305-0001")
    assert "bấm «Chờ bổ sung»" in await row.inner_text()


async def test_a_wrong_file_is_refused_in_words_on_the_same_page(
    window: Page, world: World, tmp_path: Path
) -> None:
    await sign_in(window, world)
    await choose(window, world)
    wrong = tmp_path / "cong-van.xlsx"
    wrong.write_bytes(b"%PDF-1.7")
    await window.get_by_label("Danh sách của cơ quan").set_input_files(wrong)
    await window.get_by_role("button", name="Đối soát", exact=True).click()
    told = await window.get_by_role("alert").inner_text()
    assert told.startswith("Tệp của cơ quan: Tệp này không phải bảng tính.")
    assert await window.get_by_role("button", name="Đối soát", exact=True).is_visible()


async def test_who_may_only_look_has_no_such_page(window: Page, world: World) -> None:
    await sign_in(window, world, "reader")
    assert await window.get_by_role("link", name="Đối soát").count() == 0
    await window.goto(world.stage.url("front") + "/doi-soat")
    assert "cấp quyền" in await window.get_by_role("alert").inner_text()


@pytest.mark.parametrize("width", [360, 1280])
async def test_nothing_is_wider_than_the_screen(
    browser: Browser, world: World, width: int
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 740})
    page = await context.new_page()
    try:
        await sign_in(page, world)
        await compare(page, world)
        for summary in await page.locator("summary").all():
            await summary.click()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        await context.close()
