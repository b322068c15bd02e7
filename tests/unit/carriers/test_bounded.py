"""Addresses that answer drop by drop: given up, and no thread is left at them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from gateway.carriers import timestamp_calls, webhook
from gateway.carriers.timestamp_calls import TimestampCalls
from gateway.carriers.webhook import Address, HTTPPoster
from gateway.domain.errors import NoticeNotTaken
from gateway.ports.evidence import NotStamped
from tests.unit.carriers.conftest import Agency, Authority

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.unit.carriers.conftest import Peer

CALLS: dict[str, Callable[[str, Any], Any]] = {
    "webhook": lambda url, ca: HTTPPoster(Address(url, authorities=ca)).post("", b""),
    "timestamp": lambda url, ca: TimestampCalls(url, ca).ask(b"0"),
}
NOT_TAKEN = (NoticeNotTaken, NotStamped)


class Dripping:
    """Sends a byte of a head now and then, until the caller has hung up."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.over = asyncio.Event()

    async def play(self, peer: Peer) -> None:
        with contextlib.suppress(ConnectionError):
            while not (self.over.is_set() or peer.reader.at_eof()):
                await peer.send(b"H")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(peer.reader.read(65536), 0.02)
        self.left.set()


@pytest.fixture
async def dripping(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Dripping]:
    for module in (webhook, timestamp_calls):
        monkeypatch.setattr(module, "WHOLE_S", 0.3)
    found = Dripping()
    yield found
    found.over.set()


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("kind", CALLS)
async def test_no_thread_stays_at_an_address_that_drips(
    kind: str, dripping: Dripping, authority: Authority, *, tls: bool
) -> None:
    """After the time was over its thread read on for as long as something came."""
    context = authority.issue("127.0.0.1").serving() if tls else None
    async with Agency(dripping.play, context) as agency:
        with pytest.raises(NOT_TAKEN, match="TimeoutError"):
            await CALLS[kind](agency.url, authority.path)
        await asyncio.wait_for(dripping.left.wait(), 5)


@pytest.mark.parametrize("kind", CALLS)
async def test_an_address_is_called_though_the_threads_of_names_are_all_taken(
    kind: str, authority: Authority
) -> None:
    async def play(peer: Peer) -> None:
        await peer.request()
        await peer.answer(200, b"answer")

    free, one = threading.Event(), ThreadPoolExecutor(1)
    loop = asyncio.get_running_loop()
    loop.set_default_executor(one)
    taken = loop.run_in_executor(None, free.wait, 30)
    try:
        async with Agency(play) as agency, asyncio.timeout(5):
            await CALLS[kind](agency.url, authority.path)
    finally:
        free.set()
        await taken
