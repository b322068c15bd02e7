"""Dates under attack: a clock that jumps, odd reports, a calendar changed under open work."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.settings import load
from gateway.wiring.calendars import read_year
from gateway.wiring.serve import Gateway
from tests.journeys.test_calendar import FILE, asked
from tests.journeys.test_callbacks import CORRECTION, finish, handed_over, quiet_world
from tests.journeys.test_late_decision import TET, decided
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
NUMBER, OTHER = "H00.01-260310-0077", "H00.01-260301-0078"
TOGETHER = "85-dau-noi-dien-nuoc"


async def due(world: World, number: str = NUMBER) -> Json:
    answered = await world.call("GET", f"/v1/dossiers/{number}/due")
    assert answered.status == 200, answered.body
    return answered.body


def exact(told: Json) -> bool:
    """The shares of all who had it are its whole time, and none is negative."""
    minutes = [one["minutes"] for one in told["shares"]]
    clocks = [one["used_minutes"] for one in told["clocks"]]
    whole: int = told["minutes"]
    return sum(minutes) == whole and all(one >= 0 for one in (*minutes, *clocks))


async def test_what_comes_at_23_59_before_tet_has_its_days_counted_after_it(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    world.stage.start = "2027-02-03T23:59:00+07:00"
    world.scenario(NUMBER, land_registry={"step": [{"on": "never", "send": "x"}]})
    async with world:
        body = {"year": "2027", "calendar": decided(tmp_path), "reason": "Tết"}
        digest = (await asked(world, body)).body["digest"]
        assert (await asked(world, {**body, "confirm": digest})).status == 200
        received = {"received_at": "2027-02-03T23:59:00+07:00"}
        document = a_dossier(NUMBER, **CORRECTION, **received)
        assert (await world.submit(document)).status == 202
        told = await due(world)
        await world.pass_hours(24 * 9)
        later = await due(world)

        days = {one["due_on"] for one in told["clocks"] if one["due_on"]}
        assert days
        assert min(days) > TET[-1].isoformat()
        assert exact(later)


@pytest.mark.parametrize("days", [1, -1])
async def test_a_machine_whose_clock_jumps_a_day_loses_nothing_and_counts_no_less_than_nothing(
    tmp_path: Path, days: int
) -> None:
    async with quiet_world(tmp_path, NUMBER, OTHER) as world:
        await handed_over(world, NUMBER, due_on="2026-03-20")
        before = await due(world)
        await world.stop_gateway()
        jumped = world.now() + timedelta(days=days)
        world.stage.write_settings(start=jumped.isoformat())
        world.gateway = Gateway(load(world.stage.settings_path))
        await world.gateway.start()
        while_open = await due(world)
        received = (jumped - timedelta(hours=1)).isoformat()
        document = a_dossier(OTHER, **CORRECTION, received_at=received)
        taken = await world.submit(document)
        pushed = await world.push(
            "KetThucHoSo", finish(NUMBER, world.now().strftime("%Y-%m-%dT%H:%M:%S"))
        )
        ended = await due(world)

        assert (taken.status, pushed.status) == (202, 200), taken.body
        assert while_open["due_on"] == before["due_on"] == "2026-03-20"
        assert exact(while_open)
        begun, over = (ended[name] for name in ("accepted_at", "ended_at"))
        assert datetime.fromisoformat(over) >= datetime.fromisoformat(begun)
        assert exact(ended)
        assert exact(await due(world, OTHER))


@pytest.mark.parametrize("told", ["1970-01-01T00:00:00", "2031-01-01T02:00:00"])
async def test_an_end_dated_in_another_time_counts_when_it_arrived(
    tmp_path: Path, told: str
) -> None:
    async with quiet_world(tmp_path, NUMBER) as world:
        await handed_over(world, NUMBER, due_on="2026-03-20")
        await world.pass_hours(24 * 14)
        await world.push("KetThucHoSo", finish(NUMBER, told))
        now = world.now()
        found = await due(world)

        ended = datetime.fromisoformat(found["ended_at"])
        assert abs(ended - now) < timedelta(minutes=1)
        assert found["timeliness"] == "late"
        assert exact(found)


async def test_a_calendar_changed_under_a_supplement_an_extension_and_two_legs(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "run", example=TOGETHER, configure=quick) as world:
        number = (await world.feed(TOGETHER)).number
        await world.pass_hours(26)
        promised = (await world.shown(number))["due_on"]
        again = date.fromisoformat(promised) + timedelta(days=7)
        body = {"due_on": again.isoformat(), "reason": "Chờ kéo dây"}
        path = f"/v1/dossiers/{number}/extension"
        assert (await world.call("POST", path, body)).status == 202
        before = await due(world, number)
        off = [date.fromisoformat(promised), again]
        rows = "".join(
            f'\n[[closed]]\ndate = {day}\nreason = "Bão (ví dụ)"\n' for day in off
        )
        table = shipped_with(tmp_path, rows)
        change = {"year": "2026", "calendar": table, "reason": "bão"}
        digest = (await asked(world, change)).body["digest"]
        assert (await asked(world, {**change, "confirm": digest})).status == 200
        after = await due(world, number)
        await world.settle()
        ended = await due(world, number)
        shown = await world.shown(number)

        assert before["due_on"] == promised < after["due_on"]
        assert after["told_on"] == again.isoformat()
        assert "Bão (ví dụ)" in after["told_reason"]
        assert [one["minutes"] for one in before["shares"]] != []
        assert all(map(exact, (before, after, ended)))
        assert shown["end"] == "finished"
        # By the calendar that held when it ended, whatever comes after.
        again_body = {"year": "2026", "calendar": shipped_with(tmp_path, "")}
        undone = {**again_body, "reason": "không bão"}
        digest = (await asked(world, undone)).body["digest"]
        await asked(world, {**undone, "confirm": digest})
        assert (await due(world, number))["due_on"] == ended["due_on"]


def shipped_with(folder: Path, rows: str) -> Json:
    path = folder / "2026.toml"
    path.write_text(FILE.read_text("utf-8") + rows, "utf-8")
    return read_year(path)
