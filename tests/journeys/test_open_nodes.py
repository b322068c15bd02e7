"""An office whose several programs fetch at two gateways on one database."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.nodes import NodeProcess, quick_lanes, rests, store_table
from tests.open_calls import FETCHES, PUSHED, at_any_hour, inline, with_fire
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.world import Json

pytestmark = [pytest.mark.journey, pytest.mark.system, pytest.mark.timeout(240)]
NUMBERS = [f"H00.01-260310-{i:04d}" for i in range(1, 25)]
NODES = 2


class Office:
    """What its programs do at one gateway, or at another once that is away."""

    def __init__(self, world: World, nodes: list[NodeProcess]) -> None:
        self.world = world
        self.nodes = nodes
        self._keys = {
            one: world.stage.secrets.value(f"{one}.open") for one in (FETCHES, PUSHED)
        }

    async def submit(self) -> None:
        """Hand every dossier in, at one node after the other."""
        token = self.world.stage.secrets.value("token.one_stop")
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            for i, number in enumerate(NUMBERS):
                own = {"certificate": {"serial": f"MM {number[-6:]}"}}
                url = self.nodes[i % NODES].url + "/v1/dossiers"
                async with session.post(url, json=with_fire(number, **own)) as answer:
                    assert answer.status == 202, await answer.text()

    async def call(
        self, at: int, operation: str, body: Json, office: str = FETCHES
    ) -> tuple[int, Json]:
        """One call, repeated unchanged while it is too early or a gateway is away."""
        headers = {"Authorization": f"Bearer {self._keys[office]}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            for turn in range(at, at + 400):
                url = f"{self.nodes[turn % NODES].agencies}/open/v1/{operation}"
                try:
                    async with session.post(url, json=body) as answer:
                        if answer.status not in {429, 503}:
                            return answer.status, await answer.json()
                except aiohttp.ClientError:
                    continue
                await rests(0.1)
        raise AssertionError("no gateway answered")

    async def fetched(self, at: int, after: str, limit: int) -> Json:
        """One page."""
        status, page = await self.call(at, "fetch", {"after": after, "limit": limit})
        assert status == 200, page
        return page

    async def watch(self, at: int) -> list[str]:
        """What one sees who only ever goes on behind its cursor, until it has all."""
        seen: list[str] = []
        after = ""
        async with asyncio.timeout(90):
            while len(seen) < len(NUMBERS):
                page = await self.fetched(at, after, 5)
                assert page["after"] or not page["transfers"]
                after = page["after"]
                seen += [one["dossier"] for one in page["transfers"]]
                await rests(0.3)
        return seen

    async def work(self, at: int, taken: Counter[str], recorded: Counter[str]) -> None:
        """Fetch, acknowledge, finish; again until nothing waits."""
        while True:
            page = await self.fetched(at, "", 4)
            if not page["transfers"]:
                return
            for transfer in page["transfers"]:
                await self._finish(at, transfer, taken, recorded)

    async def _finish(
        self, at: int, transfer: Json, taken: Counter[str], recorded: Counter[str]
    ) -> None:
        identifier, number = transfer["id"], transfer["dossier"]
        _, told = await self.call(at, "acknowledge", {"ids": [identifier]})
        (row,) = told["results"]
        assert row["result"] in {"taken", "already"}
        taken[number] += row["result"] == "taken"
        report = {"transfer": identifier, "report_id": f"{identifier}-finished"}
        report |= {"kind": "finished"}
        files = [inline(f"%PDF {number}".encode())]
        status, told = await self.call(at, "report", {**report, "files": files})
        assert (status, told["applied"]) == (200, True), told
        recorded[number] += told["result"] == "recorded"

    async def results(self, number: str) -> list[Json]:
        """What the one-stop gets of a dossier."""
        token = self.world.stage.secrets.value("token.one_stop")
        shown = await self.nodes[0].get(f"/v1/dossiers/{number}", token)
        found: list[Json] = shown["results"]
        return found


@pytest.fixture
async def office(tmp_path: Path, database: dict[str, Any]) -> AsyncIterator[Office]:
    def configure(config: Path) -> None:
        quick_lanes(config)
        at_any_hour(config)

    world = World(tmp_path / "run", configure=configure)
    for number in NUMBERS:
        world.scenario(number, land_registry={"step": []})
    store = store_table(database, tmp_path / "password")
    async with world.mocks_only():
        nodes = [NodeProcess(world, f"node-{i}", store) for i in range(NODES)]
        try:
            for one in nodes:
                assert await one.start(), one.log.read_text("utf-8")
            yield Office(world, nodes)
        finally:
            for one in nodes:
                await one.close()


async def test_several_programs_at_two_gateways_miss_nothing_and_double_nothing(
    office: Office,
) -> None:
    """One gateway is killed while they work."""
    async with asyncio.TaskGroup() as group:
        watchers = [group.create_task(office.watch(i)) for i in range(NODES)]
        group.create_task(office.submit())
    first, second = [one.result() for one in watchers]
    assert sorted(first) == NUMBERS
    assert second == first
    taken, recorded = Counter[str](), Counter[str]()
    async with asyncio.TaskGroup() as group:
        for i in range(4):
            group.create_task(office.work(i, taken, recorded))
        async with asyncio.timeout(60):
            while taken.total() < 5:
                await rests(0.05)
        office.nodes[1].signal(signal.SIGKILL)
    # Who was told so by the gateway that died may not have heard it.
    for counted in (taken, recorded):
        assert set(counted.values()) <= {0, 1}
        assert counted.total() >= len(NUMBERS) - 4
    assert [len(await office.results(number)) for number in NUMBERS] == [1] * 24


async def test_an_identifier_that_no_database_can_be_asked_for_is_an_unknown_one(
    office: Office,
) -> None:
    wrong = "t\0x"
    acknowledged = await office.call(0, "acknowledge", {"ids": [wrong]})
    assert acknowledged == (200, {"results": [{"id": wrong, "result": "unknown"}]})
    status, told = await office.call(0, "file", {"id": f"{wrong}.a"})
    assert (status, told["code"]) == (404, "file_unknown")
    said = {"transfer": wrong, "kind": "accepted", "report_id": "bc-1"}
    status, told = await office.call(0, "report", said)
    assert (status, told["code"]) == (404, "dossier_unknown")
