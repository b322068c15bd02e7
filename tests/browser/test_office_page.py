"""The list of offices begins with the worst; the page of one tries its line by a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.domain.check import Check, Finding, Result, Step, kept
from gateway.domain.identifiers import OfficeId
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
EVN, LAND = "dien-luc-mau", "land-mau-1"
NUMBERS = [f"H00.01-260310-33{n:02}" for n in range(3)]
MARKUP = "<script>alert(1)</script><b>x"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Nothing is under way."""
    async with quiet_world(tmp_path_factory.mktemp("don-vi"), *NUMBERS) as world:
        yield world


async def opened(window: Page, world: World, path: str = "") -> str:
    await window.goto(f"{world.stage.url('front')}/console/don-vi{path}")
    return await window.locator("main").inner_text()


async def test_a_line_is_tried_with_three_clicks_and_told_step_by_step(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await opened(window, world)
    await window.locator(f"tr#{EVN} a").first.click()
    before = await window.locator("#duong-truyen").inner_text()
    assert "Chưa kiểm tra lần nào" in before
    assert "Không lập việc gì cho đơn vị" in before
    await window.get_by_role("button", name="Kiểm tra đường tới đơn vị").click()
    told = await window.locator("#duong-truyen").inner_text()
    assert "Đường tới đơn vị thông." in told
    assert "Nối máy (TCP)" in told
    # A second time is too soon, and says when it is not.
    await window.get_by_role("button", name="Kiểm tra đường tới đơn vị").click()
    assert "kiểm tra lại sau" in await window.locator("main").inner_text()
    calls = [one for one in world.heard if one.agency == "electricity"]
    assert len(calls) == 1


async def test_who_may_only_look_sees_the_steps_and_no_button(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "reader")
    told = await opened(window, world, f"/{EVN}")
    assert "gọi thẳng hệ thống của đơn vị: 127.0.0.1" in told
    # The document as staff here read it, and limits of something.
    assert "tài liệu kết nối docs/agencies/electricity.vi.md" in told
    assert " lượt gọi" in told
    main = window.get_by_role("main")
    assert await main.get_by_role("button").count() == 0
    front = world.stage.url("front")
    answer = await window.request.post(
        f"{front}/console/don-vi/{EVN}/kiem-tra", headers={"Origin": front}
    )
    assert answer.status == 403


async def test_the_worst_office_stands_first_with_its_numbers(
    window: Page, world: World
) -> None:
    pause = {"reason": "Cơ quan đề nghị (ví dụ)"}
    await world.call("POST", f"/v1/lanes/{LAND}/pause", pause, role="administrator")
    for number in NUMBERS:
        await world.submit(a_dossier(number))
    await world.settle()
    await sign_in(window, world, "reader")
    await opened(window, world)
    first = window.locator("tbody tr").first
    assert await first.get_attribute("id") == LAND
    text = await first.inner_text()
    assert "3 chờ gửi" in text
    await first.get_by_text("3 chờ gửi").click()
    await window.wait_for_url("**/luot-gui?**")
    assert await window.locator("tbody tr").count() == 3
    listed = await world.call("GET", "/v1/offices", role="reader")
    worst = listed.body["offices"][0]
    assert (worst["office"], worst["ready"], worst["needs_a_look"]) == (LAND, 3, True)
    await world.call("POST", f"/v1/lanes/{LAND}/resume", pause, role="administrator")
    await world.pass_hours(1)
    text = await opened(window, world)
    assert "3 chờ gửi" not in text
    # What was heard is kept now and then; this node knows it at once.
    assert "cổng gọi được" in await window.locator(f"tr#{LAND}").inner_text()


async def test_text_of_others_stays_text(window: Page, world: World) -> None:
    assert world.gateway is not None
    office = OfficeId("land-mau-2")
    findings = [
        Finding(
            Step.TLS,
            Result.FAILED,
            "tls_unknown_issuer",
            {"subject": MARKUP, "issuer": MARKUP * 50, "missing": "{0.__class__}"},
        ),
        Finding(Step.CALL, Result.FAILED, "x" * 200, {}, MARKUP, MARKUP),
    ]
    check = Check(office, world.now(), MARKUP, findings)
    kept_by = world.gateway.opened.kept
    await kept_by.note_offices("check", {office: kept(check)})
    await sign_in(window, world)
    for path in ("", f"/{office}"):
        assert "<script>alert(1)</script>" in await opened(window, world, path)
        assert await window.locator("main script").count() == 0


async def test_a_strange_address_is_no_office(window: Page, world: World) -> None:
    await sign_in(window, world)
    front = world.stage.url("front")
    for path in ("khong-co", "%00", "..%2f..", "a" * 3000, "'%20OR%201=1--"):
        answer = await window.goto(f"{front}/console/don-vi/{path}")
        assert answer is not None
        assert answer.status in {400, 404}, path


async def test_one_who_asks_during_maintenance_has_to_say_so(
    window: Page, world: World
) -> None:
    window_ = {
        "office": "tax-mau-1",
        "reason": "Nâng cấp",
        "to": "2026-12-31T12:00+07:00",
    }
    made = await world.call("POST", "/v1/maintenance", window_, role="administrator")
    assert made.status == 201, made.body
    await sign_in(window, world)
    await opened(window, world, "/tax-mau-1")
    box = window.get_by_label("Vẫn kiểm tra")
    await box.check()
    await window.get_by_role("button", name="Kiểm tra đường tới đơn vị").click()
    assert "Nối máy (TCP)" in await window.locator("#duong-truyen").inner_text()


async def test_every_office_has_a_page_that_says_how_it_is_reached(
    world: World,
) -> None:
    lanes = (await world.call("GET", "/v1/lanes", role="operator")).body["lanes"]
    roads = {
        "tax-mau-1": "gọi thẳng hệ thống của đơn vị: 127.0.0.1",
        "tax-goi": "tệp trong thư mục trao đổi",
        "xa-mau-1": "cán bộ làm theo danh sách trên trang",
        "pccc-mau-1": "hệ thống của đơn vị đến lấy",
        "dvclt-mau": "Lấy hồ sơ mới lần cuối",
    }
    assert len(lanes) > len(roads)
    for one in lanes:
        path = f"/console/don-vi/{one['office']}"
        shown = await world.call("GET", path, role="reader")
        assert shown.status == 200, one
        assert roads.get(one["office"], "<h1>") in shown.content.decode(), one
