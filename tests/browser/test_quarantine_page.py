"""The page of files that did not come in, with a scanner that named them."""

from __future__ import annotations

import hashlib
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests import clamd as scanner
from tests.attack.file_doors import Strangers
from tests.browser.standing import open_more, sign_in
from tests.browser.test_every_page import NARROW, WIDE, complaints
from tests.clamd import EICAR, INFECTED, NAMED
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Locator, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.system,
    pytest.mark.timeout(150),
    pytest.mark.asyncio(loop_scope="module"),
]
PATH = "/console/cach-ly"
NUMBER = "H00.01-260310-0972"
UPLOADED = INFECTED + b"% another\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One file that a one-stop sent twice, and one result of the land office."""
    folder = tmp_path_factory.mktemp("cach-ly")
    async with AsyncExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        Strangers({NUMBER: INFECTED}).install(patch)
        clamd = await stack.enter_async_context(scanner.running(folder / "c"))
        world = World(folder / "run", configure=quick)
        world.more_settings = clamd.settings + "quarantine_days = 30\n"
        await stack.enter_async_context(world)
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(300)
        for _ in range(2):
            sent = await world.call("POST", "/v1/attachments", data=UPLOADED)
            assert sent.status == 422
        yield world


async def rows_of(window: Page, world: World) -> Locator:
    await window.goto(world.stage.url("front") + PATH)
    return window.get_by_role("table").locator("tbody tr")


async def test_who_sent_what_for_whom_and_why_is_told_with_what_to_do(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "head")
    await open_more(window)
    await window.get_by_role("link", name="Tệp cách ly", exact=True).click()
    rows = window.get_by_role("table").locator("tbody tr")
    assert await rows.count() == 2
    by_number = rows.filter(has_text=NUMBER)
    uploaded = rows.filter(has_text="chưa thuộc hồ sơ nào")
    sent, fetched = await uploaded.inner_text(), await by_number.inner_text()
    assert "2 lần" in sent
    assert "một cửa tải lên trước" in sent
    assert "chưa thuộc hồ sơ nào" in sent
    assert "lập lại tệp sạch" in sent
    assert NUMBER in fetched
    assert "cổng tải từ đường dẫn" in fetched
    for text in (sent, fetched):
        assert "có mã độc" in text
        assert NAMED in text
        assert "tự xóa ngày" in text
    for row, content in ((uploaded, UPLOADED), (by_number, INFECTED)):
        await row.get_by_text("Mã SHA-256").click()
        assert hashlib.sha256(content).hexdigest() in await row.inner_text()
    assert EICAR not in (await window.content()).encode()
    assert "Bà Ví Dụ" not in await window.content()
    assert await window.get_by_role("button", name="Xóa hẳn tệp này").count() == 0
    await window.get_by_role("link", name=NUMBER).click()
    assert "Không nhận tệp" in await window.get_by_role("main").inner_text()


async def test_the_page_is_reached_from_the_line_about_the_scanner(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "head")
    await window.goto(world.stage.url("front") + "/console/suc-khoe")
    await window.get_by_role("link", name="Quét mã độc").click()
    assert await window.get_by_role("heading", level=1).inner_text() == (
        "Tệp bị giữ lại, không cho vào"
    )


@pytest.mark.parametrize("role", ["operator", "reader"])
async def test_who_does_not_look_after_security_sees_neither_link_nor_page(
    window: Page, world: World, role: str
) -> None:
    await sign_in(window, world, role)
    await open_more(window)
    assert await window.get_by_role("link", name="Tệp cách ly").count() == 0
    answer = await window.goto(world.stage.url("front") + PATH)
    assert answer is not None
    assert answer.status == 403
    assert NAMED not in await window.content()


async def test_a_head_deletes_none_and_a_place_that_is_no_moment_is_told(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "head")
    rows = await rows_of(window, world)
    identifier = await rows.first.get_attribute("id")
    front = world.stage.url("front")
    path = f"{front}{PATH}/{identifier}/xoa"
    refused = await window.request.post(path, headers={"Origin": front})
    assert refused.status == 403
    foreign = await window.request.post(path, headers={"Origin": "https://x.example"})
    assert foreign.status == 403
    assert await (await rows_of(window, world)).count() == 2
    for hostile in ("x", "%00", "2026-03-10T00:00:00", "<b>"):
        answer = await window.goto(f"{front}{PATH}?before={hostile}")
        assert answer is not None
        assert answer.status == 400
    later = await window.goto(f"{front}{PATH}?before=2001-01-01T00:00:00Z")
    assert later is not None
    assert "Hết danh sách" in await window.get_by_role("main").inner_text()


async def test_it_is_read_in_english_and_on_a_narrow_window(
    browser: Browser, world: World
) -> None:
    context = await browser.new_context(locale="vi-VN", viewport=WIDE)
    page = await context.new_page()
    await sign_in(page, world, "administrator")
    for size in (WIDE, NARROW):
        await page.set_viewport_size(size)
        await rows_of(page, world)
        assert await complaints(page) == []
        wide = await page.locator("html").evaluate("e => e.scrollWidth")
        assert wide <= size["width"]
    await page.get_by_role("button", name="English").click()
    rows = await rows_of(page, world)
    text = await rows.filter(has_text="belongs to no dossier").inner_text()
    assert "malware" in text
    assert "2 times" in text
    await context.close()


async def test_whoever_keeps_keys_deletes_one_for_good(
    window: Page, world: World
) -> None:
    content = INFECTED + b"% to be deleted\n"
    assert (await world.call("POST", "/v1/attachments", data=content)).status == 422
    digest = hashlib.sha256(content).hexdigest()
    await sign_in(window, world, "administrator")
    rows = await rows_of(window, world)
    assert await rows.count() == 3
    row = rows.filter(has_text=digest)
    identifier = await row.get_attribute("id")
    await row.get_by_text("Xóa ngay").click()
    await row.get_by_role("button", name="Xóa hẳn tệp này").click()
    assert "Đã xóa hẳn" in await window.get_by_role("status").inner_text()
    assert await rows.count() == 2
    assert await row.count() == 0
    front = world.stage.url("front")
    again = await window.request.post(
        f"{front}{PATH}/{identifier}/xoa", headers={"Origin": front}
    )
    assert again.status == 404
    await world.seal()
    await window.goto(f"{front}/console/nhat-ky?viec=cach-ly")
    assert "Xóa một tệp đã cách ly" in await window.get_by_role("main").inner_text()
