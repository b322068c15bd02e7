"""Dossiers whose slips people carry to tax in packages, end to end."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from gateway.disk import archives
from tests.journeys.commands import Ran, lienthong
from tests.journeys.packages import (
    ROAD,
    SILENT_LAND,
    SILENT_TAX,
    SOON_H,
    START,
    TAX,
    dossier,
    from_tax,
    hand_in,
    opened,
    with_slip,
)
from tests.journeys.webhooks import finished, questions_told
from tests.unit.adapters.tax_file import gateway_desk as tax_side
from tests.world import Answered, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(150),
    pytest.mark.asyncio(loop_scope="module"),
]
PREFIX = "H00.01-260707-08"


def counter_issues(config: Path) -> None:
    """One procedure whose slips the one-stop issues: tax's questions go there."""
    path = config / "procedures" / "1.999005.toml"
    text = path.read_text("utf-8")
    text = text.replace('issuer = "land_registry"', 'issuer = "one_stop"', 1)
    path.write_text(text, "utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Land as usual, tax without a line; July, when the second tax office began."""
    folder = tmp_path_factory.mktemp("packages") / "run"
    world = World(folder, configure=counter_issues)
    world.stage.start = START
    world.scenario(f"{PREFIX}01")
    world.scenario(f"{PREFIX}02", tax_file={"question": {"after_h": 1, "file": True}})
    for n in range(3, 9):
        world.scenario(
            f"{PREFIX}0{n}",
            land_registry=SILENT_LAND,
            # Those that tax is to get by hand never reach its mock.
            tax_file={**SILENT_TAX, "medium_lost_times": 0 if n == 3 else 9999},
        )
    async with world:
        keys = world.stage.secrets.folder
        certificate = (keys / "land-mau-2.cert.pem").read_bytes()
        (keys / "mot-cua-mau.cert.pem").write_bytes(certificate)
        yield world


async def bring(world: World, raw: bytes, name: str = "goi.p7m") -> Answered:
    """An operator hands a package in."""
    path = f"/v1/packages/{ROAD}?name={name}"
    return await world.call("POST", path, role="operator", data=raw)


async def lying(world: World) -> dict[str, dict[str, Any]]:
    """What lies to be carried, by name."""
    listed = await world.call("GET", "/v1/packages", role="operator")
    (desk,) = listed.body["desks"]
    assert desk["office"] == ROAD
    return {row["name"]: row for row in desk["outgoing"]}


# ---------------------------------------------------------------- the whole way


async def test_a_dossier_goes_its_whole_way_in_packages(world: World) -> None:
    number = f"{PREFIX}01"
    assert (await world.submit(dossier(number))).status == 202
    found: list[dict[str, Any]] = []
    while not found:
        await world.pass_hours(0.25)
        found = await world.transfers(number, "slip_new")
    (slip,) = found
    assert (slip["office"], slip["state"]) == (ROAD, "unconfirmed")
    told = await world.history(slip)
    assert told["cause"] == "awaiting_receipt"
    assert "Chép gói" in told["next_action"]
    shown = await finished(world, number)
    assert [t["state"] for t in shown["transfers"] if t["kind"] == "slip_new"] == [
        "delivered"
    ]
    assert len(world.effects(number, "tax", "slip_new")) == 1
    assert "financial_obligation" in [pause for _, pause in world.told(number)]


async def test_the_counter_answers_in_a_package_what_tax_asked_in_one(
    world: World,
) -> None:
    number = f"{PREFIX}02"
    document = dossier(number, procedure="1.999005")
    assert (await world.submit(document)).status == 202
    for _ in range(80):
        await world.pass_hours(2)
        if (await world.shown(number))["asks"]:
            break
    (question,) = questions_told(world, number)
    answer = {
        "question": question["number"],
        "content": "Gửi bản sao hợp đồng (ví dụ).",
        "documents": [
            {
                "name": "Hợp đồng (ví dụ)",
                "copies": 1,
                "files": [{"name": "hd.pdf", "content": "JVBERi0xLjQK"}],
            }
        ],
    }
    path = f"/v1/dossiers/{number}/answers"
    assert (await world.call("POST", path, answer)).status == 202
    await finished(world, number)
    assert len(world.effects(number, "tax", "question_answer")) == 1


# ---------------------------------------------------------------- carried by hand


async def test_a_replacing_slip_waits_until_the_first_has_its_receipt(
    world: World,
) -> None:
    number = f"{PREFIX}03"
    await with_slip(world, number, seq_id="DAT-1")
    more = {"msg_type": "11", "seq_id": "DAT-2", "replaces": "DAT-1"}
    await hand_in(world, number, "0002/PCTT", **more)
    states = {
        t["kind"]: t["state"]
        for t in (await world.shown(number))["transfers"]
        if t["agency"] == "tax"
    }
    assert states == {"slip_new": "unconfirmed", "slip_replace": "waiting"}
    await world.pass_hours(24 * 3)
    kinds = [line["kind"] for line in world.book("tax") if line["number"] == number]
    assert kinds == ["slip_new", "slip_replace"]


async def test_a_package_is_copied_for_the_medium_and_stays_until_its_receipt(
    world: World,
) -> None:
    number = f"{PREFIX}04"
    transfer = await with_slip(world, number)
    name = f"LT-{transfer['id']}.p7m"
    row = (await lying(world))[name]
    assert (row["number"], row["kind"], row["answers"]) == (number, "slip_new", False)
    one = await world.call("GET", f"/v1/packages/{ROAD}/{name}", role="operator")
    whole = await world.call("GET", f"/v1/packages/{ROAD}.zip", role="operator")
    copies = archives.unpacked(whole.content, max_files=99, max_bytes=10**8)
    assert copies[name] == one.content
    package = opened(world, name, one.content)
    assert (package.kinds, package.row["DON_VI_NHAN"]) == (["PHIEU_CHUYEN"], TAX)
    assert name in await lying(world)
    receipt = tax_side.receipt(package.number)
    told = await bring(world, from_tax(world, "TX-04", receipt))
    (done,) = told.body["packages"]
    assert (done["taken"], done["confirms"]) == (True, 1)
    # At once: nobody waits for the next look.
    await world.pass_hours(SOON_H)
    assert name not in await lying(world)
    (slip,) = await world.transfers(number, "slip_new")
    assert slip["state"] == "delivered"


async def test_a_package_handed_in_twice_changes_nothing_the_second_time(
    world: World,
) -> None:
    number = f"{PREFIX}05"
    transfer = await with_slip(world, number)
    files = (
        tax_side.receipt(f"LT-{transfer['id']}"),
        tax_side.states(
            tax_side.paid(number), tax_side.paid("H00.01-khong-co"), {"MaHoSo": "H-9"}
        ),
    )
    raw = from_tax(world, "TX-05", *files)
    (first,) = (await bring(world, raw)).body["packages"]
    assert {row["code"]: row["count"] for row in first["not_taken"]} == {
        "no_dossier": 2,
        "row_invalid": 1,
    }
    await world.pass_hours(SOON_H)
    paid = (await world.shown(number))["owed"]
    assert {notice["state"] for notice in paid["notices"]} == {"paid"}
    waiting = (await world.call("GET", "/v1/unmatched", role="operator")).body
    named = [row["named"] for row in waiting["unmatched"] if row["office"] == ROAD]
    assert ["H00.01-khong-co"] in named
    (again,) = (await bring(world, raw)).body["packages"]
    assert (again["taken"], again["reports"], again["not_taken"]) == (True, 0, [])
    later = (await world.call("GET", "/v1/unmatched", role="operator")).body
    assert len(later["unmatched"]) == len(waiting["unmatched"])
    # What became of each row goes back to tax, with both receipts.
    told = [
        opened(world, name, await copy(world, name)).of("BIEN_NHAN")[0]
        for name, row in (await lying(world)).items()
        if row["answers"]
    ]
    about = [one for one in told if one["SoGoi"] == "TX-05"]
    assert [one["Ma"] for one in about] == ["00", "01"]
    rows = [file.get("Dong", []) for file in about[0]["KetQua"]]
    assert [line["Ma"] for line in rows[1]] == ["00", "10", "17"]
    assert about[0]["KetQua"] == about[1]["KetQua"]


async def copy(world: World, name: str) -> bytes:
    path = f"/v1/packages/{ROAD}/{name}"
    return (await world.call("GET", path, role="operator")).content


async def test_a_receipt_that_comes_after_everybody_gave_up_is_still_taken(
    world: World,
) -> None:
    number = f"{PREFIX}06"
    transfer = await with_slip(world, number)
    await world.pass_hours(24 * 11)
    parked = await world.history(transfer)
    assert (parked["state"], parked["cause"]) == ("parked", "receipt_missing")
    assert "Hỏi cơ quan thuế" in parked["next_action"]
    receipt = tax_side.receipt(f"LT-{transfer['id']}")
    assert (await bring(world, from_tax(world, "TX-06", receipt))).status == 200
    await world.pass_hours(SOON_H)
    (slip,) = await world.transfers(number, "slip_new")
    assert (slip["state"], slip["attempts"]) == ("delivered", 1)


async def test_what_tax_could_not_open_is_packed_anew_under_its_number(
    world: World,
) -> None:
    number = f"{PREFIX}07"
    transfer = await with_slip(world, number)
    name = f"LT-{transfer['id']}.p7m"
    before = await copy(world, name)
    damaged = tax_side.receipt(f"LT-{transfer['id']}", "20")
    assert (await bring(world, from_tax(world, "TX-07", damaged))).status == 200
    await world.pass_hours(SOON_H)
    after = await copy(world, name)
    assert before != after
    packages = [opened(world, name, raw) for raw in (before, after)]
    assert packages[0].number == packages[1].number
    assert packages[0].files == packages[1].files
    (slip,) = await world.transfers(number, "slip_new")
    assert (slip["state"], slip["attempts"]) == ("unconfirmed", 2)


# ---------------------------------------------------------------- what is not taken


async def test_a_package_that_proves_nothing_is_kept_and_told_in_words(
    world: World,
) -> None:
    before = len(await unmatched(world))
    (told,) = (await bring(world, b"khong phai goi tin", "thu.p7m")).body["packages"]
    assert (told["taken"], told["code"]) == (False, "package_20")
    assert "không mở được" in told["words"]
    assert told["next_action"]
    rows = await unmatched(world)
    assert len(rows) == before + 1
    assert rows[-1]["code"] == "package_20"


async def unmatched(world: World) -> list[dict[str, Any]]:
    answer = await world.call("GET", "/v1/unmatched", role="operator")
    rows: list[dict[str, Any]] = answer.body["unmatched"]
    return [row for row in rows if row["office"] == ROAD]


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b"", "package_empty"), (b"PK\x03\x04hong", "package_archive")],
)
async def test_an_upload_that_holds_no_package_is_refused(
    world: World, raw: bytes, code: str
) -> None:
    answer = await bring(world, raw)
    assert (answer.status, answer.body["code"]) == (400, code)


