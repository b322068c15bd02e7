"""A year's calendar is replaced in two steps, and in no other way."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import apsw
import pytest
import pytest_asyncio

from gateway.wiring.calendars import read_year
from gateway.wiring.files import read_folder
from gateway.wiring.stage import CONFIG
from tests.journeys.commands import lienthong
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.world import Answered, Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
FILE = CONFIG / "calendar" / "2026.toml"
POWER = "dien-luc-mau"
WHY = "Quyết định ví dụ về ngày làm bù"
SWAP = '\n[[swapped]]\noff = 2026-06-05\nworked = 2026-06-13\nbasis = "ví dụ"\n'
FLOOD = (
    '\n[[closed]]\nfrom = 2026-03-11\nto = 2026-03-12\nreason = "Lũ (ví dụ)"\n'
    'basis = "ví dụ"\noffices = ["dien-luc-mau"]\n'
)


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path / "run") as world:
        yield world


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The shipped year with one swap more."""
    path = tmp_path / "2026.toml"
    path.write_text(FILE.read_text("utf-8") + SWAP, "utf-8")
    return path


def table(path: Path, **changed: object) -> Json:
    return {**read_year(path), **changed}


async def asked(world: World, body: Json, role: str = "administrator") -> Answered:
    return await world.call("POST", "/v1/calendar/import", body, role=role)


async def shown(world: World, query: str = "") -> Json:
    answered = await world.call("GET", f"/v1/calendar{query}", role="reader")
    assert answered.status == 200, answered.body
    return answered.body


def lines(world: World) -> list[tuple[str, Json]]:
    """Who did what to the calendar, by the journal."""
    path = world.stage.run_dir / "store.sqlite"
    store = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    query = "SELECT actor, facts FROM journal WHERE kind = 'calendar' ORDER BY id"
    try:
        return [(actor, json.loads(facts)) for actor, facts in store.execute(query)]
    finally:
        store.close()


async def test_a_file_is_imported_after_what_it_changes_was_shown(
    world: World, file: Path
) -> None:
    run_dir = world.stage.run_dir
    words = ("calendar", "import", file, "--reason", WHY)
    before = (await shown(world))["version"]
    seen = await lienthong(*words, run_dir=run_dir)
    assert seen.code == 1
    assert "Chưa áp dụng gì" in seen.err
    for moved in (
        "Thứ Sáu 05/06/2026: 07:30–11:30, 13:30–17:00 → nghỉ",
        "Thứ Bảy 13/06/2026: nghỉ → 07:30–11:30, 13:30–17:00",
    ):
        assert moved in seen.out
    assert (await shown(world))["version"] == before
    assert lines(world) == []

    done = await lienthong(*words, "--confirm", run_dir=run_dir)
    assert done.code == 0, done.err
    assert f"phiên bản cấu hình {before + 1}" in done.out
    now = await shown(world, "?year=2026")
    assert now["version"] == before + 1
    (swapped,) = [row for row in now["days"] if row["day"] == "2026-06-13"]
    assert (swapped["kind"], swapped["instead_of"]) == ("worked", "2026-06-05")
    assert swapped["verified"] is False
    ((actor, facts),) = lines(world)
    assert actor == "administrator"
    assert (facts["year"], facts["why"]) == ("2026", WHY)
    assert facts["days"] == ["2026-06-05", "2026-06-13"]

    again = await lienthong(*words, "--confirm", run_dir=run_dir)
    assert (again.code, "Không có gì thay đổi" in again.out) == (0, True)
    assert len(lines(world)) == 1


async def test_an_imported_calendar_outlives_a_start(world: World, file: Path) -> None:
    body = {"year": 2026, "calendar": table(file), "reason": WHY}
    digest = (await asked(world, body)).body["digest"]
    assert (await asked(world, {**body, "confirm": digest})).status == 200
    await world.stop_gateway()
    await world.start_gateway()
    days = {row["day"] for row in (await shown(world, "?year=2026"))["days"]}
    assert "2026-06-13" in days


