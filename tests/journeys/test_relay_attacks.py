"""Every attack on the relay, and a forwarder that lets the same bytes through."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.attack.relay_cases import (
    CASES,
    PRETENCES,
    SLOW,
    Case,
    NaiveCore,
    attack,
    naive,
    post,
    statuses,
)
from tests.relays import SECRET, Outside, Recorder, before_recorder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relay")


@pytest.fixture
async def pair(keys: Path) -> AsyncIterator[tuple[Outside, Recorder]]:
    async with before_recorder(keys) as both:
        yield both


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_relay_refuses(case: Case, pair: tuple[Outside, Recorder]) -> None:
    outcome = await attack(case, *pair)
    assert outcome.holds(case), (outcome, pair[1].seen)
    # What broke off on its way has no end at the core, and so no effect.
    assert not any(seen.endswith(b"0\r\n\r\n") for seen in pair[1].seen)
    told = pair[0].log.getvalue().decode()
    assert SECRET not in told
    assert all(json.loads(line)["event"] != "passed" for line in told.splitlines())


@pytest.mark.parametrize("case", [c for c in CASES if c.control], ids=str)
async def test_a_naive_forwarder_lets_it_through(case: Case) -> None:
    core = NaiveCore()
    async with core.open(), naive(core) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(case.content)
        writer.write_eof()
        assert await reader.read()
        writer.close()
    assert core.seen == [case.content]


@pytest.mark.parametrize("case", SLOW, ids=str)
async def test_who_only_keeps_waiting_is_sent_away(
    case: Case, pair: tuple[Outside, Recorder]
) -> None:
    outside, core = pair
    reader, writer = await outside.connect()
    writer.write(case.content)
    async with asyncio.timeout(20):
        answered = await reader.read()
    writer.close()
    assert statuses(answered) == [case.status]
    assert not any(seen.endswith(b"}") or b"0\r\n\r\n" in seen for seen in core.seen)


@pytest.mark.parametrize("name", PRETENCES)
async def test_nobody_outside_can_pretend(
    name: str, pair: tuple[Outside, Recorder]
) -> None:
    outside, core = pair
    sent = f"{name}: 10.9.8.7\r\nX-Plain: van-con\r\nContent-Length: 2\r\n".encode()
    answered = await outside.raw(post(sent + b"Connection: close\r\n"))
    assert statuses(answered) == [200]
    (seen,) = core.seen
    assert b"10.9.8.7" not in seen
    assert b"X-Plain: van-con\r\n" in seen
    assert b"x-lienthong-peer: 127.0.0.1\r\n" in seen.lower()