async def test_several_packages_come_in_one_archive(world: World) -> None:
    packages = {
        f"TX-{n}.p7m": from_tax(
            world, f"TX-{n}", tax_side.states(tax_side.paid(f"H00.01-khong-co-{n}"))
        )
        for n in (91, 92)
    }
    raw = archives.packed({**packages, "doc.txt": b"x"})
    told = (await bring(world, raw, "ve.zip")).body["packages"]
    assert [one["number"] for one in told] == ["TX-91", "TX-92"]


@pytest.mark.parametrize("role", ["", "reader", "one_stop"])
async def test_packages_are_for_operators(world: World, role: str) -> None:
    for method, path in (
        ("GET", "/v1/packages"),
        ("GET", f"/v1/packages/{ROAD}.zip"),
        ("POST", f"/v1/packages/{ROAD}"),
    ):
        answer = await world.call(method, path, role=role)
        assert answer.status == (403 if role else 401)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{ROAD}/LT-khong-co.p7m", "package_gone"),
        (f"{ROAD}/..%2F..%2Fkeys%2Fsecrets.json", "unknown_path"),
        ("tax-mau-1.zip", "no_desk"),
        ("khong-co.zip", "no_desk"),
    ],
)
async def test_what_does_not_lie_there_is_told_so(
    world: World, path: str, code: str
) -> None:
    answer = await world.call("GET", f"/v1/packages/{path}", role="operator")
    assert answer.status == 404
    assert answer.body.get("code", "unknown_path") == code


