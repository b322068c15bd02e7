"""Killed before or after every commit of a journey: the same end, nothing lost or doubled."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import aiohttp
import pytest

from gateway.mockagency import conductor
from tests.crash.dying import Child, Death
from tests.world import World

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]
#: A land transfer with tax: hand-over, slip, notices, paid, result, handed out.
EXAMPLE = "01-chuyen-nhuong-thuong"
#: Two cores: two journeys at a time.
AT_ONCE = 2
#: In ``make test`` every fifth point, in ``make test-all`` every one.
STEP = 5


class Journey:
    """One example with a gateway that dies once and is started again."""

    def __init__(self, folder: Path) -> None:
        """Every unit is a commit of its own."""
        self.world = World(folder, example=EXAMPLE)
        self.world.more_settings = "[store]\ngroup_max = 1\n"
        self.units = 0
        self.died = False

    async def run(self, death: Death) -> list[str]:
        """To the end, across a death; what differs from the expectation."""
        async with self.world.mocks_only():
            await self._first(death)
            again = self._child(Death())
            assert await again.started()
            try:
                return await self._to_the_end()
            finally:
                await again.stop()

    async def _first(self, death: Death) -> None:
        child = self._child(death)
        try:
            if await child.started():
                await self._to_the_end()
        except (aiohttp.ClientError, ConnectionError):
            pass  # it died; the one-stop sends again after the restart
        finally:
            code = await child.stop()
        self.units = child.count.value
        self.died = code == -signal.SIGKILL

    async def _to_the_end(self) -> list[str]:
        expected = await self.world.feed(EXAMPLE)
        await conductor.run(self.world.stage.participants, until=_never)
        verdict = await self.world.judge(expected)
        return [*verdict.differences, *(["lost"] if verdict.lost else [])]

    def _child(self, death: Death) -> Child:
        stage = self.world.stage
        stage.write_settings(
            start=self.world.now().isoformat(), more=self.world.more_settings
        )
        return Child(stage.settings_path, death)


async def _never() -> bool:
    return False


async def test_a_journey_killed_at_any_commit_ends_the_same(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    whole = Journey(tmp_path / "whole")
    assert await whole.run(Death()) == []
    assert whole.units > 20, "too few units for a journey: the counting is wrong"
    deaths = [
        Death(unit, before=before)
        for unit in range(1, whole.units + 1)
        for before in (True, False)
    ]
    chosen = deaths if request.config.getoption("--long") else deaths[::STEP]
    chosen += [Death(1, at_seal=True), Death(2, at_seal=True)]
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(index: int, death: Death) -> tuple[Death, Journey, list[str]]:
        async with at_once:
            journey = Journey(tmp_path / f"point-{index}")
            return death, journey, await journey.run(death)

    results = await asyncio.gather(*(one(i, d) for i, d in enumerate(chosen)))
    failed = {str(death): found for death, _, found in results if found}
    assert failed == {}
    # How loops share a turn varies, so the last points may lie beyond the end.
    died = sum(journey.died for _, journey, _ in results)
    assert died >= 0.9 * len(chosen)
