"""Restored to an older point while agencies have moved on: nothing is done twice."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from gateway.wiring import backups, restoring
from gateway.wiring.attachments import FOLDER
from gateway.wiring.keys import STORE
from tests.world import World, quick

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.conformance.examples import Expected

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
#: Land and tax on a line, by the portal, the other land system, electricity, water,
#: civil registry, an office that fetches, one that works by a list.
EXAMPLES = (
    "01-chuyen-nhuong-thuong",
    "10-bo-sung",
    "23-qua-cong",
    "47-ilis-chuyen-nhuong",
    "51-phong-chay-tu-lay",
    "53-xa-khong-phan-mem",
    "56-cap-dien-ha-ap",
    "67-lap-nuoc-moi",
    "74-khai-sinh-lien-thong",
)
WHO = {"by": "quan-tri", "why": "Thử khôi phục"}


def effects(world: World) -> Counter[tuple[str, str, str]]:
    """What stands in every book."""
    return Counter(
        (agency, line["number"], line["kind"])
        for agency in world.stage.mocks
        for line in world.book(agency)
    )


def wanted(expected: list[Expected]) -> Counter[tuple[str, str, str]]:
    """What the examples say."""
    return Counter(
        {
            (agency, one.number, kind): count
            for one in expected
            for (agency, kind), count in one.effects.items()
        }
    )


class Kept:
    """A backup, with the key that opens it."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        folder.mkdir()
        backups.make_key(folder / "key")

    async def make(self) -> backups.Made:
        """While the gateway runs."""
        return await asyncio.to_thread(
            backups.back_up,
            self.world.stage.settings_path,
            self.folder,
            self.folder / "key" / "backup.pub",
        )

    async def lose_and_restore(self, made: backups.Made) -> restoring.Found:
        """The gateway ends, its store and files are gone; the backup comes back."""
        world = self.world
        await world.stop_gateway()
        for path in world.stage.run_dir.glob(f"{STORE}*"):
            path.unlink()
        shutil.rmtree(world.stage.run_dir / FOLDER)
        found = await asyncio.to_thread(
            restoring.restore,
            world.stage.settings_path,
            made.path,
            self.folder / "key" / "backup.key",
            **WHO,
        )
        await world.start_gateway()
        return found


@pytest.mark.parametrize("hours", [0, 8, 30, 80])
async def test_x(tmp_path: Path, hours: int) -> None:
    world = World(tmp_path / "run", examples=EXAMPLES, configure=quick)
    async with world:
        kept = Kept(world, tmp_path / "kept")
        fed = [await world.feed(example) for example in EXAMPLES]
        await world.pass_hours(hours)
        made = await kept.make()
        await world.settle()
        before = effects(world)
        for one in fed:
            v = await world.judge(one)
            print(one.number, v)
        found = await kept.lose_and_restore(made)
        print(found)
        await world.settle()
        after = effects(world)
        print("more", after - before)
        for one in fed:
            v = await world.judge(one)
            print(one.number, v)
        r = await world.call("GET", "/v1/restores", role="operator")
        print(r.body)
        r = await world.call("GET", "/v1/restores/doubts", role="operator")
        for t in r.body["transfers"]: print(t)
