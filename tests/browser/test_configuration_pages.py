"""Versions of the configuration: who, when, what; another is seen before it runs."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from gateway.wiring.files import read_folder
from tests.browser.standing import sign_in
from tests.journeys.test_callbacks import handed_over, quiet_world
from tests.people import Browser
from tests.unit.wiring.test_candidates import packed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
NUMBER = "H00.01-260310-3501"
PATH = "/console/cau-hinh"
SECRET = "mat-khau-that-8c1f"
NAMED = "Chi nhánh <i>đổi tên</i> (ví dụ)"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One dossier is at the land office."""
    async with quiet_world(tmp_path_factory.mktemp("cau-hinh"), NUMBER) as world:
        await handed_over(world, NUMBER)
        yield world


async def administrator(world: World) -> Browser:
    """With the access code of mock mode."""
    browser = Browser(world)
    browser.cookies["lienthong"] = world.stage.secrets.value("token.administrator")
    return browser


async def running(world: World) -> tuple[int, dict[str, Any]]:
    assert world.gateway is not None
    found = await world.gateway.tools.store.configuration(None)
    assert found is not None
    return found


def land_office(content: dict[str, Any]) -> dict[str, Any]:
    for agency in content["agencies"]:
        for office in agency["office"]:
            if office["id"] == "land-mau-1":
                found: dict[str, Any] = office
                return found
    raise AssertionError


async def applied(world: World, reason: str = "", **changes: Any) -> int:
    """A new version by the API: the land office with some other values."""
    _, content = await running(world)
    land_office(content).update(changes)
    body = {"configuration": content, "reason": reason} if reason else content
    done = await world.call("POST", "/v1/configuration", body, role="administrator")
    assert done.status == 200, done.content
    return int(done.body["version"])


