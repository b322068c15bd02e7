"""Dossiers without an office: why, who has to act, and the act that routes one."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.wiring.files import read_folder
from tests.browser.standing import UNROUTED, sign_in
from tests.journeys.test_callbacks import CORRECTION, quiet_world
from tests.world import a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Locator, Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
PATH = "/console/chua-xac-dinh"
#: Nobody's commune; and one that was split between two branches.
ALONE, SPLIT = "H00.01-260310-3301", "H00.01-260310-3302"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Two that nobody is competent for."""
    async with quiet_world(tmp_path_factory.mktemp("noi"), ALONE, SPLIT) as world:
        await configure(world, without="dat-dai-mau-4")
        for number, commune in ((ALONE, "99107"), (SPLIT, "99013")):
            dossier = a_dossier(number, **CORRECTION, area={"commune": commune})
            assert (await world.submit(dossier)).status == 202
        await world.settle()
        yield world


async def card(window: Page, world: World, number: str) -> Locator:
    await window.goto(f"{world.stage.url('front')}{PATH}")
    return window.locator("article.card").filter(has_text=number)


async def configure(world: World, *, without: str = "") -> None:
    """The rules of this world; all, or all but one."""
    content = copy.deepcopy(read_folder(world.stage.config))
    rules = content["rules"]
    content["rules"] = [one for one in rules if one["id"] != without]
    applied = await world.call(
        "POST", "/v1/configuration", content, role="administrator"
    )
    assert applied.status == 200, applied.body


async def test_who_is_missing_is_said_and_once_there_the_dossier_goes(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    one = await card(window, world, ALONE)
    told = await one.inner_text()
    assert "Chưa có cơ quan nào được khai báo thẩm quyền" in told
    assert "quản trị (bổ sung quy tắc thẩm quyền)" in told
    assert "99107 (Xã Mẫu Bảy)" in told
    assert "Chưa đơn vị nào của ngành đất đai nhận xã này" in told
    assert await one.get_by_text("Xác định lại", exact=True).count() == 0
    # Asked for all the same, nothing changes.
    identifier = await one.get_attribute("id")
    front = world.stage.url("front")
    path = f"{front}{PATH}/{identifier}/xac-dinh-lai"
    origin = {"Origin": front}
    early = await window.request.post(path, form={"reason": "x"}, headers=origin)
    assert early.status == 409
    assert "vẫn chưa có cơ quan nào" in await early.text()

    await configure(world)
    one = await card(window, world, ALONE)
    assert "hồ sơ sẽ đến" in await one.inner_text()
    bare = await window.request.post(path, form={"reason": " "}, headers=origin)
    assert bare.status == 422
    await one.get_by_text("Xác định lại", exact=True).first.click()
    await one.get_by_label("Lý do").fill("Đã bổ sung quy tắc (ví dụ)")
    await one.get_by_role("button", name="Xác định lại").click()
    assert "Đã xác định lại" in await window.get_by_role("status").inner_text()
    assert await window.locator("article.card").filter(has_text=ALONE).count() == 0
    await world.pass_hours(1)
    assert len(world.effects(ALONE, "land_registry", "hand_over")) == 1
    again = await window.request.post(path, form={"reason": "x"}, headers=origin)
    assert again.status == 409
    await window.goto(f"{front}/console/ho-so/{identifier}")
    told = await window.locator("main").inner_text()
    assert "Xác định lại cơ quan giải quyết" in told
    assert "Đã bổ sung quy tắc (ví dụ)" in told


async def test_each_commune_to_choose_says_where_the_dossier_would_go(
    window: Page, browser: Browser, world: World
) -> None:
    await sign_in(window, world)
    one = await card(window, world, SPLIT)
    assert "bộ phận một cửa (chọn xã)" in await one.inner_text()
    rows = one.locator("tbody tr")
    assert await rows.count() == 2
    places = [await row.locator("td").nth(1).inner_text() for row in await rows.all()]
    assert len(set(places)) == 2
    await one.get_by_role("link", name="Đề nghị sửa thành xã này").first.click()
    await window.get_by_label("Lý do").fill("Một cửa nhờ (ví dụ)")
    await window.get_by_role("button", name="Gửi đề nghị sửa").click()
    context = await browser.new_context(locale="vi-VN", java_script_enabled=False)
    second = await context.new_page()
    await sign_in(second, world, "head")
    await second.goto(f"{world.stage.url('front')}/console/sua-ho-so")
    theirs = second.locator("article.card").filter(has_text=SPLIT)
    await theirs.get_by_text("Xem dữ liệu cá nhân để duyệt").click()
    await theirs.get_by_label("Lý do", exact=True).fill("Duyệt đề nghị sửa (ví dụ)")
    await theirs.get_by_role("button", name="Xem trong 30 phút").click()
    await theirs.get_by_text("Duyệt và gửi lại").first.click()
    await theirs.get_by_label("Đã kiểm tra").fill("Gọi một cửa (ví dụ)")
    await theirs.get_by_role("button", name="Duyệt và gửi lại").click()
    await context.close()
    await world.pass_hours(1)
    assert len(world.effects(SPLIT, "land_registry", "hand_over")) == 1
    assert await (await card(window, world, SPLIT)).count() == 0


async def test_who_reads_sees_why_and_no_button(window: Page, world: World) -> None:
    await sign_in(window, world, "reader")
    await world.submit(a_dossier(UNROUTED, **CORRECTION, area={"commune": "99013"}))
    await world.settle()
    one = await card(window, world, UNROUTED)
    assert await one.count() == 1
    assert await window.locator("article form").count() == 0
    assert await one.get_by_role("link", name="Đề nghị sửa").count() == 0
    for hostile in ("after=%00", "after=x~y", "hoan=<b>"):
        answer = await window.goto(f"{world.stage.url('front')}{PATH}?{hostile}")
        assert answer is not None
        assert answer.status == 200
