"""All of a cause is sent again: previewed, counted, steered, with what failed told."""

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
NUMBERS = [f"H00.01-260310-33{n:02}" for n in range(4)]
UNNAMED = {"applicant": {"name": "NguyÔn V¨n MÉu"}}
WHY = "Đã sửa ở một cửa (ví dụ) & <b>xong</b>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Four dossiers that wait for the same reason."""
    async with quiet_world(tmp_path_factory.mktemp("hang-loat"), *NUMBERS) as world:
        for number in NUMBERS:
            await world.submit(a_dossier(number, **UNNAMED))
        await world.settle()
        yield world


async def preview(window: Page, world: World) -> str:
    """From the causes to what would happen; what is said there."""
    await window.goto(f"{world.stage.url('front')}/console/dung-yen")
    table = window.get_by_role("table", name="Nguyên nhân đứng yên")
    row = table.get_by_role("row").filter(has_text="bảng mã")
    await row.get_by_role("link", name="hồ sơ", exact=False).first.click()
    await window.get_by_role("link", name="Gửi lại tất cả, xem trước").click()
    return await window.locator("main").inner_text()


async def test_all_of_a_cause_is_sent_again_once_after_it_was_said_to_how_many(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    told = await preview(window, world)
    assert "Gửi lại 4 lượt" in told
    assert await window.locator("table.list tbody tr").count() == 4
    for number in NUMBERS:
        # Which dossier it is: the kind of message is the same on every line.
        assert await window.get_by_role("link", name=number, exact=True).count() == 1
        (row,) = await world.transfers(number, "hand_over")
        assert row["state"] == "parked"

    # Without a reason nothing begins, and what was typed stays.
    await window.get_by_label("Lý do").evaluate("e => e.required = false")
    await window.get_by_label("Mỗi giây").fill("3")
    await window.get_by_role("button", name="Gửi lại 4 lượt").click()
    assert "Cần ghi lý do" in await window.get_by_role("alert").inner_text()
    assert await window.get_by_label("Mỗi giây").input_value() == "3"

    form = {
        name: await window.locator(f"input[name={name}]").input_value()
        for name in ("office", "cause", "key", "per_second")
    }
    await window.get_by_label("Lý do").fill(WHY)
    await window.get_by_role("button", name="Gửi lại 4 lượt").click()
    first = window.url
    front = world.stage.url("front")
    # Pressed twice, it is one job.
    again = await window.request.post(
        f"{front}/console/hang-loat",
        form={**form, "reason": WHY},
        headers={"Origin": front},
    )
    assert again.url == first
    await world.settle()
    await window.goto(first)
    told = await window.locator("main").inner_text()
    assert "4 = sẽ làm 4 + bỏ qua 0" in told
    assert "4 = đã làm 4 + không làm được 0 + đã dừng 0 + còn lại 0" in told
    assert WHY in told
    assert await window.locator("main script, main b b").count() == 0
    await window.get_by_role("link", name="Đã làm").click()
    assert await window.locator("table.list tbody tr").count() == 4
    await window.goto(f"{front}/console/hang-loat")
    assert await window.locator("table.list tbody tr").count() == 1


async def test_who_only_reads_sees_jobs_and_no_button(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "reader")
    front = world.stage.url("front")
    await window.goto(f"{front}/console/hang-loat")
    assert await window.locator("main button").count() == 0
    answer = await window.goto(f"{front}/console/hang-loat/moi?don-vi=land-mau-1")
    assert answer is not None
    assert answer.status == 403
    strange = await window.goto(f"{front}/console/hang-loat/bj_khong-co")
    assert strange is not None
    assert strange.status == 404
