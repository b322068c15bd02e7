"""A dossier's people are seen by whom they are for: every page, call, paper and file."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from gateway.sealing import folder as folder_module
from tests.browser.standing import PARKED, bring_about, standing_world
from tests.journeys.test_callbacks import supplement_request
from tests.journeys.test_other_agencies import filled, routes
from tests.people import person
from tests.world import a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.world import World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
NUMBER = "H00.01-260310-0790"
#: What is planted in the dossier; none of it may stand anywhere for those who see masks.
MARKS = {
    "name": "Quách Dấuhiệu Mộttên",
    "owner": "Khổng Dấuhiệu Haitên",
    "phone": "0912345671",
    "identity": "099999000672",
    "email": "dauhieu.thu@vidu.vn",
    "address": "Ngõ Dấuhiệu địachỉ",
    "parcel": "77031",
    "sheet": "66041",
    "area": "Ấp Dấuhiệu khuvực",
    "serial": "ZZ 555081",
    "contract": "DH-551/HDVD",
    "notes": "lời Dấuhiệu riêng",
}
#: What an office and a member of staff wrote, of the same people.
SAID = f"Gọi {MARKS['name']} ({MARKS['phone']}) bổ sung bản vẽ."
DOCUMENT: dict[str, Any] = {
    "applicant": {
        "name": MARKS["name"],
        "phone": MARKS["phone"],
        "email": MARKS["email"],
        "address": MARKS["address"],
        "birth": "1957-03-21",
        "identity": {"kind": "cccd", "number": MARKS["identity"]},
    },
    "owners": [{"name": MARKS["owner"]}],
    "parcels": [{"number": MARKS["parcel"], "sheet": MARKS["sheet"]}],
    "certificate": {"serial": MARKS["serial"]},
    "transfer": {"contract_number": MARKS["contract"]},
    "notes": MARKS["notes"],
    "area": {"commune": "99101", "address": MARKS["area"]},
}
ROLES = ("operator", "head", "administrator", "reader")
MASKED = ("head", "administrator", "reader")
FORMS = (
    *("control-slip", "supplement-request", "intake-refusal", "refusal", "apology"),
    *("prefilled-slip", "non-receipt", "handover-list"),
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = standing_world(tmp_path / "run")
    silent = {"step": [{"on": "never", "send": "ChuyenHoSo"}]}
    world.scenario(NUMBER, land_registry=silent)
    async with world:
        answered = await world.submit(a_dossier(NUMBER, **DOCUMENT))
        assert answered.status == 202, answered.content
        await world.pass_hours(3)
        asked = supplement_request(NUMBER, "2026-03-10T02:00:00")
        await world.push("YeuCauBoSungHoSo", {**asked, "GhiChu": SAID})
        await world.pass_hours(1)
        chase = {"office": "land-mau-1", "how": "call", "said": SAID}
        path = f"/v1/dossiers/{NUMBER}/chases"
        done = await world.call("POST", path, chase, role="operator")
        assert done.status == 201, done.content
        await bring_about(world)
        yield world


def paths(world: World, known: dict[str, str]) -> list[str]:
    """Every page and call that is read, of this dossier; each form; each of its transfers."""
    found: list[str] = []
    for route in routes(world, "GET"):
        if "_control" in route or "stream" in route or "live" in route:
            continue
        if "{form}" in route:
            found += [filled(route.replace("{form}", form), known) for form in FORMS]
        else:
            found.append(filled(route, known))
    found += [f"/v1/handover-list?office=land-mau-1&dossier={NUMBER}"]
    found += [f"/v1/handover-list.docx?office=land-mau-1&dossier={NUMBER}"]
    found += [f"/console/ban-giao?office=land-mau-1&dossier={NUMBER}"]
    found += ["/v1/dossiers?limit=100", "/console/luot-gui?trang-thai=all"]
    return found


def text_of(content: bytes) -> str:
    """What people read of an answer; of an archive its texts."""
    if content[:2] != b"PK":
        return unicodedata.normalize("NFC", content.decode("utf-8", "replace"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [
            archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
        ]
    return unicodedata.normalize("NFC", re.sub(r"<[^>]+>", "", "".join(parts)))


async def known_of(world: World) -> dict[str, str]:
    """What stands in paths."""
    shown = await world.shown(NUMBER)
    unmatched = await world.call("GET", "/v1/unmatched", role="operator")
    return {
        "number": NUMBER,
        "transfer": shown["transfers"][0]["id"],
        "id": shown["id"],
        "report": next(iter(unmatched.body.values()))[0]["id"],
    }


async def leaks(world: World, role: str) -> dict[str, set[str]]:
    """Paths on which a role finds what was planted."""
    known = await known_of(world)
    found: dict[str, set[str]] = {}
    for path in paths(world, known):
        answered = await world.call("GET", path, role=role)
        assert answered.status < 500, (path, answered.content[:400])
        text = text_of(answered.content)
        seen = {name for name, mark in MARKS.items() if mark in text}
        if seen:
            found[path] = seen
    return found


async def test_each_role_finds_of_a_dossiers_people_what_is_for_it_and_no_more(
    world: World,
) -> None:
    open_ = await leaks(world, "operator")
    # The walk sees: those who telephone people find every planted value.
    assert set().union(*open_.values()) == set(MARKS)
    assert len(open_) > 5
    for role in MASKED:
        assert await leaks(world, role) == {}, role
    # Once somebody has said why, the same pages show the same to them, for a while.
    path = f"/v1/dossiers/{NUMBER}/unmask"
    asked = await world.call("POST", path, {"reason": "đối chiếu đơn"}, role="head")
    assert asked.status == 200, asked.content
    mine = await leaks(world, "head")
    assert set().union(*mine.values()) == set(MARKS)
    assert await leaks(world, "administrator") == {}
    await world.pass_hours(0.6)
    assert await leaks(world, "head") == {}


async def test_every_road_to_a_dossiers_people_leaves_a_line(world: World) -> None:
    identifier = (await world.shown(NUMBER))["id"]
    assert world.gateway is not None
    tools: Any = world.gateway.tools
    kept: Any = world.gateway.opened.kept

    def lines() -> int:
        query = "SELECT count(*) FROM journal WHERE kind = 'read' AND about = ?"
        return int(kept._reader.execute(query, (identifier,)).get)

    unnoted, roads = [], 0
    for path in paths(world, await known_of(world)):
        tools.reads._kept.clear()  # as in another hour
        before = lines()
        answered = await world.call("GET", path, role="operator")
        if any(mark in text_of(answered.content) for mark in MARKS.values()):
            roads += 1
            if lines() == before:
                unnoted.append(path)
    assert roads > 5
    assert unnoted == []
    # Within the hour the same looks are no further lines; papers are one each.
    before = lines()
    for path in (f"/v1/dossiers/{NUMBER}", f"/console/ho-so/{identifier}"):
        await world.call("GET", path, role="operator")
    after = lines()
    for path in (f"/v1/dossiers/{NUMBER}", f"/console/ho-so/{identifier}"):
        await world.call("GET", path, role="operator")
    assert after - before <= 1
    assert lines() == after


async def test_a_page_that_goes_round_the_gate_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for gate in ("hides", "is_masked"):
        monkeypatch.setattr(folder_module, gate, lambda _: False)
    found = await leaks(world, "reader")
    assert set().union(*found.values()) == set(MARKS)


async def test_nobody_without_the_right_or_a_reason_is_shown_anything(
    world: World,
) -> None:
    path = f"/v1/dossiers/{NUMBER}/unmask"
    for role, body, status in (
        ("reader", {"reason": "muốn xem"}, 403),
        ("operator", {"reason": "đã thấy rồi"}, 403),
        ("head", {"reason": " "}, 400),
        ("head", {}, 400),
    ):
        answered = await world.call("POST", path, body, role=role)
        assert answered.status == status, (role, answered.content)
    assert await leaks(world, "head") == {}


async def test_one_dossier_is_opened_by_a_reason_on_its_page_and_it_is_kept(
    world: World,
) -> None:
    head = await person(world, "lanh-dao.a", "head")
    other = await person(world, "lanh-dao.b", "head")
    page = f"/console/ho-so/{(await world.shown(NUMBER))['id']}"
    before = await head.get(page)
    assert "Dữ liệu cá nhân đang được che" in before.text
    assert "Q••• D••• M•••" in before.text
    shown = await head.send(f"{page}/mo-che", reason="đối chiếu đơn khiếu nại")
    assert (shown.status, shown.location) == (303, page)
    after = await head.get(page)
    assert MARKS["name"] in after.text
    assert "Đang xem dữ liệu cá nhân" in after.text
    assert MARKS["name"] not in (await other.get(page)).text
    journal = await other.get("/console/nhat-ky?viec=mo-che")
    assert "lanh-dao.a" in journal.text
    assert "đối chiếu đơn khiếu nại" in journal.text
    assert "Mở dữ liệu cá nhân của hồ sơ (đến" in journal.text
    reader = await person(world, "chi-xem.a", "reader")
    seen = await reader.get(page)
    assert "mo-che" not in seen.text
    assert MARKS["name"] not in seen.text


async def test_what_is_not_seen_is_neither_corrected_nor_approved(
    world: World,
) -> None:
    staff = await person(world, "van-hanh.a")
    head = await person(world, "lanh-dao.a", "head")
    identifier = (await world.shown(PARKED))["id"]
    page = f"/console/ho-so/{identifier}/sua"
    assert (await head.get(page)).status == 403
    await staff.get(page)
    asked = await staff.send(
        page, reason="gọi người nộp", **{"/applicant/phone": "0912345678"}
    )
    assert asked.status == 303, asked.text
    listed = await head.get("/console/sua-ho-so")
    assert "0912345678" not in listed.text
    assert "/duyet" not in listed.text
    (correction,) = re.findall(r"/console/sua-ho-so/([^/\"]+)/bo", listed.text)
    fields = {
        "reason": "đã xem",
        "csrf": re.findall(r'name="csrf" value="([^"]+)"', listed.text)[0],
    }
    path = f"/console/sua-ho-so/{correction}/duyet"
    blind = await head._call("POST", path, fields)
    assert blind.status == 403
    await head.get(f"/console/ho-so/{identifier}")
    await head.send(f"/console/ho-so/{identifier}/mo-che", reason="để duyệt")
    listed = await head.get("/console/sua-ho-so")
    assert "0912345678" in listed.text
    approved = await head.send(path, reason="đã gọi lại")
    assert approved.status == 303, approved.text
    document = (await world.shown(PARKED))["document"]
    assert document["applicant"]["phone"] == "0912345678"
    assert "•" not in str(document)
