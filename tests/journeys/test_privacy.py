"""After a whole run nothing personal lies open: not at rest, not in logs, not in addresses."""

from __future__ import annotations

import base64
import json
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import psycopg
import pytest
from psycopg import sql

from tests.journeys.slips import number_in, slip_for
from tests.journeys.test_callbacks import progress, supplement_request
from tests.journeys.test_on_postgresql import FILES, store_table
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0701"
PARKED = "H00.01-260310-0702"
#: Invented, and so odd that nothing else writes them.
MARKS = {
    "name": "Quách Thị Dấu Riêng",
    "identity": "000000071834",
    "phone": "0900071835",
    "email": "dau.rieng.71836@example.org",
    "address": "Ngõ 71837 đường Dấu Riêng",
    "serial": "MM 071838",
    "parcel": "71839-dau",
    "note": "Bà Dấu Riêng 71840 thiếu giấy kết hôn",
    "reason": "Cán bộ đã gọi bà Dấu Riêng 71841",
    "file": "don-cua-dau-rieng-71842.pdf",
    "file content": "%PDF-1.4 dau rieng 71843",
    "extension": "gia-tri-71844",
    "withdrawal": "Thôi chuyển nhượng cho ông Dấu Riêng 71845",
    "officer's note": "Trao đổi với bà Dấu Riêng 71846",
}
#: Numbers of a dossier are personal, too: the number is the way to the person.
NUMBERS = {"dossier": NUMBER, "parked dossier": PARKED}


def dossier(number: str, **changed: Any) -> dict[str, Any]:
    """A dossier full of marks."""
    content = base64.b64encode(MARKS["file content"].encode()).decode()
    return a_dossier(
        number,
        applicant={
            "name": MARKS["name"],
            "identity": {"kind": "cccd", "number": MARKS["identity"]},
            "phone": MARKS["phone"],
            "email": MARKS["email"],
            "address": MARKS["address"],
        },
        certificate={"serial": MARKS["serial"]},
        parcels=[{"number": MARKS["parcel"], "sheet": "7", "area_m2": "120,5"}],
        documents=[
            {
                "name": "Đơn",
                "originals": 1,
                "copies": 0,
                "files": [{"name": MARKS["file"], "content": content}],
            }
        ],
        extension={"noi_bo": MARKS["extension"]},
        **changed,
    )


def forms(mark: str) -> set[bytes]:
    """How a text may lie open: as it is, decomposed, escaped, in UTF-16, in base64."""
    found = {mark, unicodedata.normalize("NFD", mark), json.dumps(mark)[1:-1]}
    found.add(quote(mark))
    plain = {text.encode() for text in found} | {mark.encode("utf-16-le")}
    # base64 of a text inside a longer one: the part that does not depend on its place
    for shift in range(3):
        packed = base64.b64encode(b"\0" * shift + mark.encode())
        plain.add(packed[4 if shift else 0 : -4])
    return plain


def open_marks(plain: bytes, marks: dict[str, str]) -> set[str]:
    """Names of the marks that occur in some bytes."""
    return {
        name for name, mark in marks.items() if any(f in plain for f in forms(mark))
    }


