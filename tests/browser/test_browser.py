import pytest
from playwright.async_api import Page

pytestmark = pytest.mark.browser


async def test_a_real_browser_shows_vietnamese_text(page: Page) -> None:
    await page.set_content(
        "<button onclick=\"this.textContent='đã gửi'\">Đôn đốc</button>"
    )

    await page.get_by_text("Đôn đốc").click()

    assert await page.get_by_role("button").inner_text() == "đã gửi"
