"""People sign in by name and password: from the first password to the last session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.people import PASSWORD, Browser, account, code, enrols, person, signins
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
WRONG = "khong phai mat khau nay"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path / "run", configure=quick) as world:
        yield world


async def test_the_first_password_opens_nothing_but_its_own_change(
    world: World,
) -> None:
    browser = Browser(world)
    first = await account(world, "van-hanh.a")
    seen = await browser.signs_in("van-hanh.a", first)
    assert (seen.status, seen.location) == (303, "/console/mat-khau")
    assert (await browser.get("/console")).location == "/console/mat-khau"
    for new, why in (
        ("ngan", "ít nhất 12"),
        ("matkhau123456", "quá dễ đoán"),
        ("van-hanh.a 2026", "tên tài khoản"),
        (first, "khác mật khẩu được cấp"),
    ):
        await browser.get("/console/mat-khau")
        refused = await browser.send("/console/mat-khau", new=new, again=new)
        assert refused.status == 400
        assert why in refused.text
    await browser.get("/console/mat-khau")
    done = await browser.send("/console/mat-khau", new=PASSWORD, again=PASSWORD)
    assert (done.status, done.location) == (303, "/console")
    assert (await browser.get("/console")).status == 200
    assert (await Browser(world).signs_in("van-hanh.a", first)).status == 401
    assert (await Browser(world).signs_in("van-hanh.a")).status == 303


async def test_a_wrong_password_and_a_name_that_nobody_has_are_answered_alike(
    world: World,
) -> None:
    await person(world, "van-hanh.a")
    known = await Browser(world).signs_in("van-hanh.a", WRONG)
    unknown = await Browser(world).signs_in("khong-co", WRONG)
    assert (known.status, unknown.status) == (401, 401)
    assert known.text == unknown.text.replace("khong-co", "van-hanh.a")
    told = await signins(world, "sign_in_refused")
    assert [one["actor"] for one in told] == ["van-hanh.a", "unknown"]


async def test_after_five_failures_a_name_waits_known_or_not_and_is_unlocked(
    world: World,
) -> None:
    await person(world, "van-hanh.a")
    texts = []
    for name in ("van-hanh.a", "khong-co"):
        seen = [await Browser(world).signs_in(name, WRONG) for _ in range(6)]
        assert [one.status for one in seen] == [401] * 5 + [429]
        texts.append(seen[-1].text.replace(name, "X"))
    assert texts[0] == texts[1]
    assert (await Browser(world).signs_in("van-hanh.a")).status == 429
    unlocked = await world.call(
        "POST",
        "/v1/accounts/van-hanh.a/unlock",
        {"reason": "gõ nhầm"},
        role="administrator",
    )
    assert unlocked.status == 200
    assert (await Browser(world).signs_in("van-hanh.a")).status == 303
    await world.pass_hours(1)
    assert (await Browser(world).signs_in("khong-co", WRONG)).status == 401


async def test_guesses_side_by_side_are_no_more_than_those_in_a_row(
    world: World,
) -> None:
    await person(world, "van-hanh.a")
    seen = await asyncio.gather(
        *(Browser(world).signs_in("van-hanh.a", WRONG) for _ in range(12))
    )
    assert sorted(one.status for one in seen) == [401] * 5 + [429] * 7


async def test_an_administrator_must_set_up_a_second_factor(world: World) -> None:
    browser = await person(world, "quan-tri.a", "administrator")
    assert (await browser.get("/console")).location == "/console/hai-lop"
    secret, codes = await enrols(browser)
    assert (await browser.get("/console")).status == 200
    assert len(set(codes)) == 10
    await world.pass_hours(0.1)
    for given in ("", "000000", code(world, secret, 5)):
        assert (await Browser(world).signs_in("quan-tri.a", code=given)).status == 401
    now = code(world, secret)
    assert (await Browser(world).signs_in("quan-tri.a", code=now)).status == 303
    assert (await Browser(world).signs_in("quan-tri.a", code=now)).status == 401


async def test_a_code_works_once_however_many_show_it_at_once(world: World) -> None:
    browser = await person(world, "van-hanh.a")
    secret, _ = await enrols(browser)
    await world.pass_hours(0.1)
    now = code(world, secret)
    seen = await asyncio.gather(
        *(Browser(world).signs_in("van-hanh.a", code=now) for _ in range(4))
    )
    assert sorted(one.status for one in seen) == [303, 401, 401, 401]


async def test_a_recovery_code_stands_in_for_the_telephone_once(world: World) -> None:
    _, codes = await enrols(await person(world, "van-hanh.a"))
    assert (await Browser(world).signs_in("van-hanh.a", code=codes[3])).status == 303
    assert (await Browser(world).signs_in("van-hanh.a", code=codes[3])).status == 401
    assert (await Browser(world).signs_in("van-hanh.a", code=codes[4])).status == 303


async def test_a_session_ends_when_idle_and_when_its_time_is_over(
    world: World,
) -> None:
    idle, busy = await person(world, "van-hanh.a"), await person(world, "van-hanh.b")
    for _ in range(23):
        await world.pass_hours(1 / 3)
        assert (await busy.get("/console")).status == 200
    assert (await idle.get("/console")).status == 303
    await world.pass_hours(0.4)
    over = await busy.get("/console")
    assert over.location.startswith("/console/dang-nhap")


async def test_a_session_outlives_a_restart_of_the_gateway(world: World) -> None:
    browser = await person(world, "van-hanh.a")
    await world.stop_gateway()
    await world.start_gateway()
    assert (await browser.get("/console")).status == 200


async def test_a_session_has_a_new_token_after_sign_in_and_change_of_password(
    world: World,
) -> None:
    browser = Browser(world, {"lienthong-phien": "chosen-by-somebody-else"})
    first = await account(world, "van-hanh.a")
    tokens = ["chosen-by-somebody-else"]
    await browser.signs_in("van-hanh.a", first)
    tokens.append(browser.cookies["lienthong-phien"])
    await browser.get("/console/mat-khau")
    await browser.send("/console/mat-khau", new=PASSWORD, again=PASSWORD)
    tokens.append(browser.cookies["lienthong-phien"])
    assert len(set(tokens)) == 3
    for old in tokens[:2]:
        stale = Browser(world, {"lienthong-phien": old})
        assert (await stale.get("/console")).status == 303


@pytest.mark.parametrize("how", ["sign-out", "end", "reset", "change"])
async def test_sessions_end_with_what_they_rest_on(world: World, how: str) -> None:
    browser, other = await person(world, "van-hanh.a"), Browser(world)
    await other.signs_in("van-hanh.a")
    if how == "sign-out":
        await other.get("/console")
        left = {**other.cookies}
        await other.send("/console/dang-xuat")
        assert other.cookies == {}
        other.cookies = left
    elif how == "change":
        new = "mot mat khau khac han"
        await browser.get("/console/mat-khau")
        await browser.send("/console/mat-khau", old=PASSWORD, new=new, again=new)
        assert (await browser.get("/console")).status == 200
    else:
        path = f"/v1/accounts/van-hanh.a/{how}"
        await world.call("POST", path, {"reason": "nghỉ"}, role="administrator")
        assert (await browser.get("/console")).status == 303
    assert (await other.get("/console")).status == 303


async def test_the_cookie_of_a_session_goes_nowhere_else(world: World) -> None:
    browser, first = Browser(world), await account(world, "van-hanh.a")
    await browser.get("/console/dang-nhap")
    seen = await browser.send("/console/dang-nhap", name="van-hanh.a", password=first)
    (given,) = [
        one
        for one in seen.cookies
        if one.startswith("lienthong-phien=") and "Max-Age=0" not in one
    ]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(given.split("; "))
    host = world.stage.url("front").removeprefix("http://")
    seen = await browser.send(
        "/console/dang-nhap",
        {"Origin": f"https://{host}"},
        name="van-hanh.a",
        password=first,
    )
    (given,) = [one for one in seen.cookies if one.startswith("__Host-")]
    assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(given.split("; "))


async def test_accounts_are_for_administrators_and_none_ends_its_own(
    world: World,
) -> None:
    await person(world, "quan-tri.b", "administrator")
    for role in ("operator", "head", "reader", "one_stop"):
        assert (await world.call("GET", "/v1/accounts", role=role)).status == 403
        made = await world.call("POST", "/v1/accounts", {}, role=role)
        assert made.status == 403
    admin = await person(world, "quan-tri.a", "administrator")
    await enrols(admin)
    await admin.get("/console/tai-khoan")
    own = await admin.send("/console/tai-khoan/quan-tri.a/end", reason="thử")
    assert "nhờ một quản trị khác" in own.text
    done = await admin.send("/console/tai-khoan/quan-tri.b/end", reason="nghỉ hưu")
    assert done.location == "/console/tai-khoan?xong=end"
    lines = await signins(world, "account")
    assert (
        lines[-1] | {"actor": "quan-tri.a", "what": "ended", "why": "nghỉ hưu"}
        == lines[-1]
    )
    assert (await Browser(world).signs_in("quan-tri.b")).status == 401


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"account": "A"}, "3–50 chữ thường"),
        ({"account": "operator"}, "trùng"),
        ({"role": "one_stop"}, "administrator"),
        ({"name": ""}, "họ tên"),
        ({"offices": ["khong-co"]}, "khong-co"),
        ({"offices": "tax"}, "danh sách"),
        ({"role": "administrator", "offices": ["tax-mau-1"]}, "không giới hạn"),
        ({"reason": " "}, "lý do"),
    ],
)
async def test_an_account_that_is_none_is_refused_in_words(
    world: World, changed: dict[str, object], why: str
) -> None:
    body = {"account": "van-hanh.a", "name": "A", "role": "reader", "reason": "việc"}
    answered = await world.call(
        "POST", "/v1/accounts", {**body, **changed}, role="administrator"
    )
    assert answered.status == 400
    assert why in answered.body["remedy"]
    assert (await world.call("GET", "/v1/accounts", role="administrator")).body[
        "accounts"
    ] == []
