"""Pages of signing in and of accounts, in a real browser from the first password on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.test_every_page import KEPT, NARROW, PICTURE, WIDE, complaints
from tests.people import PASSWORD, account, code

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]


async def usable(page: Page, name: str, *, kept: bool = False) -> None:
    """No complaint of axe, light or dark, wide or narrow; nothing is cut off."""
    colours: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for one in colours:
        await page.emulate_media(color_scheme=one)
        await page.set_viewport_size(WIDE)
        assert await complaints(page) == []
        if kept and one == "light":
            await page.set_viewport_size(PICTURE)
            path = KEPT / f"{name}.jpg"
            await page.screenshot(path=path, type="jpeg", quality=70)
        await page.set_viewport_size(NARROW)
        assert await complaints(page) == []
        width = await page.locator("html").evaluate("e => e.scrollWidth")
        assert width <= NARROW["width"]
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(WIDE)


async def enter(page: Page, world: World, name: str, password: str) -> None:
    await page.goto(world.stage.url("front") + "/console/dang-nhap")
    await page.get_by_text("Đăng nhập bằng tên và mật khẩu").click()
    await page.get_by_label("Tên tài khoản").fill(name)
    await page.get_by_label("Mật khẩu", exact=True).fill(password)


async def test_an_administrator_comes_from_the_first_password_to_the_accounts(
    browser: Browser, world: World, request: pytest.FixtureRequest
) -> None:
    kept = bool(request.config.getoption("--screenshots"))
    first = await account(world, "quan-tri.web", "administrator")
    await account(world, "dat-dai.web", "reader", "land-mau-1")
    context = await browser.new_context(locale="vi-VN", viewport=WIDE)
    page = await context.new_page()
    await enter(page, world, "quan-tri.web", first)
    await usable(page, "dang-nhap", kept=kept)
    await page.get_by_role("button", name="Đăng nhập").last.click()
    await page.get_by_role("heading", name="Đặt mật khẩu của anh/chị").wait_for()
    await usable(page, "mat-khau", kept=kept)
    await page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    await page.get_by_label("Gõ lại mật khẩu mới").fill(PASSWORD)
    await page.get_by_role("button", name="Đổi mật khẩu").click()
    await page.get_by_role("heading", name="Đặt xác thực hai lớp").wait_for()
    await usable(page, "hai-lop", kept=kept)
    text = await page.content()
    (secret,) = re.findall(r'class="code">([A-Z2-7]{32})<', text)
    await page.get_by_label("Mã 6 số").fill(code(world, secret))
    await page.get_by_role("button", name="Bật xác thực hai lớp").click()
    await page.get_by_role("heading", name="Đã bật xác thực hai lớp").wait_for()
    await usable(page, "ma-du-phong")
    await page.get_by_role("link", name="Đã cất, vào làm việc").click()
    await page.goto(world.stage.url("front") + "/console/tai-khoan")
    await page.get_by_text("Lập tài khoản").first.click()
    await usable(page, "tai-khoan", kept=kept)
    await page.get_by_role("link", name="Trần Thị Thử").click()
    await page.get_by_role("heading", name="Trần Thị Thử").wait_for()
    await usable(page, "tai-khoan-cua-toi", kept=kept)
    await context.close()
