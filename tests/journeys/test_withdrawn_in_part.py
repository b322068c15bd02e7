"""A dossier for two companies is taken back before one of them had its part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.world import Json, World, document_of, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0971"
POWER = "dien-luc-mau"
WHY = {"reason": "Đã có điện dùng chung với nhà bên."}
TAKEN = {"after_h": 1, "state": "DA_TIEP_NHAN"}
BACK = {"on": "RUT", "after_h": 2, "state": "HUY"}
DONE = {"after_h": 5, "state": "HOAN_THANH"}


def for_both() -> Json:
    """A dossier for electricity and water, without files."""
    document = document_of("88-dau-noi-rut-mot-phan")
    papers = [
        {k: v for k, v in p.items() if k != "files"} for p in document["documents"]
    ]
    return {**document, "number": NUMBER, "documents": papers}


def a_world(folder: Path, *water: Json, **more: Any) -> World:
    """Water does what is given; electricity takes a request and says no more."""
    world = World(folder / "run", configure=quick, **more)
    world.scenario(NUMBER, water={"step": list(water)}, electricity={"step": []})
    return world


async def stopped(world: World, act: str) -> None:
    """Nothing goes to the electricity company (or it does again)."""
    path = f"/v1/lanes/{POWER}/{act}"
    said = await world.call("POST", path, {"reason": "Nghỉ đêm"}, role="administrator")
    assert said.status == 200


async def withdrawn(world: World) -> None:
    said = await world.call("POST", f"/v1/dossiers/{NUMBER}/withdrawal", WHY)
    assert said.status == 202


async def test_only_the_company_that_has_its_part_hears_of_the_withdrawal(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, TAKEN, BACK) as world:
        await stopped(world, "pause")
        assert (await world.submit(for_both())).status == 202
        await world.pass_hours(3)
        await withdrawn(world)
        await stopped(world, "resume")
        await world.settle()
        shown = await world.shown(NUMBER)
        assert (shown["end"], shown["portal_code"]) == ("withdrawn", 7)
        assert len(world.effects(NUMBER, "water", "withdraw")) == 1
        assert world.arrivals(NUMBER, "electricity", "hand_over") == []
        assert world.arrivals(NUMBER, "electricity", "withdraw") == []
        handed = {
            one["office"]: one for one in await world.transfers(NUMBER, "hand_over")
        }
        taken_back = await world.transfers(NUMBER, "withdraw")
        unsent = handed[POWER]
        assert (unsent["state"], unsent["fate"]) == ("cancelled", "not_left")
        assert unsent["named_by"] == "withdrawal"
        assert [one["office"] for one in taken_back] == ["cap-nuoc-mau"]
        assert world.told(NUMBER)[-1] == (7, "")
        still = await world.call("GET", "/v1/still", role="operator")
        assert NUMBER not in still.content.decode()


async def test_what_one_company_finished_stays_when_the_other_never_had_its_part(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, TAKEN, DONE) as world:
        await stopped(world, "pause")
        assert (await world.submit(for_both())).status == 202
        await world.pass_hours(12)
        await withdrawn(world)
        await stopped(world, "resume")
        await world.settle()
        assert (await world.shown(NUMBER))["end"] == "finished"
        assert world.effects(NUMBER, "water", "withdraw") == []
        assert world.arrivals(NUMBER, "electricity", "hand_over") == []
        assert world.arrivals(NUMBER, "electricity", "withdraw") == []


async def test_what_was_on_its_way_and_did_not_arrive_is_not_taken_back_there(
    tmp_path: Path,
) -> None:
    world = a_world(tmp_path, TAKEN, BACK)
    world.faults = [
        {
            "agency": "electricity",
            "operation": "hand_over",
            "number": NUMBER,
            "do": "too_many_429",
            "held": True,
        }
    ]
    async with world:
        assert (await world.submit(for_both())).status == 202
        states: dict[str, str] = {}
        for _ in range(1_000):
            sent = await world.transfers(NUMBER, "hand_over")
            states = {one["office"]: one["state"] for one in sent}
            if states == {POWER: "sending", "cap-nuoc-mau": "unconfirmed"}:
                break
        # What was put into the water company's folder may be there already.
        assert states == {POWER: "sending", "cap-nuoc-mau": "unconfirmed"}
        await withdrawn(world)
        world.release("electricity")
        await world.settle()
        shown = await world.shown(NUMBER)
        assert (shown["end"], shown["portal_code"]) == ("withdrawn", 7)
        assert len(world.effects(NUMBER, "water", "withdraw")) == 1
        assert world.effects(NUMBER, "electricity", "hand_over") == []
        assert world.arrivals(NUMBER, "electricity", "withdraw") == []
