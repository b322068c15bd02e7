"""A decision on Tết comes late: what was promised for a day that is off by now."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.wiring.calendars import read_year
from tests.journeys.commands import lienthong
from tests.journeys.test_calendar import asked, lines
from tests.journeys.test_callbacks import CORRECTION, finish
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
FIRST, EXTENDED, SECOND = (f"H00.01-270121-010{n}" for n in range(3))
#: What the law lets expect ends on 10 February; the decision of the year goes further.
TET = [date(2027, 2, 4) + timedelta(days=n) for n in range(7)]
THURSDAY, FRIDAY, MONDAY = date(2027, 2, 11), date(2027, 2, 12), date(2027, 2, 15)
HOURS = """
[[hours]]
from = "07:30"
to = "11:30"

[[hours]]
from = "13:30"
to = "17:00"
"""
NEW_YEAR = date(2027, 1, 1)


def decided(folder: Path, *more: date) -> Json:
    """The year's file, with some days more than Tết's."""
    days = "".join(
        f'\n[[holiday]]\ndate = {day}\nname = "Nghỉ theo quyết định (ví dụ)"\n'
        'basis = "Quyết định ví dụ"\nverified = false\n'
        for day in (NEW_YEAR, *TET, *more)
    )
    path = folder / "2027.toml"
    path.write_text(HOURS + days, "utf-8")
    return read_year(path)


def tet_world(folder: Path) -> World:
    """Two weeks before Tết; the land office says nothing of two of them by itself."""
    world = World(folder / "run", configure=quick)
    world.stage.start = "2027-01-21T07:30:00+07:00"
    silent = [{"on": "never", "send": "ChuyenHoSo"}]
    for code in (FIRST, EXTENDED):
        world.scenario(code, land_registry={"step": silent})
    world.scenario(SECOND, tax={"notices_after_h": 8, "pay_after_h": 24})
    return world


async def promised(world: World) -> date:
    """Three promises: on the receipt, after an apology, and after what was paid."""
    received = {"received_at": "2027-01-21T07:00:00+07:00"}
    days = ((FIRST, THURSDAY), (EXTENDED, date(2027, 2, 3)))
    for code, day in days:
        told = {**CORRECTION, **received, "due_on": day.isoformat()}
        assert (await world.submit(a_dossier(code, **told))).status == 202
    land = a_dossier(SECOND, **received, due_on="2027-03-31")
    assert (await world.submit(land)).status == 202
    await world.pass_hours(2)
    body = {"due_on": FRIDAY.isoformat(), "reason": "Phải đo lại thửa đất"}
    again = await world.call("POST", f"/v1/dossiers/{EXTENDED}/extension", body)
    assert again.status == 202, again.body
    for _ in range(30):
        await world.pass_hours(6)
        shown = await world.shown(SECOND)
        if shown["due_reason"].startswith("ngày hẹn thứ hai"):
            return date.fromisoformat(shown["due_on"])
    message = "no second date"
    raise AssertionError(message)


async def due(world: World, code: str) -> Json:
    return (await world.call("GET", f"/v1/dossiers/{code}/due")).body


async def test_a_promise_stays_as_it_was_told_and_its_term_ends_on_the_next_working_day(
    tmp_path: Path,
) -> None:
    async with tet_world(tmp_path) as world:
        second = await promised(world)
        told = {FIRST: THURSDAY, EXTENDED: FRIDAY, SECOND: second}
        off = sorted({THURSDAY, FRIDAY, second})
        body = {"year": "2027", "calendar": decided(tmp_path, *off), "reason": "Tết"}
        heard = {code: len(world.told(code)) for code in told}

        preview = (await asked(world, body)).body["effect"]
        before = [await due(world, code) for code in told]
        digest = (await asked(world, body)).body["digest"]
        assert (await asked(world, {**body, "confirm": digest})).status == 200
        after = {code: await due(world, code) for code in told}

        # Thursday and Friday are off, the weekend, and the day of the second promise.
        following = MONDAY + timedelta(days=second == MONDAY)
        ids = {(await world.shown(code))["id"]: code for code in told}
        moved = {ids[one["dossier_id"]]: one for one in preview["promises"]}
        assert {code: one["due_on"] for code, one in moved.items()} == {
            code: day.isoformat() for code, day in told.items()
        }
        assert all(one["was"] == one["due_on"] < one["now"] for one in moved.values())
        assert preview["promised_on_days_off"] == preview["promises_moved"] == 3
        assert [one["told_reason"] for one in before] == ["", "", ""]
        for code, day in told.items():
            shown = await world.shown(code)
            assert shown["due_on"] == after[code]["told_on"] == day.isoformat(), code
            why = after[code]["told_reason"]
            assert "Nghỉ theo quyết định (ví dụ)" in why
            assert "giữ nguyên" in why
        # Nobody is told another day by the gateway.
        assert {code: len(world.told(code)) for code in told} == heard
        assert (after[FIRST]["due_on"], after[FIRST]["promised_on"]) == (
            following.isoformat(),
            THURSDAY.isoformat(),
        )
        # Figures keep the day before the apology.
        assert after[EXTENDED]["due_on"] == "2027-02-03"
        assert moved[EXTENDED]["now"] == following.isoformat()
        actor, facts = lines(world)[-1]
        assert (facts["promises_moved"], facts["why"]) == (3, "Tết")
        assert actor
        assert THURSDAY.isoformat() in facts["days"]


async def test_who_is_done_on_that_next_working_day_is_in_time_and_late_after_it(
    tmp_path: Path,
) -> None:
    async with tet_world(tmp_path) as world:
        for code in (FIRST, EXTENDED):
            day = {"due_on": THURSDAY.isoformat()}
            received = {"received_at": "2027-01-21T07:00:00+07:00"}
            document = a_dossier(code, **{**CORRECTION, **received, **day})
            assert (await world.submit(document)).status == 202
        await world.pass_hours(2)
        body = {"year": "2027", "calendar": decided(tmp_path, THURSDAY, FRIDAY)}
        body |= {"reason": "Tết"}
        digest = (await asked(world, body)).body["digest"]
        await asked(world, {**body, "confirm": digest})
        await world.pass_hours(24 * 22 + 7)
        on_friday = (await due(world, FIRST))["timeliness"]
        await world.pass_hours(24 * 3)
        await world.push("KetThucHoSo", finish(FIRST, "2027-02-15T07:00:00"))
        await world.pass_hours(24)
        await world.push("KetThucHoSo", finish(EXTENDED, "2027-02-16T07:00:00"))
        await world.settle()
        ended = [await due(world, code) for code in (FIRST, EXTENDED)]

        assert on_friday == "open"
        assert [one["timeliness"] for one in ended] == ["on_time", "late"]
        # The national portal knows the day as told, and counts by it.
        assert [one["as_portal"] for one in ended] == ["late", "late"]


async def test_a_decision_taken_back_moves_the_end_back_and_the_command_tells_it(
    tmp_path: Path,
) -> None:
    async with tet_world(tmp_path) as world:
        received = {"received_at": "2027-01-21T07:00:00+07:00"}
        told = {**CORRECTION, **received, "due_on": THURSDAY.isoformat()}
        assert (await world.submit(a_dossier(FIRST, **told))).status == 202
        await world.pass_hours(2)
        said = []
        for days in ((THURSDAY, FRIDAY), ()):
            decided(tmp_path, *days)
            words = ("calendar", "import", tmp_path / "2027.toml", "--confirm")
            run = await lienthong(
                *words, "--reason", "Tết", run_dir=world.stage.run_dir, columns=200
            )
            assert run.code == 0, run.err
            said.append(run.out)
            await world.pass_hours(1)

        assert "hẹn 11/02/2027, tính đến 11/02/2027 → 15/02/2027" in said[0]
        assert "hẹn 11/02/2027, tính đến 15/02/2027 → 11/02/2027" in said[1]
        assert (await due(world, FIRST))["due_on"] == THURSDAY.isoformat()


async def test_what_an_office_promised_for_a_day_that_became_off_is_not_broken_yet(
    tmp_path: Path,
) -> None:
    async with tet_world(tmp_path) as world:
        received = {"received_at": "2027-01-21T07:00:00+07:00"}
        document = a_dossier(FIRST, **{**CORRECTION, **received})
        assert (await world.submit(document)).status == 202
        await world.pass_hours(2)
        path = f"/v1/dossiers/{FIRST}/chases"
        said = {"office": "land-mau-1", "how": "call", "said": "Hẹn xong"}
        promise = {**said, "promised_on": THURSDAY.isoformat()}
        made = await world.call("POST", path, promise, role="operator")
        assert made.status == 201, made.body
        body = {"year": "2027", "calendar": decided(tmp_path, THURSDAY, FRIDAY)}
        body |= {"reason": "Tết"}
        digest = (await asked(world, body)).body["digest"]
        await asked(world, {**body, "confirm": digest})
        await world.pass_hours(24 * 22 + 7)
        on_friday = await standings(world)
        await world.pass_hours(24 * 3)
        on_monday = await standings(world)
        await world.pass_hours(24)

        assert on_friday == on_monday == ["open"]
        assert await standings(world) == ["broken"]


async def standings(world: World) -> list[str]:
    answered = await world.call("GET", "/v1/chases", role="reader")
    return [one["standing"] for one in answered.body["chases"]]
