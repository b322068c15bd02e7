"""The page that holds two lists against each other, without JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from tests.browser.standing import open_more, sign_in
from tests.browser.test_pages import FOREIGN
from tests.lists import read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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


#: Under these headings nothing is told without a person.
BY_HAND = """
[ours.columns]
code = "Mã hồ sơ"
status = "Trạng thái"
[theirs]
name = "Chi nhánh Mẫu"
[theirs.columns]
code = "Mã hồ sơ"
status = "Kết quả"
[theirs.status]
waiting = ["Tạm gác"]
"""


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _nothing_remembered(world: World) -> AsyncIterator[None]:
    """Each test begins as on the first day."""
    front = world.stage.url("front")
    async with aiohttp.ClientSession(headers={"Origin": front}) as session:
        for role in ("operator", "administrator"):
            cookie = f"lienthong={world.stage.secrets.value(f'token.{role}')}"
            path = f"{front}/console/doi-soat/quen"
            async with session.post(path, headers={"Cookie": cookie}) as answer:
                assert answer.status == 200
    yield


async def choose(page: Page, world: World, theirs: str = "dat-dai.csv") -> None:
    """Open the page and choose both files."""
    await page.goto(world.stage.url("front") + "/console/doi-soat")
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
    assert window.url == world.stage.url("front") + "/console/doi-soat"


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
    await open_more(window)
    assert await window.get_by_role("link", name="Đối soát").count() == 0
    await window.goto(world.stage.url("front") + "/console/doi-soat")
    assert "cấp quyền" in await window.get_by_role("alert").inner_text()


FORGET = "Bỏ bảng đã nhớ"


async def mapping_shown(page: Page, world: World) -> str:
    """What the page begins with on the next visit."""
    await page.goto(world.stage.url("front") + "/console/doi-soat")
    return await page.get_by_label("Bảng ánh xạ").input_value()


async def compare_by_hand(page: Page, world: World, theirs: Path) -> None:
    """A comparison under headings that a person had to explain."""
    await choose(page, world)
    await page.get_by_label("Danh sách của cơ quan").set_input_files(theirs)
    await page.get_by_text("Bảng ánh xạ cột và trạng thái").click()
    await page.get_by_label("Bảng ánh xạ").fill(BY_HAND)
    await page.get_by_role("button", name="Đối soát", exact=True).click()
    await page.get_by_role("heading", name="Đối soát lần nữa").wait_for()


def renamed(folder: Path, status: str) -> Path:
    """The agency's list with another heading above the statuses."""
    text = (EXAMPLE / "dat-dai.csv").read_text("utf-8")
    path = folder / "khac.csv"
    path.write_text(text.replace("Tình trạng", status, 1), "utf-8")
    return path


async def test_columns_explained_once_are_there_on_the_next_visit(
    window: Page, world: World, tmp_path: Path
) -> None:
    await sign_in(window, world)
    theirs = renamed(tmp_path, "Kết quả")
    await compare_by_hand(window, world, theirs)
    main = window.get_by_role("main")
    assert "đã nhớ cách đọc này cho lần sau" in await main.inner_text()
    text = await mapping_shown(window, world)
    assert 'status = "Kết quả"' in text
    assert 'waiting = ["Tạm gác"' in text
    told = await main.inner_text()
    assert "được nhớ từ lần đối soát trước của tài khoản này với Chi nhánh Mẫu" in told
    await choose(window, world)
    await window.get_by_label("Danh sách của cơ quan").set_input_files(theirs)
    await window.get_by_role("button", name="Đối soát", exact=True).click()
    row = window.get_by_role("row").filter(has_text="H00.01-260305-0001")
    assert "bấm «Chờ bổ sung»" in await row.inner_text()


