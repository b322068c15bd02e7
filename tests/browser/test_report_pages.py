"""Reports as leaders read them: numbers that lead to lists, sheets that print."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pytest
import pytest_asyncio

from gateway.console.briefing import OFFICES
from gateway.console.render import Pages
from gateway.reports.morning import ROWS
from tests.browser.standing import sign_in
from tests.browser.test_every_page import complaints
from tests.journeys.reported import (
    CLICKED,
    FALSE,
    LATE,
    MONTH,
    OVERDUE,
    UNIT,
    bring_about,
    reported_world,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, FilePayload, Page

    from tests.world import Json, World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]
#: What is left between the margins of the briefing at 96 dots per inch: 180 mm.
PORTRAIT = 680
CODES = re.compile(r"\b(None|True|False|nan|land_registry|falsely_late)\b")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A month of which something was issued."""
    async with reported_world(tmp_path_factory.mktemp("report-pages")) as world:
        await bring_about(world)
        await world.pass_until(datetime.fromisoformat("2026-04-01T07:40:00+07:00"))
        yield world


async def go(page: Page, world: World, path: str, role: str = "reader") -> str:
    """Sign in and open a page; its text."""
    await page.context.clear_cookies()
    await sign_in(page, world, role)
    await page.goto(world.stage.url("front") + path)
    return await page.get_by_role("main").inner_text()


async def fits(page: Page, width: int) -> bool:
    """Whether a page is no wider than a screen."""
    await page.set_viewport_size({"width": width, "height": 900})
    script = "document.documentElement.scrollWidth"
    return int(await page.evaluate(script)) <= width


@pytest.mark.parametrize(
    "path",
    [
        "/console/bao-cao",
        f"/console/bao-cao/{MONTH}",
        "/console/bao-cao/2025-11",
        f"/console/bao-cao/{MONTH}/ho-so?figure=ended",
        f"/console/bao-cao/{MONTH}/ho-so?figure=shares&whose=agency&office=land-mau-1",
        "/console/giao-ban",
        "/console/sap-den-han",
        f"/console/sap-den-han?unit={UNIT}&days=30",
    ],
)
async def test_every_page_fits_and_speaks_to_people(
    window: Page, world: World, path: str
) -> None:
    text = await go(window, world, path, "head")
    assert CODES.search(text) is None
    for width in (1280, 390):
        assert await fits(window, width), width


async def test_a_number_leads_to_its_list_and_that_to_the_dossier(
    window: Page, world: World
) -> None:
    await go(window, world, "/console/bao-cao")
    await window.get_by_role("link", name="03/2026").click()
    text = await window.get_by_role("main").inner_text()
    assert "Theo Cổng: 62,5 %; theo sự kiện: 75,0 %; chênh 12,5 điểm" in text
    row = window.get_by_role("row", name=UNIT)
    await row.locator("td[data-th='Quá hạn'] a").click()
    text = await window.get_by_role("main").inner_text()
    assert "Hồ sơ quá hạn" in text
    assert (LATE in text, FALSE in text, CLICKED in text) == (True, True, False)
    await window.get_by_role("link", name=LATE).click()
    assert LATE in await window.get_by_role("heading", level=1).inner_text()


async def test_bars_are_drawn_without_scripts_or_styles_of_their_own(
    window: Page, world: World
) -> None:
    await go(window, world, f"/console/bao-cao/{MONTH}")
    bar = window.locator("svg.bars").first
    box = await bar.bounding_box()
    assert box
    assert box["width"] > 50
    widths = await bar.locator("rect").evaluate_all(
        "all => all.map(one => Number(one.getAttribute('width')))"
    )
    assert sum(widths) == pytest.approx(100)
    colours = await bar.locator("rect").evaluate_all(
        "all => all.map(one => getComputedStyle(one).fill)"
    )
    assert len(set(colours)) == 3


async def test_a_month_that_is_none_is_said_in_words(
    window: Page, world: World
) -> None:
    text = await go(window, world, "/console/bao-cao/2026-13")
    assert "Ghi tháng bốn chữ số năm" in text
    text = await go(window, world, "/console/bao-cao/2027-01")
    assert "chưa đến" in text


