"""A signed slip handed in as a file on the dossier's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.standing import search, sign_in
from tests.journeys.slips import CERTIFICATE, slip_for
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import FilePayload, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBER, WITHOUT_TAX = "H00.01-260310-0891", "H00.01-260310-0892"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A land office that issues slips on paper only."""
    world = World(tmp_path_factory.mktemp("slip") / "run", configure=quick)
    silent = {"step": [{"on": "never", "send": "ChuyenHoSo"}]}
    for number in (NUMBER, WITHOUT_TAX):
        world.scenario(number, land_registry=silent, tax={"answer": "silent"})
    async with world:
        document = a_dossier(NUMBER, certificate={"serial": CERTIFICATE})
        assert (await world.submit(document)).status == 202
        other = a_dossier(WITHOUT_TAX, procedure="1.999007")
        assert (await world.submit(other)).status == 202
        await world.pass_hours(1)
        yield world


async def _hand_in(window: Page, content: bytes) -> None:
    await window.locator("summary", has_text="Nộp phiếu bằng tệp").click()
    file: FilePayload = {
        "name": "phieu.xml",
        "mimeType": "text/xml",
        "buffer": content,
    }
    await window.get_by_label("Tệp XML đã ký").set_input_files(file)
    await window.get_by_role("button", name="Nộp phiếu").click()


async def test_a_slip_is_refused_in_words_or_goes_to_tax_with_who_handed_it_in(
    window: Page, world: World
) -> None:
    slip = slip_for(world, NUMBER)
    await sign_in(window, world)
    await search(window, NUMBER)
    for wrong, said in (
        (slip.replace(b"Nguy", b"Tr"), "Chữ ký"),
        (b" " * 3_000_000, "lớn hơn 2 MB"),
    ):
        await _hand_in(window, wrong)
        assert said in await window.get_by_role("alert").inner_text()
        await window.get_by_role("link", name="Quay lại").click()
    assert await world.transfers(NUMBER, "slip_new") == []
    await _hand_in(window, slip)
    await window.get_by_role("heading", level=1, name=NUMBER).wait_for()
    await world.pass_hours(1)
    (sent,) = await world.transfers(NUMBER, "slip_new")
    assert sent["state"] == "delivered"
    await window.reload()
    text = await window.get_by_role("main").inner_text()
    assert "người nộp phiếu: vận hành" in text


async def test_the_form_is_offered_only_where_a_slip_is_expected_and_to_who_may_act(
    window: Page, world: World
) -> None:
    offer = window.locator("summary", has_text="Nộp phiếu bằng tệp")
    await sign_in(window, world)
    await search(window, WITHOUT_TAX)
    assert await offer.count() == 0
    await window.get_by_role("button", name="Thoát").click()
    await sign_in(window, world, "reader")
    await search(window, NUMBER)
    assert await offer.count() == 0
