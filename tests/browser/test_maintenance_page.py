"""Maintenance at the pages: what it does is said before it is kept, and two get along."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.domain.legal_day import VIETNAM
from tests.browser.standing import sign_in
from tests.journeys.test_callbacks import quiet_world
from tests.people import Browser, enrols, person
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
LAND, WATER = "land-mau-1", "cap-nuoc-mau"
HELD = [f"H00.01-260310-33{n:02}" for n in range(2)]
PROMISED = "H00.01-260310-3309"
PATH = "/console/bao-tri"
STRANGE = "<script>alert('bảo trì')</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Nothing is under way."""
    async with quiet_world(
        tmp_path_factory.mktemp("bao-tri"), *HELD, PROMISED
    ) as world:
        yield world


def after(world: World, hours: float) -> str:
    """A moment as a form takes it."""
    return f"{world.now().astimezone(VIETNAM) + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


async def keeper(world: World, name: str) -> Browser:
    """An administrator with a second factor."""
    browser = await person(world, name, "administrator")
    await enrols(browser)
    return browser


async def previewed(window: Page, world: World, reason: str, until: str) -> str:
    """Fill in the form for one office; what is said before it is kept."""
    await window.goto(f"{world.stage.url('front')}{PATH}/moi?don-vi={LAND}")
    await window.get_by_label("Đến", exact=True).fill(until)
    await window.get_by_label("Lý do").fill(reason)
    await window.get_by_role("button", name="Xem trước").click()
    return await window.locator("section.risk").inner_text()


async def windows(world: World, *, past: bool = False) -> list[dict[str, str]]:
    path = "/v1/maintenance" + ("?past=true" if past else "")
    answered = await world.call("GET", path, role="administrator")
    found: list[dict[str, str]] = answered.body["maintenance"]
    return found


async def test_a_window_is_kept_after_its_effect_was_seen_and_ends_early(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "administrator")
    told = await previewed(window, world, STRANGE, after(world, 3))
    assert "không có lượt gửi nào đang chờ" in told
    assert "chưa đủ 7 ngày làm việc" in told
    assert STRANGE not in {one["reason"] for one in await windows(world)}
    await window.get_by_role("button", name="Ghi đợt bảo trì").click()
    assert "Đã ghi đợt bảo trì" in await window.inner_text("main")
    for number in HELD:
        await world.submit(a_dossier(number))
    await world.pass_hours(1)
    assert [world.effects(n, "land_registry", "hand_over") for n in HELD] == [[], []]

    front = world.stage.url("front")
    await window.goto(front + "/console")
    assert STRANGE in await window.inner_text("main")
    await window.goto(front + PATH)
    row = window.locator("tbody tr", has_text=STRANGE)
    assert "2 lượt gửi đang chờ" in await row.inner_text()
    assert STRANGE in await row.inner_text()
    link = row.get_by_role("link", name="2", exact=False)
    assert f"don-vi={LAND}" in str(await link.first.get_attribute("href"))

    await row.get_by_text("Đổi lúc kết thúc").first.click()
    form = row.locator("details[open] form")
    later = after(world, 7)
    await form.get_by_label("Lúc kết thúc mới").fill(later)
    await form.get_by_label("Lý do").fill("Cơ quan báo kéo dài")
    await form.get_by_role("button", name="Xem trước").click()
    shown = await window.inner_text("main")
    assert later[-5:] in shown
    assert "2 lượt gửi đang chờ gửi" in shown
    await window.get_by_role("button", name="Đổi lúc kết thúc").click()
    (words,) = [
        one["words"] for one in await windows(world) if one["reason"] == STRANGE
    ]
    assert f"đến {later[-5:]}" in words

    await window.goto(front + PATH)
    await row.get_by_text("Kết thúc sớm").first.click()
    form = row.locator("details[open] form")
    assert "gửi dần 2 lượt" in await form.inner_text()
    await form.get_by_label("Lý do").fill("Cơ quan báo đã xong")
    await form.get_by_role("button", name="Kết thúc").click()
    await world.pass_hours(1)
    done = [world.effects(n, "land_registry", "hand_over") for n in HELD]
    assert [len(one) for one in done] == [1, 1]
    await window.goto(f"{front}{PATH}?xem=da-qua")
    assert await row.count() == 1


