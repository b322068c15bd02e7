"""The work list and the page of offices in a real browser, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.browser.standing import open_more, sign_in
from tests.journeys.officers import SO_NHA, XA, Officer
from tests.journeys.test_fallback import HAND, LAND, by_hand
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import FilePayload, Locator, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBERS = [f"H00.01-260310-16{n:02}" for n in range(4)]
PDF = b"%PDF-1.4 ket qua"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A commune that works by a list, with something on it."""
    folder = tmp_path_factory.mktemp("viec-tay")
    async with World(folder / "run", configure=by_hand) as world:
        for number in NUMBERS:
            paper = {"name": "Đơn đề nghị", "originals": 1, "copies": 0}
            document = {**a_dossier(number, **SO_NHA), "documents": [paper]}
            assert (await world.submit(document)).status == 202
        await world.pass_hours(0)
        yield world


async def enter(window: Page, world: World) -> None:
    """The officer signs in and is at the list."""
    await window.goto(world.stage.url("front"))
    code = world.stage.secrets.value(f"{XA}.officer")
    await window.get_by_label("Mã truy cập").fill(code)
    await window.get_by_role("button", name="Đăng nhập").click()


def card(window: Page, number: str) -> Locator:
    return window.get_by_role("article").filter(has_text=number)


async def test_an_officer_does_a_dossier_from_the_first_look_to_the_result(
    window: Page, world: World
) -> None:
    asked: list[str] = []
    window.on("request", lambda request: asked.append(urlsplit(request.url).path))
    await enter(window, world)
    heading = window.get_by_role("heading", level=1)
    assert await heading.inner_text() == "Danh sách việc: UBND xã Mẫu (giả lập)"
    links = window.get_by_role("navigation", name="Các trang").get_by_role("link")
    assert await links.all_inner_texts() == ["Việc tay"]
    number = NUMBERS[0]
    one = card(window, number)
    assert "chưa xác nhận đã nhận" in await one.inner_text()
    assert "Đơn đề nghị" in await one.inner_text()
    await one.get_by_role("button", name="Đã nhận", exact=True).click()
    told = await window.get_by_role("status").inner_text()
    assert told == f"Đã ghi nhận: Đã nhận, hồ sơ {number}."
    one = card(window, number)
    await one.get_by_text("Đã làm một bước").first.click()
    form = one.locator("form[action$='/step']")
    await form.get_by_label("Bước").select_option(label="Kiểm tra thực địa")
    await form.get_by_role("button").click()
    assert "Đã làm đến" in await card(window, number).inner_text()
    one = card(window, number)
    await one.get_by_text("Trả kết quả").first.click()
    form = one.locator("form[action$='/finish']")
    file: FilePayload = {
        "name": "giay xac nhan.pdf",
        "mimeType": "application/pdf",
        "buffer": PDF,
    }
    await form.get_by_label("Tệp kết quả").set_input_files(file)
    await form.get_by_role("button", name="Trả kết quả").click()
    assert await card(window, number).count() == 0
    told = await window.get_by_role("status").inner_text()
    assert told == f"Đã ghi nhận: Trả kết quả, hồ sơ {number}."
    shown = await world.shown(number)
    assert shown["end"] == "finished"
    assert [one["name"] for one in shown["results"]] == ["giay xac nhan.pdf"]
    # What is opened for an office outside: the document names the same paths.
    outside = (
        "/console/viec-tay",
        "/console/dang-nhap",
        "/console/dang-xuat",
        "/console/static/",
    )
    assert [one for one in asked[2:] if not one.startswith(outside)] == []
    assert asked[:2] == ["/", "/console"], "where this test begins"


async def test_a_request_without_words_is_refused_in_words(
    window: Page, world: World
) -> None:
    await enter(window, world)
    one = card(window, NUMBERS[1])
    await one.get_by_text("Yêu cầu bổ sung").first.click()
    form = one.locator("form[action$='/supplement']")
    await form.get_by_label("Thiếu gì, cần gì").fill("   ")
    await form.get_by_label("Ngày thực hiện").fill("2026-03-09")
    await form.get_by_role("button").click()
    assert "Ghi nội dung, lý do" in await window.get_by_role("alert").inner_text()
    await window.goto(f"{world.stage.url('front')}/console/viec-tay")
    assert "chưa xác nhận" in await card(window, NUMBERS[1]).inner_text()


async def test_what_was_typed_is_still_there_when_an_act_is_refused(
    window: Page, world: World
) -> None:
    await enter(window, world)
    one = card(window, NUMBERS[1])
    await one.get_by_text("Trả kết quả").first.click()
    form = one.locator("form[action$='/finish']")
    empty: FilePayload = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b""}
    await form.get_by_label("Tệp kết quả").set_input_files(empty)
    await form.get_by_label("Ghi chú").fill("Đã ký <b>số</b> & đóng dấu")
    await form.get_by_role("button", name="Trả kết quả").click()
    one = card(window, NUMBERS[1])
    assert "Tệp «a.pdf» rỗng (0 byte)" in await one.get_by_role("alert").inner_text()
    note = one.locator("form[action$='/finish']").get_by_label("Ghi chú")
    assert await note.input_value() == "Đã ký <b>số</b> & đóng dấu"
    assert await note.is_visible()


