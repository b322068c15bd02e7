"""Keys are replaced under a gateway that goes on working, on both stores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.vault.keyring import MASTER, Keyring
from gateway.vault.local import LocalVault
from gateway.watch.rewrapping import Rewrapper
from tests.journeys.commands import Ran, lienthong
from tests.journeys.test_callbacks import quiet_world
from tests.journeys.test_on_postgresql import store_table
from tests.journeys.test_retention import Alone
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]
UNIT = "H00.20.01"
FIRST, SECOND, THIRD = (f"H00.01-260310-071{n}" for n in range(3))


async def key(world: World, *words: str) -> Ran:
    """A command on keys, at this world's folder and gateway."""
    where = ("--settings", str(world.stage.settings_path))
    given = (*words, *where) if words[0] == "rotate" else words
    return await lienthong("keys", *given, run_dir=world.stage.run_dir, columns=200)


async def names(world: World, *numbers: str) -> list[str]:
    """Of whom the dossiers are, as they open now."""
    found = []
    for number in numbers:
        shown = await world.shown(number)
        found.append(shown["document"]["applicant"]["name"])
    return found


def forget(world: World) -> None:
    """As if the minute was over for which open keys are remembered."""
    assert world.gateway is not None
    vault: Any = world.gateway.opened.vault
    vault._keys._values.clear()
    vault._units._values.clear()


async def _replaced_under_way(world: World) -> None:
    await world.submit(a_dossier(FIRST))
    await world.pass_hours(1)
    own = (await names(world, FIRST)) * 3
    keys = world.stage.run_dir / "keys"
    master = (keys / MASTER).read_bytes()
    changed = await key(world, "rotate", "master")
    assert changed.code == 0, changed.err
    assert (keys / MASTER).read_bytes() != master
    forget(world)
    await world.submit(a_dossier(SECOND))
    old = Keyring.open(keys).unit_key(UNIT)
    made = await key(world, "rotate", "unit", UNIT)
    assert made.code == 0, made.err
    again = await key(world, "rotate", "unit", UNIT)
    assert "đang thay khóa" in again.err
    early = await key(world, "rotate", "unit", UNIT, "--finish")
    assert "Chưa xong" in early.err
    assert await names(world, FIRST, SECOND) == own[:2]
    forget(world)
    await world.submit(a_dossier(THIRD))
    assert await names(world, FIRST, SECOND, THIRD) == own
    await turned_over(world)
    forget(world)
    done = await key(world, "rotate", "unit", UNIT, "--finish")
    assert done.code == 0, done.err + done.out
    forget(world)
    assert await names(world, FIRST, SECOND, THIRD) == own
    assert old not in Keyring.open(keys).unit_keys(UNIT)
    status = await key(world, "status", "--json")
    (row,) = json.loads(status.out)["units"]
    assert (row["done"], row["count"] >= 2, row["lost"]) == (True, True, 0)
    await world.stop_gateway()
    await world.start_gateway()
    assert await names(world, FIRST, SECOND, THIRD) == own


async def turned_over(world: World) -> None:
    """What the loop does within minutes."""
    assert world.gateway is not None
    tools, kept = world.gateway.tools, world.gateway.opened.kept
    loop = Rewrapper(tools, kept, kept, Alone(), node="gateway-1", forgotten_s=0)
    await loop.turn()
    await loop.turn()


async def test_master_and_unit_key_are_replaced_while_dossiers_stay_in_use(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path / "run") as world:
        await _replaced_under_way(world)


@pytest.mark.system
async def test_on_postgresql_they_are_as_well(
    tmp_path: Path, database: dict[str, Any]
) -> None:
    world = World(tmp_path / "run", configure=quick)
    world.more_settings = store_table(database, tmp_path / "password")
    async with world:
        await _replaced_under_way(world)


async def test_nothing_is_wrapped_by_a_key_that_a_living_node_lacks(
    tmp_path: Path,
) -> None:
    async with quiet_world(tmp_path / "run") as world:
        await world.submit(a_dossier(FIRST))
        assert world.gateway is not None
        tools, kept = world.gateway.tools, world.gateway.opened.kept
        (row,) = await kept.wrapped_keys(UNIT, after="", limit=9)
        keyring = Keyring.open(world.stage.run_dir / "keys")
        keyring.use(UNIT, keyring.prepare(UNIT))
        forget(world)
        behind = Rewrapper(tools, kept, kept, Alone(), node="another", forgotten_s=0)
        await tools.store.set_mark("keys:gateway-1", "[]")
        await behind.turn()
        assert list(await kept.wrapped_keys(UNIT, after="", limit=9)) == [row]
        await turned_over(world)
        (after,) = await kept.wrapped_keys(UNIT, after="", limit=9)
        assert after != row
        opened = LocalVault(Keyring.open(world.stage.run_dir / "keys"))
        assert opened.rewrapped(after[0], UNIT, after[1]) is None
