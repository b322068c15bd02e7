"""Several gateways on one database: each may die, stand still, be stopped and replaced."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import psycopg
import pytest

from gateway.wiring.files import read_folder
from tests.nodes import LEASE_S, NodeProcess, quick_lanes, rests, store_table
from tests.world import World, a_dossier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.system]
LAND = "land_registry"
#: Codes of the one-stop's dossiers, from 1.
NUMBER = "H00.20.01-260310-{:04d}"
_OPEN = "SELECT state, count(*) FROM transfer WHERE finished_at IS NULL GROUP BY state"


class Together:
    """Three nodes, the mock agencies, and what became of what was handed in."""

    def __init__(self, world: World, nodes: Sequence[NodeProcess], db: Any) -> None:
        self.world = world
        self.nodes = list(nodes)
        self.trusted = list(nodes)
        #: whom dossiers are handed to; a sender leaves out who does not answer
        self._database = db

    async def submit(self, first: int, last: int) -> None:
        """Hand dossiers in, each at whatever node answers, until it is taken."""
        token = self.world.stage.secrets.value("token.one_stop")
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            for i in range(first, last + 1):
                await self._one(session, a_dossier(NUMBER.format(i)), i)

    async def _one(
        self, session: aiohttp.ClientSession, dossier: dict[str, Any], turn: int
    ) -> None:
        async with asyncio.timeout(60):
            while True:
                node = self.trusted[turn % len(self.trusted)]
                turn += 1
                try:
                    async with session.post(
                        node.url + "/v1/dossiers",
                        json=dossier,
                        timeout=aiohttp.ClientTimeout(total=5),
                    ) as answer:
                        if answer.status in {200, 202}:
                            return
                        assert answer.status == 503, await answer.text()
                except aiohttp.ClientError:
                    continue
                except TimeoutError:
                    if len(self.trusted) > 2:
                        self.trusted.remove(node)

    def open(self) -> Counter[str]:
        """Transfers that are not at their end, by state."""
        with psycopg.connect(**self._database) as owner:
            return Counter(dict(owner.execute(_OPEN).fetchall()))

    async def delivered(self, seconds: float = 60) -> None:
        """Wait until nothing is left to do."""
        async with asyncio.timeout(seconds):
            while left := self.open():
                assert "parked" not in left, left
                await rests(0.1)

    async def handed_over(self, at_least: int) -> None:
        """Wait until the land office has so many."""
        async with asyncio.timeout(60):
            while len(self.effects()) < at_least:
                await rests(0.02)

    def asked(self) -> int:
        """How many enquiries there were."""
        with psycopg.connect(**self._database) as owner:
            row = owner.execute("SELECT sum(enquiries) FROM transfer").fetchone()
        assert row is not None
        return int(row[0])

    def effects(self) -> Counter[str]:
        """Dossiers that the land office has taken in, and how often each."""
        return Counter(
            line["number"]
            for line in self.world.book(LAND)
            if line["kind"] == "hand_over"
        )


@pytest.fixture
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """Calls are given up after a second, where a test does not say how late."""
    lanes = partial(quick_lanes, timeout_s=getattr(request, "param", 1.0))
    world = World(tmp_path / "run", configure=lanes)
    slow = {"agency": LAND, "operation": "hand_over", "every": True}
    world.faults = [{**slow, "do": "delay_s", "seconds": 0.05}]
    async with world.mocks_only():
        yield world


@pytest.fixture
async def together(
    request: pytest.FixtureRequest,
    world: World,
    tmp_path: Path,
    database: dict[str, Any],
) -> AsyncIterator[Together]:
    """Their leases are short, where a test waits for a dead node's."""
    lease_s = getattr(request, "param", LEASE_S)
    store = store_table(database, tmp_path / "password", lease_s=lease_s)
    nodes = [NodeProcess(world, f"node-{i}", store) for i in (1, 2, 3)]
    try:
        for one in nodes:
            assert await one.start(), one.log.read_text("utf-8")
        yield Together(world, nodes, database)
    finally:
        for one in nodes:
            await one.close()


async def test_nodes_share_the_work_and_no_office_has_more_at_once_than_it_allows(
    together: Together,
) -> None:
    await together.submit(1, 40)
    await together.delivered()
    effects = together.effects()
    assert set(effects) == {NUMBER.format(i) for i in range(1, 41)}
    assert set(effects.values()) == {1}
    assert together.world.most_at_once(LAND) == 2


async def test_what_a_killed_node_was_sending_is_settled_by_the_others(
    together: Together,
) -> None:
    submitting = asyncio.create_task(together.submit(1, 60))
    await together.handed_over(10)
    together.nodes[0].signal(signal.SIGKILL)
    await submitting
    await together.delivered()
    effects = together.effects()
    assert len(effects) == 60
    assert set(effects.values()) == {1}
    assert together.world.most_at_once(LAND) <= 2


async def test_a_node_that_stood_still_does_nothing_twice(together: Together) -> None:
    """For longer than its leases; the others ask about what it was sending."""
    sleeper = together.nodes[0]
    submitting = asyncio.create_task(together.submit(1, 60))
    await together.handed_over(10)
    sleeper.signal(signal.SIGSTOP)
    await submitting
    await together.delivered()
    sleeper.signal(signal.SIGCONT)
    together.trusted = [sleeper]
    await together.submit(61, 70)
    await together.delivered()
    effects = together.effects()
    assert len(effects) == 70
    assert set(effects.values()) == {1}
    token = together.world.stage.secrets.value("token.operator")
    (again,) = [
        one
        for one in (await sleeper.get("/v1/nodes", token))["nodes"]
        if one["name"] == sleeper.name
    ]
    assert again["alive"]


