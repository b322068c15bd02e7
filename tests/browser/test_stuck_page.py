"""What stands still by its cause, and what is due: on pages of any width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.standing import sign_in
from tests.journeys.test_callbacks import handed_over, progress, quiet_world
from tests.world import a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
LATE, NOBODYS, WORKED_ON, ON_ITS_WAY = (f"H00.01-260310-18{n:02}" for n in range(4))
MARKUP = "<b>Chị Ví Dụ</b> & <script>alert(1)</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """An office that never took note, one that works, a commune that nobody has."""
    folder = tmp_path_factory.mktemp("dung-yen")
    async with quiet_world(folder, LATE, WORKED_ON) as world:
        for number in (LATE, WORKED_ON):
            await handed_over(world, number)
        report = progress(WORKED_ON, 11, "2026-03-10T08:00:00")
        await world.push("ChuyenHoSo", report)
        await world.submit(a_dossier(NOBODYS, area={"commune": "99999"}))
        unnamed = {"applicant": {"name": "NguyÔn V¨n MÉu"}}
        await world.submit(a_dossier(ON_ITS_WAY, **unnamed))
        await world.pass_hours(24 * 8)
        await world.settle()
        yield world


async def test_every_cause_has_its_number_and_the_number_its_dossiers(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.goto(f"{world.stage.url('front')}/console/dung-yen")
    table = window.get_by_role("table", name="Nguyên nhân đứng yên")
    told = await table.inner_text()
    for words in ("quá hạn chót, chưa có xác nhận", "đơn vị im lặng", "bắt đầu"):
        assert words in told
    assert "chuyển hồ sơ đến cơ quan" not in told
    row = table.get_by_role("row").filter(has_text="đơn vị im lặng")
    assert "quá 5 ngày làm việc không có tin gì" in await row.inner_text()
    await row.get_by_role("link", name="1 hồ sơ").click()
    main = await window.locator("main").inner_text()
    assert WORKED_ON in main
    assert LATE not in main
    await window.get_by_role("link", name="Vì sao là ngày này").click()
    assert WORKED_ON in await window.locator("main").inner_text()


async def test_who_looks_after_a_cause_is_noted_and_stays_typed_when_refused(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    table = window.get_by_role("table", name="Nguyên nhân đứng yên")
    row = table.get_by_role("row").filter(has_text="chưa xác định cơ quan")
    await row.get_by_role("link", name="1 hồ sơ").click()
    address = window.url
    await window.get_by_label("Người phụ trách").fill(MARKUP)
    await window.get_by_label("Đã làm gì, đến đâu").fill("Đã báo quản trị")
    await window.get_by_role("button", name="Ghi", exact=True).click()
    assert "Đã ghi" in await window.get_by_role("status").inner_text()
    assert MARKUP in await window.locator("#ghi-chu").inner_text()
    assert await window.locator("script").count() == 0

    await window.locator("input[name=version]").evaluate("e => e.value = '0'")
    await window.get_by_label("Đã làm gì, đến đâu").fill("Gọi lại ngày mai")
    await window.get_by_role("button", name="Ghi", exact=True).click()
    assert "Người khác vừa ghi" in await window.get_by_role("alert").inner_text()
    typed = window.get_by_label("Đã làm gì, đến đâu")
    assert await typed.input_value() == "Gọi lại ngày mai"
    await window.goto(f"{world.stage.url('front')}/")
    assert f"Phụ trách: {MARKUP}" in await table.inner_text()
    await window.goto(address)
    assert "Đã báo quản trị" in await window.locator("#ghi-chu").inner_text()


async def test_what_is_due_is_found_by_office_days_and_percent(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.get_by_role("link", name="Đã quá hạn và sắp đến hạn").click()
    rows = window.get_by_role("table", name="Thời hạn, quá lâu nhất trước")
    told = await rows.inner_text()
    assert "quá 6 ngày" in told
    assert "thời gian của cơ quan" in told
    assert WORKED_ON in told
    await window.get_by_label("Trong bao nhiêu ngày làm việc tới").fill("0")
    await window.get_by_role("button", name="Xem").click()
    assert WORKED_ON not in await rows.inner_text()
    await window.get_by_label("Trong bao nhiêu ngày làm việc tới").fill("20")
    await window.get_by_label("Đã dùng").select_option("50")
    await window.get_by_role("button", name="Xem").click()
    assert "đã qua 50 % thời hạn" in await rows.inner_text()
    await window.get_by_label("Đã dùng").select_option("70")
    await window.get_by_role("button", name="Xem").click()
    assert WORKED_ON not in await rows.inner_text()


async def test_the_way_to_an_office_is_not_told_as_the_office_s_delay(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.goto(f"{world.stage.url('front')}/console/den-han")
    over = window.get_by_role("table", name="Thời hạn đã quá của từng đơn vị")
    rows = over.get_by_role("row").filter(has_text="chuyển hồ sơ đến cơ quan")
    told = [
        await row.get_by_role("cell").first.inner_text() for row in await rows.all()
    ]
    to_land, to_nobody = sorted(told)
    assert to_nobody == "Cổng liên thông (chưa có nơi nhận)"
    assert to_land.startswith("Cổng liên thông (chuyển đến Văn phòng đăng ký đất đai")


@pytest.mark.parametrize("width", [1280, 390])
async def test_nothing_is_wider_than_the_window(
    window: Page, world: World, width: int
) -> None:
    await window.set_viewport_size({"width": width, "height": 900})
    await sign_in(window, world)
    front = world.stage.url("front")
    table = window.get_by_role("table", name="Nguyên nhân đứng yên")
    cause = await table.get_by_role("link").first.get_attribute("href")
    for page in ("/console/dung-yen", cause, "/console/den-han"):
        await window.goto(f"{front}{page}")
        wide = await window.locator("html").evaluate("e => e.scrollWidth")
        assert wide <= width


async def test_who_may_only_read_sees_no_form(window: Page, world: World) -> None:
    await sign_in(window, world, "reader")
    table = window.get_by_role("table", name="Nguyên nhân đứng yên")
    await table.get_by_role("link").first.click()
    assert await window.locator("#ghi-chu form").count() == 0