def files_under(folder: Path) -> Iterable[Path]:
    """Every file of a run but keys, and what belongs to the mocks."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and inside.parts[0] not in {"keys", "books", "examples"}:
            yield path


async def _whole_run(world: World) -> None:
    """Everything that carries something personal happens once."""
    await world.submit(dossier(NUMBER))
    await world.pass_hours(1)
    step = {**progress(NUMBER, 12, "2026-03-10T02:00:00")}
    step["NoiDungXuLy"] = MARKS["officer's note"]
    assert (await world.push("ChuyenHoSo", step)).body["Result"] == 1
    asked = {**supplement_request(NUMBER, "2026-03-10T03:00:00")}
    asked["GhiChu"] = MARKS["note"]
    assert (await world.push("YeuCauBoSungHoSo", asked)).body["Result"] == 1
    supplement = {"note": MARKS["note"], "documents": []}
    path = f"/v1/dossiers/{NUMBER}/supplements"
    assert (await world.call("POST", path, supplement)).status == 202
    await world.pass_hours(1)
    slip = slip_for(world, NUMBER, ma_gcn=MARKS["serial"])
    path = f"/v1/dossiers/{NUMBER}/slips/{number_in(slip)}"
    assert (await world.call("PUT", path, data=slip)).status == 202
    await world.settle()
    unknown = {**progress("71847/BN", 12, "2026-03-10T02:00:00")}
    unknown["NoiDungXuLy"] = MARKS["officer's note"]
    await world.push("ChuyenHoSo", unknown)
    await world.push("ChuyenHoSo", json.dumps({"SoBienNhan": MARKS["name"]}).encode())
    kept = (await world.call("GET", "/v1/unmatched", role="operator")).body["unmatched"]
    assert len(kept) == 2
    for row in kept:
        path = f"/v1/unmatched/{row['id']}/settle"
        said = {"reason": MARKS["reason"]}
        assert (await world.call("POST", path, said, role="operator")).status == 200
    await world.submit(dossier(PARKED, area={"commune": "99012"}))
    await world.pass_hours(1)
    (parked,) = await world.transfers(PARKED, "hand_over")
    assert parked["state"] == "parked"
    await world.act(parked, "cancel", MARKS["reason"])
    path = f"/v1/dossiers/{PARKED}/withdrawal"
    await world.call("POST", path, {"reason": MARKS["withdrawal"]})
    await world.settle()
    for q in (MARKS["name"], MARKS["phone"], NUMBER):
        assert (await world.call("POST", "/v1/find", {"q": q})).body["dossiers"]


async def _wrong_calls(world: World) -> list[bytes]:
    """Bodies of errors that calls full of marks are answered with."""
    wrong = dossier(
        "H00.01-260310-0703", due_on=MARKS["name"], la={"x": MARKS["phone"]}
    )
    wrong["applicant"]["identity"] = MARKS["identity"]
    other = dossier(NUMBER, due_on="2026-04-11")
    answers = [
        await world.call("POST", "/v1/dossiers", wrong),
        await world.call("POST", "/v1/dossiers", other),
        await world.call(
            "POST",
            "/v1/dossiers",
            data=b'{"x": "' + NUMBER.encode(),
            headers={"Content-Type": "application/json"},
        ),
        await world.call("GET", f"/v1/dossiers/{quote(MARKS['name'])}"),
        await world.call("GET", f"/v1/events?after={quote(MARKS['phone'])}x"),
        await world.call("GET", f"/khong-co/{quote(MARKS['name'])}"),
        await world.push("ChuyenHoSo", json.dumps({"SoBienNhan": NUMBER}).encode()),
    ]
    assert {a.status for a in answers[:6]} <= {400, 404, 409, 422}
    return [answer.content for answer in answers]


def _a_world(folder: Path) -> World:
    """In which the marked dossier comes to its end."""
    world = World(folder / "run", configure=quick)
    silent = [{"on": "paid", "after_h": 2, "send": "KetThucHoSo"}]
    world.scenario(
        NUMBER,
        land_registry={"step": silent},
        tax={"notices_after_h": 1, "pay_after_h": 8},
    )
    return world


async def test_nothing_personal_lies_open_after_a_whole_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    world = _a_world(tmp_path)
    everything = {**MARKS, **NUMBERS}
    async with world:
        await _whole_run(world)
        await _held_and_asked_about(world)
        errors = await _wrong_calls(world)
        running = {p: p.read_bytes() for p in files_under(world.stage.run_dir)}
        finished = await world.shown(NUMBER)
    assert finished["end"] == "finished"
    at_rest = running | {p: p.read_bytes() for p in files_under(world.stage.run_dir)}
    assert any(path.name.endswith("-wal") for path in at_rest)
    assert sum(len(content) for content in at_rest.values()) > 100_000
    kept = {p.name: open_marks(content, everything) for p, content in at_rest.items()}
    assert {name: marks for name, marks in kept.items() if marks} == {}
    lines = "".join(capfd.readouterr()).encode()
    assert b'"event":"attempt"' in lines
    assert open_marks(lines, everything) == set()
    for body in errors:
        assert open_marks(body, everything) == set()
    called = [heard.url for heard in world.heard]
    assert any("/tiepnhan" in url for url in called)
    for url in called:
        assert open_marks(unquote(url).encode(), everything) == set()


async def _held_and_asked_about(world: World) -> None:
    """What people do about keeping and about who asks: it is written down as well."""
    held = {"reason": MARKS["reason"]}
    path = f"/v1/dossiers/{NUMBER}/hold"
    assert (await world.call("POST", path, held, role="operator")).status == 201
    for whom in (
        {"identity": MARKS["identity"]},
        {"name": MARKS["name"], "birth": "1980-05-17"},
    ):
        body = {**whom, "reason": MARKS["reason"]}
        told = await world.call("POST", "/v1/person-export", body, role="head")
        assert told.status == 200, told.body


def everything_in(database: dict[str, Any]) -> dict[str, bytes]:
    """Each table of a database, value by value as the server keeps it."""
    with psycopg.connect(**database) as owner:
        names = owner.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        found = {}
        for (name,) in names:
            query = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(
                sql.Identifier(name)
            )
            with owner.cursor().copy(query) as copied:
                found[name] = b"".join(copied)
    return found


@pytest.mark.system
async def test_on_postgresql_nothing_personal_lies_open_either(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], database: dict[str, Any]
) -> None:
    world = _a_world(tmp_path)
    world.more_settings = store_table(database, tmp_path / "password") + FILES
    everything = {**MARKS, **NUMBERS}
    async with world:
        await _whole_run(world)
        await _held_and_asked_about(world)
        kept = everything_in(database)
    assert {"payload", "file_chunk", "journal", "hold", "word"} <= set(kept)
    assert sum(map(len, kept.values())) > 100_000
    found = {name: open_marks(content, everything) for name, content in kept.items()}
    assert {name: marks for name, marks in found.items() if marks} == {}
    on_disk = {p.name: p.read_bytes() for p in files_under(world.stage.run_dir)}
    found = {name: open_marks(content, everything) for name, content in on_disk.items()}
    assert {name: marks for name, marks in found.items() if marks} == {}
    lines = "".join(capfd.readouterr()).encode()
    assert b'"event":"attempt"' in lines
    assert open_marks(lines, everything) == set()
    # The control: a mark that somebody did write into a table is seen there.
    with psycopg.connect(**database, autocommit=True) as owner:
        owner.execute("INSERT INTO mark VALUES ('thu', %s)", (MARKS["name"],))
    assert "name" in open_marks(everything_in(database)["mark"], MARKS)


async def test_the_search_for_marks_finds_what_does_lie_open(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await world.submit(dossier(NUMBER))
        await world.pass_hours(1)
        handed = next(h for h in world.heard if h.url.endswith("/tiepnhan"))
        found = open_marks(handed.body, MARKS)
        assert {"name", "identity", "phone", "address", "file content"} <= found
        assert "extension" not in found
        books = (
            world.stage.run_dir / "books" / "land_registry.effects.jsonl"
        ).read_bytes()
        assert open_marks(books, NUMBERS) == {"dossier"}


async def test_an_agency_is_told_only_what_its_leg_needs(tmp_path: Path) -> None:
    world = World(tmp_path / "run", configure=quick)
    async with world:
        await world.submit(dossier(NUMBER))
        await world.pass_hours(30)
        heard = [h.body for h in world.heard if h.agency == "tax"]
        assert heard
        for body in heard:
            for mark in ("note", "file", "file content", "extension"):
                assert mark not in open_marks(body, MARKS)
        land = [h.body for h in world.heard if h.agency == "land_registry"]
        for body in land:
            assert "extension" not in open_marks(body, MARKS)
