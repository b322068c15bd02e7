"""A wrong phone number: asked for by one, approved by another, sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
NUMBERS = [f"H00.01-260310-31{n:02}" for n in range(6)]
WRONG = {"name": "NguyÔn V¨n MÉu", "phone": "0900 000 000"}
RIGHT = "Nguyễn Văn Ví Dụ"
MARKUP = "<b>Ví Dụ</b> & <script>alert(1)</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Dossiers that wait, since their applicant's name cannot be read."""
    async with quiet_world(tmp_path_factory.mktemp("sua"), *NUMBERS) as world:
        for number in NUMBERS[:5]:
            await world.submit(a_dossier(number, applicant=WRONG))
        await world.settle()
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def second(browser: Browser, world: World) -> AsyncIterator[Page]:
    """The second person's window: the head of operations."""
    context = await browser.new_context(locale="vi-VN", java_script_enabled=False)
    page = await context.new_page()
    await sign_in(page, world, "head")
    yield page
    await context.close()


async def seen_by(window: Page, world: World, number: str) -> None:
    """A head asks to see the people of a dossier before deciding about it."""
    shown = await world.shown(number)
    await window.goto(f"{world.stage.url('front')}/console/ho-so/{shown['id']}")
    await window.locator("summary", has_text="Xem dữ liệu cá nhân").click()
    await window.get_by_label("Lý do", exact=True).fill("Duyệt đề nghị sửa (ví dụ)")
    await window.get_by_role("button", name="Xem trong 30 phút").click()


async def form_of(window: Page, world: World, number: str) -> None:
    """From the list of what stands still to the form, by what is offered there."""
    shown = await world.shown(number)
    await window.goto(f"{world.stage.url('front')}/console/ho-so/{shown['id']}")
    await window.get_by_role("link", name="Đề nghị sửa nội dung").click()


async def asked(window: Page, world: World, number: str, **fields: str) -> None:
    """Ask for another name and whatever else."""
    await form_of(window, world, number)
    for label, text in {"Người nộp hồ sơ, tên": RIGHT, **fields}.items():
        await window.get_by_label(label).fill(text)
    await window.get_by_label("Lý do").fill("Đã đối chiếu giấy tờ (ví dụ)")
    await window.get_by_role("button", name="Gửi đề nghị sửa").click()


async def test_a_wrong_phone_number_is_edited_approved_by_another_and_sent(
    window: Page, second: Page, world: World
) -> None:
    number = NUMBERS[0]
    await sign_in(window, world)
    await asked(
        window, world, number, **{"Người nộp hồ sơ, điện thoại": "0900 000 999"}
    )
    assert "người thứ hai duyệt" in await window.get_by_role("status").inner_text()
    own = window.locator("article.card").filter(has_text=number)
    assert "Người đề nghị không tự duyệt" in await own.inner_text()
    assert await own.get_by_role("button", name="Duyệt và gửi lại").count() == 0
    assert world.effects(number, "land_registry", "hand_over") == []

    await seen_by(second, world, number)
    await second.goto(f"{world.stage.url('front')}/console/sua-ho-so")
    theirs = second.locator("article.card").filter(has_text=number)
    told = await theirs.inner_text()
    assert "0900 000 000" in told
    assert "0900 000 999" in told
    assert "Đã đối chiếu giấy tờ (ví dụ)" in told
    await theirs.get_by_text("Duyệt và gửi lại").first.click()
    await theirs.get_by_label("Đã kiểm tra").fill("Gọi người nộp (ví dụ)")
    await theirs.get_by_role("button", name="Duyệt và gửi lại").click()
    await world.pass_hours(1)
    (taken,) = world.effects(number, "land_registry", "hand_over")
    assert taken["number"] == number
    old, new = await world.transfers(number, "hand_over")
    assert (old["state"], new["state"]) == ("cancelled", "delivered")
    (sent,) = world.arrivals(number, "land_registry", "hand_over")
    assert sent
    shown = await world.shown(number)
    assert shown["revision"] == 2
    await second.goto(f"{world.stage.url('front')}/console/ho-so/{shown['id']}")
    told = await second.locator(".timeline").first.inner_text()
    assert "Đề nghị sửa nội dung hồ sơ" in told
    assert "Duyệt đề nghị sửa, hồ sơ có bản mới" in told


