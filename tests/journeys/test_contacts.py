"""Contacts of offices: entered, shown where people need them, ended, never open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.commands import Ran, lienthong
from tests.journeys.test_callbacks import CORRECTION, quiet_world
from tests.journeys.test_privacy import files_under, open_marks
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-1201"
LAND = "land-mau-1"
MARKS = {
    "name": "Quách Thị Đầu Mối Riêng",
    "phone": "0900 071 901",
    "email": "dau.moi.71902@example.org",
    "why": "Thay ông Đầu Mối Riêng 71903 nghỉ hưu",
}


def entry(**changed: str) -> Json:
    content = {"office": LAND, "name": MARKS["name"], "phone": MARKS["phone"]}
    content |= {"email": MARKS["email"], "reason": MARKS["why"]}
    return content | changed


async def add(world: World, **changed: str) -> Answered:
    return await world.call(
        "POST", "/v1/contacts", entry(**changed), role="administrator"
    )


async def page(world: World, path: str) -> str:
    token = world.stage.secrets.value("token.operator")
    headers = {"Cookie": f"lienthong={token}"}
    answered = await world.call("GET", path, role="", headers=headers)
    assert answered.status == 200
    return answered.content.decode()


async def test_a_contact_is_shown_where_people_need_it_until_its_last_day(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        made = await add(world)
        assert made.status == 201
        await add(world, name="Ông Kỹ Thuật", role="technical", email="")
        await add(world, name="Bà Sang Năm", **{"from": "2027-01-01"})
        await world.call(
            "POST", f"/v1/lanes/{LAND}/pause", {"reason": "Thử"}, role="administrator"
        )
        await world.submit(a_dossier(NUMBER, **CORRECTION))
        (handed,) = await world.transfers(NUMBER, "hand_over")
        words = f"{MARKS['name']} (nghiệp vụ), {MARKS['phone']}, {MARKS['email']}"
        both = f"{words}; Ông Kỹ Thuật (kỹ thuật), {MARKS['phone']}"
        for path in ("/console/dung-yen", f"/console/ho-so/{handed['dossier_id']}"):
            assert f"Đầu mối: {both}" in await page(world, path)
        offices = await page(world, "/console/don-vi")
        assert MARKS["name"] in offices
        assert "Bà Sang Năm" not in offices
        paper = await page(
            world, f"/console/ban-giao/in?office={LAND}&dossier={NUMBER}"
        )
        assert f"Đầu mối bên nhận: {MARKS['name']}, {MARKS['phone']}." in paper
        lanes = await world.call("GET", "/v1/lanes", role="reader")
        (lane,) = (row for row in lanes.body["lanes"] if row["office"] == LAND)
        assert lane["contacts"] == both.split("; ")
        ended = await world.call(
            "POST",
            f"/v1/contacts/{made.body['id']}/end",
            {"reason": "Chuyển công tác"},
            role="administrator",
        )
        assert (ended.body["holds"], len(ended.body["changes"])) == (False, 2)
        assert MARKS["name"] not in await page(world, "/console/don-vi")
        left = await world.call("GET", "/v1/contacts", role="reader")
        assert {row["name"] for row in left.body["contacts"]} == {
            "Ông Kỹ Thuật",
            "Bà Sang Năm",
        }
        early = await world.call(
            "POST",
            f"/v1/contacts/{left.body['contacts'][0]['id']}/end",
            {"reason": "Nhầm ngày", "to": "2026-03-09"},
            role="administrator",
        )
        assert (early.status, early.body["code"]) == (400, "contact_invalid")
        again = await world.call(
            "POST",
            f"/v1/contacts/{made.body['id']}/end",
            {"reason": "Nữa"},
            role="administrator",
        )
        assert (again.status, again.body["code"]) == (409, "contact_over")
        await world.stop_gateway()
        await world.start_gateway()
        past = await world.call("GET", "/v1/contacts?past=true", role="reader")
        (gone,) = (r for r in past.body["contacts"] if r["id"] == made.body["id"])
        assert [(c["by"], c["what"], c["reason"]) for c in gone["changes"]] == [
            ("administrator", "added", MARKS["why"]),
            ("administrator", "ended", "Chuyển công tác"),
        ]


async def test_a_contact_lies_open_nowhere_and_programs_do_not_see_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with quiet_world(tmp_path) as world:
        assert (await add(world)).status == 201
        assert (await world.call("GET", "/v1/contacts", role="")).status == 401
        assert (await world.call("GET", "/v1/contacts")).status == 403
        assert (await world.call("GET", "/v1/contacts", role="reader")).status == 200
        lanes = await world.call("GET", "/v1/lanes")
        assert open_marks(lanes.content, MARKS) == set()
        at_rest = [p.read_bytes() for p in files_under(world.stage.run_dir)]
    at_rest += [p.read_bytes() for p in files_under(world.stage.run_dir)]
    assert set().union(*(open_marks(one, MARKS) for one in at_rest)) == set()
    lines = "".join(capfd.readouterr())
    assert '"action":"contact"' in lines
    assert open_marks(lines.encode(), MARKS) == set()


async def test_what_is_no_contact_is_refused_in_words(tmp_path: Path) -> None:
    async with quiet_world(tmp_path) as world:
        wrong = {
            "contact_invalid": [
                {"office": "no-such"},
                {"name": " "},
                {"name": "x" * 101},
                {"role": "chief"},
                {"phone": "", "email": ""},
                {"phone": "gọi tổng đài"},
                {"email": "khong-phai"},
                {"from": "mai"},
                {"from": "2026-03-10", "to": "2026-03-09"},
            ],
            "reason_missing": [{"reason": " "}],
        }
        for code, changes in wrong.items():
            for changed in changes:
                refused = await add(world, **changed)
                assert (refused.status, refused.body["code"]) == (400, code)
        refused = await world.call("POST", "/v1/contacts", entry(), role="operator")
        assert refused.status == 403
        left = await world.call("GET", "/v1/contacts", role="reader")
        assert left.body["contacts"] == []


async def ran(world: World, *words: str, code: int = 0) -> Ran:
    done = await lienthong(*words, run_dir=world.stage.run_dir, columns=240)
    assert done.code == code, (done.out, done.err)
    return done


async def test_contacts_are_kept_by_command(tmp_path: Path) -> None:
    async with quiet_world(tmp_path) as world:
        who = ("--office", LAND, "--name", "Bà Mẫu", "--reason", "Công văn 12")
        added = await ran(world, "contact", "add", *who, "--phone", "0900 000 001")
        assert "Bà Mẫu (nghiệp vụ), 0900 000 001" in added.out
        assert "Bà Mẫu" in (await ran(world, "lane", "list")).out
        listed = (await ran(world, "contact", "list", "--office", LAND)).out
        identifier = next(w for w in listed.split() if w.startswith("c_"))
        await ran(
            world,
            "contact",
            "end",
            identifier,
            "--reason",
            "Nghỉ",
            "--to",
            "2026-03-10",
        )
        assert "đến hết 10/03/2026" in (await ran(world, "contact", "list")).out
        gone = await ran(world, "contact", "end", "c_none", "--reason", "x", code=1)
        assert "Không có đầu mối này" in gone.err
