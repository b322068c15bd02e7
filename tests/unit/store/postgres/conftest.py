"""Nodes on a database of the test's own."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvloop

from gateway.conformance.store_making import Bench
from gateway.store.postgres.store import PostgresStore
from tests.postgres import Node

#: What waits for sockets is tried on both loops: a gateway runs on uvloop, which says
#: nothing of a socket that has an error to tell.
_ON_BOTH = ("test_strands.py", "test_commits.py")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, and for some the standard library's loop."""
    uv: dict[str, Callable[[], asyncio.AbstractEventLoop]]
    uv = {"uvloop": uvloop.new_event_loop}
    both = item.path.name in _ON_BOTH
    return uv | {"asyncio": asyncio.new_event_loop} if both else uv


@pytest.fixture
async def node(database: dict[str, Any]) -> AsyncIterator[Node]:
    """Opens further nodes on the database; all are closed afterwards."""
    opened: list[PostgresStore] = []

    async def open_(name: str, **options: Any) -> PostgresStore:
        opened.append(await PostgresStore.open(database, node=name, **options))
        return opened[-1]

    yield open_
    for one in opened:
        await one.close()


@pytest.fixture
async def store(node: Node) -> PostgresStore:
    return await node("node-1")


@pytest.fixture
def bench(store: PostgresStore) -> Bench:
    return Bench(store)


@pytest.fixture
def program(database: dict[str, Any]) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a node as a process of its own."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        one = subprocess.Popen(
            [sys.executable, Path(__file__).parent / "programs.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert one.stdin is not None
        one.stdin.write(json.dumps(database) + "\n")
        one.stdin.flush()
        started.append(one)
        return one

    yield start
    for one in started:
        one.kill()
        one.communicate()
