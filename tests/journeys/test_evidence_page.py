"""What a dossier's page shows of its evidence, and who may take it away from there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.standing import BUSY, PARKED, bring_about, standing_world
from tests.people import PASSWORD, person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.people import Browser
    from tests.world import World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
TAKE = "Lấy gói bằng chứng"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with standing_world(tmp_path / "run") as world:
        await bring_about(world)
        yield world


async def page_of(world: World, number: str) -> str:
    return f"/console/ho-so/{(await world.shown(number))['id']}"


async def block(browser: Browser, page: str) -> str:
    text = (await browser.get(page)).text
    found = re.search(r'<section id="bang-chung".*?</section>', text, re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


async def test_the_page_says_who_gave_what_to_whom_in_words(world: World) -> None:
    head = await person(world, "lanh-dao.a", "head")
    shown = await block(head, await page_of(world, BUSY))
    assert "Cổng đã nhận hồ sơ" in shown
    assert shown.count("Chưa gửi được, chưa rời cổng Chuyển hồ sơ") == 3
    assert "Cơ quan đã nhận Chuyển hồ sơ Cổng liên thông Văn phòng" in shown
    for word in ("submission", "ETSI", "Consignment", "relay"):
        assert word not in shown


async def test_who_may_take_it_does_so_with_a_reason_and_others_see_no_button(
    world: World,
) -> None:
    head = await person(world, "lanh-dao.a", "head")
    staff = await person(world, "van-hanh.a")
    reader = await person(world, "chi-xem.a", "reader")
    page = await page_of(world, BUSY)
    where = f"{page}/bang-chung"
    for one in (staff, reader):
        assert TAKE not in await block(one, page)
        refused = await one.send(where, reason="xem thử")
        assert refused.status == 403
    assert TAKE in await block(head, page)
    assert (await head.send(where, reason=" ")).status == 422
    await head.get(page)
    taken = await head.send(where, reason="Theo công văn của thanh tra (ví dụ)")
    assert (taken.status, taken.text[:2]) == (200, "PK")
    journal = await head.get("/console/nhat-ky?viec=bao-cao")
    assert "Lấy gói bằng chứng của hồ sơ" in journal.text
    assert "Theo công văn của thanh tra (ví dụ)" in journal.text


async def test_the_password_is_asked_for_once_more_before_it_goes(
    world: World,
) -> None:
    head = await person(world, "lanh-dao.a", "head")
    page = await page_of(world, BUSY)
    await head.get(page)
    await world.pass_hours(0.4)
    await head.get(page)
    asked = await head.send(f"{page}/bang-chung", reason="thanh tra")
    assert asked.status == 303
    assert asked.location.startswith("/console/xac-nhan?")
    await head.get(asked.location)
    again = await head.send("/console/xac-nhan", password=PASSWORD)
    typed = await head.get(again.location)
    assert "thanh tra" in typed.text, "what was typed is still there"
    taken = await head.send(f"{page}/bang-chung")
    assert (taken.status, taken.text[:2]) == (200, "PK")


async def test_contents_are_offered_only_to_who_has_opened_them(world: World) -> None:
    head = await person(world, "lanh-dao.a", "head")
    page = await page_of(world, PARKED)
    assert 'name="payloads"' not in (await head.get(page)).text
    forced = await head.send(f"{page}/bang-chung", reason="thanh tra", payloads="1")
    assert forced.status == 403
    await head.get(page)
    await head.send(f"{page}/mo-che", reason="thanh tra yêu cầu")
    assert 'name="payloads"' in (await head.get(page)).text
    taken = await head.send(f"{page}/bang-chung", reason="thanh tra", payloads="1")
    assert (taken.status, taken.text[:2]) == (200, "PK")
    assert "payloads/p_" in taken.text
