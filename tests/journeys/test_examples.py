"""Every example dossier ends as its ``expected.toml`` says, all in one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.wiring.feeding import by_start
from gateway.wiring.stage import EXAMPLES
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.conformance.examples import Verdict

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
NAMES = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def verdicts(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[str, Verdict]]:
    """All examples fed to one gateway at once, judged when nobody has work left."""
    folder = tmp_path_factory.mktemp("all") / "run"
    async with World(folder, examples=NAMES, configure=quick) as world:
        expected = []
        for start, group in by_start(world.stage):
            await world.pass_until(start)
            expected += [await world.feed(folder.name) for folder in group]
        await world.settle()
        yield {one.name: await world.judge(one) for one in expected}


def test_the_examples_are_many() -> None:
    assert len(NAMES) == 83


@pytest.mark.parametrize("name", NAMES)
def test_an_example_ends_as_expected(verdicts: dict[str, Verdict], name: str) -> None:
    verdict = verdicts[name]
    assert not verdict.differences, "\n".join(verdict.differences)
    assert not verdict.stuck
    assert not verdict.lost
