"""Roots are stamped by a service outside, which may be away, wrong or another one."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from gateway.evidence.rooting import make_roots
from gateway.evidence.stamping import StampLoop, stamps_missing
from gateway.ports.evidence import NotStamped
from gateway.validation.evidence_package import Trust, check
from gateway.validation.timestamps import stamp_request
from tests.evidence_making import Service, alone
from tests.journeys.test_callbacks import CORRECTION
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from gateway.domain.evidence import Root

pytestmark = [pytest.mark.journey, pytest.mark.system, pytest.mark.timeout(120)]
NUMBER = "H00.01-260310-0955"
WHY = {"reason": "Theo yêu cầu của đoàn thanh tra"}


class Door:
    """The service over a real socket; ``answer`` says what it does with a request."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.answer: Callable[[bytes], bytes] = service.answer
        self.status = 200
        self.asked: list[bytes] = []

    async def serve(self, request: web.Request) -> web.Response:
        assert request.headers["Content-Type"] == "application/timestamp-query"
        self.asked.append(await request.read())
        if self.status != 200:
            return web.Response(status=self.status)
        body = await asyncio.to_thread(self.answer, self.asked[-1])
        return web.Response(body=body, content_type="application/timestamp-reply")


@contextlib.asynccontextmanager
async def opened(door: Door) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/tsa", door.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/tsa"
    finally:
        await runner.cleanup()


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(Service(tmp_path / "tsa"))


@pytest.fixture
async def world(tmp_path: Path, door: Door) -> AsyncIterator[World]:
    async with opened(door) as url:
        world = World(tmp_path / "run", configure=quick)
        world.more_settings = (
            f'[evidence]\ntimestamp_url = "{url}"\n'
            f'timestamp_certificates = "{door.service.certificates}"\n'
        )
        async with world:
            answered = await world.submit(a_dossier(NUMBER, **CORRECTION))
            assert answered.status == 202
            await world.settle()
            await world.seal()
            await make_roots(tools(world))
            yield world


def tools(world: World) -> Any:
    assert world.gateway is not None
    return world.gateway.tools


def stamper(world: World) -> StampLoop:
    assert world.gateway is not None
    working = world.gateway.loops.working
    return next(one for one in working if isinstance(one, StampLoop))


async def waiting(world: World) -> list[Root]:
    return list(await tools(world).evidence.unstamped_roots(100))


async def test_a_service_that_is_away_delays_stamps_and_nothing_else(
    world: World, door: Door, tmp_path: Path
) -> None:
    door.status = 503
    with pytest.raises(NotStamped):
        await stamper(world).look()
    answered = await world.submit(a_dossier(NUMBER[:-1] + "6", **CORRECTION))
    assert answered.status == 202
    await world.settle()
    await world.seal()
    await make_roots(tools(world))
    roots = await waiting(world)
    assert len(roots) >= 2
    early = await package(world)
    (key,) = check(early, Trust()).keys.values()
    own = Trust((key,), authority=door.service.certificates.read_bytes())
    assert check(early, own).stamped == 0
    # It comes back, and what waited is stamped, the oldest first.
    door.status = 200
    while await waiting(world):
        await stamper(world).look()
    assert len(door.asked) > len(roots)
    verdict = check(await package(world), own)
    assert verdict.stamped == verdict.roots - 1, "all but the root of just now"
    options = ("--fingerprint", key, "--tsa", str(door.service.certificates))
    content = await package(world)
    code, last = await asyncio.to_thread(alone, content, tmp_path, *options)
    assert (code, last.startswith("CÒN NGUYÊN")) == (0, True)


async def package(world: World) -> bytes:
    path = f"/v1/dossiers/{NUMBER}/evidence"
    answered = await world.call("POST", path, WHY, role="head")
    assert answered.status == 200, answered.body
    return answered.content


async def test_an_answer_that_does_not_hold_is_not_kept(
    world: World, door: Door, tmp_path: Path
) -> None:
    stranger = await asyncio.to_thread(Service, tmp_path / "stranger")
    good, roots = door.service.answer, await waiting(world)
    # Of the same text, and with another nonce.
    earlier, _ = stamp_request(roots[0].statement)
    answers: dict[str, Callable[[bytes], bytes]] = {
        "another service's": stranger.answer,
        "no answer at all": lambda _: b"",
        "a page": lambda _: b"<html>sign in</html>",
        "too much": lambda _: b"x" * 100_000,
        "cut": lambda request: good(request)[:-20],
        "to another request": lambda _: good(earlier),
    }
    for name, answer in answers.items():
        door.answer = answer
        with pytest.raises(NotStamped):
            await stamper(world).look()
        assert await waiting(world) == roots, name
    door.answer = good
    assert await stamper(world).look() == len(roots)


async def test_it_is_told_once_a_stamp_is_late(world: World) -> None:
    roots, limit = await waiting(world), timedelta(hours=4)
    for hours, told in ((0.0, 0), (3.9, 0), (4.0, 1)):
        now = roots[0].at + timedelta(hours=hours)
        assert len(list(stamps_missing(roots[:1], now, limit))) == told, hours
    assert list(stamps_missing([], world.now(), limit)) == []