async def test_who_comes_second_is_told_so_and_keeps_the_words(
    window: Page, world: World
) -> None:
    await enter(window, world)
    number = NUMBERS[3]
    one = card(window, number)
    await one.get_by_text("Từ chối giải quyết").first.click()
    form = one.locator("form[action$='/refuse']")
    await form.get_by_label("Lý do, căn cứ").fill("Không đủ căn cứ")
    other = Officer(world)
    item = await other.item(number)
    done = await other.act(item, "finish", files={"kq.pdf": PDF})
    assert done.body["applied"] is True
    await form.get_by_role("button").click()
    main = await window.locator("main").inner_text()
    assert "không còn phù hợp" in main
    assert "Nội dung đã gõ: «Không đủ căn cứ»" in main
    assert (await world.shown(number))["end"] == "finished"


async def test_words_typed_before_the_sign_in_ended_are_shown_and_nothing_is_done(
    window: Page, world: World
) -> None:
    await enter(window, world)
    one = card(window, NUMBERS[2])
    await one.get_by_text("Yêu cầu bổ sung").first.click()
    form = one.locator("form[action$='/supplement']")
    await form.get_by_label("Thiếu gì, cần gì").fill("Thiếu bản vẽ")
    await window.context.clear_cookies()
    await form.get_by_role("button").click()
    assert await window.get_by_label("Nội dung đã gõ").input_value() == "Thiếu bản vẽ"
    await window.get_by_label("Mã truy cập").fill(
        world.stage.secrets.value(f"{XA}.officer")
    )
    await window.get_by_role("button", name="Đăng nhập").click()
    assert "chưa xác nhận" in await card(window, NUMBERS[2]).inner_text()


@pytest.mark.parametrize("width", [1280, 1024])
async def test_the_head_of_a_page_takes_one_line_at_an_offices_screen(
    width: int, window: Page, world: World
) -> None:
    await sign_in(window, world, role="administrator")
    await window.set_viewport_size({"width": width, "height": 720})
    bar = await window.locator(".bar").bounding_box()
    assert bar is not None
    assert bar["height"] < (70 if width == 1280 else 120)


async def test_an_officer_is_told_that_other_pages_are_not_for_them(
    window: Page, world: World
) -> None:
    await enter(window, world)
    answer = await window.goto(f"{world.stage.url('front')}/console/cho-xu-ly")
    assert answer is not None
    assert answer.status == 403
    assert "quản trị cấp quyền" in await window.locator("main").inner_text()
    await window.get_by_role("link", name="Quay lại").click()
    heading = window.get_by_role("heading", level=1)
    assert "Danh sách việc" in await heading.inner_text()


async def test_every_field_has_a_name_and_nothing_is_wider_than_a_telephone(
    window: Page, world: World
) -> None:
    await enter(window, world)
    await window.set_viewport_size({"width": 375, "height": 700})
    await window.goto(f"{world.stage.url('front')}/console/viec-tay/{XA}")
    shut = window.locator("details:not([open]) > summary")
    while await shut.count():
        await shut.first.click()
    fields = "input:not([type=hidden]), select, textarea"
    for field in await window.locator(fields).all():
        identifier = await field.get_attribute("id")
        assert await window.locator(f"label[for='{identifier}']").count() == 1
    body = await window.locator("body").bounding_box()
    assert body is not None
    assert body["width"] <= 375


async def test_the_hand_over_list_is_printed_for_two_signatures(
    window: Page, world: World
) -> None:
    await enter(window, world)
    await window.get_by_role("link", name="In danh sách bàn giao").click()
    paper = await window.locator("main").inner_text()
    assert NUMBERS[2] in paper
    assert "BÊN GIAO" in paper
    assert "BÊN NHẬN" in paper


async def test_staff_send_an_office_that_is_down_to_the_list_and_back(
    window: Page, world: World
) -> None:
    await sign_in(window, world, role="administrator")
    await open_more(window)
    await window.get_by_role("link", name="Đơn vị", exact=True).click()
    await window.locator(f"tr[id='{LAND}']").get_by_role("link").first.click()
    row = window.locator("main")
    await row.get_by_text("Chuyển sang làm tay").click()
    await row.get_by_label("Kênh nhận thay").select_option(HAND)
    await row.locator("details[open]").get_by_label("Lý do").fill("Mất điện")
    await row.get_by_role("button", name="Chuyển").click()
    assert "đang nhận thay" in await row.inner_text()
    assert "Mất điện" in await row.inner_text()
    await row.get_by_text("Trở lại kênh của đơn vị", exact=True).click()
    await row.locator("details[open]").get_by_label("Lý do").fill("Có điện")
    await row.get_by_role("button", name="Trở lại").click()
    assert "đang nhận thay" not in await row.inner_text()
