"""What a land office cannot take without a choice is asked of the counter, with a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.test_callbacks import CORRECTION
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0991"
CHOICES = f"/v1/dossiers/{NUMBER}/choices"


def _without_a_usual_receiver(config: Path) -> None:
    quick(config)
    path = config / "agencies" / "land_registry.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('receiver = "cb.mau01"', 'receiver = ""'), "utf-8")


def _dossier(**changed: Any) -> dict[str, Any]:
    document = {**a_dossier(NUMBER, **CORRECTION), **changed}
    return {k: v for k, v in document.items() if v is not None}


@pytest.mark.parametrize(
    ("receiver", "code"), [(None, "receiver_missing"), ("cb.la", "unknown_receiver")]
)
async def test_the_counter_chooses_from_the_offices_own_list_and_the_dossier_goes_on(
    tmp_path: Path, receiver: str | None, code: str
) -> None:
    world = World(tmp_path / "run", configure=_without_a_usual_receiver)
    async with world:
        await world.submit(_dossier(receiver=receiver))
        await world.settle()
        (asked,) = (await world.shown(NUMBER))["asks"]
        assert (asked["code"], asked["field"]) == (code, "receiver")
        values = [choice["value"] for choice in asked["choices"]]
        assert values == ["cb.mau01", "cb.mau11"]
        assert all(choice["name"] for choice in asked["choices"])
        assert world.effects(NUMBER, "land_registry", "hand_over") == []
        wrong = await world.call("POST", CHOICES, {"receiver": "cb.khac"})
        assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (422, "/receiver")
        chosen = {"receiver": values[1]}
        first, again = [await world.call("POST", CHOICES, chosen) for _ in range(2)]
        assert (first.status, first.body["repeated"]) == (202, False)
        assert (again.status, again.body["repeated"]) == (202, True)
        await world.settle()
        shown = await world.shown(NUMBER)
        assert (shown["asks"], shown["end"]) == ([], "finished")
        assert shown["document"]["receiver"] == "cb.mau11"
        assert len(world.effects(NUMBER, "land_registry", "hand_over")) == 1


async def test_what_nobody_asked_for_cannot_be_chosen(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await world.submit(_dossier())
        refused = await world.call("POST", CHOICES, {"receiver": "cb.mau11"})
        assert (refused.status, refused.body["code"]) == (409, "not_asked")
        nothing = await world.call("POST", CHOICES, {})
        assert (nothing.status, nothing.body["code"]) == (422, "request_invalid")