async def test_who_asked_cannot_approve_by_calling_the_address(
    window: Page, world: World
) -> None:
    number = NUMBERS[1]
    await sign_in(window, world)
    await asked(window, world, number)
    kept = (
        await window.locator("article.card").filter(has_text=number).get_attribute("id")
    )
    told = await posted(window, world, f"/console/sua-ho-so/{kept}/duyet")
    assert "không tự duyệt" in told
    assert (await world.shown(number))["revision"] == 1
    told = await posted(window, world, f"/console/sua-ho-so/{kept}/bo")
    assert "đã được xử lý" in await posted(
        window, world, f"/console/sua-ho-so/{kept}/bo"
    )
    assert (await world.shown(number))["revision"] == 1


async def posted(window: Page, world: World, path: str) -> str:
    """What a form of this browser's session would be answered."""
    front = world.stage.url("front")
    answer = await window.request.post(
        front + path, form={"reason": "ví dụ"}, headers={"Origin": front}
    )
    return await answer.text()


async def test_what_was_typed_stays_when_it_is_refused(
    window: Page, world: World
) -> None:
    number = NUMBERS[2]
    await sign_in(window, world)
    await form_of(window, world, number)
    await window.get_by_label("Lý do").fill("Không có gì đổi")
    await window.get_by_role("button", name="Gửi đề nghị sửa").click()
    assert "Chưa có ô nào khác" in await window.get_by_role("alert").inner_text()
    assert await window.get_by_label("Lý do").input_value() == "Không có gì đổi"

    await window.get_by_label("Người nộp hồ sơ, tên").fill("")
    await window.get_by_label("Người nộp hồ sơ, địa chỉ").fill(MARKUP)
    await window.get_by_role("button", name="Gửi đề nghị sửa").click()
    assert "Người nộp hồ sơ" in await window.get_by_role("alert").inner_text()
    typed = window.get_by_label("Người nộp hồ sơ, địa chỉ")
    assert await typed.input_value() == MARKUP
    assert await window.locator("main script").count() == 0


async def test_a_newer_revision_of_the_counter_overtakes_what_was_asked(
    window: Page, second: Page, world: World
) -> None:
    number = NUMBERS[3]
    await sign_in(window, world)
    await asked(window, world, number)
    fresh = {**a_dossier(number), "revision": 2}
    answer = await world.call("PUT", f"/v1/dossiers/{number}", fresh)
    assert answer.status == 202
    await seen_by(second, world, number)
    await second.goto(f"{world.stage.url('front')}/console/sua-ho-so")
    waiting = second.locator("article.card").filter(has_text=number)
    assert "chỉ có thể bỏ" in await waiting.inner_text()
    assert await waiting.get_by_text("Duyệt và gửi lại").count() == 0
    await waiting.get_by_text("Bỏ đề nghị").first.click()
    await waiting.get_by_label("Lý do bỏ").fill("Đã có bản mới (ví dụ)")
    await waiting.get_by_role("button", name="Bỏ đề nghị").click()
    assert "hồ sơ giữ nguyên" in await second.get_by_role("status").inner_text()


async def test_one_edit_of_a_dossier_waits_at_a_time(
    window: Page, world: World
) -> None:
    number = NUMBERS[4]
    await sign_in(window, world)
    await asked(window, world, number)
    await asked(window, world, number)
    told = await window.get_by_role("alert").inner_text()
    assert "đã có một đề nghị đang chờ duyệt" in told


async def test_what_an_agency_has_is_not_edited_behind_its_back(
    window: Page, world: World
) -> None:
    number = NUMBERS[5]
    await world.submit(a_dossier(number))
    await world.pass_hours(1)
    await sign_in(window, world)
    shown = await world.shown(number)
    path = f"{world.stage.url('front')}/console/ho-so/{shown['id']}/sua"
    await window.goto(path)
    await window.get_by_label("Người nộp hồ sơ, tên").fill(RIGHT + " Hai")
    await window.get_by_label("Lý do").fill("ví dụ")
    await window.get_by_role("button", name="Gửi đề nghị sửa").click()
    assert "Cơ quan đã nhận hồ sơ" in await window.get_by_role("alert").inner_text()


async def test_who_only_reads_has_no_form(window: Page, world: World) -> None:
    await sign_in(window, world, "reader")
    shown = await world.shown(NUMBERS[2])
    path = f"{world.stage.url('front')}/console/ho-so/{shown['id']}/sua"
    for place in (path, f"{world.stage.url('front')}/console/sua-ho-so"):
        answer = await window.goto(place)
        assert answer is not None
        assert answer.status == 403
