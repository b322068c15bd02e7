"""Celery and Redis: tasks acknowledged late, Redis that appends every write durably."""

from __future__ import annotations

import asyncio
import os

import requests  # noqa: TID251  tasks of Celery are ordinary functions
from celery import Celery
from celery.signals import worker_ready

from benchmarks.peers.work import JSON, Given, converted, number_of, say_ready, serve

#: Threads of the worker: tasks of Celery are ordinary functions.
THREADS = 16
_BROKER = os.environ.get("PEER_BROKER", "")

app = Celery("s1", broker=_BROKER)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=4,
    task_ignore_result=True,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    broker_connection_retry_on_startup=True,
)


def _main() -> None:
    given = Given.read()
    app.conf.broker_url = given.broker
    bodies = given.prepared() if given.is_worker else {}
    session = requests.Session()
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=THREADS)
    session.mount("http://", adapter)

    @app.task(name="hand_over")
    def hand_over(dossier: str) -> None:
        number = number_of(dossier.encode())
        body = converted(bodies[number])
        session.post(given.land, data=body, headers=JSON).raise_for_status()
        status.delay(number)

    @app.task(name="status")
    def status(number: str) -> None:
        one = bodies[number]
        answer = session.post(given.status, data=one.status, headers=one.headers)
        answer.raise_for_status()

    if given.is_worker:
        worker_ready.connect(lambda **_: say_ready("celery"), weak=False)
        words = ["worker", "--pool=threads", f"--concurrency={THREADS}"]
        app.worker_main([*words, "--loglevel=ERROR", "--without-gossip"])
        return

    async def accept(dossier: bytes) -> None:
        await asyncio.to_thread(hand_over.delay, dossier.decode())

    with given.worker("benchmarks.peers.celery_redis"):
        serve("celery", given.port, accept)


if __name__ == "__main__":
    _main()
