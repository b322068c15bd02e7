"""A doubtful hand-over is settled by the agency's own word that it has the dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0701"
STRANGE = {
    "agency": "land_registry",
    "operation": "hand_over",
    "do": "text_after",
    "text": '{"ket_qua": "la"}',
    "number": NUMBER,
    "every": True,
}


async def test_a_report_of_the_office_settles_a_hand_over_that_was_parked_in_doubt(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "run", configure=quick)
    world.faults = [STRANGE]
    async with world:
        await world.submit(a_dossier(NUMBER))
        await world.pass_hours(1)
        (parked,) = await world.transfers(NUMBER, "hand_over")
        assert (parked["state"], parked["fate"]) == ("parked", "may_have_left")
        await world.settle()
        (settled,) = await world.transfers(NUMBER, "hand_over")
        assert (settled["state"], settled["fate"]) == ("delivered", "agency_has_it")
        assert (await world.shown(NUMBER))["end"] == "finished"
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1
        assert len(world.effects(NUMBER, "land_registry", "paid")) == 1


async def test_a_slip_is_found_by_its_number_alone(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await world.submit(a_dossier(NUMBER))
        await world.settle()
        shown = await world.shown(NUMBER)
        (slip,) = [n["value"] for n in shown["numbers"] if n["kind"] == "so_phieu"]
        found = await world.call("POST", "/v1/find", {"q": slip}, role="operator")
        assert [row["number"] for row in found.body["dossiers"]] == [NUMBER]
