"""Lists that show themselves again, and how whoever reads is left in peace."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from tests.browser.standing import sign_in
from tests.journeys.test_callbacks import quiet_world
from tests.world import a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBERS = [f"H00.01-260310-29{n:02}" for n in range(7)]
UNNAMED = {"applicant": {"name": "NguyÔn V¨n MÉu"}}
SEEN_MS = 15_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Nothing stands still yet."""
    async with quiet_world(tmp_path_factory.mktemp("song"), *NUMBERS) as world:
        yield world


@asynccontextmanager
async def watching(browser: Browser, world: World) -> AsyncIterator[Page]:
    """Somebody who has the list of what stands still open, in an ordinary browser."""
    context = await browser.new_context(locale="vi-VN")
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        await sign_in(page, world)
        await page.locator("#live[data-state=on]").wait_for(timeout=SEEN_MS)
        yield page
    finally:
        await context.close()
    assert complaints == []


async def stuck(world: World, number: str) -> None:
    """A dossier that waits for a person from now on."""
    await world.submit(a_dossier(number, **UNNAMED))
    await world.settle()


async def test_a_list_shows_what_came_without_being_loaded_again(
    browser: Browser, world: World
) -> None:
    async with watching(browser, world) as page:
        await page.evaluate("window.stillTheSame = true")
        assert NUMBERS[0] not in await page.locator("main").inner_text()
        await stuck(world, NUMBERS[0])
        await page.locator("main", has_text=NUMBERS[0]).wait_for(timeout=SEEN_MS)
        assert await page.evaluate("window.stillTheSame")


async def test_who_has_told_it_to_wait_is_told_and_looks_when_they_like(
    browser: Browser, world: World
) -> None:
    async with watching(browser, world) as page:
        await page.get_by_role("button", name="Tạm ngừng").click()
        assert await page.locator("#live").get_attribute("data-state") == "held"
        await stuck(world, NUMBERS[1])
        await page.locator("#live[data-state=news]").wait_for(timeout=SEEN_MS)
        assert NUMBERS[1] not in await page.locator("main").inner_text()
        await page.get_by_role("button", name="Xem ngay").click()
        await page.locator("main", has_text=NUMBERS[1]).wait_for(timeout=SEEN_MS)
        await page.reload()
        assert await page.locator("#live").get_attribute("data-state") in {
            "held",
            "away",
        }


async def test_nothing_moves_under_who_is_typing(
    browser: Browser, world: World
) -> None:
    await stuck(world, NUMBERS[2])
    async with watching(browser, world) as page:
        await page.goto(f"{world.stage.url('front')}/console/cho-xu-ly")
        await page.locator("#live[data-state=on]").wait_for(timeout=SEEN_MS)
        card = page.locator(".card", has_text=NUMBERS[2])
        await card.get_by_text("Hủy lượt gửi").first.click()
        reason = card.locator("details[open] input[name=reason]")
        await reason.fill("Đã gọi cơ quan")
        await stuck(world, NUMBERS[3])
        await page.locator("#live[data-state=news]").wait_for(timeout=SEEN_MS)
        assert await reason.input_value() == "Đã gọi cơ quan"
        assert NUMBERS[3] not in await page.locator("main").inner_text()


async def test_a_page_outlives_a_restart_of_the_gateway(
    browser: Browser, world: World
) -> None:
    async with watching(browser, world) as page:
        begun = time.monotonic()
        await world.stop_gateway()
        # Streams end when they are told to: nobody waits for a page to be closed.
        assert time.monotonic() - begun < 4
        await page.locator("#live[data-state=away]").wait_for(timeout=SEEN_MS)
        await world.start_gateway()
        await page.locator("#live[data-state=on]").wait_for(timeout=SEEN_MS)
        await stuck(world, NUMBERS[4])
        await page.locator("main", has_text=NUMBERS[4]).wait_for(timeout=SEEN_MS)


async def test_a_stream_is_for_who_is_signed_in_and_says_nothing_of_what_moved(
    world: World,
) -> None:
    url = f"{world.stage.url('front')}/v1/live"
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            assert answer.status == 401
        token = world.stage.secrets.value("token.reader")
        headers = {"Authorization": f"Bearer {token}"}
        async with session.get(url, headers=headers) as answer:
            assert answer.content_type == "text/event-stream"
            first = await answer.content.readuntil(b"\n\n")
            assert first == b"retry: 3000\n\n"
            begun = await answer.content.readuntil(b"\n\n")
            await stuck(world, NUMBERS[5])
            moved = await answer.content.readuntil(b"\n\n")
    numbers = []
    for event in (begun, moved):
        named, number, data = event.decode().split("\n")[:3]
        assert named == "event: moved"
        assert number.removeprefix("id: ") == data.removeprefix("data: ")
        numbers.append(int(data.removeprefix("data: ")))
    assert numbers[0] < numbers[1]


async def test_looking_at_a_dossier_moves_nothing(world: World) -> None:
    await stuck(world, NUMBERS[6])
    one = await world.shown(NUMBERS[6])
    before = await mark(world)
    page = await world.call("GET", f"/console/ho-so/{one['id']}", role="operator")
    assert page.status == 200
    assert await mark(world) == before


async def mark(world: World) -> str:
    """What a stream says first."""
    url = f"{world.stage.url('front')}/v1/live"
    token = world.stage.secrets.value("token.reader")
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, headers=headers) as answer,
    ):
        await answer.content.readuntil(b"\n\n")
        return (await answer.content.readuntil(b"\n\n")).decode()
