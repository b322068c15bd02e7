"""What time passing in jumps promises to whoever lets it pass."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from gateway.mockagency import conductor

START = datetime.fromisoformat("2026-03-10T07:30:00+07:00")
HOUR = timedelta(hours=1)
WORKS_S = 0.05


class Worker:
    """Looks at its work whenever time moves; each piece of work takes a while."""

    def __init__(self) -> None:
        self.now, self.busy, self.moves = START, False, 0
        self.done: list[datetime] = []

    def end(self) -> None:
        self.done.append(self.now)
        self.busy = False

    def state(self) -> dict[str, Any]:
        return {"now": self.now.isoformat(), "busy": self.busy, "moves": self.moves}

    async def told(self, _: web.Request) -> web.Response:
        return web.json_response(self.state())

    async def set(self, request: web.Request) -> web.Response:
        self.now = datetime.fromisoformat((await request.json())["now"])
        self.busy, self.moves = True, self.moves + 1
        asyncio.get_running_loop().call_later(WORKS_S, self.end)
        return web.json_response(self.state())


async def never() -> bool:
    return False


async def test_what_a_jump_wakes_is_done_before_the_next_question() -> None:
    worker = Worker()
    app = web.Application()
    app.router.add_get("/_control/clock", worker.told)
    app.router.add_post("/_control/clock", worker.set)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        reached = await conductor.advance([base], START + HOUR, until=never)
        assert reached == START + HOUR
        assert worker.done == [START + HOUR]
    finally:
        await runner.cleanup()
