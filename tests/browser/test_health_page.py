"""The page of health is for whoever keeps the gateway going, and says what is wrong first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.domain.identifiers import OfficeId
from gateway.watch.engine import Finding
from tests.browser.standing import sign_in
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
PATH, DETAILS = "/console/suc-khoe", "/v1/health/details"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Backups are made into a folder that the settings name."""
    folder = tmp_path_factory.mktemp("suc-khoe")
    world = World(folder / "run", configure=quick)
    backups = folder / "sao-luu"
    backups.mkdir()
    now = datetime.now(UTC)
    (backups / f"lienthong-{now:%Y%m%dT%H%M%SZ}-0123abcd.backup").touch()
    (backups / "another.txt").touch()
    world.more_settings = f'backups = "{backups}"\n'
    async with world:
        yield world


async def told(window: Page, world: World) -> list[str]:
    await window.goto(world.stage.url("front") + PATH)
    return await window.locator("tbody tr").all_inner_texts()


async def test_every_side_of_the_gateway_is_told_by_one_line(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "administrator")
    await window.goto(world.stage.url("front") + "/console")
    await window.get_by_text("Thêm").click()
    await window.get_by_role("link", name="Sức khỏe").click()
    rows = await window.locator("tbody tr").all_inner_texts()
    text = "\n".join(rows)
    for what in ("Nhận hồ sơ mới", "Đĩa của kho", "Các máy", "Chứng thư của cổng"):
        assert what in text
    (backup,) = [row for row in rows if "Bản sao lưu" in row]
    assert "dưới 1 phút" in backup
    # Nobody is told of alerts here: that stands first, with what to do.
    assert "Kênh cảnh báo" in rows[0]
    assert "[alerts.mail]" in rows[0]
    shown = await world.call("GET", DETAILS, role="administrator")
    assert shown.body["details"][0]["what"] == "Kênh cảnh báo"


async def test_what_the_engine_finds_overdue_stands_first_at_once(
    window: Page, world: World
) -> None:
    assert world.gateway is not None
    engine = world.gateway.loops.engine
    finding = Finding("send", str(OfficeId("tax-mau-1")), world.now(), 3)
    engine._standing[finding.key] = finding
    try:
        await sign_in(window, world, "administrator")
        rows = await told(window, world)
        health = await world.call("GET", "/v1/health", role="administrator")
    finally:
        del engine._standing[finding.key]
    assert "Thuế cơ sở 1 tỉnh Mẫu (giả lập): 3 lượt gửi đến hạn" in rows[0]
    assert health.body["standing"][0]["count"] == 3


async def test_who_neither_keeps_nor_audits_it_has_no_page_and_no_link(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "reader")
    front = world.stage.url("front")
    await window.goto(front + "/console")
    assert await window.get_by_role("link", name="Sức khỏe").count() == 0
    answer = await window.goto(front + PATH)
    assert answer is not None
    assert answer.status == 403
    for role, status in (
        ("reader", 403),
        ("operator", 403),
        ("one_stop", 403),
        ("", 401),
    ):
        assert (await world.call("GET", DETAILS, role=role)).status == status, role
