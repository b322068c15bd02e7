"""Every other door with a described interface, called as its document allows and does not."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.api.open_description import described as open_document
from gateway.wiring.stage import EXAMPLES
from tests.machines import doors
from tests.machines.described import Tried, tried
from tests.machines.test_api import LIMITS
from tests.open_calls import FETCHES, at_any_hour
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(1800)]
#: Dossiers by whom they are handled: of land (VBDLIS, iLIS), fire, electricity.
FED = (
    *("01-chuyen-nhuong-thuong", "47-ilis-chuyen-nhuong", "51-phong-chay-tu-lay"),
    "56-cap-dien-ha-ap",
)
SOME = [5, pytest.param(200, marks=pytest.mark.long)]


def configured(config: Path) -> None:
    quick(config)
    at_any_hour(config)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A gateway with dossiers of every agency whose door is called."""
    world = World(tmp_path / "run", examples=FED, configure=configured)
    # Whoever calls so often would be told to wait, and nothing else.
    world.more_settings = LIMITS
    async with world:
        for name in FED:
            await world.feed(name)
        await world.pass_hours(6)
        yield world


def number_of(example: str) -> str:
    text = (EXAMPLES / example / "dossier.json").read_text("utf-8")
    return str(json.loads(text)["number"])


def people() -> set[str]:
    """Names, numbers and telephones of the examples."""
    found: set[str] = set()
    for example in FED:
        path = EXAMPLES / example / "dossier.json"
        if not path.is_file():
            continue
        applicant = json.loads(path.read_text("utf-8"))["applicant"]
        found |= {str(one) for one in applicant.values() if len(str(one)) > 7}
    assert found
    return found


async def call(
    world: World, document: Any, headers: dict[str, str], examples: int, door: str
) -> Tried:
    found = await asyncio.to_thread(
        lambda: tried(
            document,
            world.stage.url(door),
            headers,
            examples=examples,
            people=people(),
        )
    )
    print(found.told(next(iter(document["paths"]))))  # noqa: T201  a share is to be seen
    assert found.faults == []
    return found


@pytest.mark.parametrize("examples", SOME)
@pytest.mark.parametrize(
    ("office", "interface", "example"),
    [
        ("land-mau-1", "land_registry", "01-chuyen-nhuong-thuong"),
        ("land-mau-3", "land_registry/ilis", "47-ilis-chuyen-nhuong"),
        ("dien-luc-mau", "electricity", "56-cap-dien-ha-ap"),
    ],
)
async def test_what_an_office_pushes_is_answered_as_its_document_says(
    world: World, office: str, interface: str, example: str, examples: int
) -> None:
    assert world.gateway is not None
    secret = world.stage.secrets.value(f"{office}.callback")
    known = [number_of(example)]
    document = doors.callbacks(world.gateway, office, interface, secret, known)
    assert document["paths"]
    found = await call(world, document, {}, examples, "agencies")
    assert found.share > 0.5, found.by
    # Whoever is not let in is told the same at each of them.
    assert len(found.missed) <= 1


@pytest.mark.parametrize("examples", SOME)
async def test_the_open_interface_answers_as_its_document_says(
    world: World, examples: int
) -> None:
    document = open_document()
    ready = await world.gateway.tools.pickup.lies_ready(FETCHES)  # type: ignore[union-attr,arg-type]
    assert ready.count
    key = world.stage.secrets.value(f"{FETCHES}.open")
    shown = await fetched(world, key)
    doors.only(document["components"]["schemas"], {"transfer"}, [shown])
    doors.only(document["components"]["schemas"], {"key"}, [key])
    document["paths"] = {
        f"/open/v1{path}": one for path, one in document["paths"].items()
    }
    head = {"Authorization": f"Bearer {key}"}
    found = await call(world, document, head, examples, "agencies")
    assert found.share > 0.3, found.by


async def fetched(world: World, key: str) -> str:
    from tests.open_calls import System

    (one, *_) = await System(world).until_fetched()
    return str(one["id"])


@pytest.mark.parametrize("examples", SOME)
async def test_a_served_land_system_answers_as_its_document_says(
    world: World, examples: int
) -> None:
    assert world.gateway is not None
    one_stop, office = "mot-cua-noi-thang", "land-mau-4"
    secret = world.stage.secrets.value(f"{one_stop}.dropin")
    known = ["26-0001/BN"]
    document = doors.dropin(world.gateway, one_stop, office, secret, known)
    found = await call(world, document, {}, examples, "front")
    assert found.share > 0.5, found.by
    assert len(found.missed) <= 1