def archive(world: World, file: str = "", **changes: str) -> bytes:
    """The world's own folder as a zip, one file, or any, with other words."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed_:
        for path in world.stage.config.rglob("*.toml"):
            text = path.read_text("utf-8")
            for old, new in changes.items() if path.name.startswith(file) else ():
                text = text.replace(old, new)
            packed_.writestr(str(path.relative_to(world.stage.config)), text)
    return out.getvalue()


async def upload(window: Page, world: World, content: bytes) -> str:
    await window.goto(f"{world.stage.url('front')}{PATH}/moi")
    await window.get_by_label("Tệp zip").set_input_files(
        {"name": "cau-hinh.zip", "mimeType": "application/zip", "buffer": content}
    )
    await window.get_by_role("button", name="Kiểm tra").click()
    return await window.inner_text("main")


async def test_versions_say_who_made_them_and_what_differs(
    window: Page, world: World
) -> None:
    version = await applied(world, "Quyết định 7 <b>(ví dụ)", name=NAMED)
    await sign_in(window, world, "administrator")
    front = world.stage.url("front")
    await window.goto(front + PATH)
    row = window.locator("tbody tr", has_text="Quyết định 7")
    assert "quản trị" in await row.inner_text()
    assert "<b>" in await row.inner_text()
    assert "đang chạy" in await row.inner_text()
    await row.get_by_role("link").first.click()
    await window.wait_for_url(f"**{PATH}/{version}")
    entry = window.locator("details.entry")
    assert await entry.count() == 1
    told = await entry.inner_text()
    assert "land-mau-1" in told
    assert NAMED in told
    assert "Kiểm tra:" in await window.inner_text("main")


async def test_a_secret_in_a_configuration_is_not_shown(world: World) -> None:
    _, clean = await running(world)
    version = await applied(world, land_password=SECRET, url=f"https://u:{SECRET}@h/")
    browser = await administrator(world)
    for path in (PATH, f"{PATH}/{version}", f"{PATH}/so-sanh?tu=1&den={version}"):
        page = await browser.get(path)
        assert page.status == 200
        assert SECRET not in page.text
        assert path == PATH or "land_password" in page.text
    await world.call("POST", "/v1/configuration", clean, role="administrator")


async def test_programs_read_versions_and_changes_without_a_secret(
    world: World,
) -> None:
    _, clean = await running(world)
    version = await applied(world, "Vì thử", land_password=SECRET)
    path = "/v1/configuration/versions"
    listed = await world.call("GET", path, role="administrator")
    first = listed.body["versions"][0]
    assert (first["version"], first["why"]) == (version, "Vì thử")
    assert (first["by"], listed.body["running"]) == ("administrator", version)
    told = await world.call("GET", f"{path}/{version}/changes", role="administrator")
    assert "land_password" in str(told.body)
    assert SECRET not in str(told.body)
    older = await world.call("GET", f"{path}?before=2", role="administrator")
    assert [one["version"] for one in older.body["versions"]] == [1]
    for strange in (0, -5, 10**12):
        shown = await world.call(
            "GET", f"{path}/{strange}/changes", role="administrator"
        )
        assert shown.status == 404
        page = await world.call("GET", f"{path}?before={strange}", role="administrator")
        assert page.status == 200
    assert (await world.call("GET", path, role="operator")).status == 403
    await world.call("POST", "/v1/configuration", clean, role="administrator")


async def test_an_upload_is_seen_with_its_effect_and_then_runs(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "administrator")
    before, content = await running(world)
    # A fresh folder is what ran at the start: the name is the only change to it.
    name = land_office(read_folder(world.stage.config))["name"]
    told = await upload(window, world, archive(world, **{name: name + " mới"}))
    assert "1 hồ sơ có phần việc đang mở ở đơn vị có thay đổi" in told
    assert "giữ quy trình của ngày nhận" in told
    assert (await running(world))[0] == before
    await window.get_by_label("Lý do").fill("Đổi tên chi nhánh (ví dụ)")
    await window.get_by_role("button", name="Áp dụng").click()
    after, content = await running(world)
    assert after == before + 1
    assert land_office(content)["name"] == name + " mới"
    assert world.gateway is not None
    current = world.gateway.tools.versions.current
    assert name + " mới" in {one.name for one in current.offices.values()}


async def test_an_earlier_version_runs_again_as_a_new_one(
    window: Page, world: World
) -> None:
    one = await applied(world, name="Tên trước (ví dụ)")
    two = await applied(world, name="Tên sau (ví dụ)")
    await sign_in(window, world, "administrator")
    await window.goto(f"{world.stage.url('front')}{PATH}/{one}")
    await window.get_by_role("link", name="Dùng lại").click()
    assert "1 mục thay đổi" in await window.inner_text("main")
    await window.get_by_label("Lý do").fill("Bản sau ghi nhầm (ví dụ)")
    await window.get_by_role("button", name="Áp dụng").click()
    version, content = await running(world)
    assert version == two + 1
    assert land_office(content)["name"] == "Tên trước (ví dụ)"
    await window.goto(world.stage.url("front") + PATH)
    row = window.locator("tbody tr", has_text="Bản sau ghi nhầm")
    assert f"dùng lại phiên bản {one}" in await row.inner_text()


async def test_who_comes_second_is_told_that_another_changed_it(world: World) -> None:
    one = await applied(world, name="Một (ví dụ)")
    await applied(world, name="Hai (ví dụ)")
    browser = await administrator(world)
    await browser.get(f"{PATH}/{one}/dung-lai")
    ran = await applied(world, name="Ba (ví dụ)")
    late = await browser.send(f"{PATH}/ap-dung", reason="Muộn")
    assert late.status == 409
    assert "người khác đổi" in late.text
    assert (await running(world))[0] == ran
    await browser.get(f"{PATH}/{one}/dung-lai")
    assert (await browser.send(f"{PATH}/ap-dung", reason=" ")).status == 422
    assert (await running(world))[0] == ran


async def test_a_trial_says_which_dossiers_would_go_otherwise(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "administrator")
    text = archive(world)
    await applied(world, name="Để có khác (ví dụ)")
    await upload(window, world, text)
    day = f"{world.now():%Y-%m-%d}"
    await window.get_by_label("Chạy thử").fill(day)
    await window.get_by_label("đến hết ngày").fill(day)
    before = (await running(world))[0]
    await window.get_by_role("button", name="Chạy thử").click()
    told = await window.inner_text("main")
    assert "Không gửi gì, không lưu gì" in told
    assert re.search(r"Đã thử\s+1", told)
    assert (await running(world))[0] == before


async def test_errors_of_an_upload_name_file_and_line_and_it_cannot_run(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "administrator")
    before = (await running(world))[0]
    told = await upload(
        window, world, archive(world, "competence", **{'office = "': 'office = "x-'})
    )
    assert re.search(r"routing/competence\.toml:\d+", told)
    assert "Còn lỗi" in told
    assert await window.get_by_role("button", name="Áp dụng").count() == 0
    broken = packed({"agencies/tax.toml": "a = = 1"})
    told = await upload(window, world, broken)
    assert "agencies/tax.toml:1" in told
    for strange in (b"PK nothing", b'{"agencies": 5}', b"{", b"\x00" * 40):
        told = await upload(window, world, strange)
        assert await window.get_by_role("button", name="Áp dụng").count() == 0
    assert (await running(world))[0] == before


async def test_only_who_configures_is_shown_any_of_it(
    window: Page, world: World
) -> None:
    await sign_in(window, world, "operator")
    front = world.stage.url("front")
    assert await window.locator(f'nav a[href="{PATH}"]').count() == 0
    for path in ("", "/1", "/so-sanh?tu=1&den=1", "/moi", "/1/dung-lai"):
        assert (await window.goto(f"{front}{PATH}{path}")).status == 403  # type: ignore[union-attr]
    for path in ("moi", "ap-dung", "chay-thu"):
        answer = await window.request.post(
            f"{front}{PATH}/{path}", form={"reason": "x"}, headers={"Origin": front}
        )
        assert answer.status == 403


async def test_hostile_addresses_and_forged_forms_are_answered(world: World) -> None:
    browser = await administrator(world)
    before = (await running(world))[0]
    for asked in ("truoc=%00", "truoc=-1", "truoc=99999999999999", "truoc=²"):
        assert (await browser.get(f"{PATH}?{asked}")).status == 200
    for path in ("/0", "/x", "/%00", "/999999999", "/so-sanh", "/so-sanh?tu=1&den=x"):
        assert (await browser.get(PATH + path)).status == 404
    for content in ("", "x", "eJw", "é", "AAAA", "eJyLjgUAARUAuQ=="):
        fields = {"content": content, "seen": str(before), "reason": "x"}
        for path in ("ap-dung", "chay-thu"):
            answered = await browser.bare(f"{PATH}/{path}", **fields)
            assert 400 <= answered.status < 500
    assert (await running(world))[0] == before


@pytest.mark.parametrize(
    "content", [{"agencies": 5}, {"agencies": [5]}, {"procedures": {"a": 1}}]
)
async def test_a_content_of_another_form_is_no_fault_of_the_gateway(
    world: World, content: dict[str, Any]
) -> None:
    before = (await running(world))[0]
    for path, body in (
        ("/v1/configuration", content),
        ("/v1/configuration/dry-run", {"configuration": content}),
    ):
        answered = await world.call("POST", path, body, role="administrator")
        assert (answered.status, answered.body["code"]) == (
            400,
            "configuration_invalid",
        )
    assert (await running(world))[0] == before