async def test_promised_days_in_a_window_are_named_with_their_dossiers(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "administrator")
    await world.submit(a_dossier(PROMISED))
    await world.settle()
    day = str((await world.shown(PROMISED))["due_on"])
    told = await previewed(window, world, "Nâng cấp", f"{day}T17:00")
    assert "hẹn trả trong những ngày ấy còn phần việc ở đó" in told
    assert PROMISED in told
    # Changed after it was seen: it is shown again, not kept.
    await window.get_by_label("Lý do").fill("Nâng cấp phiên bản")
    await window.get_by_role("button", name="Ghi đợt bảo trì").click()
    assert "xem lại rồi ghi" in await window.inner_text("main")
    kept = {one["reason"] for one in await windows(world)}
    assert "Nâng cấp phiên bản" not in kept


async def test_a_recurring_window_says_its_turns_and_is_removed_whole(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "administrator")
    front = world.stage.url("front")
    await window.goto(f"{front}{PATH}/moi")
    await window.get_by_label("Đơn vị bảo trì").select_option("agency:tax")
    await window.get_by_label("Định kỳ").check()
    await window.get_by_label("Chủ Nhật").check()
    await window.locator("select[name=week]").select_option("-1")
    await window.get_by_label("Từ giờ").fill("00:00")
    await window.get_by_label("đến giờ").fill("06:00")
    await window.get_by_label("Lý do").fill("Sao lưu")
    await window.get_by_role("button", name="Xem trước").click()
    told = await window.inner_text("main")
    assert "Chủ nhật cuối của tháng, 00:00–06:00" in told
    assert "29/03/2026 00:00" in told
    await window.get_by_role("button", name="Ghi đợt bảo trì").click()
    await window.goto(front + PATH)
    row = window.locator("tbody tr", has_text="Sao lưu")
    await row.get_by_text("Bỏ", exact=True).first.click()
    await row.get_by_label("Lý do").first.fill("Nhập nhầm")
    await row.get_by_role("button", name="Bỏ").click()
    await window.goto(front + PATH)
    assert await row.count() == 0


async def test_who_comes_second_is_told_that_another_changed_it(world: World) -> None:
    a = await keeper(world, "qt.mot")
    b = await keeper(world, "qt.hai")
    body = {
        "office": WATER,
        "from": "2026-04-10T11:00",
        "to": "2026-04-10T12:00",
        "reason": "Thay máy",
    }
    made = await world.call("POST", "/v1/maintenance", body, role="administrator")
    path = f"{PATH}/{made.body['id']}"
    await a.get(PATH)
    await b.get(PATH)
    meant = {"to": "2026-04-10T13:00", "reason": "Kéo dài"}
    asked = await a.send(f"{path}/doi", **meant)
    assert "Điều sẽ xảy ra" in asked.text
    done = await a.send(f"{path}/doi", **meant, seen=meant["to"])
    assert done.status == 200
    late = await b.send(f"{path}/ket-thuc", reason="Đã xong")
    assert late.status == 409
    assert "người khác đổi" in late.text
    (left,) = [one for one in await windows(world) if one["id"] == made.body["id"]]
    assert left["words"].endswith("13:00 ngày 10/04/2026")


