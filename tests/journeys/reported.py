"""A month with a few dossiers of each class, and what a report must say of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tests.journeys.test_callbacks import CORRECTION, finish, quiet_world
from tests.journeys.test_taking_over import _land, _numbered, _row
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import Json

MONTH = "2026-03"
UNIT, OTHER_UNIT = "H00.20.01", "H00.20.02"
#: Promised for Friday 20 March unless their name says otherwise.
EARLY = ("H00.01-260310-0801", "H00.01-260310-0802")
ON_TIME = "H00.01-260310-0803"
#: Done on Friday afternoon, told on Monday morning: its own day counts.
CLICKED = "H00.01-260310-0804"
LATE = "H00.01-260310-0805"
#: Done on the 19th, told on the 27th: late until the head confirms.
FALSE = "H00.01-260310-0806"
OPEN, OVERDUE = "H00.01-260310-0808", "H00.01-260310-0809"
ELSEWHERE = "H00.01-260310-0810"
#: Open before the gateway knew of it; done on the 19th.
LOADED = "H00.01-260210-0811"
SENT = (*EARLY, ON_TIME, CLICKED, LATE, FALSE, OPEN, OVERDUE, ELSEWHERE)
#: Moments in Vietnam at which things are told.
_THURSDAY = "2026-03-19T09:00:00+07:00"
_FRIDAY = "2026-03-20T09:00:00+07:00"
_MONDAY = "2026-03-23T08:30:00+07:00"
_A_WEEK_LATER = "2026-03-27T09:00:00+07:00"


def reported_world(folder: Path) -> World:
    """The world before its start."""
    return quiet_world(folder, *SENT, LOADED)


async def bring_about(world: World) -> None:
    """Let the month happen; it is Friday 27 March afterwards."""
    days = {OPEN: "2026-04-30", OVERDUE: "2026-03-25"}
    for number in SENT:
        document = a_dossier(
            number, **CORRECTION, due_on=days.get(number, "2026-03-20")
        )
        if number == ELSEWHERE:
            document["units"] = {"intake": OTHER_UNIT}
        sent = await world.submit(document)
        assert sent.status == 202, sent.body
    row = _row(LOADED, _land(**_numbered("BN-0811")), due_on="2026-03-20")
    loaded = await world.call("POST", "/v1/dossiers/load", {"dossiers": [row]})
    assert loaded.body["results"][0]["result"] == "loaded"
    await world.settle()
    told = {
        _THURSDAY: [(n, "2026-03-19T01:00:00") for n in (*EARLY, ELSEWHERE)],
        _FRIDAY: [(ON_TIME, "2026-03-20T01:00:00")],
        _MONDAY: [(CLICKED, "2026-03-20T08:30:00"), (LATE, "2026-03-23T01:00:00")],
        _A_WEEK_LATER: [(FALSE, "2026-03-19T01:00:00")],
    }
    told[_THURSDAY].append(("BN-0811", "2026-03-19T01:00:00"))
    for moment, ended in told.items():
        await world.pass_until(datetime.fromisoformat(moment))
        for number, at in ended:
            pushed = await world.push("KetThucHoSo", finish(number, at))
            assert pushed.body["Result"] == 1
        await world.settle()


async def report(world: World, role: str = "operator", month: str = MONTH) -> Json:
    """The report of a month."""
    answered = await world.call("GET", f"/v1/reports/{month}", role=role)
    assert answered.status == 200, answered.body
    return answered.body


async def numbers(
    world: World, figure: str, role: str = "operator", **more: str
) -> list[str]:
    """The codes behind a figure, over all pages."""
    found, after = [], ""
    while True:
        query = {"figure": figure, "limit": "7", **more}
        if after:
            query["after"] = after
        where = f"/v1/reports/{MONTH}/dossiers"
        answered = await world.call("GET", where, role=role, params=query)
        assert answered.status == 200, answered.body
        found += [one["number"] for one in answered.body["dossiers"]]
        after = answered.body["after"]
        if not after:
            return found
