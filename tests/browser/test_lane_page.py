"""An office is paused and drained from its page, with what will happen said before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.standing import sign_in
from tests.journeys.test_callbacks import quiet_world
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
OFFICE = "land-mau-1"
NUMBERS = [f"H00.01-260310-32{n:02}" for n in range(3)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Nothing is under way."""
    async with quiet_world(tmp_path_factory.mktemp("don-vi"), *NUMBERS) as world:
        yield world


async def steer(window: Page, world: World, what: str, reason: str) -> str:
    """Do it to the office by its form; what the form said before."""
    await window.goto(f"{world.stage.url('front')}/console/don-vi/{OFFICE}")
    await window.locator("summary").get_by_text(what).first.click()
    form = window.locator("details[open] form")
    told = await form.inner_text()
    await form.get_by_label("Lý do").fill(reason)
    await form.get_by_role("button", name=what).click()
    return told


async def test_an_office_is_paused_and_drained_in_words(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "administrator")
    told = await steer(window, world, "Dừng gửi", "Cơ quan đề nghị (ví dụ)")
    assert "Có 0 lượt gửi" in told
    assert "không mất và không tính lần thử" in told
    assert "cán bộ dừng gửi" in await window.locator("main").inner_text()
    for number in NUMBERS:
        await world.submit(a_dossier(number))
    await world.settle()
    assert [world.effects(n, "land_registry", "hand_over") for n in NUMBERS] == [[]] * 3

    told = await steer(window, world, "Mở lại việc gửi", "Cơ quan đã sẵn sàng (ví dụ)")
    assert "Có 3 lượt gửi" in told
    await world.pass_hours(1)
    done = [world.effects(n, "land_registry", "hand_over") for n in NUMBERS]
    assert [len(one) for one in done] == [1, 1, 1]
    assert "đang gửi" in await window.locator("header .tag").first.inner_text()


async def test_who_may_not_has_no_form_and_is_refused(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "operator")
    front = world.stage.url("front")
    await window.goto(f"{front}/console/don-vi/{OFFICE}")
    assert await window.get_by_text("Dừng gửi").count() == 0
    answer = await window.request.post(
        f"{front}/console/don-vi/{OFFICE}/gui/pause",
        form={"reason": "ví dụ"},
        headers={"Origin": front},
    )
    assert answer.status == 403


async def test_a_pause_without_a_reason_or_of_nothing_changes_nothing(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "administrator")
    front = world.stage.url("front")
    for path, reason, status in (
        (f"{OFFICE}/gui/pause", "", 422),
        (f"{OFFICE}/gui/live", "ví dụ", 404),
        ("khong-co/gui/pause", "ví dụ", 404),
    ):
        answer = await window.request.post(
            f"{front}/console/don-vi/{path}",
            form={"reason": reason},
            headers={"Origin": front},
        )
        assert answer.status == status
    await window.goto(f"{front}/console/don-vi")
    assert "cán bộ dừng gửi" not in await window.locator(f"tr#{OFFICE}").inner_text()
