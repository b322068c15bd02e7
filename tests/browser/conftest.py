"""One world and one browser for a whole module; a fresh window for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest_asyncio
from playwright.async_api import async_playwright

from tests.browser.standing import bring_about, standing_world
from tests.conftest import CHROMIUM, QUIET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest
    from playwright.async_api import Browser, Page

    from tests.world import World


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Everything that stands still, standing still."""
    async with standing_world(tmp_path_factory.mktemp("pages") / "run") as world:
        await bring_about(world)
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert chromium, f"none of {', '.join(CHROMIUM)} is installed"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=[*QUIET]
        )
        try:
            yield browser
        finally:
            await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def window(browser: Browser) -> AsyncIterator[Page]:
    """A window of an office's usual screen, without JavaScript; whoever complains fails."""
    context = await browser.new_context(
        locale="vi-VN",
        viewport={"width": 1366, "height": 768},
        java_script_enabled=False,
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type == "error" else None,
    )
    try:
        yield page
    finally:
        await context.close()
    # The browser also reports each answer of 4xx that a test asked for.
    assert [c for c in complaints if "server responded with" not in c] == []
