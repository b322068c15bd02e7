"""Each task of the day takes five clicks at most, from the page that the day begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.standing import sign_in
from tests.journeys.proposals import (
    all_handed_over,
    bring,
    done,
    listed,
    numbers,
    pass_days,
    quiet,
)
from tests.journeys.test_digest import mail_server
from tests.journeys.test_taking_over import OLD, _land, _load, _row
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Locator, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]
MOST = 5
LAND = "land-mau-1"
CODES = numbers(32)
#: Loaded with the number that the land office has given it.
RECEIPT = "BN-2026-77"
WRONG, DOUBTFUL = "H00.01-260310-3501", "H00.01-260310-3502"
UNREADABLE = {"name": "NguyÔn V¨n MÉu", "phone": "0900 000 000"}


@dataclass
class Hand:
    """A hand on a mouse that counts; typing is no click, going to an address is not done."""

    window: Page
    clicks: int = 0

    async def click(self, what: Locator) -> None:
        await what.click()
        self.clicks += 1

    async def link(self, name: str) -> None:
        found = self.window.locator("main").get_by_role("link", name=name)
        await self.click(found.first)

    async def button(self, name: str, within: Locator | None = None) -> None:
        place = within or self.window.locator("main")
        await self.click(place.get_by_role("button", name=name, exact=True).first)

    async def unfold(self, name: str, within: Locator) -> None:
        await self.click(within.locator("summary", has_text=name).first)

    async def search(self, wanted: str) -> None:
        await self.window.get_by_role("searchbox", name="Tìm hồ sơ").fill(wanted)
        found = self.window.locator("form.find").get_by_role("button", name="Tìm")
        await self.click(found)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One of each of what the tasks are about."""
    async with mail_server() as box:
        world = World(tmp_path_factory.mktemp("clicks") / "run", configure=quick)
        world.more_settings = (
            f'[mail]\nhost = "127.0.0.1"\nport = {box.port}\nsecurity = "none"\n'
            'sender = "cong@tinh.example"\n'
        )
        wrong = {"agency": "land_registry", "operation": "result_wrong", "every": True}
        world.faults.append({**wrong, "do": "lose_answer", "number": DOUBTFUL})
        async with quiet(world, CODES) as world:
            await all_handed_over(world, CODES)
            await world.submit(a_dossier(WRONG, applicant=UNREADABLE))
            correction = {"procedure": "1.999003", "case": "DC-01"}
            await world.submit(a_dossier(DOUBTFUL, **correction))
            await pass_days(world, 10)
            answered = await bring(world, listed(*(done(code) for code in CODES)))
            assert answered.status == 202, answered.body
            path = f"/v1/dossiers/{DOUBTFUL}/result-wrong"
            said = {"content": "Sai họ tên người sử dụng đất (ví dụ)."}
            assert (await world.call("POST", path, said)).status == 202
            contact = {
                "office": LAND,
                "name": "Bà Ví Dụ",
                "email": "dau-moi@dat.example",
                "role": "business",
                "reason": "Công văn (ví dụ)",
            }
            made = await world.call(
                "POST", "/v1/contacts", contact, role="administrator"
            )
            assert made.status == 201, made.body
            numbers = [{"kind": "so_bien_nhan", "value": RECEIPT}]
            row = _row(OLD, _land(numbers=numbers))
            assert (await _load(world, row)).status == 200
            await world.pass_hours(3)
            yield world


async def begun(window: Page, world: World, role: str = "operator") -> Hand:
    """Signed in, on the page that the day begins with."""
    await sign_in(window, world, role)
    await window.goto(f"{world.stage.url('front')}/console")
    return Hand(window)


async def test_a_dossier_is_found_by_its_land_receipt_and_its_office_reminded(
    window: Page, world: World
) -> None:
    hand = await begun(window, world)
    await hand.search(RECEIPT)
    assert OLD in await window.get_by_role("heading", level=1).inner_text()
    assert "Hồ sơ đang ở" in await window.locator("main").inner_text()
    box = window.locator(f"#don-doc-{LAND}")
    await hand.unfold("Gửi thư nhắc", box)
    await hand.button("Gửi thư nhắc", box)
    assert "Đã gửi thư nhắc" in await window.locator("main").inner_text()
    assert hand.clicks <= MOST


