"""What people and machines are told of alerts, as their mail server and address hear it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from standardwebhooks.webhooks import Webhook

from tests.nodes import rests
from tests.world import World, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from gateway.wiring.alerting import Alerting

SECRET = "mot-khoa-bi-mat-du-dai-cho-canh-bao"
WARNED, ALARMED = "van.hanh@tinh.example", "lanh.dao@tinh.example"


@dataclass
class Hook:
    """An address that takes signed alerts, or does not."""

    url: str = ""
    status: int = 200
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    beats: int = 0
    holds: asyncio.Event | None = None
    #: answers only once it is set

    async def take(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            self.beats += 1
            return web.Response(status=self.status)
        body = await request.read()
        Webhook(SECRET.encode()).verify(body, dict(request.headers))
        if self.status == 200:
            self.heard.append((request.headers["webhook-id"], json.loads(body)))
        if self.holds is not None:
            await self.holds.wait()
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})

    def told(self, kind: str = "lane") -> list[str]:
        """What was told of one kind, oldest first."""
        return [
            one["type"].rpartition(".")[2]
            for _, one in self.heard
            if one["data"].get("kind") == kind
        ]


@contextlib.asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    found = Hook()
    app = web.Application()
    app.router.add_route("*", "/canh-bao", found.take)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/canh-bao"
    try:
        yield found
    finally:
        await runner.cleanup()


def settings(folder: Path, *, mail: int, url: str, more: str = "") -> str:
    """The settings of both roads."""
    secret = folder / "webhook.secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET + "\n", "utf-8")
    return (
        f'[mail]\nhost = "127.0.0.1"\nport = {mail}\nsecurity = "none"\n'
        'sender = "cong@tinh.example"\npage = "https://cong.example/"\n'
        f"[alerts]\ndisk_warning = 100\ndisk_critical = 100\n{more}\n"
        f'[alerts.mail]\nwarning = ["{WARNED}"]\ncritical = ["{ALARMED}"]\n'
        f'[alerts.webhook]\nurl = "{url}"\nsecret_file = "{secret}"\n'
    )


def touchy(config: Path) -> None:
    """One failed message shuts a lane, and it rests for ten minutes at first."""
    quick(config)
    for path in (config / "agencies").glob("*.toml"):
        text = re.sub(
            r"(?m)^breaker_failures = \d+", "breaker_failures = 1", path.read_text()
        )
        text = re.sub(r"(?m)^breaker_rest_s = [\d.]+", "breaker_rest_s = 600.0", text)
        path.write_text(text, "utf-8")


async def until(fact: Callable[[], bool], seconds: float = 30) -> None:
    """Real time passes until it is so."""
    async with asyncio.timeout(seconds):
        while not fact():
            await rests(0.05)


def alerting_of(world: World) -> Alerting:
    assert world.gateway is not None
    return world.gateway.loops.alerting


async def look(world: World, times: int = 1) -> None:
    """So many looks, and everything told that is due then."""
    found = alerting_of(world)
    for _ in range(times):
        await found.alerts.look()
    await tell(world)


async def tell(world: World) -> None:
    for teller in alerting_of(world).tellers:
        await teller.turn()
