"""PgQueuer: jobs in PostgreSQL, taken and acknowledged in batches."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.queries import Queries

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

    from fastapi import FastAPI
    from pgqueuer.models import Job

BATCH = 50


async def _work(given: Given) -> None:
    bodies = given.prepared()
    pool = await asyncpg.create_pool(given.broker, min_size=4, max_size=16)
    queue = PgQueuer.from_asyncpg_pool(pool)
    async with sessions() as session:

        @queue.entrypoint("hand_over")
        async def hand_over(job: Job) -> None:
            number = number_of(job.payload or b"")
            await post(session, given.land, converted(bodies[number]), JSON)
            await queue.queries.enqueue("status", number.encode())

        @queue.entrypoint("status")
        async def status(job: Job) -> None:
            one = bodies[(job.payload or b"").decode()]
            await post(session, given.status, one.status, one.headers)

        say_ready("pgqueuer")
        await queue.run(
            dequeue_timeout=timedelta(seconds=1),
            batch_size=BATCH,
            max_concurrent_tasks=4 * BATCH,
        )


def _main() -> None:
    given = Given.read()
    if given.is_worker:
        uvloop.run(_work(given))
        return

    async def prepare() -> None:
        connection = await asyncpg.connect(given.broker)
        await Queries.from_asyncpg_connection(connection).install()
        await connection.close()

    asyncio.run(prepare())
    held: list[Queries] = []

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        pool = await asyncpg.create_pool(given.broker, min_size=4, max_size=16)
        held.append(Queries.from_asyncpg_pool(pool))
        yield
        await pool.close()

    async def accept(dossier: bytes) -> None:
        await held[0].enqueue("hand_over", dossier)

    with given.worker("benchmarks.peers.pgqueuer_pg"):
        serve("pgqueuer", given.port, accept, lifespan)


if __name__ == "__main__":
    _main()
