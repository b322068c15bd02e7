"""Requests whose end nobody can know, on each real listener; and bytes that are none."""

from __future__ import annotations

import asyncio
import contextlib
import re
from random import Random
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.api import open_limits
from tests.attack.frame import Attack, attacks
from tests.open_calls import FETCHES, nobody_comes
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(120),
]
DOORS = ("front", "agencies", "console", "metrics")
SETTINGS = (
    "[console]\nport = 0\n[metrics]\nport = 0\n"
    "[limits]\nhead_s = 0.6\nstill_s = 0.6\ngrace_s = 1.2\nidle_s = 0.6\n"
    "calls_burst = 100000.0\nmisses_per_minute = 100000.0\nwrong_per_minute = 100000.0\n"
)
#: Where whoever is let in gets a 200.
LINES = {
    "front": b"GET /openapi.json",
    "agencies": b"POST /open/v1/ping",
    "console": b"GET /console/dang-nhap",
    "metrics": b"GET /metrics",
}
#: Real seconds after which a listener that says nothing is taken for open.
OPEN_S = 5.0
#: What a smuggler wants to be answered beside the call that is looked at.
HIDDEN = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
LENGTH = b"Content-Length: 2\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def framings() -> Iterator[tuple[str, bytes, bytes]]:
    """Technique, headers, what comes behind the head."""
    two = b"{}"
    yield "two-lengths", LENGTH + b"Content-Length: 60\r\n", two + HIDDEN
    yield "length-and-chunks", LENGTH + CHUNKED, b"0\r\n\r\n" + HIDDEN
    yield "chunks-and-length", CHUNKED + LENGTH, b"0\r\n\r\n" + HIDDEN
    yield "length-in-a-list", b"Content-Length: 2, 2\r\n", two
    yield "length-with-a-sign", b"Content-Length: +2\r\n", two
    yield "length-below-nothing", b"Content-Length: -2\r\n", two
    yield "length-in-hexadecimal", b"Content-Length: 0x2\r\n", two
    yield "length-of-many-digits", b"Content-Length: " + b"9" * 400 + b"\r\n", two
    yield "length-that-is-empty", b"Content-Length:\r\n", two
    yield "blank-before-a-colon", b"Content-Length : 2\r\n", two
    yield "header-folded", LENGTH + b"X-A: b\r\n c: d\r\n", two
    yield "length-folded", b"Content-Length:\r\n 2\r\n", two
    yield "header-without-a-colon", LENGTH + b"X-A\r\n", two
    yield "header-with-a-zero", LENGTH + b"X-\0A: b\r\n", two
    yield "value-with-a-zero", LENGTH + b"X-A: b\0c\r\n", two
    yield "line-with-a-return-alone", b"X-A: b\r" + LENGTH, two
    yield "chunks-of-another-name", b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"
    yield "chunks-before-another", b"Transfer-Encoding: chunked, x\r\n", b"0\r\n\r\n"
    yield "chunk-size-no-number", CHUNKED, b"zz\r\n{}\r\n0\r\n\r\n"
    yield "chunk-size-below-nothing", CHUNKED, b"-2\r\n{}\r\n0\r\n\r\n"
    yield "chunk-size-without-end", CHUNKED, b"f" * 20 + b"\r\n{}\r\n0\r\n\r\n"
    yield "chunk-with-a-blank", CHUNKED, b"2 \r\n{}\r\n0\r\n\r\n"
    yield "chunk-longer-than-it-says", CHUNKED, b"2\r\n{}xx\r\n0\r\n\r\n" + HIDDEN
    yield "chunk-that-ends-by-a-feed", CHUNKED, b"2\n{}\n0\n\n"


def mended() -> Iterator[tuple[str, bytes, bytes]]:
    """The same as ``framings`` with that alone put right for which each is refused."""
    two, chunked = b"{}", b"2\r\n{}\r\n0\r\n\r\n"
    yield "two-lengths", LENGTH, two
    yield "length-and-chunks", CHUNKED, chunked
    yield "chunks-and-length", CHUNKED, chunked
    yield "length-in-a-list", b"Content-Length: 2\r\n", two
    yield "length-with-a-sign", b"Content-Length: 2\r\n", two
    yield "length-below-nothing", b"Content-Length: 2\r\n", two
    yield "length-in-hexadecimal", b"Content-Length: 02\r\n", two
    yield "length-of-many-digits", b"Content-Length: " + b"0" * 9 + b"2\r\n", two
    yield "length-that-is-empty", b"Content-Length:2\r\n", two
    yield "blank-before-a-colon", b"Content-Length:  2\r\n", two
    yield "header-folded", LENGTH + b"X-A: b\r\nc: d\r\n", two
    yield "length-folded", b"Content-Length: 2\r\n", two
    yield "header-without-a-colon", LENGTH + b"X-A:\r\n", two
    yield "header-with-a-zero", LENGTH + b"X-0A: b\r\n", two
    yield "value-with-a-zero", LENGTH + b"X-A: b0c\r\n", two
    yield "line-with-a-return-alone", b"X-A: b\r\n" + LENGTH, two
    yield "chunks-of-another-name", CHUNKED, chunked
    yield "chunks-before-another", CHUNKED, chunked
    yield "chunk-size-no-number", CHUNKED, b"02\r\n{}\r\n0\r\n\r\n"
    yield "chunk-size-below-nothing", CHUNKED, b"2\r\n{}\r\n0\r\n\r\n"
    yield "chunk-size-without-end", CHUNKED, b"0" * 8 + b"2\r\n{}\r\n0\r\n\r\n"
    yield "chunk-with-a-blank", CHUNKED, b"2\r\n{}\r\n0\r\n\r\n"
    yield "chunk-longer-than-it-says", CHUNKED, b"4\r\n{}  \r\n0\r\n\r\n"
    yield "chunk-that-ends-by-a-feed", CHUNKED, chunked


