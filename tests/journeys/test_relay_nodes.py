"""Two relays before two nodes on one database: whichever way a call takes, it counts once."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from gateway.relay import pairs
from gateway.wiring.free_ports import free_port
from tests.journeys.test_callbacks import CORRECTION, NUMBER, supplement_request
from tests.nodes import NodeProcess, quick_lanes, rests, store_table
from tests.relays import Outside, pair, told
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
LAND = "land_registry"


class Front:
    """Two relays, each before a node of its own."""

    def __init__(
        self, world: World, nodes: list[NodeProcess], relays: list[Outside]
    ) -> None:
        self.world, self.nodes, self.relays = world, nodes, relays

    async def hand_in(self, at: int, document: Any) -> tuple[int, Any]:
        """A one-stop's call by one relay."""
        token = self.world.stage.secrets.value("token.one_stop")
        headers = {"Authorization": f"Bearer {token}"}
        url = self.relays[at].url(1) + "/v1/dossiers"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, json=document, headers=headers) as answer,
        ):
            return answer.status, json.loads(await answer.read())

    async def report(self, at: int, body: Any) -> tuple[int, Any]:
        """An office's call by one relay."""
        secret = self.world.stage.secrets.value("land-mau-1.callback")
        path = f"/callbacks/land-mau-1/YeuCauBoSungHoSo/{secret}"
        status, text, _ = await self.relays[at].post(path, json.dumps(body).encode())
        return status, json.loads(text)

    async def handed_over(self, number: str) -> None:
        """Wait until the land office has it."""
        async with asyncio.timeout(60):
            while not self.effects(number):
                await rests(0.1)

    def effects(self, number: str) -> list[Any]:
        """How often the land office took it in."""
        book = self.world.book(LAND)
        return [
            one for one in book if (one["number"], one["kind"]) == (number, "hand_over")
        ]


@pytest.fixture
async def front(tmp_path: Path, database: dict[str, Any]) -> AsyncIterator[Front]:
    world = World(tmp_path / "run", configure=quick_lanes)
    folder = tmp_path / "pki"
    certificate, key = pair(folder, pairs.CORE)
    store = store_table(database, tmp_path / "password")
    nodes, ports = [], []
    async with world.mocks_only():
        for i in (1, 2):
            ports.append(free_port())
            more = (
                f'[relayed]\nport = {ports[-1]}\ncertificate = "{certificate}"\n'
                f'key = "{key}"\nrelays = ["{pair(folder, pairs.RELAY)[0]}"]\n'
                'serves = ["agencies", "one_stop"]\n'
            )
            nodes.append(NodeProcess(world, f"node-{i}", store, more))
        try:
            for one in nodes:
                assert await one.start(), one.log.read_text("utf-8")
            token = world.stage.secrets.value("token.administrator")
            found = await nodes[0].get("/v1/relay/table", token)
            (folder / "table.json").write_text(json.dumps(found), "utf-8")
            relays = [Outside(told(folder, f"https://127.0.0.1:{p}")) for p in ports]
            async with relays[0], relays[1]:
                yield Front(world, nodes, relays)
        finally:
            for one in nodes:
                await one.close()


async def test_the_same_call_by_both_ways_at_once_counts_once(front: Front) -> None:
    document = a_dossier(NUMBER, **CORRECTION)
    first, second = await asyncio.gather(
        front.hand_in(0, document), front.hand_in(1, document)
    )
    assert {first[0], second[0]} <= {200, 202}
    same = [{**said, "repeated": None} for _, said in (first, second)]
    assert same[0] == same[1]
    assert sorted((first[1]["repeated"], second[1]["repeated"])) == [False, True]
    await front.handed_over(NUMBER)
    asked = supplement_request(NUMBER, "2026-03-10T09:00:00")
    one, two = await asyncio.gather(front.report(0, asked), front.report(1, asked))
    assert (one[0], two[0]) == (200, 200)
    assert one[1]["Result"] == two[1]["Result"] == 1
    assert len(front.effects(NUMBER)) == 1
