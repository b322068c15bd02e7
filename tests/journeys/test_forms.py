"""Forms of the pages: nothing is done that no page of the session sent, nothing typed is lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.test_other_agencies import routes
from tests.people import PASSWORD, Browser, code, enrols, person
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
ACCOUNTS = "/console/tai-khoan"
CONSOLE = Path(__file__).resolve().parents[2] / "gateway" / "console"
NEW = {
    "account": "moi.a",
    "name": "Lê Văn <b>Mới</b> & Ví Dụ",
    "role": "reader",
    "reason": "nhận việc từ tháng này",
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path / "run", configure=quick) as world:
        yield world


async def administrator(world: World, name: str = "quan-tri.a") -> tuple[Browser, str]:
    browser = await person(world, name, "administrator")
    secret, _ = await enrols(browser)
    await browser.get(ACCOUNTS)
    return browser, secret


async def names(world: World) -> list[str]:
    answered = await world.call("GET", "/v1/accounts", role="administrator")
    return [one["account"] for one in answered.body["accounts"]]


async def test_a_form_without_the_sessions_token_does_nothing_and_is_shown_again(
    world: World,
) -> None:
    browser, _ = await administrator(world)
    for token in ({}, {"csrf": ""}, {"csrf": "A" * 43}):
        refused = await browser.bare(ACCOUNTS, **NEW, **token)
        assert refused.status == 403
        assert "Lê Văn &lt;b&gt;Mới&lt;/b&gt; &amp; Ví Dụ" in refused.text
    assert await names(world) == ["quan-tri.a"]
    done = await browser.send(ACCOUNTS, reason="sửa lại lý do")
    assert done.status == 201
    assert "moi.a" in await names(world)


async def test_every_page_that_takes_a_form_takes_that_of_a_session(
    world: World,
) -> None:
    """Whatever else it says of these fields, not that the form is another's."""
    head = await person(world, "lanh-dao.a", "head")
    await head.get("/console")
    (token, *_) = re.findall(r'name="csrf" value="([^"]+)"', head.last)
    asked = 0
    for route in routes(world, "POST"):
        if not route.startswith("/console") or "dang-" in route:
            continue
        path = re.sub(r"\{[^}]*\}", "x", route)
        answered = await head.bare(path, csrf=token, reason="thử")
        assert "Trang này mở từ một lần đăng nhập khác" not in answered.text, path
        asked += 1
    assert asked > 20


#: What browsers never send, and programs do.
ODD = ("9" * 5_000, "²\0", "0000-01-01")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "role", ["operator", pytest.param("administrator", marks=pytest.mark.long)]
)
async def test_no_form_is_answered_by_a_fault_whatever_its_fields_say(
    world: World, role: str
) -> None:
    one = await person(world, "nguoi-la.a", role)
    await one.get("/console")
    (token, *_) = re.findall(r'name="csrf" value="([^"]+)"', one.last)
    texts = [path.read_text("utf-8") for path in CONSOLE.glob("*.py")]
    fields = {name for text in texts for name in re.findall(r'\.get\("(\w+)"', text)}
    assert len(fields) > 40
    faults, asked = [], 0
    for route in routes(world, "POST"):
        if not route.startswith("/console") or "dang-" in route:
            continue
        path = re.sub(r"\{[^}]*\}", "x", route)
        for value in ODD:
            told = await one.bare(
                path, **{**dict.fromkeys(fields, value), "csrf": token}
            )
            faults += [(path, value[:10])] if told.status >= 500 else []
            asked += 1
    assert asked > 100
    assert faults == []


async def test_a_token_of_another_session_is_none_of_this_one(world: World) -> None:
    browser, _ = await administrator(world)
    other = await person(world, "van-hanh.a")
    page = await other.get("/console")
    (token, *_) = re.findall(r'name="csrf" value="([^"]+)"', page.text)
    assert (await browser.bare(ACCOUNTS, **NEW, csrf=token)).status == 403


@pytest.mark.parametrize("origin", ["http://ke-xau.example", "null", ""])
async def test_a_form_that_another_site_sends_is_refused_whatever_it_holds(
    world: World, origin: str
) -> None:
    browser, _ = await administrator(world)
    refused = await browser.send(ACCOUNTS, {"Origin": origin}, **NEW)
    assert refused.status == 403
    assert NEW["reason"] not in refused.text
    assert await names(world) == ["quan-tri.a"]


