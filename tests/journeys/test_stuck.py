"""What stands still, by cause: counted, listed, looked after; and what waits by right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.alarms import look
from tests.journeys.commands import lienthong
from tests.journeys.test_callbacks import (
    finish,
    handed_over,
    progress,
    quiet_world,
    supplement_request,
)
from tests.journeys.test_privacy import files_under, open_marks
from tests.world import a_dossier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0088"
MARKS = {"owner": "Chị Phụ Trách Kín 71906", "note": "Đã gọi Ông Kín 71907 hai lần"}


async def causes(world: World) -> dict[str, Json]:
    answered = await world.call("GET", "/v1/stuck", role="reader")
    assert answered.status == 200, answered.body
    return {f"{one['kind']}:{one['code']}": one for one in answered.body["causes"]}


async def behind(world: World, cause: Json) -> Json:
    answered = await world.call("GET", f"/v1/stuck/{cause['id']}", role="reader")
    assert answered.status == 200, answered.body
    return answered.body


async def due(world: World, query: str) -> list[Json]:
    answered = await world.call("GET", f"/v1/due?{query}", role="reader")
    assert answered.status == 200, answered.body
    return list(answered.body["due"])


async def standing(world: World, kind: str) -> list[Json]:
    """What its alerts say that holds, of a kind."""
    await look(world, 2)
    answered = await world.call("GET", "/v1/alerts", role="reader")
    return [one for one in answered.body["alerts"] if one["kind"] == kind]


async def note(world: World, cause: str, role: str = "operator", **body: Any) -> Any:
    return await world.call("PUT", f"/v1/stuck/{cause}/note", body, role=role)


async def worked_on(world: World) -> None:
    """The office has it, and said so."""
    await handed_over(world, NUMBER)
    await world.push("ChuyenHoSo", progress(NUMBER, 11, "2026-03-10T08:00:00"))
    await world.settle()


async def test_an_office_that_says_nothing_is_found_and_not_when_it_speaks(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await worked_on(world)
        await world.pass_hours(24 * 7)
        assert "silent:" not in await causes(world)
        await world.pass_hours(24)
        silent = (await causes(world))["silent:"]

        assert (silent["office"], silent["dossiers"]) == ("land-mau-1", 1)
        assert silent["reason"] == (
            "Đơn vị có hồ sơ mà quá 5 ngày làm việc không có tin gì"
        )
        assert silent["turn"] == "cơ quan giải quyết"
        (row,) = (await behind(world, silent))["dossiers"]
        assert (row["number"], row["since"][:10]) == (NUMBER, "2026-03-10")
        assert row["places"]
        await world.push("ChuyenHoSo", progress(NUMBER, 12, "2026-03-18T08:00:00"))
        await world.settle()
        assert "silent:" not in await causes(world)


async def test_a_time_that_is_over_and_an_acknowledgement_that_is_missing_are_found(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.pass_hours(24 * 5)
        await world.settle()
        found = await causes(world)

        assert found["not_received:receipt"]["dossiers"] == 1
        assert found["overdue:acceptance"]["reason"] == (
            "Quá thời hạn bắt đầu giải quyết"
        )
        await world.push("KetThucHoSo", finish(NUMBER, "2026-03-15T08:00:00"))
        await world.settle()
        kinds = {one["kind"] for one in (await causes(world)).values()}
        assert not kinds & {"overdue", "not_received", "silent"}


async def test_a_dossier_that_waits_for_its_applicant_does_not_stand_still(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.push(
            "YeuCauBoSungHoSo", supplement_request(NUMBER, "2026-03-10T08:00:00")
        )
        await world.settle()
        assert "supplement" in str((await world.shown(NUMBER))["legs"])
        await world.pass_hours(24 * 60)
        found = await causes(world)

        assert found == {}


async def test_who_looks_after_a_cause_is_noted_and_sealed(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await world.submit(a_dossier(NUMBER, area={"commune": "99999"}))
        await world.settle()
        (cause,) = (await causes(world)).values()
        identifier = cause["id"]
        assert (cause["kind"], cause["turn"]) == ("unrouted", "quản trị")
        assert cause["sample"]["number"] == NUMBER

        kept = await note(world, identifier, **MARKS, version=0)
        again = await note(world, identifier, **MARKS)
        second = await note(world, identifier, owner="Anh Hai", note="Đã giao")
        late = await note(world, identifier, owner="Anh Ba", version=1)
        reader = await note(world, identifier, role="reader", owner="Anh Tư")
        unknown = await note(world, "0" * 16, owner="Anh Tư")

        assert (kept.status, kept.body["owner"]) == (200, MARKS["owner"])
        assert (again.body["version"], second.body["version"]) == (1, 2)
        assert [one.status for one in (late, reader, unknown)] == [409, 403, 404]
        history = (await behind(world, cause))["notes"]
        assert [one["owner"] for one in history] == [MARKS["owner"], "Anh Hai"]
        shown = await lienthong("stuck", run_dir=world.stage.run_dir, columns=200)
        assert (shown.code, "Anh Hai" in shown.out) == (0, True), shown.err
        one = await lienthong("stuck", "show", identifier, run_dir=world.stage.run_dir)
        assert (one.code, NUMBER in one.out) == (0, True), one.err
        written = await lienthong(
            *("stuck", "note", identifier, "--owner", "Chị Năm", "--note", "Xong"),
            run_dir=world.stage.run_dir,
        )
        assert (written.code, "Chị Năm" in written.out) == (0, True), written.err
        run_dir = world.stage.run_dir
    for path in files_under(run_dir):
        assert open_marks(path.read_bytes(), MARKS) == set(), path.name


async def test_a_one_stop_system_does_not_read_who_looks_after_what(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        answered = await world.call("GET", "/v1/stuck")
        assert answered.status == 403


async def test_an_office_that_used_to_speak_and_went_quiet_is_an_alert(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await worked_on(world)
        await world.pass_hours(24)
        assert await standing(world, "silence") == []
        await world.pass_hours(24 * 3)
        (silent,) = await standing(world, "silence")

        assert silent["subject"] == "land-mau-1"
        assert (
            "đang có 1 hồ sơ, không có tin gì từ 07:31 ngày 10/03" in silent["reason"]
        )
        await world.push("ChuyenHoSo", progress(NUMBER, 12, "2026-03-14T08:00:00"))
        await world.settle()
        await look(world)
        await world.pass_hours(0.3)
        assert await standing(world, "silence") == []


async def test_terms_that_are_over_are_one_alert_of_their_office(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER)
        await world.pass_hours(24 * 5)
        await world.settle()
        (over,) = await standing(world, "overdue")

        assert (over["subject"], over["count"]) == ("land-mau-1", 2)
        assert over["page"] == "/console/den-han"


async def test_what_is_due_is_listed_by_days_office_and_percent(tmp_path: Path) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await worked_on(world)
        await world.pass_hours(24 * 8)
        await world.settle()
        assert await due(world, "days=0") == []
        (answer,) = await due(world, "days=5")

        assert (answer["clock"], answer["percent"]) == ("answer", 50)
        assert (answer["number"], answer["overdue"]) == (NUMBER, False)
        assert answer["places"]
        assert await due(world, "days=5&percent=70") == []
        assert await due(world, "days=5&office=tax-mau-1") == []
        odd = await world.call("GET", "/v1/due?days=-1", role="reader")
        assert odd.status == 400
        ran = await lienthong("due", "--days", "5", run_dir=world.stage.run_dir)
        assert (ran.code, NUMBER in ran.out) == (0, True), ran.err