# ---------------------------------------------------------------- the command line


async def run(world: World, *words: str) -> Ran:
    return await lienthong(*words, run_dir=world.stage.run_dir, columns=200)


async def test_packages_are_taken_along_and_brought_back_by_commands(
    world: World, tmp_path: Path
) -> None:
    transfer = await with_slip(world, f"{PREFIX}08")
    listed = await run(world, "package", "list")
    assert f"LT-{transfer['id']}" in listed.out
    assert f"{PREFIX}08" in listed.out
    medium = tmp_path / "usb"
    took = await run(world, "package", "take", ROAD, str(medium))
    assert "Đã chép" in took.out
    names = {path.name for path in medium.iterdir()}
    assert names == set(await lying(world))
    back = medium / "TX-99.p7m"
    back.write_bytes(from_tax(world, "TX-99", tax_side.states(tax_side.paid("H-99"))))
    brought = await run(world, "package", "bring", ROAD, str(back), "--json")
    (told,) = json.loads(brought.out)["packages"]
    assert (told["number"], told["taken"]) == ("TX-99", True)
    wrong = await run(world, "package", "take", "tax-mau-1", str(medium))
    assert wrong.code == 1
    assert ROAD in wrong.err


async def test_the_journal_keeps_who_carried_what(world: World) -> None:
    await world.call("GET", f"/v1/packages/{ROAD}.zip", role="operator")
    await bring(world, from_tax(world, "TX-70", tax_side.states(tax_side.paid("H-7"))))
    path = f"file:{world.stage.run_dir / 'store.sqlite'}?mode=ro"
    query = "SELECT actor, facts FROM journal WHERE kind = 'action'"
    with closing(sqlite3.connect(path, uri=True)) as file:
        lines = [(actor, json.loads(facts)) for actor, facts in file.execute(query)]
    acts = [facts for _, facts in lines if "office" in facts]
    assert {act["action"] for act in acts} == {"package_copied", "package_brought"}
    assert all(act["office"] == ROAD for act in acts)
    assert ["TX-70"] in [act["packages"] for act in acts]
    assert {actor for actor, _ in lines} == {"operator"}
