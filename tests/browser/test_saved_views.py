"""A filter is named once and found again: one's own, and what somebody shared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.standing import sign_in
from tests.people import person

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
MARKUP = "<b>Tên</b> & lạ"
PLACE, STILL = "/console/luot-gui", "/console/dung-yen"


async def saved(window: Page, name: str, *, shared: bool = False) -> None:
    await window.locator("summary", has_text="Lưu bộ lọc").click()
    await window.get_by_label("Tên của bộ lọc").fill(name)
    if shared:
        await window.get_by_label("Dùng chung").check()
    await window.get_by_role("button", name="Lưu", exact=True).click()


async def test_a_filter_is_kept_under_its_name_and_opened_by_one_click(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    front = world.stage.url("front")
    for place in (PLACE, STILL):
        await window.goto(f"{front}{place}")
        await window.get_by_label("Tình trạng").select_option("parked")
        await window.get_by_role("button", name="Xem", exact=True).click()
        await saved(window, MARKUP)
        assert "Đã lưu bộ lọc" in await window.get_by_role("status").inner_text()
        await window.goto(f"{front}{place}")
        bar = window.get_by_role("navigation", name="Bộ lọc đã lưu")
        await bar.get_by_role("link", name=MARKUP).click()
        chosen = re.escape(f"{place}?trang-thai=parked")
        await window.wait_for_url(re.compile(f"{chosen}$"))
        assert await window.get_by_label("Tình trạng").input_value() == "parked"
        here = bar.locator("[aria-current]")
        assert await here.inner_text() == MARKUP

        # The same name again is refused in words, and the first one stays.
        await saved(window, MARKUP.upper())
        assert "Đã có một bộ lọc tên này" in await window.locator("main").inner_text()
        await window.goto(f"{front}{place}")
        await window.locator("summary", has_text="Lưu bộ lọc").click()
        await window.get_by_role("button", name=f"Bỏ bộ lọc «{MARKUP}»").click()
        await bar.get_by_role("link", name=MARKUP).wait_for(state="detached")


async def test_others_see_what_was_shared_and_cannot_drop_it(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    front = world.stage.url("front")
    await window.goto(f"{front}{PLACE}?trang-thai=unconfirmed")
    await saved(window, "Chung (ví dụ)", shared=True)
    await saved(window, "Riêng (ví dụ)")
    other = await person(world, "nguoi.khac", "operator")
    page = await other.get(PLACE)
    assert "Chung (ví dụ)" in page.text
    assert "Riêng (ví dụ)" not in page.text
    reader = await world.call("GET", f"/v1/saved-views?page={PLACE}", role="reader")
    (one,) = reader.body["views"]
    assert (one["name"], one["own"]) == ("Chung (ví dụ)", False)
    path = f"/v1/saved-views/{one['id']}"
    refused = await world.call("DELETE", path, role="head")
    assert refused.status == 409
    land = await person(world, "dat-dai.bo-loc", "operator", "land-mau-1")
    assert "Chung (ví dụ)" not in (await land.get(PLACE)).text
    assert (await world.call("DELETE", path, role="operator")).status == 204
    assert "Chung (ví dụ)" not in (await other.get(PLACE)).text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"query": "don-vi=Nguyễn Văn A"}, 400),
        ({"query": "q=0900000000"}, 201),
        ({"query": "don-vi=" + "x" * 500}, 400),
        ({"page": "https://example.invalid/"}, 400),
        ({"name": " "}, 400),
        ({"name": "x" * 81}, 400),
        ({"name": 3}, 400),
    ],
)
async def test_an_address_is_of_codes_alone(
    world: World, changes: dict[str, object], status: int
) -> None:
    body = {"name": "Tên hợp lệ (ví dụ)", "page": PLACE, "query": "trang-thai=parked"}
    made = await world.call("POST", "/v1/saved-views", {**body, **changes}, role="head")
    assert made.status == status, made.body
    if status == 201:
        # What the page knows nothing of is not kept.
        assert made.body["query"] == ""
        await world.call("DELETE", f"/v1/saved-views/{made.body['id']}", role="head")


async def test_one_keeps_thirty_and_no_more(world: World) -> None:
    body = {"page": PLACE, "query": "trang-thai=parked"}
    kept = []
    for n in range(30):
        made = await world.call(
            "POST", "/v1/saved-views", {**body, "name": f"Số {n}"}, role="head"
        )
        assert made.status == 201
        kept.append(made.body["id"])
    full = await world.call(
        "POST", "/v1/saved-views", {**body, "name": "Nữa"}, role="head"
    )
    assert full.status == 409
    assert "nhiều nhất 30" in full.body["remedy"]
    reader = await world.call(
        "POST", "/v1/saved-views", {**body, "name": "Nữa"}, role="reader"
    )
    assert reader.status == 403
    for one in kept:
        gone = await world.call("DELETE", f"/v1/saved-views/{one}", role="head")
        assert gone.status == 204
