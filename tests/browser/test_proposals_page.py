"""Proposals from an office's own list: what a head of operations reads, and what a contact may."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.proposing.digest import ProposalDigest
from tests.browser.standing import sign_in
from tests.journeys.proposals import (
    WAITING,
    all_handed_over,
    bring,
    contact,
    done,
    listed,
    numbers,
    open_ones,
    pass_days,
    quiet,
    turn,
)
from tests.journeys.test_digest import mail_server, mail_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Page

    from tests.journeys.test_digest import Box
    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]
CODES = numbers(5)
ON_TIME, LATE, WAITS, BY_LINK, ALONE = CODES
WHY = "Đã nhận kết quả <b>tại quầy</b>"
Mailed = tuple["World", "Box", "Path"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mailed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mailed]:
    """An office that says nothing, the list that it exports, a contact with mail."""
    folder = tmp_path_factory.mktemp("de-xuat")
    async with (
        mail_server() as box,
        quiet(mail_world(folder, box.port), CODES) as world,
    ):
        await contact(world)
        await all_handed_over(world, [LATE], due_on="2026-03-18")
        await all_handed_over(world, [c for c in CODES if c != LATE])
        await pass_days(world, 10)
        path = folder / "danh-sach.xlsx"
        rows = [done(code) for code in CODES if code != WAITS]
        path.write_bytes(listed(*rows, (WAITS, done(WAITS)[1], None, WAITING)))
        answered = await bring(world, path.read_bytes())
        assert answered.status == 202, answered.body
        yield world, box, path


async def to_page(window: Page, world: World, role: str) -> None:
    await sign_in(window, world, role)
    await window.goto(f"{world.stage.url('front')}/console/de-xuat")


async def decide(window: Page, code: str, opens: str, button: str) -> None:
    card = window.locator("article").filter(has_text=code)
    await card.locator("summary", has_text=opens).click()
    await card.locator("details[open]").get_by_label("Lý do").fill(WHY)
    await card.get_by_role("button", name=button, exact=True).click()


async def test_from_no_proposals_to_both_figures_a_decision_and_its_undoing(
    window: Page, mailed: Mailed
) -> None:
    world, _, path = mailed
    await to_page(window, world, "operator")
    main = window.locator("main")
    front = world.stage.url("front")
    await window.goto(f"{front}/console/de-xuat?office=tax-mau-1")
    assert "Không có đề xuất nào chờ xác nhận" in await main.inner_text()

    await window.locator("summary", has_text="Tải danh sách").click()
    await window.get_by_label("Cơ quan", exact=True).select_option("land-mau-1")
    await window.get_by_label("Danh sách cơ quan xuất ra").set_input_files(path)
    await window.get_by_role("button", name="Đối chiếu").click()
    assert "quá hạn trên hệ thống, đã giải quyết xong" in await main.inner_text()

    await window.goto(f"{world.stage.url('front')}/console/de-xuat")
    late = await window.locator("article").filter(has_text=LATE).inner_text()
    assert "Trên hệ thống (hẹn trả 18/03/2026): quá hạn" in late
    assert "Nếu tính ngày cơ quan ghi: đúng hạn" in late
    other = await window.locator("article").filter(has_text=ON_TIME).inner_text()
    assert "Hai số liệu" not in other

    # Whoever brought the list is no second person, unless after a day in sight.
    await decide(window, ON_TIME, "Xác nhận", "Xác nhận")
    assert "người khác" in await main.inner_text()
    await window.goto(f"{world.stage.url('front')}/console/de-xuat")
    card = window.locator("article").filter(has_text=ALONE)
    await card.locator("summary", has_text="Xác nhận").click()
    await card.get_by_label("Đơn vị chỉ có một người").check()
    await decide_open(window, ALONE)
    waits = await window.locator("article").filter(has_text=ALONE).inner_text()
    assert "có hiệu lực từ" in waits

    await window.context.clear_cookies()
    await to_page(window, world, "head")
    await decide(window, LATE, "Xác nhận", "Xác nhận")
    assert "đã xác nhận" in await window.get_by_role("status").inner_text()
    assert LATE not in await window.locator("main").inner_text()

    await window.get_by_role("link", name="Đã xác nhận", exact=True).click()
    card = window.locator("article").filter(has_text=LATE)
    told = await card.inner_text()
    assert "ngày cơ quan ghi được tính" in told
    assert "Trên hệ thống (hẹn trả 18/03/2026): quá hạn" in told
    await decide(window, LATE, "Rút lại", "Rút lại xác nhận")
    assert "đã rút lại" in await window.get_by_role("status").inner_text()

    await window.get_by_role("link", name="Đã xác nhận rồi rút lại").click()
    assert LATE in await window.locator("main").inner_text()
    assert (await world.shown(LATE))["end"] == "finished"


async def decide_open(window: Page, code: str) -> None:
    card = window.locator("article").filter(has_text=code)
    await card.locator("details[open]").get_by_label("Lý do").fill(WHY)
    await card.get_by_role("button", name="Xác nhận", exact=True).click()


async def test_a_contact_opens_the_link_of_the_mail_and_nothing_when_it_has_expired(
    window: Page, mailed: Mailed
) -> None:
    world, box, _ = mailed
    token = await link_of(world, box)
    address = f"{world.stage.url('front')}/console/de-xuat/thu/{token}"
    await window.goto(address)
    main = window.locator("main")
    assert BY_LINK in await main.inner_text()
    assert await main.get_by_role("link").count() == 0, "nothing else is opened by it"
    await decide(window, BY_LINK, "Xác nhận", "Xác nhận")
    assert "đã xác nhận" in await window.get_by_role("status").inner_text()
    assert BY_LINK not in await main.inner_text()
    assert (await world.shown(BY_LINK))["end"] == "finished"

    await pass_days(world, 8)
    answer = await window.goto(address)
    assert answer is not None
    assert answer.status == 404
    told = await window.locator("main").inner_text()
    assert "đã hết hạn hoặc không đúng" in told
    assert "Mở thư mới nhất" in told
    strange = await window.goto(
        f"{world.stage.url('front')}/console/de-xuat/thu/{'0' * 30}"
    )
    assert strange is not None
    assert strange.status == 404
    assert await window.locator("main").inner_text() == told


async def link_of(world: World, box: Box) -> str:
    assert await open_ones(world)
    await turn(world, ProposalDigest)
    _, mail = box.mails[-1]
    found = re.findall(r"/console/de-xuat/thu/(\w+)", mail.get_content())
    return str(found[0])


async def test_a_reader_sees_and_decides_nothing(window: Page, mailed: Mailed) -> None:
    world, _, _ = mailed
    await to_page(window, world, "reader")
    assert await window.locator("article").count() > 0
    assert await window.locator("main form").count() == 0


@pytest.mark.parametrize("width", [1280, 390])
async def test_it_fits_its_width(window: Page, mailed: Mailed, width: int) -> None:
    world, _, _ = mailed
    await window.set_viewport_size({"width": width, "height": 900})
    await to_page(window, world, "head")
    wide = await window.locator("html").evaluate("e => e.scrollWidth")
    assert wide <= width