async def test_every_form_that_changes_something_carries_the_token(
    world: World,
) -> None:
    browser, _ = await administrator(world)
    for path in ("/console", ACCOUNTS, "/console/don-vi", "/console/hai-lop"):
        text = (await browser.get(path)).text
        forms = re.findall(
            r'<form\b[^>]*method="post"[^>]*>(.{0,200})', text, re.DOTALL
        )
        assert forms
        assert all('name="csrf"' in one for one in forms)


async def test_a_call_by_cookie_needs_the_token_too(world: World) -> None:
    browser, _ = await administrator(world)
    assert (await browser.get("/v1/accounts")).status == 200
    assert (await browser.bare("/v1/accounts", **NEW)).status == 403


async def test_what_was_typed_when_the_session_had_ended_is_shown_again_not_done(
    world: World,
) -> None:
    browser, secret = await administrator(world)
    await world.pass_hours(0.6)
    led = await browser.send(ACCOUNTS, **NEW)
    where = led.location
    assert where.startswith("/console/dang-nhap?tiep=")
    assert "moi.a" not in where
    assert "nội dung anh/chị đã gõ còn nguyên" in (await browser.get(where)).text
    entered = await browser.send(
        "/console/dang-nhap",
        name="quan-tri.a",
        password=PASSWORD,
        code=code(world, secret),
    )
    page = await browser.get(entered.location)
    assert "nhận việc từ tháng này" in page.text
    assert "&lt;b&gt;Mới&lt;/b&gt;" in page.text
    assert await names(world) == ["quan-tri.a"]
    done = await browser.send(ACCOUNTS)
    assert done.status == 201
    assert await names(world) == ["moi.a", "quan-tri.a"]


async def test_what_was_typed_is_shown_to_nobody_else_and_half_an_hour(
    world: World,
) -> None:
    browser, secret = await administrator(world)
    await world.pass_hours(0.6)
    kept = (await browser.send(ACCOUNTS, **NEW)).location.rpartition("=")[2]
    other = await person(world, "van-hanh.a")
    seen = await other.get(f"/console/tiep-tuc/{kept}")
    assert seen.status == 404
    assert "moi.a" not in seen.text
    await world.pass_hours(0.6)
    await browser.signs_in("quan-tri.a", code=code(world, secret))
    assert (await browser.get(f"/console/tiep-tuc/{kept}")).status == 404


async def test_what_a_stranger_sends_is_not_kept(world: World) -> None:
    stranger = Browser(world, {"lienthong-phien": "bia-dat"})
    assert (await stranger.bare(ACCOUNTS, **NEW)).location == "/console/dang-nhap"


async def test_what_is_kept_lies_sealed(world: World) -> None:
    browser, _ = await administrator(world)
    await world.pass_hours(0.6)
    await browser.send(ACCOUNTS, **NEW)
    await world.stop_gateway()
    files = [p for p in world.stage.run_dir.rglob("store.sqlite*") if p.is_file()]
    assert files
    for one in files:
        assert "nhận việc từ tháng này".encode() not in one.read_bytes()


async def test_an_act_that_asks_for_the_password_gets_it_and_loses_nothing(
    world: World,
) -> None:
    browser, _ = await administrator(world)
    await world.pass_hours(0.3)
    led = await browser.send(ACCOUNTS, **NEW)
    assert led.location.startswith("/console/xac-nhan?tiep=")
    before = browser.cookies["lienthong-phien"]
    await browser.get(led.location)
    wrong = await browser.send("/console/xac-nhan", password="sai hoan toan roi")
    assert wrong.status == 401
    await browser.get(led.location)
    proved = await browser.send("/console/xac-nhan", password=PASSWORD)
    assert browser.cookies["lienthong-phien"] != before
    await browser.get(proved.location)
    assert await names(world) == ["quan-tri.a"]
    assert (await browser.send(ACCOUNTS)).status == 201


async def test_a_page_from_before_the_password_was_asked_again_still_sends(
    world: World,
) -> None:
    browser, _ = await administrator(world)
    old_page = browser.last
    await world.pass_hours(0.3)
    await browser.get("/console/xac-nhan")
    await browser.send("/console/xac-nhan", password=PASSWORD)
    browser.last = old_page
    assert (await browser.send(ACCOUNTS, **NEW)).status == 201


async def test_every_page_of_the_console_asks_for_the_token_of_its_session(
    world: World,
) -> None:
    # One that does not is answered 403 whatever a person of a session sends it.
    assert world.gateway is not None
    server, _ = world.gateway._listeners._servers[0]
    app: Any = server.config.app
    while not hasattr(app, "routes"):
        app = app.app
    pages = [one for one in app.routes if hasattr(one, "pages")]
    assert len(pages) > 50
    assert [one.path for one in pages if one.pages.before is None] == []