def nonsense() -> Iterator[tuple[str, bytes]]:
    """Technique, bytes."""
    host = b" HTTP/1.1\r\nHost: x\r\n\r\n"
    yield "no-version", b"GET /healthz\r\n\r\n"
    yield "version-of-nobody", b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n"
    yield "preface-of-http2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)
    yield "hello-of-tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300)
    yield "method-of-nobody", b"G\0T /healthz" + host
    yield "method-without-end", b"A" * 50_000
    yield "target-with-a-blank", b"GET /healthz x" + host
    yield "zeroes", bytes(5_000)
    yield "noise", Random(7301).randbytes(5_000)
    yield "request-behind-nonsense", b"\x01\x02\x03\r\n\r\n" + HIDDEN


MENDED = {name: (head, body) for name, head, body in mended()}
FRAMINGS = {name: (head, body) for name, head, body in framings()}
NONSENSE = dict(nonsense())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    def configure(config: Path) -> None:
        nobody_comes(config)
        quick(config)

    world = World(tmp_path_factory.mktemp("framing") / "run", configure=configure)
    world.more_settings = SETTINGS
    with pytest.MonkeyPatch.context() as changed:
        # What its document grants an office is less than all of these at once.
        changed.setattr(open_limits, "BURST", 100_000.0)
        async with world:
            yield world


def address(world: World, door: str) -> str:
    assert world.gateway is not None
    return world.gateway.addresses[door]


def head(world: World, door: str) -> bytes:
    """The beginning of a call that is let in at its door."""
    key = world.stage.secrets.value(f"{FETCHES}.open")
    proof = f"Authorization: Bearer {key}\r\n".encode() if door == "agencies" else b""
    kind = b"Content-Type: application/json\r\n" if door == "agencies" else b""
    return LINES[door] + b" HTTP/1.1\r\nHost: x\r\n" + proof + kind


async def said(where: str, content: bytes, *, half: bool = False) -> list[int]:
    """Statuses of all that is answered until the listener closes; ``half``: we do."""
    host, _, port = where.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    answered = b""
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(content)
            await writer.drain()
            if half:
                writer.write_eof()
        async with asyncio.timeout(OPEN_S):
            with contextlib.suppress(ConnectionError):
                while piece := await reader.read(64 * 1024):
                    answered += piece
    finally:
        writer.close()
    return [int(one) for one in re.findall(rb"HTTP/1\.[01] ([0-9]{3}) ", answered)]


async def is_there(world: World, door: str) -> bool:
    """Whether a call that is as it should be is answered."""
    call = head(world, door) + LENGTH + b"Connection: close\r\n\r\n{}"
    return await said(address(world, door), call) == [200]


def every(row: int, techniques: Iterable[str]) -> list[object]:
    found = [(Attack(row, t, d), t, d) for t in techniques for d in DOORS]
    return attacks(*found)


@pytest.mark.parametrize(("attack", "technique", "door"), every(9, FRAMINGS))
async def test_a_request_whose_end_is_in_doubt_is_refused(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    headers, body = FRAMINGS[technique]
    content = head(world, door) + headers + b"\r\n" + body
    found = await said(address(world, door), content)
    # Refused once, and nothing behind it is taken for another request.
    assert found in ([], [400], [408], [501]), found
    assert await is_there(world, door)


@pytest.mark.honest
@pytest.mark.parametrize(("attack", "technique", "door"), every(9, FRAMINGS))
async def test_the_same_request_with_an_end_is_answered_and_so_is_what_follows(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    headers, body = MENDED[technique]
    content = head(world, door) + headers + b"\r\n" + body
    # What an attack hides behind its request is a request, where that one has an end.
    last = head(world, door) + LENGTH + b"Connection: close\r\n\r\n{}"
    assert await said(address(world, door), content + last) == [200, 200]


@pytest.mark.parametrize(("attack", "technique", "door"), every(9, NONSENSE))
async def test_bytes_that_are_no_request_are_refused_and_hold_nobody_up(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    found = await said(address(world, door), NONSENSE[technique])
    assert len(found) <= 1
    assert all(400 <= one < 500 or one in {501, 505} for one in found)
    assert await is_there(world, door)


@pytest.mark.parametrize(
    ("attack", "technique", "door"),
    every(32, ("half-closed-head", "half-closed-body")),
)
async def test_half_a_request_of_who_says_no_more_is_let_go(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    begun = head(world, door)
    if technique == "half-closed-body":
        begun += b"Content-Length: 100\r\n\r\n{"
    found = await said(address(world, door), begun, half=True)
    # What is read without a body may be answered before anybody asks for one.
    early = {200} if technique == "half-closed-body" and door != "agencies" else set()
    assert not set(found) - {400, 408} - early
    assert await is_there(world, door)


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "technique", "door"),
    every(9, ("two-in-one-piece", "chunks")),
)
async def test_whoever_sends_whole_requests_is_answered_each(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    whole = head(world, door)
    if technique == "chunks":
        chunks = b"Connection: close\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n"
        assert await said(address(world, door), whole + CHUNKED + chunks) == [200]
        return
    last = whole + LENGTH + b"Connection: close\r\n\r\n{}"
    before = whole + LENGTH + b"\r\n{}"
    assert await said(address(world, door), before + last) == [200, 200]