async def test_a_wrong_number_is_edited_by_one_and_approved_by_another(
    window: Page, browser: Browser, world: World
) -> None:
    hand = await begun(window, world)
    await hand.search(WRONG)
    await hand.link("Đề nghị sửa nội dung")
    await window.get_by_label("Người nộp hồ sơ, tên").fill("Nguyễn Văn Ví Dụ")
    await window.get_by_label("Người nộp hồ sơ, điện thoại").fill("0900 000 999")
    await window.get_by_label("Lý do").fill("Người nộp gọi báo (ví dụ)")
    await hand.button("Gửi đề nghị sửa")
    assert hand.clicks <= MOST

    context = await browser.new_context(locale="vi-VN", java_script_enabled=False)
    other = await begun(await context.new_page(), world, "head")
    await other.link("đề nghị chờ duyệt")
    card = other.window.locator("article.card").filter(has_text=WRONG)
    await other.unfold("Xem dữ liệu cá nhân để duyệt", card)
    await card.get_by_label("Lý do", exact=True).fill("Duyệt đề nghị sửa (ví dụ)")
    await other.button("Xem trong 30 phút", card)
    await other.unfold("Duyệt và gửi lại", card)
    await card.get_by_label("Đã kiểm tra").fill("Gọi người nộp (ví dụ)")
    await other.button("Duyệt và gửi lại", card)
    assert other.clicks <= MOST
    await context.close()
    await world.pass_hours(1)
    assert len(world.effects(WRONG, "land_registry", "hand_over")) == 1
    assert (await world.shown(WRONG))["revision"] == 2


async def test_an_office_is_paused_and_drained(window: Page, world: World) -> None:
    hand = await begun(window, world, "administrator")
    await hand.click(window.locator("nav summary", has_text="Thêm"))
    await hand.click(window.locator("nav").get_by_role("link", name="Đơn vị"))
    await hand.click(window.locator(f"tr#{LAND}").get_by_role("link").first)
    row = window.locator("main")
    await hand.unfold("Dừng gửi", row)
    await row.locator("details[open]").get_by_label("Lý do").fill("Ví dụ")
    await hand.button("Dừng gửi", row)
    assert "cán bộ dừng gửi" in await row.inner_text()
    assert hand.clicks <= MOST

    await window.goto(f"{world.stage.url('front')}/console")
    again = Hand(window)
    await again.click(window.locator("nav summary", has_text="Thêm"))
    await again.click(window.locator("nav").get_by_role("link", name="Đơn vị"))
    await again.click(window.locator(f"tr#{LAND}").get_by_role("link").first)
    await again.unfold("Mở lại việc gửi", row)
    await row.locator("details[open]").get_by_label("Lý do").fill("Ví dụ")
    await again.button("Mở lại việc gửi", row)
    assert "cán bộ dừng gửi" not in await row.inner_text()
    assert again.clicks <= MOST


async def test_an_unconfirmed_transfer_is_decided(window: Page, world: World) -> None:
    hand = await begun(window, world)
    await hand.link("chờ cán bộ xử lý")
    card = window.locator("article.card").filter(has_text=DOUBTFUL)
    assert "Cân nhắc cả hai khả năng" in await card.inner_text()
    await hand.unfold("Cơ quan đã nhận", card)
    form = card.locator("details[open] form")
    await form.get_by_label("Lý do").fill("Đã gọi (ví dụ)")
    await hand.button("Cơ quan đã nhận", form)
    assert "Đã ghi nhận" in await window.get_by_role("status").inner_text()
    assert hand.clicks <= MOST
    (transfer,) = await world.transfers(DOUBTFUL, "result_wrong")
    assert transfer["state"] == "delivered"


async def test_thirty_proposals_are_confirmed(window: Page, world: World) -> None:
    hand = await begun(window, world, "head")
    await hand.link("quên bấm kết thúc")
    await hand.link("Xử lý nhiều đề xuất cùng lúc")
    await window.get_by_label("Lý do chung").fill("Đã đối chiếu (ví dụ)")
    await hand.button("Xác nhận các đề xuất đã chọn")
    told = await window.get_by_role("status").inner_text()
    assert "đã xác nhận 32" in told
    assert hand.clicks <= MOST


async def test_a_hand_counts_every_click(window: Page, world: World) -> None:
    hand = await begun(window, world)
    await hand.search("không có gì")
    await hand.search("không có gì")
    assert hand.clicks == 2