async def test_the_head_issues_and_a_reader_does_not(
    window: Page, world: World
) -> None:
    await go(window, world, f"/console/bao-cao/{MONTH}", "reader")
    button = window.get_by_role("button", name="Chốt báo cáo tháng 03/2026")
    assert await button.count() == 0
    await go(window, world, f"/console/bao-cao/{MONTH}", "head")
    if await button.count():
        await button.click()
    text = await window.get_by_role("main").inner_text()
    assert "Thay đổi từ khi chốt" in text
    assert "Số liệu không đổi từ khi chốt." in text


async def test_a_one_stops_file_is_taken_by_the_page(
    window: Page, world: World
) -> None:
    await go(window, world, f"/console/bao-cao/{MONTH}", "operator")
    table = f"Đơn vị;Tiếp nhận;Trước hạn;Đúng hạn;Quá hạn\n{UNIT};60;20;20;10\n"
    file: FilePayload = {
        "name": "t3.csv",
        "mimeType": "text/csv",
        "buffer": table.encode(),
    }
    await window.locator("input[type=file]").set_input_files(files=[file])
    await window.get_by_label("Của").select_option("mot-cua-mau")
    await window.get_by_role("button", name="Nhập, thay số đã nhập trước").click()
    text = await window.get_by_role("main").inner_text()
    assert "Đã nhập số liệu một cửa tự đếm." in text
    assert "43 hồ sơ một cửa đếm mà cổng không đếm" in text
    wrong: FilePayload = {
        "name": "t3.csv",
        "mimeType": "text/csv",
        "buffer": "Đơn vị;Số\na;1\n".encode(),
    }
    await window.locator("input[type=file]").set_input_files(files=[wrong])
    await window.get_by_role("button", name="Nhập, thay số đã nhập trước").click()
    text = await window.get_by_role("main").inner_text()
    assert "Tệp không có dòng tiêu đề" in text


async def printed(page: Page) -> list[tuple[int, int]]:
    """The pages of the PDF that the browser makes, in millimetres."""
    content = await page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    return [
        (round(float(w) / 72 * 25.4), round(float(h) / 72 * 25.4)) for w, h in boxes
    ]


async def test_the_briefing_is_one_or_two_sheets_of_a4(
    window: Page, world: World
) -> None:
    text = await go(window, world, "/console/giao-ban", "head")
    for part in ("Giao ban sáng", OVERDUE, "đứng yên theo nguyên nhân", "Cảnh báo"):
        assert part in text
    assert "Quá hạn: ngày hẹn trả hiện nay của hồ sơ đã qua" in text
    pages = await printed(window)
    assert set(pages) == {(210, 297)}
    assert len(pages) in {1, 2}
    await window.emulate_media(media="print")
    assert await fits(window, PORTRAIT)
    assert not await window.get_by_role("navigation").first.is_visible()


def a_bad_morning() -> Json:
    """Everything at once: as many rows in each list as there are at most, all long."""
    name = "Văn phòng đăng ký đất đai tỉnh Mẫu – Chi nhánh số Hai Mươi Mốt (giả lập)"
    at = "2026-03-10T00:30:00+00:00"
    row = {
        "dossier_id": "d_1",
        "number": "H00.20.01-260310-123456",
        "procedure_name": "Đăng ký biến động do chuyển nhượng quyền sử dụng đất (ví dụ)",
        "due_on": "2026-03-20",
        "ended_at": at,
        "office": "land-mau-1",
        "office_name": name,
        "places": [{"office": "land-mau-1", "place": name, "since": at}],
        "promised_on": "2026-03-20",
        "broken": 3,
        "since": at,
    }
    office = {"office": "o", "name": name, "overdue": 9, "today": 9, "near": 9}
    cause = {
        **row,
        "id": "0123456789abcdef",
        "owner": "Bà Ví Dụ",
        "next_action": "Đối chiếu số biên nhận với văn phòng đất đai; thống nhất xong"
        " thì bấm «Gửi lại» hoặc «Hủy lượt gửi».",
        "dossiers": 1234,
        "first": at,
        "reason": "Không lấy được hồ sơ mới ở cơ quan từ hơn ba giờ",
    }
    rows = [row] * ROWS
    return {
        "at": at,
        "today": "2026-03-27",
        "tomorrow": "2026-03-28",
        "near": "2026-03-31",
        "since": "2026-03-26",
        "offices": [office] * 40,
        "lists": {"overdue": rows, "today": rows, "near": rows},
        "ended_late": {"count": 99, "dossiers": rows},
        "stuck": {"causes": [cause] * 40},
        "broken_promises": {"dossiers": rows, "more": True},
        "alerts": [cause] * ROWS,
    }


