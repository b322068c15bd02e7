"""The store fails under load, seen from outside: nothing is lost, nothing doubled.

Each in real time, with the gateway as a process of its own and the mock agencies'
books as witnesses. What was taken is durable; what was not is told to come again;
when the fault is over everything goes on by itself.
"""

from __future__ import annotations

import asyncio
import json
import resource
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.nodes import NodeProcess, SteeredProcess, quick_lanes, rests, store_table
from tests.proxy import Wire
from tests.traffic import LAND, Traffic
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from tests.postgres import Server

    Start = Callable[..., Any]

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]
ON_A_SERVER = pytest.mark.system
LONG = pytest.mark.long
#: How long most faults last, and commits that are slow; real seconds.
FAULT_S = 2.0
SLOW_S = 2.5
#: Seconds after the end of a fault in which everything has to go on.
BACK_S = 10.0
#: Loops and calls that tell of trouble with the store, at most so often.
TELLERS = 12
SAID_EVERY_S = 10.0
SORTS = ("dossier", "upload", "report")
#: Bytes of a segment of the server's log, which is made whole before it is written.
SEGMENT = 16 * 1024 * 1024
#: Rows of a table that is as large, packed so that a new row needs another page.
_FILL = """
INSERT INTO payload (id, kind, ciphertext, salt, digest)
SELECT 'filler-' || i, 'filler', decode(repeat(md5(i::text), 250), 'hex'), '', ''
  FROM generate_series(1, 4160) AS i"""


def fill(database: dict[str, Any]) -> None:
    """Let the table of payloads have as many bytes as a segment."""
    with psycopg.connect(**database, autocommit=True) as owner:
        owner.execute(b"ALTER TABLE payload ALTER ciphertext SET STORAGE PLAIN")
        owner.execute(_FILL.encode())
        owner.execute(b"CHECKPOINT")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    lanes = partial(quick_lanes, in_flight=8)
    world = World(tmp_path / "run", configure=lanes)
    slow = {"agency": LAND, "operation": "hand_over", "every": True}
    world.faults = [{**slow, "do": "delay_s", "seconds": 0.2}]
    async with world.mocks_only():
        yield world


