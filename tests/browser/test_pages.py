"""The three pages as officials see them, in a real browser without JavaScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aiohttp
import pytest

from gateway.console import views
from tests.browser.standing import (
    BUSY,
    DOUBTFUL,
    OFFICER,
    PARKED,
    SETTLED,
    STRANGE,
    UNROUTED,
    search,
    sign_in,
)

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
PAGES = (
    "/console/dang-nhap",
    "/",
    "/console/cho-xu-ly",
    "/console/canh-bao",
    "/console/doi-soat",
    "/console/ho-so",
    "/console/ho-so?loc=unrouted",
    "/console/ho-so/no",
)
NUMBER = re.compile(r"^H00\.01-")
#: What officials must not meet: codes, English, tables of contents of our own.
FOREIGN = re.compile(
    r"\b(parked|unconfirmed|land_registry|one_stop|hand_over|so_bien_nhan|ma_ho_so"
    r"|1\.99900\d|None|True|operator|delivery_unknown|area_ambiguous)\b"
)


def row_of(page: Page, number: str) -> Locator:
    """The row of one dossier in a list."""
    return page.get_by_role("row").filter(has_text=number)


def card_of(page: Page, number: str) -> Locator:
    """The card of one transfer that stands still."""
    return page.get_by_role("article").filter(has_text=number)


async def test_a_wrong_token_is_refused_in_words(window: Page, world: World) -> None:
    await window.goto(world.stage.url("front"))
    await window.get_by_label("Mã truy cập").fill("khong-phai-ma")
    await window.get_by_role("button", name="Đăng nhập").click()
    assert "không đúng" in await window.get_by_role("alert").inner_text()


async def test_who_signs_out_is_asked_for_the_token_again(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.get_by_role("button", name="Thoát").click()
    await window.goto(world.stage.url("front") + "/console/cho-xu-ly")
    assert window.url.endswith("/console/dang-nhap")


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    (cookie,) = await window.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


async def test_the_list_says_why_where_since_when_and_what_next(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    parked = await row_of(window, PARKED).inner_text()
    for said in (
        "bảng mã cũ",
        "bộ phận một cửa",
        "10/03/2026 07:30",
        "đã 3 ngày",
        "Một cửa gửi bản sửa",
        "Hẹn trả 10/04/2026",
        OFFICER,
    ):
        assert said in parked
    unrouted = await row_of(window, UNROUTED).inner_text()
    assert "Mã xã cũ đã tách thành nhiều xã" in unrouted
    assert "Một cửa chọn xã hiện nay" in unrouted


async def test_every_number_above_the_list_leads_to_what_it_counts(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.get_by_role("link", name="chưa xác định cơ quan").click()
    await window.get_by_role("heading", name="Hồ sơ chưa xác định cơ quan").wait_for()
    cards = window.locator("article.card")
    assert await cards.filter(has_text=UNROUTED).count() == 1
    assert await cards.filter(has_text=PARKED).count() == 0


@pytest.mark.parametrize(
    "wanted",
    [BUSY, f"  {BUSY.lower()} ", BUSY.replace("-", " -")],
    ids=["as it is", "small letters", "blanks"],
)
async def test_a_number_typed_anyhow_leads_to_its_dossier(
    window: Page, world: World, wanted: str
) -> None:
    await sign_in(window, world)
    await search(window, wanted)
    assert await window.get_by_role("heading", level=1).inner_text() == BUSY


async def test_a_name_without_marks_finds_the_dossiers_and_stays_out_of_the_address(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await search(window, "nguyen van vi du")
    assert await row_of(window, BUSY).count() == 1
    await window.wait_for_url("**/console/tim")


async def test_what_nobody_has_is_said_to_be_not_found(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await search(window, "H00.01-260310-9999")
    assert await window.get_by_text("Không tìm thấy hồ sơ nào").is_visible()


async def test_a_dossier_tells_what_happened_and_folds_what_was_tried_again(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await search(window, BUSY)
    text = await window.get_by_role("main").inner_text()
    assert "Đã trả kết quả cho người nộp hồ sơ." in text
    assert "Thứ Ba, 10/03/2026" in text
    assert "Chuyển hồ sơ (gửi 3 lần)" in text
    assert "Hệ thống đất đai đang bận" in text
    told = [
        "Nộp hồ sơ vào cổng liên thông",
        "Chuyển hồ sơ (gửi 3 lần)",
        "Chuyển bước xử lý",
        "Kết thúc: đã giải quyết xong",
    ]
    places = [text.index(one) for one in told]
    assert places == sorted(places)
    assert "Mã hồ sơ một cửa" in text


async def test_a_result_can_be_taken_away(window: Page, world: World) -> None:
    await sign_in(window, world)
    await search(window, BUSY)
    link = window.get_by_role("link", name="Giấy chứng nhận quyền sử dụng đất.pdf")
    async with window.expect_download() as waiting:
        await link.click()
    download = await waiting.value
    assert download.suggested_filename == "Giấy chứng nhận quyền sử dụng đất.pdf"
    assert (await download.path()).read_bytes().startswith(b"%PDF-")


async def test_where_nobody_knows_both_risks_are_spelled_out_and_resending_is_not_offered(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.get_by_role("link", name="Chờ cán bộ xử lý", exact=True).first.click()
    card = card_of(window, DOUBTFUL)
    text = await card.inner_text()
    assert "Chưa rõ cơ quan đã nhận hay chưa" in text
    assert "thành hai hồ sơ ở cơ quan" in text
    assert "hồ sơ nằm yên, không ai giải quyết" in text
    assert OFFICER in text
    offered = await card.locator("summary").all_inner_texts()
    assert offered == ["Cơ quan đã nhận", "Cơ quan chưa nhận", "Hủy lượt gửi"]


async def test_an_act_without_a_reason_is_refused(window: Page, world: World) -> None:
    await sign_in(window, world)
    await window.goto(world.stage.url("front") + "/console/cho-xu-ly")
    card = card_of(window, PARKED)
    await card.locator("summary", has_text="Gửi lại").click()
    await card.get_by_label("Lý do").first.fill("   ")
    await card.get_by_role("button", name="Gửi lại").click()
    assert "Cần ghi lý do" in await window.get_by_role("alert").inner_text()


async def test_a_settled_transfer_leaves_the_list_and_its_reason_stands_in_the_timeline(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.goto(world.stage.url("front") + "/console/cho-xu-ly")
    card = card_of(window, SETTLED)
    await card.locator("summary", has_text="Cơ quan đã nhận").click()
    await card.get_by_label("Lý do").first.fill("Bà Ví Dụ xác nhận qua điện thoại")
    await card.get_by_role("button", name="Cơ quan đã nhận").click()
    assert "Cơ quan đã nhận" in await window.get_by_role("status").inner_text()
    assert await card_of(window, SETTLED).count() == 0
    await search(window, SETTLED)
    text = await window.get_by_role("main").inner_text()
    assert "Cơ quan đã nhận: Báo kết quả có sai sót" in text
    assert "Lý do: Bà Ví Dụ xác nhận qua điện thoại" in text


async def test_a_report_that_fits_no_dossier_is_shown_with_its_sender_and_the_number_named(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.goto(world.stage.url("front") + "/console/cho-xu-ly")
    text = await row_of(window, "Kết thúc: đã giải quyết xong").inner_text()
    assert "Phản hồi không khớp hồ sơ nào" in text
    assert "Chi nhánh Mẫu Một" in text
    assert text.count(STRANGE) == 1
    assert f"Số nêu: {STRANGE}" in text


async def test_a_report_is_settled_with_a_reason_and_leaves_the_list(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.goto(world.stage.url("front") + "/console/cho-xu-ly")
    row = row_of(window, "Yêu cầu bổ sung giấy tờ")
    for reason in ("   ", "Bà Ví Dụ cho biết đã gửi nhầm"):
        await row.locator("summary", has_text="Đã xử lý").click()
        form = row.get_by_role("group").filter(has_text="Phản hồi rời danh sách")
        await form.get_by_label("Lý do").fill(reason)
        await form.get_by_role("button", name="Đã xử lý").click()
        if not reason.strip():
            assert "Cần ghi lý do" in await window.get_by_role("alert").inner_text()
            await window.get_by_role("link", name="Quay lại").click()
    assert "Đã xử lý" in await window.get_by_role("status").inner_text()
    assert await row.count() == 0
    assert await row_of(window, "Kết thúc: đã giải quyết xong").count() == 1


async def test_a_report_is_put_to_the_dossier_that_the_officer_names(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.goto(world.stage.url("front") + "/console/cho-xu-ly")
    row = row_of(window, "Yêu cầu cập nhật hồ sơ")
    for number in ("H00.01-260310-9999", DOUBTFUL):
        await row.locator("summary", has_text="Gắn vào hồ sơ").click()
        form = row.get_by_role("group").filter(has_text="nêu đúng số hồ sơ")
        await form.get_by_label("Số hồ sơ").fill(number)
        await form.get_by_label("Lý do").fill("Bà Ví Dụ đọc lại số hồ sơ")
        await form.get_by_role("button", name="Gắn vào hồ sơ").click()
        if number != DOUBTFUL:
            alert = await window.get_by_role("alert").inner_text()
            assert "Kiểm tra lại mã hồ sơ" in alert
            await window.get_by_role("link", name="Quay lại").click()
    assert await window.get_by_role("heading", level=1).inner_text() == DOUBTFUL
    text = await window.get_by_role("main").inner_text()
    assert "Gắn vào hồ sơ: phản hồi «Yêu cầu cập nhật hồ sơ»" in text
    assert "Lý do: Bà Ví Dụ đọc lại số hồ sơ" in text
    await window.goto(world.stage.url("front") + "/console/cho-xu-ly")
    assert await row.count() == 0


async def test_who_may_only_look_sees_everything_but_the_buttons(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "reader")
    await window.goto(world.stage.url("front") + "/console/cho-xu-ly")
    card = card_of(window, PARKED)
    assert "bảng mã cũ" in await card.inner_text()
    main = window.get_by_role("main")
    assert await main.get_by_role("group").count() == 0
    assert await card.get_by_role("button").count() == 0


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_vietnamese_has_one_heading_and_labels_what_it_asks_for(
    window: Page, world: World, path: str
) -> None:
    await sign_in(window, world)
    await window.goto(world.stage.url("front") + path)
    assert await window.locator("html").get_attribute("lang") == "vi"
    assert await window.get_by_role("heading", level=1).count() == 1
    for field in await window.locator("input").all():
        name = await field.get_attribute("id")
        assert await window.locator(f'label[for="{name}"]').count() == 1
    for heading in await window.locator("th").all():
        assert await heading.get_attribute("scope") == "col"
    found = FOREIGN.search(await window.locator("body").inner_text())
    assert found is None


@pytest.mark.parametrize("path", PAGES)
async def test_the_cells_of_a_row_are_of_one_height(
    window: Page, world: World, path: str
) -> None:
    await sign_in(window, world)
    await window.goto(world.stage.url("front") + path)
    heights = "rows => rows.map(row => [...row.cells].map(c => c.offsetHeight))"
    for row in await window.locator("tr").evaluate_all(heights):
        assert len(set(row)) == 1


@pytest.mark.parametrize("number", [PARKED, DOUBTFUL, UNROUTED, BUSY])
async def test_a_dossier_page_holds_no_code_and_no_english(
    window: Page, world: World, number: str
) -> None:
    await sign_in(window, world)
    await search(window, number)
    text = await window.get_by_role("main").inner_text()
    assert number in text
    assert FOREIGN.search(text) is None


async def test_nothing_is_wider_than_a_telephone(
    browser: Browser, world: World
) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    try:
        await sign_in(page, world)
        seen = 0
        for path in (
            "/console/dung-yen",
            "/console/cho-xu-ly",
            "/console/ho-so",
            "/console/doi-soat",
        ):
            await page.goto(world.stage.url("front") + path)
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, path
            seen += 1
        await search(page, BUSY)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        assert seen == 4
    finally:
        await context.close()


@pytest.mark.parametrize(
    "path", ["/console/dung-yen", "/console/cho-xu-ly", "/console/ho-so"]
)
async def test_turning_the_pages_shows_everything_once(
    window: Page, world: World, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    await sign_in(window, world)
    await window.goto(world.stage.url("front") + path)
    links = window.get_by_role("main").get_by_role("link", name=NUMBER)
    whole = await links.all_inner_texts()
    assert len(whole) > 1
    monkeypatch.setattr(views, "PAGE", 1)
    await window.goto(world.stage.url("front") + path)
    seen = await links.all_inner_texts()
    following = window.get_by_role("navigation", name="Trang danh sách").get_by_role(
        "link", name="Trang sau"
    )
    while await following.count():
        await following.click()
        seen += await links.all_inner_texts()
    assert seen == whole


async def test_the_first_key_press_offers_the_way_past_the_head(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.keyboard.press("Tab")
    assert await window.locator(":focus").inner_text() == "Đến nội dung chính"


async def test_paper_shows_the_list_and_leaves_out_what_can_only_be_clicked(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await window.emulate_media(media="print")
    assert await row_of(window, PARKED).is_visible()
    assert await window.get_by_text("In lúc").is_visible()
    assert not await window.get_by_text("Mở các thao tác").first.is_visible()
    assert not await window.locator("header.top").is_visible()


@pytest.mark.parametrize(
    "origin", [None, "null", "http://127.0.0.1:1", "https://vi.du"]
)
@pytest.mark.parametrize(
    "path",
    [
        "/console/dang-nhap",
        "/console/dang-xuat",
        "/console/tim",
        "/console/luot-gui/x/resend",
        "/console/phan-hoi/x/settle",
        "/console/doi-soat",
        "/console/doi-soat/tep",
        "/console/doi-soat/quen",
    ],
)
async def test_a_form_that_another_site_sends_is_refused(
    world: World, path: str, origin: str | None
) -> None:
    headers = {"Cookie": f"lienthong={world.stage.secrets.value('token.operator')}"}
    if origin is not None:
        headers["Origin"] = origin
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            world.stage.url("front") + path,
            data={"token": "x", "q": "x", "reason": "x"},
            headers=headers,
            allow_redirects=False,
        ) as answer,
    ):
        assert answer.status == 403
        assert "từ một trang khác" in await answer.text()


async def test_the_same_form_from_our_own_page_is_taken(world: World) -> None:
    front = world.stage.url("front")
    cookie = f"lienthong={world.stage.secrets.value('token.operator')}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            front + "/console/tim",
            data={"q": PARKED},
            headers={"Cookie": cookie, "Origin": front},
            allow_redirects=False,
        ) as answer,
    ):
        assert answer.status == 303
        assert answer.headers["Location"].startswith("/console/ho-so/")
