"""Killed as soon as a missing acknowledgement is on disk: the office is asked all the same."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.crash.dying import Child, Death
from tests.world import World, document_of, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]
EXAMPLE, NUMBER = "56-cap-dien-ha-ap", "H00.01-260310-2591"
#: So seldom that no poll of its own falls between the acceptance and the hard moment.
SELDOM = "poll_every_s = 2000000.0"


def seldom(config: Path) -> None:
    quick(config)
    path = config / "agencies" / "electricity.toml"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"(?m)^poll_every_s = \S+", SELDOM, text), "utf-8")


async def child(world: World, death: Death) -> Child:
    stage = world.stage
    stage.write_settings(start=world.now().isoformat())
    started = Child(stage.settings_path, death)
    assert await started.started()
    return started


def questions(world: World) -> int:
    """How often the company was asked about the dossier."""
    return len(world.arrivals(NUMBER, "electricity", "progress"))


async def over_the_hard_moment(world: World) -> None:
    await world.pass_hours(24 * 4)
    # It tells at the latest when it is asked whether all is told by now.
    await world.settle()


@pytest.mark.parametrize("dies", [True, False])
async def test_who_dies_after_the_line_leaves_no_office_unasked(
    tmp_path: Path, *, dies: bool
) -> None:
    world = World(tmp_path / "run", configure=seldom)
    world.scenario(NUMBER, electricity={"silent": True, "pushes": False})
    async with world.mocks_only():
        here = await child(world, Death(after="tell_hard") if dies else Death())
        try:
            document = {**document_of(EXAMPLE), "number": NUMBER}
            assert (await world.submit(document)).status == 202
            await world.pass_hours(24)
            before = questions(world)
            if dies:
                with pytest.raises((aiohttp.ClientError, ConnectionError)):
                    await over_the_hard_moment(world)
                assert await here.ended() == -signal.SIGKILL
                assert questions(world) == before
                here = await child(world, Death())
            else:
                await world.pass_hours(24 * 4)
            # The question goes out once the line is written, at the same moment.
            await world.pass_hours(12)
            await world.pass_hours(12)
            assert questions(world) == before + 1
        finally:
            await here.stop()