async def test_a_configuration_changes_no_calendar(
    world: World, file: Path, tmp_path: Path
) -> None:
    folder, run_dir = tmp_path / "config", world.stage.run_dir
    shutil.copytree(world.stage.config, folder)
    shutil.copy(file, folder / "calendar" / "2026.toml")
    refused = await lienthong("config", "apply", folder, run_dir=run_dir)
    assert refused.code == 1
    told = " ".join(refused.err.split())
    assert "Lịch năm 2026 khác lịch đang chạy" in told
    assert "lienthong calendar import" in told
    words = ("calendar", "import", folder / "calendar" / "2026.toml", "--confirm")
    done = await lienthong(*words, "--reason", WHY, run_dir=run_dir)
    assert done.code == 0, done.err
    # Now both say the same; and who has no files of it keeps what runs.
    assert (await lienthong("config", "apply", folder, run_dir=run_dir)).code == 0
    shutil.rmtree(folder / "calendar")
    assert (await lienthong("config", "apply", folder, run_dir=run_dir)).code == 0
    now = await shown(world, "?year=2026")
    assert now["known"]
    assert "2026-06-13" in {row["day"] for row in now["days"]}


async def test_what_is_confirmed_is_what_was_shown(world: World, file: Path) -> None:
    body = {"year": "2026", "calendar": table(file), "reason": WHY}
    seen = (await asked(world, body)).body
    assert (seen["applied"], seen["same"]) == (False, False)
    other = {**body, "calendar": table(file, weekend=["sunday"])}
    swapped = await asked(world, {**other, "confirm": seen["digest"]})
    assert (swapped.status, swapped.body["code"]) == (400, "calendar_invalid")
    flood = [{"date": "2026-10-06", "reason": "Lũ (ví dụ)"}]
    meanwhile = {**body, "calendar": table(file, closed=flood)}
    stale = await asked(world, {**meanwhile, "confirm": seen["digest"]})
    assert (stale.status, stale.body["code"]) == (409, "calendar_changed")
    own = (await asked(world, meanwhile)).body["digest"]
    assert (await asked(world, {**meanwhile, "confirm": own})).body["applied"]
    late = await asked(world, {**body, "confirm": seen["digest"]})
    assert (late.status, late.body["code"]) == (409, "calendar_changed")


async def test_a_configuration_applied_meanwhile_does_not_undo_what_was_shown(
    world: World, file: Path
) -> None:
    body = {"year": "2026", "calendar": table(file), "reason": WHY}
    digest = (await asked(world, body)).body["digest"]
    content = read_folder(world.stage.config)
    content["agencies"][0]["office"][0]["name"] = "Tên khác (ví dụ)"
    applied = await world.call(
        "POST", "/v1/configuration", content, role="administrator"
    )
    assert applied.status == 200
    done = await asked(world, {**body, "confirm": digest})
    assert done.body["version"] == applied.body["version"] + 1
    assert world.gateway is not None
    newest = await world.gateway.tools.store.configuration(None)
    assert newest is not None
    first = newest[1]["agencies"][0]["office"][0]
    assert first["name"] == "Tên khác (ví dụ)"
    # Sent again since the answer was lost: it runs already, and that is what is told.
    again = await asked(world, {**body, "confirm": digest})
    assert (again.status, again.body["same"]) == (200, True)
    assert again.body["version"] == done.body["version"]


@pytest.mark.parametrize("role", ["operator", "reader", "one_stop"])
async def test_only_who_configures_imports(world: World, file: Path, role: str) -> None:
    refused = await asked(world, {"year": 2026, "calendar": table(file)}, role)
    assert refused.status == 403


async def test_an_import_without_a_reason_or_a_year_is_refused(
    world: World, file: Path
) -> None:
    body = {"year": 2026, "calendar": table(file)}
    digest = (await asked(world, body)).body["digest"]
    refused = await asked(world, {**body, "confirm": digest})
    assert (refused.status, refused.body["code"]) == (400, "reason_missing")
    for lacking in ({"year": 2026}, {"calendar": table(file)}, {**body, "year": None}):
        refused = await asked(world, lacking)
        assert (refused.status, refused.body["code"]) == (400, "calendar_missing")


