"""Calls of one address: signed, followed nowhere, and never taken for what they are not."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from gateway.carriers import webhook as module
from gateway.carriers.webhook import Address, HTTPPoster
from gateway.domain.errors import NoticeNotTaken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SECRET = "mot-khoa-bi-mat-du-dai-de-ky"
BODY = '{"type":"vn.lienthong.alert.began","data":{"reason":"Không gửi được"}}'


class Receiver:
    """An address that answers as it is told, and keeps what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.heard: list[tuple[str, str, bytes, dict[str, str]]] = []
        self.hangs: asyncio.Event | None = None
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        if self.hangs is not None:
            await self.hangs.wait()
        body = await request.read()
        kept = (request.method, request.path_qs, body, dict(request.headers))
        self.heard.append(kept)
        return web.Response(status=self.status, headers={"Location": "/other"})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    found.url = f"http://127.0.0.1:{port}/canh-bao?kenh=1"
    yield found
    if found.hangs is not None:
        found.hangs.set()
    await runner.cleanup()


async def test_a_call_is_signed_over_its_exact_bytes(receiver: Receiver) -> None:
    poster = HTTPPoster(Address(receiver.url, SECRET))
    await poster.post("al_1.2.webhook", BODY.encode())
    ((method, path, body, headers),) = receiver.heard
    assert (method, path, body) == ("POST", "/canh-bao?kenh=1", BODY.encode())
    assert headers["webhook-id"] == "al_1.2.webhook"
    Webhook(SECRET.encode()).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(b"another secret that is long").verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET.encode()).verify(body.replace(b"began", b"ended"), headers)


async def test_a_call_without_anything_to_say_carries_no_signature(
    receiver: Receiver,
) -> None:
    await HTTPPoster(Address(receiver.url)).post("", b"")
    ((method, _, body, headers),) = receiver.heard
    assert (method, body) == ("GET", b"")
    assert not [name for name in headers if name.lower().startswith("webhook")]


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 410, 429, 500, 503])
async def test_whatever_is_no_yes_is_not_taken_and_followed_nowhere(
    status: int, receiver: Receiver
) -> None:
    receiver.status = status
    with pytest.raises(NoticeNotTaken, match=f"status {status}"):
        await HTTPPoster(Address(receiver.url, SECRET)).post("a", BODY.encode())
    assert len(receiver.heard) == 1


async def test_nobody_there_is_told_without_the_address(receiver: Receiver) -> None:
    url = "http://127.0.0.1:9/khoa-trong-dia-chi"
    with pytest.raises(NoticeNotTaken) as told:
        await HTTPPoster(Address(url, SECRET)).post("a", BODY.encode())
    assert "khoa-trong" not in repr(told.value)
    assert told.value.__cause__ is None


async def test_an_address_that_hangs_is_left_after_a_while(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.hangs = asyncio.Event()
    monkeypatch.setattr(module, "TIMEOUT_S", 0.2)
    with pytest.raises(NoticeNotTaken):
        await HTTPPoster(Address(receiver.url, SECRET)).post("a", BODY.encode())


async def test_an_address_that_answers_drop_by_drop_is_left_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended, left = asyncio.Event(), asyncio.Event()

    async def drip(_: Any, writer: asyncio.StreamWriter) -> None:
        try:
            while not ended.is_set():
                writer.write(b"H")
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), 0.05)
        except ConnectionError:
            pass
        finally:
            writer.close()
            left.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(module, "WHOLE_S", 0.3)
    poster = HTTPPoster(Address(f"http://127.0.0.1:{port}/", SECRET))
    with pytest.raises(NoticeNotTaken, match="TimeoutError"):
        await poster.post("a", BODY.encode())
    ended.set()
    # Whoever still drips has to have stopped before the loop ends.
    await asyncio.wait_for(left.wait(), 10)
    server.close()
    await server.wait_closed()
