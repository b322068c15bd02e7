"""Killed before or after every commit of a journey: the same end, nothing lost or doubled."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import aiohttp
import pytest

from gateway.mockagency import conductor
from gateway.wiring.stage import START
from tests.crash.dying import Child, Death
from tests.world import World

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]
#: A land transfer with tax: hand-over, slip, notices, paid, result, handed out; with
#: tax on a line, and with packages that are carried; an office that fetches and
#: acknowledges: where each of them begins.
EXAMPLES = {
    "01-chuyen-nhuong-thuong": START,
    "41-goi-tin": "2026-07-07T07:30:00+07:00",
    "51-phong-chay-tu-lay": START,
}
#: Two cores: two journeys at a time.
AT_ONCE = 2
#: In ``make test`` some of the points, in ``make test-all`` every one.
STEPS = {"01-chuyen-nhuong-thuong": 5, "41-goi-tin": 9, "51-phong-chay-tu-lay": 5}


class Journey:
    """One example with a gateway that dies once and is started again."""

    def __init__(self, folder: Path, example: str) -> None:
        """Every unit is a commit of its own."""
        self.example = example
        self.world = World(folder, example=example)
        self.world.stage.start = EXAMPLES[example]
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
        expected = await self.world.feed(self.example)
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


@pytest.mark.parametrize("example", EXAMPLES)
async def test_a_journey_killed_at_any_commit_ends_the_same(
    tmp_path: Path, request: pytest.FixtureRequest, example: str
) -> None:
    whole = Journey(tmp_path / "whole", example)
    assert await whole.run(Death()) == []
    assert whole.units > 20, "too few units for a journey: the counting is wrong"
    deaths = [
        Death(unit, before=before)
        for unit in range(1, whole.units + 1)
        for before in (True, False)
    ]
    chosen = deaths if request.config.getoption("--long") else deaths[:: STEPS[example]]
    chosen += [Death(1, at_seal=True), Death(2, at_seal=True)]
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(index: int, death: Death) -> tuple[Death, Journey, list[str]]:
        async with at_once:
            journey = Journey(tmp_path / f"point-{index}", example)
            return death, journey, await journey.run(death)

    results = await asyncio.gather(*(one(i, d) for i, d in enumerate(chosen)))
    failed = {str(death): found for death, _, found in results if found}
    assert failed == {}
    # How loops share a turn varies, so the last points may lie beyond the end.
    died = sum(journey.died for _, journey, _ in results)
    assert died >= 0.9 * len(chosen)
