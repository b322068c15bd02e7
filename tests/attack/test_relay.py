"""Every attack on the relay, and a forwarder that lets the same bytes through."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.attack.frame import Attack, attacks
from tests.attack.relay_cases import (
    AGENCIES,
    CASES,
    HOST,
    LENGTH_2,
    ONE_STOP,
    PRETENCES,
    SLOW,
    Case,
    NaiveCore,
    attack,
    get,
    naive,
    post,
    statuses,
)
from tests.relays import SECRET, TOKEN, Outside, Recorder, before_recorder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

pytestmark = pytest.mark.timeout(120)
#: Where a claim of who calls would be believed, were it passed on.
CLAIM = "10.9.8.7"


def of(cases: Iterable[Case]) -> list[Any]:
    return attacks(*((Attack(c.row, c.technique, c.door), c) for c in cases))


def claims() -> list[Any]:
    names = ((name.lower().replace("_", "-under-"), name) for name in PRETENCES)
    return attacks(
        *((Attack(15, f"header-{plain}", AGENCIES), name) for plain, name in names)
    )


def claiming(name: str) -> bytes:
    more = f"{name}: {CLAIM}\r\nX-Plain: van-con\r\nConnection: close\r\n"
    return post(more.encode() + LENGTH_2)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relay")


@pytest.fixture
async def pair(keys: Path) -> AsyncIterator[tuple[Outside, Recorder]]:
    async with before_recorder(keys) as both:
        yield both


@pytest.mark.parametrize(("this", "case"), of(CASES))
async def test_the_relay_refuses(
    this: Attack, case: Case, pair: tuple[Outside, Recorder]
) -> None:
    outcome = await attack(case, *pair)
    assert outcome.holds(case), (this, outcome, pair[1].seen)
    # What broke off on its way has no end at the core, and so no effect.
    assert not any(seen.endswith(b"0\r\n\r\n") for seen in pair[1].seen)
    told = pair[0].log.getvalue().decode()
    assert SECRET not in told
    assert all(json.loads(line)["event"] != "passed" for line in told.splitlines())


@pytest.mark.parametrize(("this", "case"), of(SLOW))
async def test_who_only_keeps_waiting_is_sent_away(
    this: Attack, case: Case, pair: tuple[Outside, Recorder]
) -> None:
    outside, core = pair
    reader, writer = await outside.connect()
    writer.write(case.content)
    async with asyncio.timeout(20):
        answered = await reader.read()
    writer.close()
    assert statuses(answered) == [case.status], this
    assert not any(seen.endswith(b"}") or b"0\r\n\r\n" in seen for seen in core.seen)


@pytest.mark.parametrize(("this", "name"), claims())
async def test_nobody_outside_can_pretend(
    this: Attack, name: str, pair: tuple[Outside, Recorder]
) -> None:
    outside, core = pair
    assert statuses(await outside.raw(claiming(name))) == [200], this
    (seen,) = core.seen
    assert CLAIM.encode() not in seen
    assert b"X-Plain: van-con\r\n" in seen
    assert b"x-lienthong-peer: 127.0.0.1\r\n" in seen.lower()


async def through_naive(content: bytes) -> list[bytes]:
    core = NaiveCore()
    async with core.open(), naive(core) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(content)
        writer.write_eof()
        assert await reader.read()
        writer.close()
    return core.seen


@pytest.mark.control
@pytest.mark.parametrize(("this", "case"), of(case for case in CASES if case.control))
async def test_a_naive_forwarder_lets_it_through(this: Attack, case: Case) -> None:
    assert await through_naive(case.content) == [case.content], this


@pytest.mark.control
@pytest.mark.parametrize(("this", "name"), claims())
async def test_a_naive_forwarder_passes_the_claim_on(this: Attack, name: str) -> None:
    (seen,) = await through_naive(claiming(name))
    assert f"{name}: {CLAIM}\r\n".encode() in seen, this


@pytest.mark.honest
@pytest.mark.parametrize(
    ("this", "content"),
    attacks(
        (Attack(9, "with-length", AGENCIES), post(LENGTH_2)),
        (
            Attack(9, "in-chunks", AGENCIES),
            post(b"Transfer-Encoding: Chunked\r\n", b"1\r\n{\r\n01\r\n}\r\n0\r\n\r\n"),
        ),
        (
            Attack(9, "with-parameters", AGENCIES),
            get(f"/callbacks/don-vi-2/DanhMuc?a=%C4%90&CodeGet={SECRET}".encode()),
        ),
        (
            Attack(9, "with-many-words-in-headers", AGENCIES),
            post(
                b"User-Agent: Java/17 (v\xc4\x83n b\xe1\xba\xa3n)\r\nAccept:  */* \r\n"
                + LENGTH_2
            ),
        ),
        (
            Attack(9, "offering-http-2", AGENCIES),
            post(
                b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
                + LENGTH_2
            ),
        ),
        (
            Attack(9, "number-with-letters-of-ours", ONE_STOP),
            b"GET /v1/dossiers/H00.01-%C4%90-2603/summary HTTP/1.1\r\n"
            + HOST
            + f"Authorization: Bearer {TOKEN}\r\n\r\n".encode(),
        ),
    ),
)
async def test_an_honest_call_passes(
    this: Attack, content: bytes, pair: tuple[Outside, Recorder]
) -> None:
    door = 1 if this.door == ONE_STOP else 0
    assert statuses(await pair[0].raw(content, door=door)) == [200]
    assert len(pair[1].seen) == 1