async def test_a_form_pressed_twice_makes_one_window(world: World) -> None:
    browser = await keeper(world, "qt.hai-lan")
    await browser.get(f"{PATH}/moi")
    fields = {
        "whom": f"office:{WATER}",
        "how": "once",
        "from": "2026-04-20T11:00",
        "to": "2026-04-20T12:00",
        "reason": "Bấm hai lần",
    }
    await browser.send(f"{PATH}/moi", **fields)
    page = browser.last
    for _ in range(2):
        browser.last = page
        done = await browser.send(f"{PATH}/moi", **fields, do="keep")
        assert done.status == 200
        assert "Đã ghi đợt bảo trì" in done.text
    kept = [one for one in await windows(world) if one["reason"] == "Bấm hai lần"]
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"whom": ""}, "Chọn đơn vị"),
        ({"whom": "office:khong-co"}, "Không có đơn vị"),
        ({"whom": "agency:"}, "Chọn đơn vị"),
        ({"to": "2026-03-01T00:00"}, "sau bây giờ"),
        ({"to": "0001-01-01T00:00"}, "năm 1 không hợp lệ"),
        ({"to": "9999-12-31T23:59"}, "năm 9999 không hợp lệ"),
        ({"from": "2029-01-01T00:00", "to": "2029-01-02T00:00"}, "400 ngày"),
        ({"how": "again", "start": "22:00", "end": "02:00"}, "weekdays"),
        ({"how": "again", "month_day": "31; 40"}, "không hợp lệ"),
        ({"how": "again", "month_day": "x"}, "1 đến 31"),
        ({"reason": " "}, "lý do"),
    ],
)
async def test_what_is_no_window_is_said_and_what_was_typed_stays(
    world: World, fields: dict[str, str], said: str
) -> None:
    browser = await signed_in_by_token(world)
    await browser.get(f"{PATH}/moi")
    good = {
        "whom": f"office:{WATER}",
        "how": "once",
        "to": "2026-03-21T12:00",
        "reason": "Thử",
        "reference": "12/TB <b>",
    }
    seen = await browser.send(f"{PATH}/moi", **{**good, **fields}, do="keep")
    assert seen.status == 422
    assert said in seen.text
    assert 'value="12/TB &lt;b&gt;"' in seen.text
    assert "Thử" not in {one["reason"] for one in await windows(world)}


async def signed_in_by_token(world: World) -> Browser:
    """With the access code of mock mode."""
    browser = Browser(world)
    browser.cookies["lienthong"] = world.stage.secrets.value("token.administrator")
    return browser


async def test_who_may_only_look_has_no_form_and_is_refused(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "reader")
    front = world.stage.url("front")
    await window.goto(front + PATH)
    assert await window.locator("form[method=post][action*=bao-tri]").count() == 0
    assert (await window.goto(f"{front}{PATH}/moi")).status == 403  # type: ignore[union-attr]
    for path in ("moi", "m_x/ket-thuc", "m_x/doi"):
        answer = await window.request.post(
            f"{front}{PATH}/{path}", form={"reason": "x"}, headers={"Origin": front}
        )
        assert answer.status == 403


async def test_who_is_of_one_agency_sees_its_windows_alone(world: World) -> None:
    whole = {"agency": "land_registry"}
    for whom, reason in (
        ({"office": WATER}, "Của cấp nước"),
        ({"office": LAND}, "Của đất đai"),
        (whole, "Cả ngành đất đai"),
    ):
        times = {"from": "2026-04-25T11:00", "to": "2026-04-25T12:00"}
        body = {**whom, **times, "reason": reason}
        made = await world.call("POST", "/v1/maintenance", body, role="administrator")
        assert made.status == 201
    water = await person(world, "cap-nuoc.bt", "operator", WATER)
    land = await person(world, "dat-dai.bt", "operator", LAND)
    api = await water.get("/v1/maintenance")
    for text in ((await water.get(PATH)).text, api.text):
        assert "Của cấp nước" in text
        assert "đất đai" not in text
    shown = (await land.get(PATH)).text
    assert "Của đất đai" in shown
    assert "Cả ngành đất đai" in shown
    assert "Của cấp nước" not in shown


async def test_hostile_addresses_are_answered(world: World) -> None:
    browser = await signed_in_by_token(world)
    for asked in ("sau=%00&xem=da-qua", "don-vi=%00", "xem=" + "x" * 3000):
        assert (await browser.get(f"{PATH}?{asked}")).status == 200
    assert (await browser.get(f"{PATH}/moi?don-vi=%3Cb%3E")).status == 200
