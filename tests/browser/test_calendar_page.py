"""The calendar at a glance; a change is made only after its effect was seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.standing import sign_in
from tests.journeys.test_callbacks import handed_over, quiet_world
from tests.people import Browser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBER = "H00.01-260310-3401"
PATH = "/console/lich"
STORM = "Bão <b>số 1</b> (ví dụ)"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One dossier is at the land office, promised for a day in a week."""
    async with quiet_world(tmp_path_factory.mktemp("lich"), NUMBER) as world:
        await handed_over(world, NUMBER, due_on="2026-03-17")
        yield world


async def administrator(world: World) -> Browser:
    """With the access code of mock mode."""
    browser = Browser(world)
    browser.cookies["lienthong"] = world.stage.secrets.value("token.administrator")
    return browser


async def holds(world: World, day: str) -> str:
    """What a day is called by the calendar that runs; empty: nothing."""
    path = f"/v1/calendar?year={day[:4]}"
    shown = (await world.call("GET", path, role="operator")).body
    return next((one["name"] for one in shown["days"] if one["day"] == day), "")


async def test_a_year_is_twelve_tables_with_every_day_off_in_words(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "reader")
    front = world.stage.url("front")
    await window.goto(f"{front}{PATH}?nam=2026")
    assert await window.locator("table.month").count() == 12
    cell = window.locator("table.month").nth(8).locator("td.off").first
    assert "Quốc khánh" in await cell.inner_text()
    assert await window.get_by_role("link", name="Đổi lịch").count() == 0
    assert await window.locator("form[method=post][action*=lich]").count() == 0
    assert (await window.goto(f"{front}{PATH}/doi?nam=2026")).status == 403  # type: ignore[union-attr]
    await window.goto(f"{front}{PATH}?nam=2028")
    assert "2028 chưa có dữ liệu" in await window.inner_text("main")
    assert await window.locator("td.predicted").count() > 5


async def test_a_day_is_added_after_its_effect_was_seen_and_taken_out_again(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "administrator")
    front = world.stage.url("front")
    await window.goto(f"{front}{PATH}/doi?nam=2026")
    await window.get_by_role("radio", name="Đóng cửa").check()
    await window.get_by_label("Ngày", exact=True).fill("2026-03-17")
    await window.get_by_label("Tên ngày").fill(STORM)
    await window.get_by_role("button", name="Xem trước", exact=True).click()
    told = await window.inner_text("main")
    assert "07:30–11:30, 13:30–17:00 → nghỉ" in told
    assert STORM in told
    assert NUMBER in told
    assert "20/03/2026" in told
    assert "23/03/2026" in told
    assert "1 rơi vào ngày nghỉ" in told
    assert await holds(world, "2026-03-17") == ""
    await window.get_by_label("Lý do").fill("Công điện của tỉnh (ví dụ)")
    await window.get_by_role("button", name="Áp dụng lịch").click()
    assert "Đã áp dụng lịch năm 2026" in await window.inner_text("main")
    assert await holds(world, "2026-03-17") == STORM

    await window.goto(f"{front}{PATH}?nam=2026")
    made = window.locator("tbody tr", has_text="Công điện của tỉnh")
    assert "quản trị" in await made.inner_text()
    assert "1 ngày đổi" in await made.inner_text()
    row = window.locator("tbody tr", has_text="17/03/2026")
    await row.get_by_role("link", name="Bỏ").click()
    assert "nghỉ → 07:30–11:30" in await window.inner_text("main")
    await window.get_by_label("Lý do").fill("Bão không vào (ví dụ)")
    await window.get_by_role("button", name="Áp dụng lịch").click()
    assert await holds(world, "2026-03-17") == ""


async def test_what_was_confirmed_is_what_was_shown(world: World) -> None:
    one, other = await administrator(world), await administrator(world)
    path = f"{PATH}/doi"
    row = {"year": "2026", "what": "closed", "name": "Lũ (ví dụ)"}
    seen = await one.bare(path, **row, date="2026-06-01")
    assert seen.status == 200
    await other.bare(path, **row, date="2026-06-02")
    page = other.last
    done = await other.send(f"{PATH}/ap-dung", reason="Lũ (ví dụ)")
    assert done.status == 200
    late = await one.send(f"{PATH}/ap-dung", reason="Lũ (ví dụ)")
    assert late.status == 409
    assert "xem lại" in late.text
    assert await holds(world, "2026-06-01") == ""
    assert await holds(world, "2026-06-02") != ""
    # Sent again, what runs already changes nothing.
    other.last = page
    again = await other.send(f"{PATH}/ap-dung", reason="Lũ (ví dụ)")
    assert again.status == 200
    lacking = await administrator(world)
    await lacking.bare(path, **row, date="2026-06-03")
    assert (await lacking.send(f"{PATH}/ap-dung", reason=" ")).status == 400
    assert await holds(world, "2026-06-03") == ""