@pytest.mark.parametrize(("world", "together"), [(20.0, 20.0)], indirect=True)
async def test_nodes_are_replaced_one_after_the_other_while_work_goes_on(
    together: Together,
) -> None:
    """A rolling restart: nobody is refused, nothing is asked about."""
    submitting = asyncio.create_task(together.submit(1, 80))
    for one in together.nodes:
        before = len(together.effects())
        assert await one.stop() == 0, one.log.read_text("utf-8")
        assert await one.start(), one.log.read_text("utf-8")
        await together.handed_over(min(before + 3, 60))
    await submitting
    await together.delivered()
    effects = together.effects()
    assert len(effects) == 80
    assert set(effects.values()) == {1}
    assert together.asked() == 0


async def test_what_is_decided_at_one_node_holds_at_all(together: Together) -> None:
    """A lane that is stopped, and a configuration that is applied."""
    first, second, third = together.nodes
    paused = await first.post("/v1/lanes/land-mau-1/pause", {"reason": "thử"})
    assert paused["state"] == "paused"
    await together.submit(1, 12)
    async with asyncio.timeout(20):
        while together.open() != {"due": 12}:
            await rests(0.1)
    assert not together.effects()
    await second.post("/v1/lanes/land-mau-1/resume", {"reason": "thử"})
    await together.delivered()
    assert len(together.effects()) == 12
    content = read_folder(together.world.stage.config)
    content["rules"][0]["decision"] = "Quyết định thử"
    applied = await third.post("/v1/configuration", content)
    assert applied["version"] == 2
    together.trusted = [third]
    await together.submit(13, 24)
    await together.delivered()
    assert len(together.effects()) == 24


async def test_a_calendar_imported_at_one_node_is_shown_by_all(
    together: Together,
) -> None:
    first, second, third = together.nodes
    year = read_folder(together.world.stage.config)["calendar"]["2026"]
    closed = [{"date": "2026-10-06", "reason": "Lũ (ví dụ)"}]
    body = {"year": 2026, "calendar": {**year, "closed": closed}, "reason": "thử"}
    where = "/v1/calendar/import"
    seen = await second.post(where, body)
    done = await third.post(where, {**body, "confirm": seen["digest"]})
    assert done["version"] == 2
    token = together.world.stage.secrets.value("token.operator")
    async with asyncio.timeout(20):
        while (await first.get("/v1/calendar?year=2026", token))["version"] != 2:
            await rests(0.1)
    shown = await first.get("/v1/calendar?year=2026", token)
    assert "Lũ (ví dụ)" in {row["name"] for row in shown["days"]}
    # Which of them is asked again makes no difference.
    again = await second.post(where, {**body, "confirm": seen["digest"]})
    assert (again["version"], again["same"]) == (2, True)


async def test_of_two_calendars_confirmed_at_once_at_two_nodes_one_holds_and_one_is_told(
    together: Together,
) -> None:
    """Neither undoes the other in silence."""
    first, second, third = together.nodes
    year = read_folder(together.world.stage.config)["calendar"]["2026"]
    where, asked = "/v1/calendar/import", []
    for node, day in ((first, "2026-10-06"), (second, "2026-10-07")):
        closed = [{"date": day, "reason": f"Lũ {day} (ví dụ)"}]
        body = {"year": 2026, "calendar": {**year, "closed": closed}, "reason": "thử"}
        seen = await node.post(where, body)
        asked.append(node.post(where, {**body, "confirm": seen["digest"]}))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    done = [one for one in answers if isinstance(one, dict)]
    (refused,) = [str(one) for one in answers if not isinstance(one, dict)]
    assert [one["version"] for one in done] == [2]
    assert '"status":409,"code":"calendar_changed"' in refused
    token = together.world.stage.secrets.value("token.operator")
    days = {row["day"] for of in done[0]["changes"] for row in of["days"]}
    assert len(days) == 1
    for node in (first, second, third):
        async with asyncio.timeout(20):
            while (await node.get("/v1/calendar?year=2026", token))["version"] != 2:
                await rests(0.1)
        shown = await node.get("/v1/calendar?year=2026", token)
        closed_days = {row["day"] for row in shown["days"] if "Lũ" in row["name"]}
        assert closed_days == days


async def test_a_second_process_of_one_name_is_refused_and_its_own_restart_is_not(
    together: Together, database: dict[str, Any], tmp_path: Path
) -> None:
    store = store_table(database, tmp_path / "password")
    twin = NodeProcess(together.world, "node-1", store)
    assert not await twin.start()
    assert "tên riêng" in twin.log.read_text("utf-8")
    token = together.world.stage.secrets.value("token.operator")
    shown = (await together.nodes[0].get("/v1/nodes", token))["nodes"]
    assert [one["alive"] for one in shown] == [True] * 3
    together.nodes[0].signal(signal.SIGKILL)
    await together.nodes[0].ended()
    assert await twin.start(), twin.log.read_text("utf-8")
    await twin.close()