async def test_a_wrong_file_is_told_by_line_without_a_gateway(tmp_path: Path) -> None:
    text = FILE.read_text("utf-8") + SWAP.replace("2026-06-13", "2026-06-12")
    path = tmp_path / "2026.toml"
    path.write_text(text, "utf-8")
    ran = await lienthong("calendar", "check", path, run_dir=tmp_path, columns=200)
    assert ran.code == 1
    line = text.splitlines().index("worked = 2026-06-12") + 1
    assert f"2026.toml:{line}: lỗi: Ngày làm bù 12/06/2026 vốn đã" in ran.err
    listed = await lienthong("calendar", "check", path, "--json", run_dir=tmp_path)
    assert [one["line"] for one in json.loads(listed.out)["findings"]] == [line]
    path.write_text(FILE.read_text("utf-8"), "utf-8")
    right = await lienthong("calendar", "check", path, run_dir=tmp_path, columns=300)
    assert (right.code, "hợp lệ" in right.out) == (0, True)
    path.write_text("[[holiday]\n", "utf-8")
    broken = await lienthong("calendar", "check", path, run_dir=tmp_path)
    assert (broken.code, "Tệp không đọc được" in broken.err) == (1, True)


async def test_the_same_is_told_of_what_is_sent(world: World, file: Path) -> None:
    body = {"year": 2026, "calendar": table(file, weekend=["sunnday"])}
    checked = await world.call("POST", "/v1/calendar/check", body, role="operator")
    assert checked.body["valid"] is False
    (found,) = checked.body["findings"]
    assert (found["where"], found["severity"]) == ("/weekend", "error")
    refused = await asked(world, body)
    assert (refused.status, refused.body["code"]) == (400, "calendar_invalid")
    assert "sunnday" in refused.body["remedy"]


async def test_a_unit_that_is_closed_takes_no_messages(
    world: World, tmp_path: Path
) -> None:
    # Wednesday, 11 March, 9:30.
    await world.pass_hours(26)
    assert await standing(world) == "open"
    closed = tmp_path / "2026.toml"
    closed.write_text(FILE.read_text("utf-8") + FLOOD, "utf-8")
    words = ("calendar", "import", closed, "--reason", WHY, "--confirm")
    done = await lienthong(*words, run_dir=world.stage.run_dir)
    assert done.code == 0, done.err
    assert "Toàn tỉnh" not in done.out
    assert await standing(world) == "off_hours"
    own = await shown(world, f"?year=2026&unit={POWER}")
    assert "2026-03-11" in {row["day"] for row in own["days"]}
    assert own["notes"] == []
    other = await shown(world, "?year=2026&unit=tax-mau-1")
    assert "2026-03-11" not in {row["day"] for row in other["days"]}
    assert "theo giờ của tỉnh" in other["notes"][0]


async def standing(world: World) -> str:
    answered = await world.call("GET", "/v1/lanes", role="operator")
    (found,) = [one for one in answered.body["lanes"] if one["office"] == POWER]
    return str(found["state"])


async def test_a_year_without_data_is_shown_as_expected_only(world: World) -> None:
    run_dir = world.stage.run_dir
    ran = await lienthong("calendar", "show", "2027", run_dir=run_dir, columns=200)
    assert ran.code == 0, ran.err
    assert "Lịch năm 2027 chưa có dữ liệu của tỉnh, ngày nghỉ là dự kiến" in ran.err
    assert "29 Tết" in ran.out
    assert "dự kiến" in ran.out
    known = await lienthong("calendar", "show", run_dir=run_dir, columns=200)
    assert "chưa có dữ liệu" not in known.err
    assert "Làm bù cho ngày nghỉ hoán đổi 31/08/2026" in known.out
    for query in ("?unit=land-xa", "?year=26"):
        answered = await world.call("GET", f"/v1/calendar{query}", role="reader")
        assert answered.status == 400
