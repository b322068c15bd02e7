"""Offices that keep their hours, over Tết and over a few days of a whole province."""

from __future__ import annotations

import dataclasses
from datetime import datetime, time
from pathlib import Path

import pytest

from gateway.mockagency.behaviour import ADAPTERS, FILE
from gateway.mockagency.hours import VIETNAM, Hours
from gateway.wiring.feeding import book
from gateway.wiring.fortnight import read_plan
from gateway.wiring.fortnight_run import PLAN, run
from gateway.wiring.stage import EXAMPLES, Stage
from tests.world import World, a_dossier, quick

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]
NUMBER = "H00.01-260210-0001"


def even(folder: Path) -> Path:
    """The shipped hours, and nobody who hurries, forgets or wants more papers."""
    folder.mkdir()
    for path in ADAPTERS.glob(f"*/{FILE}"):
        text = path.read_text("utf-8")
        kept = text[: text.index("[pace]")]
        if "[batch]" in text:
            kept += "[batch]\n" + text.split("[batch]\n")[1].split("\n")[0] + "\n"
        (folder / f"{path.parent.name}.toml").write_text(kept, "utf-8")
    return folder


def moments(world: World, agency: str) -> dict[str, datetime]:
    """When this agency did what, by its own book; of each kind the last."""
    return {
        line["kind"]: datetime.fromisoformat(line["at"]).astimezone(VIETNAM)
        for line in book(world.stage, agency, "arrivals")
    }


async def test_a_land_transfer_over_tet_ends_on_the_days_that_offices_work(
    tmp_path: Path,
) -> None:
    """Days are counted by hand: land has days of 7.5 hours, tax tells at 16:30."""
    world = World(tmp_path / "run", configure=quick)
    world.stage.start = "2026-02-10T09:00:00+07:00"
    world.behaviour = {"seed": "1", "folder": str(even(tmp_path / "offices"))}
    async with world:
        await world.submit(
            a_dossier(
                NUMBER, received_at="2026-02-10T08:50:00+07:00", due_on="2026-03-20"
            )
        )
        await world.pass_hours(24 * 35)
    shown = [
        (f"{at:%d/%m %H:%M}", line["facts"]["portal_code"])
        for line in book(world.stage, "one_stop", "effects")
        for at in [datetime.fromisoformat(line["at"]).astimezone(VIETNAM)]
    ]
    # A working day at the land office until the slip; two at tax, told at 16:30 and
    # heard of by the enquiry at 21:00; paid on the eve of Tết; four days after it.
    assert shown == [
        ("10/02 09:00", 4),
        ("11/02 09:00", 4),
        ("13/02 21:00", 6),
        ("16/02 21:00", 4),
        ("27/02 07:30", 9),
        ("27/02 07:30", 9),
    ]
    handed_out = moments(world, "one_stop")["call_answer"]
    assert f"{handed_out:%d/%m %H:%M}" == "02/03 07:30"


async def test_some_days_of_a_province_lose_and_double_nothing_and_keep_office_hours(
    tmp_path: Path,
) -> None:
    """Processes, sockets and a file as in ``make run FORTNIGHT=1``, on a smaller scale."""
    plan = dataclasses.replace(read_plan(PLAN, EXAMPLES), dossiers=24, days=3)
    days: list[str] = []

    told = await run(tmp_path / "run", plan, stopped=never, tell=days.append)

    assert [day.strip() for day in days] == ["09/03/2026", "10/03/2026", "11/03/2026"]
    assert (told.known, told.lost, told.doubled, told.refused) == (24, 0, 0, {})
    assert sum(told.states.values()) == 24
    assert told.agencies["one_stop"].dossiers == 24
    offices = Hours(
        frozenset(range(1, 6)), ((time(7, 30), time(17, 30)),), frozenset(), public=True
    )
    done = [
        line
        for line in book(Stage(tmp_path / "run"), "land_registry", "arrivals")
        if line["kind"] == "callback_answer"
    ]
    assert done
    assert all(offices.is_open(datetime.fromisoformat(line["at"])) for line in done)


async def never() -> bool:
    return False