class Node:
    """The gateway under load."""

    def __init__(self, world: World, process: NodeProcess) -> None:
        self.process = process
        self.traffic = Traffic(world, process)

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged."""
        return [
            json.loads(line)
            for line in self.process.log.read_text("utf-8").splitlines()
            if line.startswith("{")
        ]

    def troubles(self) -> list[dict[str, Any]]:
        """Lines that tell of trouble."""
        return [line for line in self.lines() if line["event"] == "trouble"]

    def turns(self) -> list[str]:
        """Onsets and recoveries, as they were told."""
        told = [line.get("action", "") for line in self.lines()]
        return [one for one in told if one in {"store_away", "store_back"}]

    async def all_sorts_refused(self, sorts: Sequence[str] = SORTS) -> None:
        """Wait until whoever sends anything was told to come later."""
        refused = self.traffic.refused
        await self.traffic.until(lambda: all(map(refused, sorts)))


@pytest.fixture
async def started(world: World) -> AsyncIterator[Start]:
    """Starts a gateway on some store."""
    processes: list[NodeProcess] = []

    async def start(store: str = "", kind: type[NodeProcess] = NodeProcess) -> Node:
        process = kind(world, "node-1", store)
        processes.append(process)
        assert await process.start(), process.log.read_text("utf-8")
        return Node(world, process)

    yield start
    for one in processes:
        await one.close()


@pytest.fixture
def table(database: dict[str, Any], tmp_path: Path) -> Callable[..., str]:
    """The settings of the database, perhaps by another port."""

    def settings(**changed: Any) -> str:
        return store_table({**database, **changed}, tmp_path / "password")

    return settings


async def goes_on(node: Node) -> None:
    """After the end of a fault: ready, and taking everything."""
    await node.traffic.ready(is_ready=True, seconds=BACK_S)
    await node.traffic.more(seconds=BACK_S)


async def nothing_is_lost(node: Node) -> None:
    """What has to be true in the end, whatever the fault was."""
    await node.traffic.settled()
    await node.traffic.nothing_is_lost()


async def holds(node: Node, *, fault_s: float = FAULT_S) -> None:
    """The same, and it was told at onset and recovery, in few lines."""
    await nothing_is_lost(node)
    await node.traffic.until(lambda: node.turns()[-1:] == ["store_back"], BACK_S)
    assert node.turns() == ["store_away", "store_back"]
    by = Counter((one["where"], one.get("code")) for one in node.troubles())
    assert max(by.values()) <= 2 + fault_s / SAID_EVERY_S, by
    assert len(by) <= TELLERS, by


async def takes_more_though_slowly(node: Node) -> None:
    """Of each sort something is taken, and who only looks does not wait for it.

    Whoever looks at a dossier's people does, once in an hour: that is kept first.
    """
    traffic = node.traffic
    marks = [(one, len(one)) for one in (traffic.uploads, traffic.reported)]
    mark = len(traffic.numbers) + 30
    slowest = 0.0
    async with asyncio.timeout(60):
        while len(traffic.numbers) < mark or any(len(a) == b for a, b in marks):
            began = time.monotonic()
            await traffic.stands(traffic.numbers[0])
            slowest = max(slowest, time.monotonic() - began)
            await rests(0.2)
    assert slowest < 1.0


# ------------------------------------------------------------- on a PostgreSQL server


@ON_A_SERVER
@pytest.mark.parametrize("fault_s", [FAULT_S, pytest.param(30.0, marks=LONG)])
async def test_a_database_that_is_gone(
    table: Callable[..., str], started: Start, postgres_server: Server, fault_s: float
) -> None:
    node = await started(table())
    async with node.traffic.flowing():
        await node.traffic.more()
        await asyncio.to_thread(postgres_server.stop)
        told = await node.traffic.ready(is_ready=False)
        assert "Kho dữ liệu không ghi được" in told["why"]
        await node.all_sorts_refused()
        taken = node.traffic.taken()
        await rests(fault_s)
        assert node.traffic.taken() == taken
        await asyncio.to_thread(postgres_server.start)
        await goes_on(node)
    await holds(node, fault_s=fault_s)


@ON_A_SERVER
@pytest.mark.parametrize("where", ["before", "after"])
async def test_connections_that_are_cut_at_their_commit(
    table: Callable[..., str], started: Start, postgres_server: Server, where: str
) -> None:
    async with Wire(postgres_server.port).open() as wire:
        node = await started(table(port=wire.port))
        async with node.traffic.flowing():
            await node.traffic.more()
            wire.does.cut, wire.does.every = where, 2
            await node.traffic.until(lambda: wire.does.cuts > 30)
            await node.all_sorts_refused()
            wire.does.cut = ""
            await goes_on(node)
        await holds(node)


@ON_A_SERVER
@LONG
async def test_a_server_that_says_nothing_any_more(
    table: Callable[..., str], started: Start, postgres_server: Server
) -> None:
    """Connections stay, nothing comes: whoever waits is not joined by all others."""
    async with Wire(postgres_server.port).open() as wire:
        node = await started(table(port=wire.port))
        async with node.traffic.flowing():
            await node.traffic.more()
            wire.does.silent = True
            told = await node.traffic.ready(is_ready=False)
            assert "chưa trả lời" in told["why"]
            await node.traffic.until(lambda: node.traffic.codes["store_busy"] > 0)
            wire.does.silent = False
            await goes_on(node)
        await nothing_is_lost(node)


@ON_A_SERVER
async def test_a_database_that_only_reads_as_after_a_failover(
    table: Callable[..., str],
    started: Start,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    name = database["dbname"]

    def fail_over(setting: str) -> None:
        postgres_server.admin(
            f"ALTER DATABASE {name} SET default_transaction_read_only = {setting}"
        )
        postgres_server.admin(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE datname = '{name}'"
        )

    node = await started(table())
    async with node.traffic.flowing():
        await node.traffic.more()
        await asyncio.to_thread(fail_over, "on")
        await node.traffic.ready(is_ready=False)
        await node.all_sorts_refused()
        await rests(FAULT_S)
        await asyncio.to_thread(fail_over, "off")
        await goes_on(node)
    await holds(node)


@ON_A_SERVER
async def test_a_server_whose_disk_is_full(
    table: Callable[..., str],
    started: Start,
    database: dict[str, Any],
    postgres_server: Server,
) -> None:
    """No file of the server may grow beyond what a segment of its log takes.

    Uploads go into tables that have room yet: whether one shares a transaction with
    what has none is chance.
    """
    fill(database)
    node = await started(table())
    async with node.traffic.flowing():
        await node.traffic.more()
        postgres_server.let_files_grow(SEGMENT)
        try:
            await node.all_sorts_refused(("dossier", "report"))
            await rests(FAULT_S)
        finally:
            postgres_server.let_files_grow(None)
        await goes_on(node)
    await holds(node)


@ON_A_SERVER
@LONG
async def test_a_server_whose_commits_take_seconds(
    table: Callable[..., str], started: Start, postgres_server: Server
) -> None:
    async with Wire(postgres_server.port).open() as wire:
        node = await started(table(port=wire.port))
        async with node.traffic.flowing():
            await node.traffic.more()
            wire.does.late_s = 5.0
            told = await node.traffic.ready(is_ready=False)
            assert "chưa trả lời" in told["why"]
            await takes_more_though_slowly(node)
            wire.does.late_s = 0.0
            await goes_on(node)
        await nothing_is_lost(node)


# ----------------------------------------------------------------------- on a file


async def test_a_file_on_a_full_disk(started: Start) -> None:
    node = await started()
    async with node.traffic.flowing():
        await node.traffic.more()
        run = node.traffic.world.stage.run_dir
        sizes = [one.stat().st_size for one in run.glob("store.sqlite*")]
        pid = node.process.process.pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (max(sizes), -1))
        try:
            told = await node.traffic.ready(is_ready=False, seconds=20)
            assert "Kho dữ liệu không ghi được" in told["why"]
            await node.all_sorts_refused()
            await rests(FAULT_S)
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (-1, -1))
        await goes_on(node)
    await holds(node)


@pytest.mark.parametrize("disk", ["gone", pytest.param("read_only", marks=LONG)])
async def test_a_disk_that_takes_nothing_or_gives_nothing(
    started: Start, disk: str
) -> None:
    node = await started(kind=SteeredProcess)
    async with node.traffic.flowing():
        await node.traffic.more()
        await node.process.tell(disk=disk)
        told = await node.traffic.ready(is_ready=False)
        assert "Kho dữ liệu không ghi được" in told["why"]
        await node.all_sorts_refused()
        await rests(FAULT_S)
        await node.process.tell(disk="")
        await goes_on(node)
    await holds(node)


@pytest.mark.parametrize("sync_s", [SLOW_S, pytest.param(5.0, marks=LONG)])
async def test_a_disk_that_takes_seconds_for_a_commit(
    started: Start, sync_s: float
) -> None:
    node = await started(kind=SteeredProcess)
    async with node.traffic.flowing():
        await node.traffic.more()
        await node.process.tell(sync_s=sync_s)
        told = await node.traffic.ready(is_ready=False)
        assert "chưa trả lời" in told["why"]
        await takes_more_though_slowly(node)
        await node.process.tell(sync_s=0.0)
        await goes_on(node)
    await nothing_is_lost(node)


async def test_a_disk_that_hangs_lets_nobody_wait_behind_those_who_do(
    started: Start,
) -> None:
    node = await started(kind=SteeredProcess)
    traffic = node.traffic
    async with traffic.flowing():
        await traffic.more()
        await node.process.tell(sync_s=60.0, longest_s=1.0)
        await traffic.ready(is_ready=False)
        await traffic.until(lambda: traffic.codes["store_busy"] > 10)
        began = time.monotonic()
        answer = await traffic.call("POST", "/v1/dossiers", data=b"{" * 900_000)
        assert time.monotonic() - began < 20
        assert answer["code"] == "store_busy"
        await node.process.tell(sync_s=0.0)
        await goes_on(node)
    await nothing_is_lost(node)


# ----------------------------------------------------------------------- the clock


@pytest.mark.parametrize("kind", ["file", pytest.param("server", marks=ON_A_SERVER)])
async def test_a_wall_that_jumps_by_an_hour_and_back(
    request: pytest.FixtureRequest, world: World, kind: str
) -> None:
    """Leases run by other clocks; nothing is asked about that was only delayed."""
    store = request.getfixturevalue("table")() if kind == "server" else ""
    process = SteeredProcess(world, "node-1", store)
    try:
        assert await process.start(), process.log.read_text("utf-8")
        node = Node(world, process)
        async with node.traffic.flowing():
            await node.traffic.more()
            for hours in (1, -1, 0):
                await process.tell(ahead_s=hours * 3600.0)
                await node.traffic.more()
                assert (await node.traffic.health())[0] == 200
        await nothing_is_lost(node)
        assert await node.traffic.asked() == 0
        assert node.troubles() == []
    finally:
        await process.close()