async def test_the_worst_morning_is_still_two_sheets(
    window: Page, world: World
) -> None:
    await go(window, world, "/console/giao-ban", "head")
    assert world.gateway is not None
    pages = Pages(world.gateway.tools, world.gateway.lanes)
    made = pages.render(
        *("briefing.html", None),
        found=a_bad_morning(),
        shown=ROWS,
        most=OFFICES,
        here="",
    )
    await window.set_content(bytes(made.body).decode())
    assert "28 cơ quan khác" in await window.get_by_role("main").inner_text()
    found = await printed(window)
    assert (set(found), len(found)) == ({(210, 297)}, 2)


async def test_the_list_of_a_unit_prints_on_a4(window: Page, world: World) -> None:
    await go(window, world, f"/console/sap-den-han?unit={UNIT}&days=30")
    await window.get_by_role("link", name="In", exact=True).click()
    text = await window.get_by_role("main").inner_text()
    assert "DANH SÁCH HỒ SƠ SẮP ĐẾN HẠN VÀ ĐÃ QUÁ HẠN" in text
    assert OVERDUE in text
    assert await printed(window) == [(210, 297)]


async def test_each_bar_shows_what_the_table_says_and_leads_to_its_list(
    window: Page, world: World
) -> None:
    for path in (f"/console/bao-cao/{MONTH}", "/console/bao-cao"):
        text = await go(window, world, path)
        assert "Cùng số liệu với bảng" in text
        rows = window.locator("figure.chart li")
        assert await rows.count() > 0
        late = [int(await one.inner_text()) for one in await rows.locator("b").all()]
        late_cell = window.locator("[data-th='Quá hạn']")
        lines = window.locator("table.figures tr").filter(has=late_cell)
        for row in await rows.all():
            name = await row.locator(".name").inner_text()
            line = lines.filter(has_text=name).first
            said = await row.locator("a b").first.inner_text()
            assert await line.locator("[data-th='Quá hạn']").inner_text() == said
        assert max(late) > 0
        places = [
            (await one.get_attribute("href"), int(await one.locator("b").inner_text()))
            for one in await rows.locator("a").all()
        ]
        # What only seems late has a bar of its own, told apart by its pattern.
        assert any("falsely_late" in str(to) for to, _ in places)
        assert await rows.locator("rect[fill^='url(#']").count() > 0
        for to, count in places:
            await window.goto(f"{world.stage.url('front')}{to}")
            assert await window.locator("table.list tbody tr").count() == count


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing_wrong_with_bars_wide_and_narrow(
    browser: Browser, world: World, colours: Literal["light", "dark"]
) -> None:
    context = await browser.new_context(locale="vi-VN", color_scheme=colours)
    reader = await context.new_page()
    for path in (f"/console/bao-cao/{MONTH}", "/console/bao-cao"):
        await go(reader, world, path)
        assert await reader.locator("figure.chart").count() == 1
        drawn = reader.locator("figure.chart svg.drawn").first
        whole, bar = (
            await drawn.bounding_box(),
            await drawn.locator("rect").bounding_box(),
        )
        assert whole is not None
        # Nothing of the longest bar is cut off.
        assert bar == whole
        for width in (1280, 390):
            assert await fits(reader, width)
            assert await complaints(reader) == []
    await context.close()
