"""Signing in with the province's account: a real provider, a real browser's redirects."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.wiring.free_ports import free_port
from tests.people import Browser, Seen, signins
from tests.providers import BACK, CLIENT, SECRET, Elsewhere, Provider, new_key
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.system, pytest.mark.timeout(180)]
PEOPLE = {
    "an": {"name": "Đỗ Thị Thử An", "groups": ["lien-thong-van-hanh"]},
    "binh": {"name": "Võ Văn Thử Bình", "groups": ["phong-khac"]},
    "chi": {"name": "Lý Thị Thử Chi", "groups": ["lien-thong-quan-tri"]},
}
SINGLE = "/console/dang-nhap/chung"


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[World, Provider]]:
    world = World(tmp_path / "run", configure=quick)
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    port = free_port()
    world.more_settings = (
        f'[sign_in.single]\nissuer = "http://127.0.0.1:{port}"\n'
        f'client_id = "{CLIENT}"\nsecret_file = "{secret}"\n'
        'page = "PAGE"\nroles = { "lien-thong-quan-tri" = "administrator",'
        ' "lien-thong-van-hanh" = "operator" }\n'
    )
    async with world.mocks_only():
        page = world.stage.url("front")
        world.more_settings = world.more_settings.replace("PAGE", page)
        provider = Provider(port, page, PEOPLE)
        async with provider.running():
            await world.start_gateway()
            yield world, provider


async def leaves(browser: Browser, path: str = SINGLE) -> str:
    left = await browser.get(path)
    assert left.status == 303, left.text
    return left.location


async def enters(
    world: World, name: str, browser: Browser | None = None, path: str = SINGLE
) -> tuple[Browser, Seen, str]:
    browser = browser or Browser(world)
    away = await leaves(browser, path)
    back = await Elsewhere().through(away, name, world.stage.url("front"))
    return browser, await browser.get(back), back


async def test_whom_the_province_vouches_for_works_here_by_the_table_of_roles(
    both: tuple[World, Provider],
) -> None:
    world, _ = both
    assert SINGLE in (await Browser(world).get("/console/dang-nhap")).text
    browser, seen, _ = await enters(world, "an")
    assert (seen.status, seen.location) == (200, "")
    assert 'http-equiv="refresh"' in seen.text
    (given,) = [
        c
        for c in seen.cookies
        if c.startswith("lienthong-phien=") and "SameSite=strict" in c
    ]
    assert "HttpOnly" in given
    page = await browser.get("/console")
    assert "Đỗ Thị Thử An" in page.text
    assert (await browser.get("/console/tai-khoan")).status == 403
    (line,) = await signins(world, "sign_in")
    assert line["how"] == "single"
    assert line["actor"].startswith("sso:")
    admin, _, _ = await enters(world, "chi")
    assert (await admin.get("/console/tai-khoan")).status == 200


async def test_whoever_has_no_role_here_is_told_so_and_has_no_session(
    both: tuple[World, Provider],
) -> None:
    world, _ = both
    browser, seen, _ = await enters(world, "binh")
    assert seen.status == 401
    assert "chưa được giao vai nào" in seen.text
    assert (await browser.get("/console")).status == 303
    assert (await signins(world, "sign_in_refused"))[0]["why"] == "sign_in_no_role"


async def test_a_code_opens_one_session_in_the_browser_that_asked_for_it(
    both: tuple[World, Provider],
) -> None:
    world, _ = both
    browser = Browser(world)
    away = await leaves(browser)
    kept = dict(browser.cookies)
    back = await Elsewhere().through(away, "an", world.stage.url("front"))
    thief = Browser(world)
    assert (await thief.get(back)).status == 401
    await leaves(thief)
    assert (await thief.get(back)).status == 401
    assert (await browser.get(back)).status == 200
    again = Browser(world, kept)
    assert (await again.get(back)).status == 401
    assert "lienthong-phien" not in again.cookies


async def test_a_sign_in_that_took_too_long_begins_anew(
    both: tuple[World, Provider],
) -> None:
    world, _ = both
    browser = Browser(world)
    forged = {**browser.cookies, "lienthong-di": "00" * 60}
    browser.cookies = forged
    seen = await browser.get(f"{BACK}?code=c&state=s")
    assert seen.status == 401
    assert "đăng nhập lại từ đầu" in seen.text


async def test_an_account_that_was_ended_here_stays_out_whatever_the_province_says(
    both: tuple[World, Provider],
) -> None:
    world, _ = both
    browser, _, _ = await enters(world, "an")
    answered = await world.call("GET", "/v1/accounts", role="administrator")
    (account,) = [one["account"] for one in answered.body["accounts"]]
    await world.call(
        "POST",
        f"/v1/accounts/{account}/end",
        {"reason": "nghỉ việc"},
        role="administrator",
    )
    assert (await browser.get("/console")).status == 303
    _, seen, _ = await enters(world, "an")
    assert seen.status == 401
    assert "đã bị khóa" in seen.text


async def test_no_password_opens_an_account_of_the_province(
    both: tuple[World, Provider],
) -> None:
    world, _ = both
    await enters(world, "an")
    answered = await world.call("GET", "/v1/accounts", role="administrator")
    (account,) = [one["account"] for one in answered.body["accounts"]]
    for password in ("", "mat khau nao cung sai"):
        assert (await Browser(world).signs_in(account, password)).status == 401
    reset = await world.call(
        "POST", f"/v1/accounts/{account}/reset", {"reason": "x"}, role="administrator"
    )
    assert reset.status == 409


async def test_an_act_that_asks_for_proof_gets_it_from_the_province(
    both: tuple[World, Provider],
) -> None:
    world, _ = both
    browser, _, _ = await enters(world, "chi")
    await browser.get("/console/tai-khoan")
    await world.pass_hours(0.3)
    led = await browser.send(
        "/console/tai-khoan", account="moi.a", name="Mới", role="reader", reason="nhận"
    )
    away = await browser.get(led.location)
    assert away.location.startswith(f"{SINGLE}?lai=1&tiep=")
    before = browser.cookies["lienthong-phien"]
    _, seen, _ = await enters(world, "chi", browser, away.location)
    assert browser.cookies["lienthong-phien"] != before
    (target,) = re.findall(r'url=(/console/tiep-tuc/[^"]+)', seen.text)
    assert "nhận" in (await browser.get(target)).text
    assert (await browser.send("/console/tai-khoan")).status == 201


async def test_signing_out_offers_the_provinces_too(
    both: tuple[World, Provider],
) -> None:
    world, provider = both
    browser, _, _ = await enters(world, "an")
    await browser.get("/console")
    out = await browser.send("/console/dang-xuat")
    assert f"{provider.issuer}/session/end?client_id={CLIENT}" in out.text
    assert (await browser.get("/console")).status == 303


async def test_a_provider_that_changed_its_keys_is_believed(
    both: tuple[World, Provider],
) -> None:
    world, provider = both
    await enters(world, "an")
    assert world.gateway is not None
    single: Any = world.gateway.tools.accounts.single
    real = single._mono
    await provider.stop()
    async with replace(provider, key=new_key("k2")).running():
        single._mono = lambda: real() + 61.0
        _, seen, _ = await enters(world, "chi")
        assert seen.status == 200
