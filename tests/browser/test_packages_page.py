"""Packages that people carry: copies to take along, and what comes back, on a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.disk import archives
from tests.browser.standing import open_more, sign_in
from tests.journeys.packages import (
    ROAD,
    SILENT_LAND,
    SOON_H,
    START,
    from_tax,
    with_slip,
)
from tests.unit.adapters.tax_file import gateway_desk as tax_side
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import FilePayload, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBER, OTHER = "H00.01-260707-0891", "H00.01-260707-0892"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A tax office whose packages are carried by hand, so that its mock finds none."""
    world = World(tmp_path_factory.mktemp("goi") / "run", configure=quick)
    world.stage.start = START
    lost = {"answer": "silent", "medium_lost_times": 9999}
    for number in (NUMBER, OTHER):
        world.scenario(number, land_registry=SILENT_LAND, tax_file=lost)
    async with world:
        await with_slip(world, OTHER)
        yield world


async def _bring(window: Page, raw: bytes) -> None:
    file: FilePayload = {
        "name": "TX-1.p7m",
        "mimeType": "application/pkcs7-mime",
        "buffer": raw,
    }
    await window.get_by_label("Gói cơ quan gửi về").set_input_files(file)
    await window.get_by_role("button", name="Nộp gói").click()


def _read(path: Path) -> bytes:
    return Path(path).read_bytes()


async def test_a_package_is_taken_along_and_leaves_the_list_with_its_receipt(
    window: Page, world: World
) -> None:
    transfer = await with_slip(world, NUMBER)
    await sign_in(window, world)
    await open_more(window)
    await window.get_by_role("link", name="Gói tin", exact=True).click()
    row = window.get_by_role("row", name=NUMBER)
    assert "phiếu chuyển" in (await row.inner_text()).lower()
    async with window.expect_download() as one:
        await row.get_by_role("button").click()
    async with window.expect_download() as every:
        await window.get_by_role("button", name="Tải tất cả").click()
    copy = _read(await (await one.value).path())
    whole = _read(await (await every.value).path())
    assert (await one.value).suggested_filename == f"LT-{transfer['id']}.p7m"
    inside = archives.unpacked(whole, max_files=9, max_bytes=10**7)
    assert inside[f"LT-{transfer['id']}.p7m"] == copy
    rows = tax_side.states(tax_side.paid(NUMBER), {"MaHoSo": "H-9"})
    receipt = tax_side.receipt(f"LT-{transfer['id']}")
    await _bring(window, from_tax(world, "TX-1", receipt, rows))
    told = window.get_by_role("table", name="Gói vừa nộp")
    text = await told.inner_text()
    assert "1 biên nhận" in text
    assert "1 dòng không nhận" in text
    assert "đưa vào gói sau" in text
    await world.pass_hours(SOON_H)
    await open_more(window)
    await window.get_by_role("link", name="Gói tin", exact=True).click()
    assert await window.get_by_role("row", name=NUMBER).count() == 0
    main = await window.get_by_role("main").inner_text()
    assert "Biên nhận cho gói của cơ quan" in main


async def test_what_is_no_package_is_refused_in_words(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.goto(f"{world.stage.url('front')}/console/goi-tin")
    await _bring(window, b"khong phai goi tin")
    text = await window.get_by_role("table", name="Gói vừa nộp").inner_text()
    assert "Không nhận" in text
    assert "mang gói đó đi" in text
    await _bring(window, b"PK\x03\x04 hong")
    assert "Nộp từng gói" in await window.get_by_role("alert").inner_text()


async def test_the_slip_that_waits_for_its_receipt_tells_what_to_carry(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.goto(f"{world.stage.url('front')}/console/cho-xu-ly?loc=unconfirmed")
    card = window.get_by_role("article").filter(has_text=OTHER)
    text = await card.inner_text()
    assert "chờ biên nhận của cơ quan thuế" in text
    assert "Chép gói trong mục «Gói tin»" in text


async def test_who_may_only_read_sees_no_packages(window: Page, world: World) -> None:
    await sign_in(window, world, "reader")
    await open_more(window)
    assert await window.get_by_role("link", name="Gói tin", exact=True).count() == 0
    answer = await window.goto(f"{world.stage.url('front')}/console/goi-tin")
    assert answer is not None
    assert answer.status == 403
    assert ROAD not in await window.content()
