"""Whoever spreads the load hears the truth: alive, and taking new dossiers or why not."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from gateway.domain.errors import StoreUnavailable
from gateway.watch import readiness
from gateway.wiring import free_ports, ready
from tests.journeys.alarms import until
from tests.journeys.test_privacy import MARKS, NUMBER, dossier, open_marks
from tests.machines.scraping import LISTENS, get
from tests.nodes import NodeProcess, rests, store_table
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.postgres import Server

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
WHERE = ("front", "metrics")


class Usage(NamedTuple):
    """What a disk says of itself."""

    total: int
    used: int
    free: int


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "run", configure=quick)
    world.more_settings = LISTENS
    async with world:
        yield world


async def asked(world: World, path: str = "/readyz") -> dict[str, tuple[int, Any]]:
    """The answer of each listener."""
    assert world.gateway is not None
    found = {}
    for name in WHERE:
        status, text = await get(world.gateway.addresses[name] + path)
        found[name] = (status, json.loads(text))
    return found


def no(*reasons: str) -> dict[str, tuple[int, Any]]:
    """Not ready, everywhere the same."""
    return dict.fromkeys(WHERE, (503, {"ready": False, "reasons": list(reasons)}))


YES: dict[str, tuple[int, Any]] = dict.fromkeys(
    WHERE, (200, {"ready": True, "reasons": []})
)


async def test_a_gateway_that_takes_dossiers_says_yes_on_both_listeners(
    world: World,
) -> None:
    assert await asked(world) == YES
    assert await asked(world, "/healthz") == dict.fromkeys(
        WHERE, (200, {"lives": True})
    )


async def test_a_store_that_is_away_is_named_and_the_process_lives_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.gateway is not None
    asked_of_store = 0

    async def away(mark: str, *_: object) -> None:
        nonlocal asked_of_store
        # Others keep marks of their own meanwhile.
        asked_of_store += mark.startswith(readiness.MARK)
        raise StoreUnavailable("away")

    monkeypatch.setattr(world.gateway.opened.store, "set_mark", away)
    monkeypatch.setattr(ready.Ready, "_is_full", lambda _: False)
    assert await asked(world, "/healthz") == dict.fromkeys(
        WHERE, (200, {"lives": True})
    )
    assert asked_of_store == 0
    # An answer holds for a while: for longer here, since a machine may be busy.
    monkeypatch.setattr(world.gateway.readiness, "_look", None)
    monkeypatch.setattr(readiness, "HOLDS_S", 60.0)
    assert await asked(world) == no("store_unavailable")
    assert asked_of_store == 1, "both listeners were told by one look"


async def test_a_full_disk_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Usage(10**9, 10**9 - 1, ready.LEAST_FREE - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    assert await asked(world) == no("disk_full")
    some = Usage(10**9, 0, ready.LEAST_FREE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: some)
    assert await asked(world) == YES


async def test_a_server_that_was_never_brought_up_to_date_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.gateway is not None
    present = await world.gateway.opened.kept.schema()

    async def older() -> int:
        return present - 1

    monkeypatch.setattr(world.gateway.opened.kept, "schema", older)
    assert await asked(world) == no("schema_old")


async def test_a_name_that_another_process_took_is_named(world: World) -> None:
    assert world.gateway is not None
    world.gateway.lost.set()
    assert await asked(world) == no("name_taken")


async def test_a_loop_that_ended_is_named(world: World) -> None:
    assert world.gateway is not None
    task = world.gateway._working[0]
    task.cancel()
    await asyncio.wait([task])
    assert await asked(world) == no("loop_ended")


async def test_a_restore_that_nobody_acknowledged_keeps_no_dossier_out(
    world: World,
) -> None:
    assert world.gateway is not None
    restored = world.gateway.loops.restored
    restored.open = object()  # type: ignore[assignment]
    try:
        assert await asked(world) == YES
        _, text = await get(world.gateway.addresses["metrics"] + "/metrics")
        assert "\nlienthong_restored 1.0" in text
    finally:
        restored.open = None


async def test_no_answer_has_anything_personal(world: World) -> None:
    await world.submit(dossier(NUMBER))
    for path in ("/readyz", "/healthz", f"/readyz/{MARKS['phone']}"):
        for name in WHERE:
            assert world.gateway is not None
            _, text = await get(world.gateway.addresses[name] + path)
            assert open_marks(text.encode(), MARKS) == set()


async def test_a_node_that_is_told_to_stop_says_no_and_serves_on_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = world.gateway
    assert gateway is not None
    drained, go = asyncio.Event(), asyncio.Event()
    rest = gateway.clock.rest

    async def rests(seconds: float) -> None:
        if seconds != gateway._settings.drain_s:
            await rest(seconds)
            return
        drained.set()
        await go.wait()

    gateway._settings.drain_s = 7.25
    monkeypatch.setattr(gateway.clock, "rest", rests)
    stopping = asyncio.create_task(gateway.stop())
    await drained.wait()
    try:
        assert await asked(world) == no("stopping")
        assert (await world.submit(dossier(NUMBER))).status == 202
    finally:
        go.set()
        await stopping
        world.gateway = None


async def test_a_node_says_so_until_its_last_attempt_has_ended(tmp_path: Path) -> None:
    world = World(tmp_path / "run")
    world.more_settings = LISTENS
    slow = {"agency": "land_registry", "operation": "hand_over", "every": True}
    world.faults = [{**slow, "do": "delay_s", "seconds": 1.0}]
    async with world:
        gateway = world.gateway
        assert gateway is not None
        await world.submit(dossier(NUMBER))
        await until(lambda: any("tiepnhan" in one.url for one in world.heard))
        stopping = asyncio.create_task(gateway.stop())
        world.gateway = None
        said = []
        while not stopping.done():
            said.append([await status_of(gateway.addresses[name]) for name in WHERE])
            await rests(0.02)
        await stopping
        assert [None, 503] in said, "closed for senders, and still saying so"
        assert said[-1] == [None, None] or said[-1][1] == 503
        (arrived,) = world.arrivals(NUMBER, "land_registry", "hand_over")
        assert arrived["number"] == NUMBER


@pytest.mark.system
async def test_a_database_that_is_gone_and_comes_back(
    tmp_path: Path, database: dict[str, Any], postgres_server: Server
) -> None:
    world = World(tmp_path / "run")
    port = free_ports.free_port()
    url = f"http://127.0.0.1:{port}"
    async with world.mocks_only():
        store = store_table(database, tmp_path / "password")
        more = f"[metrics]\nport = {port}\n"
        node = NodeProcess(world, "node-1", store, more)
        try:
            assert await node.start(), node.log.read_text("utf-8")
            assert await get(f"{url}/readyz") == (200, '{"ready":true,"reasons":[]}')
            await asyncio.to_thread(postgres_server.stop)
            try:
                async with asyncio.timeout(20):
                    while (answered := await get(f"{url}/readyz"))[0] == 200:
                        await rests(0.1)
                told = json.loads(answered[1])
                assert told["ready"] is False
                assert set(told["reasons"]) <= {"store_unavailable", "store_slow"}
                assert (await get(f"{url}/healthz"))[0] == 200
                status, text = await get(f"{url}/metrics")
                assert status == 200
                assert "\nlienthong_build{" in text
            finally:
                await asyncio.to_thread(postgres_server.start)
            async with asyncio.timeout(20):
                while (await get(f"{url}/readyz"))[0] != 200:
                    await rests(0.1)
        finally:
            await node.close()


async def status_of(address: str) -> int | None:
    """What /readyz answers; None: nobody listens."""
    try:
        return (await get(f"{address}/readyz"))[0]
    except OSError:
        return None
