"""DBOS: a workflow of two steps in PostgreSQL, its queue asked every 50 ms."""

from __future__ import annotations

import signal
import threading

import aiohttp
from dbos import DBOS, DBOSClient

from benchmarks.peers.work import (
    AT_ONCE,
    JSON,
    Given,
    converted,
    number_of,
    post,
    say_ready,
    serve,
)

QUEUE = "s1"
#: Its default is a second, by which fifty at once would bound it.
POLL_S = 0.05
CONCURRENCY = 100


def _main() -> None:
    given = Given.read()
    if given.is_worker:
        _work(given)
        return
    # The tables are made before anybody asks for them.
    DBOS(
        config={
            "name": "s1-peer",
            "system_database_url": given.broker,
            "log_level": "ERROR",
        }
    )
    DBOS.launch()
    DBOS.destroy()
    client = DBOSClient(system_database_url=given.broker)

    async def accept(dossier: bytes) -> None:
        await client.enqueue_async(
            {"workflow_name": "move", "queue_name": QUEUE}, dossier.decode()
        )

    with given.worker("benchmarks.peers.dbos_pg"):
        serve("dbos", given.port, accept)


def _work(given: Given) -> None:
    bodies = given.prepared()
    held: list[aiohttp.ClientSession] = []
    DBOS(
        config={
            "name": "s1-peer",
            "system_database_url": given.broker,
            "log_level": "ERROR",
        }
    )

    def session() -> aiohttp.ClientSession:
        if not held:
            connector = aiohttp.TCPConnector(limit=0, limit_per_host=AT_ONCE)
            held.append(aiohttp.ClientSession(connector=connector))
        return held[0]

    @DBOS.step()
    async def hand_over(number: str) -> None:
        await post(session(), given.land, converted(bodies[number]), JSON)

    @DBOS.step()
    async def status(number: str) -> None:
        one = bodies[number]
        await post(session(), given.status, one.status, one.headers)

    @DBOS.workflow(name="move")
    async def move(dossier: str) -> None:
        number = number_of(dossier.encode())
        await hand_over(number)
        await status(number)

    DBOS.launch()
    DBOS.register_queue(
        QUEUE, worker_concurrency=CONCURRENCY, polling_interval_sec=POLL_S
    )
    say_ready("dbos")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    DBOS.destroy()


if __name__ == "__main__":
    _main()
