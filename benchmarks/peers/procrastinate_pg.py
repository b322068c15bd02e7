"""procrastinate: jobs in PostgreSQL, an asynchronous worker."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import uvloop
from procrastinate import App, PsycopgConnector

from benchmarks.peers.work import (
    JSON,
    Given,
    converted,
    number_of,
    post,
    say_ready,
    serve,
    sessions,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp
    from fastapi import FastAPI

CONCURRENCY = 50


def _main() -> None:
    given = Given.read()
    app = App(
        connector=PsycopgConnector(conninfo=given.broker, min_size=4, max_size=16)
    )
    bodies = given.prepared() if given.is_worker else {}
    held: list[aiohttp.ClientSession] = []

    @app.task(name="hand_over")
    async def hand_over(dossier: str) -> None:
        number = number_of(dossier.encode())
        await post(held[0], given.land, converted(bodies[number]), JSON)
        await status.defer_async(number=number)

    @app.task(name="status")
    async def status(number: str) -> None:
        one = bodies[number]
        await post(held[0], given.status, one.status, one.headers)

    async def work() -> None:
        async with app.open_async(), sessions() as session:
            held.append(session)
            say_ready("procrastinate")
            await app.run_worker_async(concurrency=CONCURRENCY, delete_jobs="never")

    if given.is_worker:
        uvloop.run(work())
        return

    async def prepare() -> None:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()

    asyncio.run(prepare())
    front = App(
        connector=PsycopgConnector(conninfo=given.broker, min_size=4, max_size=16)
    )
    hand_in = front.configure_task(name="hand_over")

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with front.open_async():
            yield

    async def accept(dossier: bytes) -> None:
        await hand_in.defer_async(dossier=dossier.decode())

    with given.worker("benchmarks.peers.procrastinate_pg"):
        serve("procrastinate", given.port, accept, lifespan)


if __name__ == "__main__":
    _main()
