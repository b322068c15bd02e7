"""The bare floor: aiohttp takes a request and makes the same two POSTs."""

from __future__ import annotations

import asyncio
import signal
import sys

import uvloop
from aiohttp import web

from benchmarks.floors import Floor, from_arguments


async def run(floor: Floor) -> None:
    """Serve until told to stop."""
    waiting = iter(floor.bodies)

    async def both() -> None:
        prepared = next(waiting)
        await floor.hand_over(prepared)
        await floor.tell(prepared)

    async def accept(request: web.Request) -> web.Response:
        await request.read()
        floor.later(both())
        return web.Response(status=202)

    floor.open()
    app = web.Application()
    app.router.add_post("/v1/dossiers", accept)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", floor.port).start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sys.stdout.write("bare ready \n")
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(run(from_arguments()))
