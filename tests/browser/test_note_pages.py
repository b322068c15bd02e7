"""Notes of staff: written, taken back, put off; nobody outside the centre sees one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.standing import BUSY, DOUBTFUL, PARKED, sign_in
from tests.people import person

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
WORDS = "Đã gọi <b>chị Ví Dụ</b>, hẹn thứ Sáu"
LAND = "land-mau-1"


async def opened(window: Page, world: World, number: str) -> str:
    shown = await world.shown(number)
    await window.goto(f"{world.stage.url('front')}/console/ho-so/{shown['id']}")
    return str(shown["id"])


async def wrote(window: Page, words: str) -> None:
    box = window.locator("#ghi-chu")
    await box.locator("summary", has_text="Ghi chú").click()
    await box.get_by_label("Nội dung").fill(words)
    await box.get_by_role("button", name="Ghi", exact=True).first.click()


async def test_a_note_stands_on_its_dossier_and_row_until_it_is_withdrawn(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await opened(window, world, PARKED)
    await wrote(window, WORDS)
    assert "Đã ghi" in await window.get_by_role("status").inner_text()
    assert WORDS in await window.locator("#ghi-chu").inner_text()
    assert WORDS in await window.locator(".timeline").last.inner_text()
    front = world.stage.url("front")
    for place in ("dung-yen", "cho-xu-ly"):
        await window.goto(f"{front}/console/{place}")
        assert WORDS in await window.locator("main").inner_text()

    await opened(window, world, PARKED)
    box = window.locator("#ghi-chu")
    await box.get_by_text("Rút lại", exact=True).click()
    await box.get_by_role("button", name="Rút lại ghi chú").click()
    told = await window.locator("main").inner_text()
    assert WORDS not in told
    assert "Rút lại một ghi chú" in told
    assert "(đã rút lại)" in told
    await window.goto(f"{front}/console/dung-yen")
    assert WORDS not in await window.locator("main").inner_text()


async def test_what_is_typed_wrongly_stays_and_says_what_is_missing(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    identifier = await opened(window, world, PARKED)
    front = world.stage.url("front")
    for name, form, told in (
        ("ghi-chu", {"text": "  "}, "Chưa ghi gì"),
        ("ghi-chu", {"text": "x" * 2001}, "không quá 2000 ký tự"),
        ("hoan", {"until": "2026-03-01T07:30", "reason": "chờ"}, "sau bây giờ"),
        ("hoan", {"until": "9999-12-31T07:30", "reason": "chờ"}, "không quá 60 ngày"),
        ("hoan", {"until": "mai", "reason": "<i>chờ</i>"}, "until là thời điểm"),
        ("hoan", {"until": "2026-03-20T07:30", "reason": ""}, "Ghi lý do hoãn"),
        ("phu-trach", {"owner": "x" * 201}, "không quá 200 ký tự"),
        ("rut", {"note": "n_0"}, "Không có ghi chú này"),
    ):
        answer = await window.request.post(
            f"{front}/console/ho-so/{identifier}/{name}",
            form={**form},
            headers={"Origin": front},
        )
        assert answer.status in {409, 422, 400}, (name, form)
        text = await answer.text()
        assert told in text, (name, form)
        assert "<i>chờ" not in text


async def test_a_dossier_is_given_to_somebody_who_is_named_on_its_row(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await opened(window, world, PARKED)
    box = window.locator("#ghi-chu")
    await box.locator("summary", has_text="Giao người phụ trách").click()
    await box.get_by_label("Người phụ trách").fill("Chị Ví Dụ A")
    seen = await box.locator("input[name=seen]").input_value()
    await box.locator("form[action$=phu-trach] button").click()
    await window.goto(f"{world.stage.url('front')}/console/dung-yen")
    assert "Phụ trách: Chị Ví Dụ A" in await window.locator("main").inner_text()
    # Somebody whose page is older takes nothing away.
    identifier = await opened(window, world, PARKED)
    front = world.stage.url("front")
    answer = await window.request.post(
        f"{front}/console/ho-so/{identifier}/phu-trach",
        form={"owner": "Anh Ví Dụ B", "seen": seen or "n_stale"},
        headers={"Origin": front},
    )
    assert answer.status == 409
    assert "vừa đổi" in await answer.text()


async def test_what_is_put_off_leaves_the_list_and_is_counted(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    front = world.stage.url("front")
    await window.goto(f"{front}/console")
    tile = window.locator(".counts li", has_text="chờ cán bộ xử lý")
    before = await tile.locator("b").inner_text()
    await opened(window, world, PARKED)
    box = window.locator("#ghi-chu")
    await box.locator("summary", has_text="Hoãn").click()
    await box.get_by_label("Hoãn đến").fill("2026-03-27T07:30")
    await box.get_by_label("Lý do: đang chờ gì").fill("Một cửa gửi bản sửa (ví dụ)")
    await box.locator("form[action$='/hoan'] button").click()
    assert "27/03/2026 07:30" in await box.inner_text()

    for place, name in (("dung-yen", "hồ sơ"), ("cho-xu-ly", "lượt gửi")):
        await window.goto(f"{front}/console/{place}")
        told = await window.locator("main").inner_text()
        assert (
            PARKED not in told.split("Phản hồi chưa khớp")[0].split("Lượt gửi và")[-1]
        )
        assert DOUBTFUL in told
        await window.get_by_role("link", name=f"Xem những {name} đã hoãn").click()
        told = await window.locator("main").inner_text()
        assert PARKED in told
        assert "Một cửa gửi bản sửa (ví dụ)" in told
        assert DOUBTFUL not in told.split("Phản hồi chưa khớp")[0]
    await window.goto(f"{front}/console")
    assert await tile.locator("b").inner_text() == before
    assert "trong đó 1 đã hoãn" in await tile.inner_text()

    await opened(window, world, PARKED)
    await window.get_by_role("button", name="Thôi hoãn").click()
    await window.goto(f"{front}/console/cho-xu-ly")
    assert PARKED in await window.locator("main").inner_text()


async def test_a_cause_is_put_off_with_its_reason(window: Page, world: World) -> None:
    await sign_in(window, world)
    stuck = await world.call("GET", "/v1/stuck", role="operator")
    one = stuck.body["causes"][0]
    front = world.stage.url("front")
    await window.goto(f"{front}/console/dung-yen/{one['id']}")
    box = window.locator("#hoan")
    await box.locator("summary").click()
    await box.get_by_label("Hoãn đến").fill("2026-03-27T07:30")
    await box.get_by_label("Lý do").fill("Đơn vị nâng cấp hệ thống (ví dụ)")
    await box.get_by_role("button", name="Hoãn").click()
    await window.goto(f"{front}/console/dung-yen")
    table = window.locator("table.causes")
    links = table.locator(f"a[href$='{one['id']}']")
    assert await links.count() == 0
    off = window.locator("details", has_text="Nguyên nhân đã hoãn: 1")
    assert "Đơn vị nâng cấp hệ thống" in str(await off.text_content())
    await window.goto(f"{front}/console/dung-yen/{one['id']}")
    await window.get_by_role("button", name="Thôi hoãn").click()
    await window.goto(f"{front}/console/dung-yen")
    assert await links.count() > 0


async def test_nobody_outside_the_centre_sees_a_note(
    window: Page, world: World
) -> None:
    said = {"text": "Chỉ trung tâm biết (ví dụ)"}
    path = f"/v1/dossiers/{BUSY}/notes"
    kept = await world.call("POST", path, said, role="operator")
    assert kept.status == 201
    assert [one["text"] for one in kept.body["notes"]] == [said["text"]]
    assert (await world.call("GET", path)).status in {403, 404}
    told = await world.call("GET", f"/v1/dossiers/{BUSY}/timeline")
    assert told.status == 200
    assert said["text"] not in str(told.body)
    ours = await world.call("GET", f"/v1/dossiers/{BUSY}/timeline", role="operator")
    assert said["text"] in str(ours.body)
    land = await person(world, "dat-dai.ghi-chu", "operator", LAND)
    identifier = (await world.shown(BUSY))["id"]
    for page in (f"/console/ho-so/{identifier}", "/console/dung-yen"):
        answer = await land.get(page)
        assert answer.status == 200
        assert said["text"] not in answer.text
    await sign_in(window, world, "reader")
    await opened(window, world, BUSY)
    box = window.locator("#ghi-chu")
    assert said["text"] in await box.inner_text()
    assert await box.locator("form").count() == 0


async def test_an_answer_of_the_call_says_how_it_stands(world: World) -> None:
    path = f"/v1/dossiers/{DOUBTFUL}"
    off = {"until": "2026-03-20T07:30:00+07:00", "reason": "Chờ (ví dụ)"}
    owner = {"owner": "tổ trực"}
    assert (
        await world.call("PUT", f"{path}/owner", owner, role="operator")
    ).status == 200
    kept = await world.call("PUT", f"{path}/postponement", off, role="operator")
    assert kept.status == 200, kept.body
    assert kept.body["owner"] == "tổ trực"
    assert kept.body["postponed_until"].startswith("2026-03-20")
    shown = await world.call("PUT", f"{path}/postponement", {}, role="operator")
    assert shown.body["postponed_until"] is None
    reader = await world.call("PUT", f"{path}/owner", {"owner": "x"}, role="reader")
    assert reader.status == 403
    wrong = await world.call("PUT", f"{path}/owner", {"owner": 3}, role="operator")
    assert wrong.status == 400
    note = await world.call("POST", f"{path}/notes", {"text": "Một"}, role="operator")
    identifier = note.body["notes"][-1]["id"]
    taken = f"{path}/notes/{identifier}/withdrawal"
    back = await world.call("POST", taken, {}, role="operator")
    assert back.body["notes"][-1]["text"] == ""
    assert (await world.call("POST", taken, {}, role="operator")).status == 409