async def test_an_issued_report_of_a_month_that_changes_is_named(world: World) -> None:
    browser = await administrator(world)
    row = {"year": "2026", "what": "closed", "name": "Mưa lớn", "date": "2026-02-05"}
    before = await browser.bare(f"{PATH}/doi", **row)
    assert "Chưa báo cáo nào" in before.text
    made = await world.call("POST", "/v1/reports/2026-02/issue", {}, role="head")
    assert made.status == 201
    shown = await browser.bare(f"{PATH}/doi", **row)
    assert "Báo cáo tháng 02/2026 đã phát hành" in shown.text
    assert 'href="/console/bao-cao/2026-02"' in shown.text


async def test_the_file_of_a_new_year_begins_with_what_the_law_lets_expect(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "administrator")
    front = world.stage.url("front")
    await window.goto(f"{front}{PATH}/doi?nam=2027")
    assert await window.get_by_label("Tên ngày").count() == 0
    text = await window.get_by_label("Tệp lịch").input_value()
    assert "date = 2027-01-01" in text
    assert "verified = false" in text
    await window.get_by_role("button", name="Xem trước cả tệp").click()
    # As predicted, so no day moves; that it is the province's own word does.
    assert "Áp dụng lịch năm 2027" in await window.inner_text("main")
    assert "Toàn tỉnh" not in await window.inner_text("main")


async def test_the_file_of_a_year_is_the_calendar_that_runs(world: World) -> None:
    browser = await administrator(world)
    file = (await browser.get(f"{PATH}/tep?nam=2026")).text
    assert "date = 2026-09-02" in file
    seen = await browser.bare(f"{PATH}/doi", year="2026", what="file", file=file)
    assert "Không có gì thay đổi" in seen.text
    assert (await browser.get(f"{PATH}/tep?nam=2030")).status == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"what": "holiday", "date": "x", "name": "y"}, "năm-tháng-ngày"),
        ({"what": "holiday", "date": "2026-07-01"}, "Ghi tên ngày"),
        (
            {"what": "holiday", "date": "2027-07-01", "name": "y"},
            "không thuộc năm 2026",
        ),
        ({"what": "swapped", "date": "2026-07-01", "worked": ""}, "năm-tháng-ngày"),
        ({"what": "swapped", "date": "2026-07-04", "worked": "2026-07-05"}, "vốn đã"),
        ({"what": "half_day", "date": "2026-07-01", "name": "y", "from": "9"}, "lỗi"),
        ({"what": "unit", "date": "2026-07-01", "name": "y"}, "Chọn thay đổi gì"),
        ({"what": "file", "file": "weekend = []\nx = = 1"}, "Dòng 2"),
        ({"what": "file", "file": "x = " + "[" * 3000}, "viết sai"),
        ({"what": "file", "file": "[[holiday]]\nname = '<b>'"}, "thiếu khóa"),
        ({"what": "file", "file": "a" * 300_000}, "dài quá"),
        ({"year": "2027", "what": "holiday", "date": "2027-01-01"}, "chưa có dữ liệu"),
    ],
)
async def test_what_is_no_change_is_said_and_what_was_typed_stays(
    world: World, fields: dict[str, str], said: str
) -> None:
    browser = await administrator(world)
    given = {"year": "2026", "basis": "12/QĐ <i>", **fields}
    seen = await browser.bare(f"{PATH}/doi", **given)
    assert seen.status == 422
    assert said in seen.text
    assert "<i>" not in seen.text
    if fields["what"] != "file" and given["year"] == "2026":
        assert "12/QĐ &lt;i&gt;" in seen.text


async def test_hostile_addresses_and_forged_forms_are_answered(world: World) -> None:
    browser = await administrator(world)
    for asked in ("nam=%00", "nam=99999", "nam=²026", "don-vi=%00", "nam=1969"):
        assert (await browser.get(f"{PATH}?{asked}")).status == 200
    for asked in ("bo=%00", "bo=2026-07-07", "bo=0001-01-01", "nam=2026&bo=x"):
        assert (await browser.get(f"{PATH}/doi?{asked}")).status == 422
    for table in ("", "[]", "{", "[" * 5000, '{"holiday": 5}', '{"\\ud800": 1}'):
        forged = {"year": "2026", "table": table, "confirm": "x", "reason": "y"}
        answered = await browser.bare(f"{PATH}/ap-dung", **forged)
        assert 400 <= answered.status < 500, (table, answered.text[:300])
    page = (await browser.get(f"{PATH}?nam=2026")).text
    assert not re.search(r"<script(?! src)", page)
