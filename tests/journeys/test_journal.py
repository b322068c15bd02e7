"""Who did and read what: found by whom it is for, kept, and held against its hashes."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.legal_day import legal_day
from tests.browser.standing import (
    BUSY,
    DOUBTFUL,
    PARKED,
    bring_about,
    standing_world,
)
from tests.journeys.commands import lienthong
from tests.people import PASSWORD, person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.people import Browser, Seen
    from tests.world import World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
PAGE = "/console/nhat-ky"
LAND, WATER = "land-mau-1", "cap-nuoc-mau"
EVIL = '=HYPERLINK("http://x";"<script>alert(1)</script>")'


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with standing_world(tmp_path / "run") as world:
        await bring_about(world)
        yield world


def table(page: Seen) -> list[str]:
    """Its lines as text."""
    assert page.status == 200, page.text[:500]
    rows = re.findall(r"<tr>(.*?)</tr>", page.text, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in rows]


async def identifier(world: World, number: str) -> str:
    return str((await world.shown(number))["id"])


async def resent(browser: Browser, world: World, number: str, reason: str) -> None:
    """What a person does about a parked transfer."""
    await browser.get("/console/cho-xu-ly")
    for one in (await world.shown(number))["transfers"]:
        if one["state"] == "parked":
            path = f"/console/luot-gui/{one['id']}/resend"
            done = await browser.send(path, reason=reason)
            assert done.status == 303, done.text
            return
    raise AssertionError(number)


async def test_who_did_what_and_who_read_which_is_found_with_reason_and_link(
    world: World,
) -> None:
    staff = await person(world, "van-hanh.a")
    head = await person(world, "lanh-dao.a", "head")
    dossier = await identifier(world, PARKED)
    for _ in range(3):
        assert (await staff.get(f"/console/ho-so/{dossier}")).status == 200
    await resent(staff, world, PARKED, EVIL)
    found = await head.get(PAGE)
    lines = table(found)
    reads = [one for one in lines if "van-hanh.a" in one and "Xem hồ sơ" in one]
    assert len(reads) == 1, "once in an hour"
    assert PARKED in reads[0]
    (act,) = [one for one in lines if "Gửi lại lượt gửi" in one]
    assert "van-hanh.a" in act
    assert "&lt;script&gt;" in act
    assert "<script>alert" not in found.text
    assert f'href="/console/ho-so/{dossier}"' in found.text
    # Of another person, another kind of act, another office, another day: not there.
    for query in (
        "nguoi=ai-khac",
        "viec=cau-hinh",
        f"don-vi={WATER}",
        "den=2026-03-01",
    ):
        assert not any(
            "van-hanh.a" in one for one in table(await head.get(f"{PAGE}?{query}"))
        )
    for query in ("nguoi=van-hanh.a", "viec=doc"):
        assert any(
            "Xem hồ sơ" in one for one in table(await head.get(f"{PAGE}?{query}"))
        )
    assert any(
        "Gửi lại" in one for one in table(await head.get(f"{PAGE}?don-vi={LAND}"))
    )
    # After an hour a look is another one.
    await world.pass_hours(2)
    for browser, name in ((staff, "van-hanh.a"), (head, "lanh-dao.a")):
        await browser.signs_in(name)
    await staff.get(f"/console/ho-so/{dossier}")
    lines = table(await head.get(f"{PAGE}?nguoi=van-hanh.a&viec=doc"))
    assert len([one for one in lines if "Xem hồ sơ" in one]) == 2


async def test_a_number_becomes_an_identifier_and_stands_in_no_address(
    world: World,
) -> None:
    staff = await person(world, "van-hanh.a")
    head = await person(world, "lanh-dao.a", "head")
    mine, other = await identifier(world, PARKED), await identifier(world, BUSY)
    for one in (mine, other):
        await staff.get(f"/console/ho-so/{one}")
    await head.get(f"{PAGE}?nguoi=van-hanh.a")
    led = await head.send(f"{PAGE}/ho-so", number=PARKED)
    assert led.status == 303
    assert f"ho-so={mine}" in led.location
    assert "nguoi=van-hanh.a" in led.location
    assert PARKED not in led.location
    lines = "".join(table(await head.get(led.location)))
    assert PARKED in lines
    assert BUSY not in lines
    unknown = await head.send(f"{PAGE}/ho-so", number="không có")
    assert unknown.status == 404


async def test_what_happened_by_rule_says_why_in_words(world: World) -> None:
    told = await world.call("GET", "/v1/journal?since=2026-03-10", role="administrator")
    why = {one["reason"] for one in told.body["journal"] if one["by"] == "breaker"}
    assert why == {"Cơ quan đề nghị chờ, chưa nhận thêm."}


async def test_looking_into_the_journal_is_kept_too(world: World) -> None:
    head = await person(world, "lanh-dao.a", "head")
    await head.get(f"{PAGE}?viec=don-vi")
    lines = table(await head.get(f"{PAGE}?viec=xem-nhat-ky"))
    assert any("lanh-dao.a" in one and "Xem nhật ký" in one for one in lines)


async def test_the_file_is_safe_and_asks_for_the_password_again(world: World) -> None:
    staff = await person(world, "van-hanh.a")
    head = await person(world, "lanh-dao.a", "head")
    await resent(staff, world, PARKED, EVIL)
    await world.pass_hours(0.4)
    await head.get(PAGE)
    asked = await head.send(f"{PAGE}/tai")
    assert asked.status == 303
    assert asked.location.startswith("/console/xac-nhan")
    await head.get(asked.location)
    proved = await head.send("/console/xac-nhan", password=PASSWORD)
    assert proved.status == 303, proved.text
    await head.get(PAGE)
    file = await head.send(f"{PAGE}/tai")
    assert file.status == 200
    rows = list(csv.reader(io.StringIO(file.text.lstrip("\ufeff")), delimiter=";"))
    assert rows[0][1] == "Ai"
    (act,) = [row for row in rows if "Gửi lại lượt gửi" in row]
    assert act[3] == f"'{EVIL}"
    assert not any(
        cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row
    )
    lines = table(await head.get(f"{PAGE}?viec=xem-nhat-ky"))
    assert any("Tải nhật ký về máy" in one for one in lines)


async def test_a_changed_line_is_named_and_an_untouched_day_holds(
    world: World, tmp_path: Path
) -> None:
    staff = await person(world, "van-hanh.a")
    head = await person(world, "lanh-dao.a", "head")
    await staff.get(f"/console/ho-so/{await identifier(world, PARKED)}")
    day = legal_day(world.now()).isoformat()
    with contextlib.suppress(ChangedMeanwhile):  # the gateway's own sealer came first
        await world.seal()
    await head.get(PAGE)
    good = await head.send(f"{PAGE}/kiem-tra", day=day)
    assert "còn nguyên như khi ghi" in good.text
    path = next((tmp_path / "run").rglob("store.sqlite"))
    with apsw.Connection(str(path)) as db:
        db.set_busy_timeout(5_000)
        db.execute(
            "UPDATE journal SET actor = 'nguoi-khac' WHERE actor = 'van-hanh.a' AND kind = 'read'"
        )
        assert db.changes() == 1
    bad = await head.send(f"{PAGE}/kiem-tra", day=day)
    assert "KHÔNG còn nguyên" in bad.text
    assert "một dòng không còn như khi ghi" in bad.text
    answered = await world.call("POST", "/v1/journal/verify", {"day": day}, role="head")
    assert answered.body["holds"] is False
    assert answered.body["line"]


async def test_it_is_for_those_who_audit_and_of_their_agencies_alone(
    world: World,
) -> None:
    staff = await person(world, "van-hanh.a")
    own = await person(world, "dat-dai.a", "head", LAND)
    strange = await person(world, "cap-nuoc.a", "head", WATER)
    reader = await person(world, "chi-xem.a", "reader")
    await staff.get(f"/console/ho-so/{await identifier(world, DOUBTFUL)}")
    await resent(staff, world, PARKED, "đã sửa dữ liệu")
    for browser in (staff, reader):
        assert (await browser.get(PAGE)).status == 403
        assert PAGE not in (await browser.get("/console")).text
    lines = "".join(table(await own.get(PAGE)))
    assert DOUBTFUL in lines
    for path in (PAGE, f"{PAGE}?nguoi=van-hanh.a", f"{PAGE}?viec=doc", "/v1/journal"):
        shown = await strange.get(path)
        assert shown.status == 200
        assert "van-hanh.a" not in re.sub(r'value="[^"]*"', "", shown.text).replace(
            '"person":"van-hanh.a"', ""
        )
        assert DOUBTFUL not in shown.text
    day = {"day": "2026-03-10"}
    assert "kiem-tra" not in (await own.get(PAGE)).text
    for method in ("GET", "POST"):
        path = "/v1/journal" if method == "GET" else "/v1/journal/verify"
        body: Any = None if method == "GET" else day
        refused = await world.call(method, path, body, role="operator")
        assert refused.status == 403


@pytest.mark.parametrize(
    "query",
    [
        "after=%00",
        "after=2026-03-10T00:00:00%2B00:00~99999999999999999999",
        "nguoi=%00&ho-so=%00&don-vi=%00&viec=%00",
        "tu=9999-12-31&den=0001-01-01",
        "tu=x&den=x&nguoi=" + "a" * 3000,
        "ho-so=%27%20OR%201=1--",
    ],
)
async def test_addresses_that_mean_nothing_are_lists_all_the_same(
    world: World, query: str
) -> None:
    head = await person(world, "lanh-dao.a", "head")
    assert (await head.get(f"{PAGE}?{query}")).status == 200


async def test_commands_list_and_check_the_journal(
    world: World, tmp_path: Path
) -> None:
    staff = await person(world, "van-hanh.a")
    await resent(staff, world, PARKED, "đã sửa dữ liệu")
    with contextlib.suppress(ChangedMeanwhile):
        await world.seal()
    day = legal_day(world.now()).isoformat()
    ran = partial(lienthong, run_dir=world.stage.run_dir, columns=200)
    listed = await ran("journal", "list", "--person", "van-hanh.a")
    assert listed.code == 0, listed.err
    assert "Gửi lại lượt gửi" in listed.out
    assert "đã sửa dữ liệu" in listed.out
    events = await ran("journal", "cef", day)
    assert events.code == 0, events.err
    told = events.out.splitlines()
    assert all(one.startswith("CEF:0|Lien thong|gateway|") for one in told)
    moments = [int(one.partition("rt=")[2].split()[0]) for one in told]
    assert moments == sorted(moments)
    assert any("|Gửi lại lượt gửi|3|" in one and "van-hanh.a" in one for one in told)
    assert "đã sửa dữ liệu" not in events.out
    checked = await ran("journal", "verify", day)
    assert checked.code == 0, checked.err
    assert "còn nguyên như khi ghi" in checked.out
    path = next((tmp_path / "run").rglob("store.sqlite"))
    with apsw.Connection(str(path)) as db:
        db.set_busy_timeout(5_000)
        db.execute("UPDATE journal SET at = at + 1 WHERE kind = 'action'")
        assert db.changes()
    wrong = await ran("journal", "verify", day)
    assert wrong.code == 1
    assert "KHÔNG còn nguyên" in wrong.out
    odd = await ran("journal", "verify", "hôm-qua")
    assert odd.code == 1
    assert "ví dụ 30/06/2025" in odd.err
