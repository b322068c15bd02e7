"""A dossier that an office opened goes by the procedure of the day on which it did."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from gateway.wiring.files import read_folder
from tests.journeys.test_opened_by_office import RECEIPT, opened
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


async def two_versions(world: World) -> None:
    """A version until 9 March 2026, another from the next day."""
    content = copy.deepcopy(read_folder(world.stage.config))
    (first,) = (p for p in content["procedures"] if p["code"] == "1.999003")
    later = {**copy.deepcopy(first), "version": "2026.2", "valid_from": "2026-03-10"}
    first["valid_to"] = "2026-03-09"
    content["procedures"].append(later)
    applied = await world.call(
        "POST", "/v1/configuration", content, role="administrator"
    )
    assert applied.status == 200, applied.body


@pytest.mark.parametrize(
    ("opened_at", "version"),
    [
        # UTC without a mark: 23:59 on 9 March in Vietnam, and 00:00 on the next day.
        ("2026-03-09T16:59:59", "2026.1"),
        ("2026-03-09T17:00:00", "2026.2"),
        ("2027-01-01T00:00:00", "2026.2"),
    ],
)
async def test_it_keeps_the_procedure_of_the_day_on_which_it_was_opened(
    tmp_path: Path, opened_at: str, version: str
) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await two_versions(world)
        await world.push("TiepNhanHoSoChoMotCua", opened(NgayTiepNhan=opened_at))
        await world.settle()
        route = await world.call(
            "GET", f"/v1/dossiers/{RECEIPT.replace('/', '%2F')}/route", role="operator"
        )
        assert route.body["version"] == version
