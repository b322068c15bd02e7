"""Heads, bodies and connections that take more than they may, on each real listener."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from tests.attack.frame import Attack, attacks
from tests.attack.raw import dripped, open_listener, wire
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(120),
]
DOORS = ("front", "agencies")
LIMITS = (
    "[limits]\nhead_s = 0.6\nstill_s = 0.6\ngrace_s = 1.2\nidle_s = 0.6\n"
    "connections_each = 40\n"
)
#: Paths that read a body before they know who sent it.
TARGET = {"front": "/console/dang-nhap", "agencies": "/open/v1/ping"}
KIND = {"front": "application/x-www-form-urlencoded", "agencies": "application/json"}
HEAD = "POST {path} HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: {kind}\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    world = World(tmp_path_factory.mktemp("limits") / "run", configure=quick)
    world.more_settings = LIMITS
    async with world:
        yield world


def head(door: str) -> bytes:
    return HEAD.format(path=TARGET[door], kind=KIND[door]).encode()


def every(row: int, *techniques: str) -> list[object]:
    found = [(Attack(row, t, d), t, d) for t in techniques for d in DOORS]
    return attacks(*found)


def heads(technique: str) -> Iterator[bytes]:
    """A request whose head is too much."""
    yield b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    if technique == "headers-many":
        yield b"".join(b"X-%d: y\r\n" % n for n in range(300)) + b"\r\n"
    elif technique == "header-long":
        yield b"X-Long: " + b"y" * 40_000 + b"\r\n\r\n"
    else:
        for _ in range(100):
            yield b"y" * 4_000


HEAD_ATTACKS = ("headers-many", "header-long", "header-without-end")


@pytest.mark.parametrize(("attack", "technique", "door"), every(6, *HEAD_ATTACKS))
async def test_a_head_that_is_too_much_is_refused(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    async with wire(world.stage.url(door)) as one:
        assert await dripped(one, heads(technique), every_s=0.01) in {431, None}
        # Whatever of it still lay on the wire: nothing more is read.
        assert await one.rest() is not None


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "technique"),
    attacks(
        *((Attack(6, t, "without-a-door"), t) for t in ("headers-many", "header-long"))
    ),
)
async def test_without_a_door_such_a_head_is_read(
    attack: Attack, technique: str
) -> None:
    async with open_listener() as address, wire(address) as one:
        assert await dripped(one, heads(technique), every_s=0.3) == 200


@pytest.mark.parametrize(("attack", "technique", "door"), every(6, "target-long"))
async def test_a_target_that_is_too_long_is_refused(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    async with wire(world.stage.url(door)) as one:
        await one.say(b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await one.status() == 431


@pytest.mark.parametrize(("attack", "technique", "door"), every(6, "trailer-header"))
async def test_what_comes_after_a_body_is_nobodys_header(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    token = world.stage.secrets.value("token.administrator")
    path = "/v1/find" if door == "front" else "/open/v1/ping"
    async with wire(world.stage.url(door)) as one:
        await one.say(
            HEAD.format(path=path, kind="application/json").encode()
            + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
            + f"Authorization: Bearer {token}\r\n\r\n".encode()
        )
        assert await one.status() == 401


def slow_heads() -> Iterator[bytes]:
    """A head whose lines come one by one and never end."""
    yield b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    for number in range(60):
        yield b"X-%d: y\r\n" % number


@pytest.mark.parametrize(("attack", "technique", "door"), every(32, "slowloris"))
async def test_a_head_that_comes_line_by_line_is_cut(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    async with wire(world.stage.url(door)) as one:
        assert await dripped(one, slow_heads()) == 408


@pytest.mark.control
@pytest.mark.parametrize(
    "attack", attacks((Attack(32, "slowloris", "without-a-door"),))
)
async def test_without_a_door_a_slow_head_is_waited_for(attack: Attack) -> None:
    async with open_listener() as address, wire(address) as one:
        assert await dripped(one, slow_heads()) is None
        await one.say(b"\r\n")
        assert await one.status() == 200


@pytest.mark.parametrize(
    ("attack", "technique", "door"), every(32, "slow-body", "still-body")
)
async def test_a_body_that_crawls_or_stands_still_is_cut(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    async with wire(world.stage.url(door)) as one:
        await one.say(head(door) + b"Content-Length: 100000\r\n\r\n")
        pieces = [b" "] * 80 if technique == "slow-body" else [b" ", *[b""] * 80]
        assert await dripped(one, pieces) == 408


@pytest.mark.control
@pytest.mark.parametrize(
    "attack", attacks((Attack(32, "slow-body", "without-a-door"),))
)
async def test_without_a_door_a_body_may_crawl(attack: Attack) -> None:
    async with open_listener() as address, wire(address) as one:
        await one.say(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n\r\n")
        assert await dripped(one, [b" "] * 59) is None
        await one.say(b" ")
        assert await one.status() == 200


@pytest.mark.parametrize(
    ("attack", "technique", "door"),
    every(32, "slow-head-upgrade", "slow-body-upgrade"),
)
async def test_an_offer_of_http2_is_no_way_round(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    offer = (
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
    )
    async with wire(world.stage.url(door)) as one:
        if technique == "slow-head-upgrade":
            await one.say(head(door) + offer)
            assert await dripped(one, [b"X: y\r\n"] * 60) in {0, 408}
        else:
            await one.say(head(door) + offer + b"Content-Length: 100000\r\n\r\n")
            assert await dripped(one, [b" "] * 80) == 408


@pytest.mark.parametrize(
    ("attack", "technique", "door"), every(32, "nothing-said", "blank-lines")
)
async def test_a_connection_that_asks_nothing_is_closed(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    piece = b"" if technique == "nothing-said" else b"\r\n"
    async with wire(world.stage.url(door)) as one:
        assert await dripped(one, [piece] * 80) == 0


@pytest.mark.parametrize(("attack", "technique", "door"), every(32, "many-connections"))
async def test_one_address_gets_no_more_than_its_places(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    async with AsyncExitStack() as held:
        wires = [
            await held.enter_async_context(wire(world.stage.url(door)))
            for _ in range(60)
        ]
        for one in wires:
            await one.say(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        answered = await asyncio.gather(*(one.status() for one in wires))
    assert answered.count(404) == 40
    assert set(answered) <= {404, 503, 0}
    # Whoever hangs up gives the place back, as soon as it is noticed.
    status = None
    while status != 404:
        async with wire(world.stage.url(door)) as one:
            await one.say(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
            status = await one.status()


@pytest.mark.honest
@pytest.mark.parametrize(("attack", "technique", "door"), every(32, "slow-body"))
async def test_a_body_in_pieces_on_a_slow_line_is_taken(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    body = b'{"key":"x"}'.ljust(2_000)
    pieces = [body[at : at + 100] for at in range(0, len(body), 100)]
    async with wire(world.stage.url(door)) as one:
        await one.say(head(door) + b"Content-Length: 2000\r\n\r\n")
        status = await dripped(one, pieces, every_s=0.04) or await one.status()
        assert status in {401, 415, 422, 403, 200, 400}


#: Real seconds of asking: three times what an idle connection is left.
ASKS_S = 1.8


@pytest.mark.honest
@pytest.mark.parametrize(("attack", "technique", "door"), every(32, "busy-connection"))
async def test_a_connection_that_is_used_is_not_cut_between_two_requests(
    world: World, attack: Attack, technique: str, door: str
) -> None:
    made = aiohttp.TraceConfig()
    connections: list[object] = []

    async def note(*told: object) -> None:
        connections.append(told)

    made.on_connection_create_end.append(note)
    now, url = asyncio.get_running_loop().time, world.stage.url(door) + "/nowhere"
    until = now() + ASKS_S
    async with aiohttp.ClientSession(trace_configs=[made]) as session:
        while now() < until:
            async with session.post(url, data=b"{}") as answer:
                assert answer.status == 404
                await answer.read()
    assert len(connections) == 1