async def test_what_only_the_workbook_was_asked_for_is_remembered_too(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await choose(window, world)
    async with window.expect_download():
        await window.get_by_role("button", name="Chỉ tải tệp .xlsx").click()
    assert 'status = "Tình trạng"' in await mapping_shown(window, world)


async def test_a_refused_comparison_leaves_nothing_to_remember(
    window: Page, world: World, tmp_path: Path
) -> None:
    await sign_in(window, world)
    await choose(window, world)
    await window.get_by_label("Danh sách của cơ quan").set_input_files(
        renamed(tmp_path, "Kết quả")
    )
    await window.get_by_role("button", name="Đối soát", exact=True).click()
    await window.get_by_role("alert").wait_for()
    assert await mapping_shown(window, world) == ""
    assert await window.get_by_role("button", name=FORGET).count() == 0


async def test_what_one_account_has_explained_another_does_not_get(
    window: Page, browser: Browser, world: World
) -> None:
    await sign_in(window, world)
    await compare(window, world)
    assert await mapping_shown(window, world) != ""
    context = await browser.new_context(java_script_enabled=False)
    try:
        other = await context.new_page()
        await sign_in(other, world, "administrator")
        assert await mapping_shown(other, world) == ""
        assert "được nhớ từ lần" not in await other.get_by_role("main").inner_text()
    finally:
        await context.close()


async def test_who_forgets_begins_as_on_the_first_day(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await compare(window, world)
    assert await mapping_shown(window, world) != ""
    await window.get_by_role("button", name=FORGET).click()
    assert window.url == world.stage.url("front") + "/console/doi-soat"
    assert await window.get_by_label("Bảng ánh xạ").input_value() == ""
    assert await window.get_by_role("button", name=FORGET).count() == 0
    await compare(window, world)
    assert await window.get_by_text("cột nhận theo tiêu đề").count() == 1


async def test_other_headings_are_told_anew_and_the_page_says_what_was_missing(
    window: Page, world: World, tmp_path: Path
) -> None:
    await sign_in(window, world)
    await compare_by_hand(window, world, renamed(tmp_path, "Kết quả"))
    await mapping_shown(window, world)
    await compare(window, world)
    told = await window.get_by_role("main").inner_text()
    assert "không hợp với tệp của cơ quan: không thấy «Kết quả»" in told
    assert "nghĩa các từ trạng thái đã nhớ không dùng cho tệp này" in told
    assert "thay cho bảng trước" in told
    assert await window.get_by_text("cột nhận theo tiêu đề").count() == 1
    assert await window.locator("#finished_there").count() == 1
    assert 'status = "Tình trạng"' in await mapping_shown(window, world)


async def test_headings_that_nobody_can_tell_are_refused_with_the_remembered_ones_to_mend(
    window: Page, world: World, tmp_path: Path
) -> None:
    await sign_in(window, world)
    await compare(window, world)
    await choose(window, world)
    await window.get_by_label("Danh sách của cơ quan").set_input_files(
        renamed(tmp_path, "Kết quả")
    )
    await window.get_by_role("button", name="Đối soát", exact=True).click()
    told = await window.get_by_role("alert").inner_text()
    assert told.startswith("Bảng đã nhớ không hợp với tệp của cơ quan")
    assert "G «Kết quả»" in told
    shown = window.get_by_label("Bảng ánh xạ")
    assert await shown.is_visible()
    text = await shown.input_value()
    mended = text.replace('status = "Tình trạng"', 'status = "Kết quả"')
    assert mended != text
    await shown.fill(mended)
    await window.get_by_label("Danh sách của một cửa").set_input_files(
        EXAMPLE / "mot-cua.csv"
    )
    await window.get_by_label("Danh sách của cơ quan").set_input_files(
        renamed(tmp_path, "Kết quả")
    )
    await window.get_by_role("button", name="Đối soát", exact=True).click()
    await window.get_by_role("heading", name="Đối soát lần nữa").wait_for()
    assert 'status = "Kết quả"' in await mapping_shown(window, world)


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
        await page.goto(world.stage.url("front") + "/console/doi-soat")
        assert await page.get_by_role("button", name=FORGET).is_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        await context.close()
