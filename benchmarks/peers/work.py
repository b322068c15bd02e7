"""What every peer does with a dossier, and how it is asked for it.

Accept by HTTP → durable → convert → POST → record → status POST. A peer validates,
encrypts, signs and journals nothing, keeps no order and enquires nothing: the bodies
of both POSTs are those that were recorded from the gateway.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

#: As many calls at once as the gateway's lanes allow each mock agency.
AT_ONCE = 128
READY = " ready "


@dataclass(frozen=True)
class Prepared:
    """The bodies of one dossier."""

    land: dict[str, Any]
    status: bytes
    headers: dict[str, str]


@dataclass
class Given:
    """The command line of a peer."""

    port: int
    land: str
    status: str
    bodies: Path
    folder: Path
    broker: str
    is_worker: bool

    @classmethod
    def read(cls) -> Given:
        """Read it."""
        parser = argparse.ArgumentParser()
        parser.add_argument("--port", type=int, required=True)
        for name in ("--land", "--status", "--broker"):
            parser.add_argument(name, required=True)
        for name in ("--bodies", "--folder"):
            parser.add_argument(name, type=Path, required=True)
        parser.add_argument("--worker", dest="is_worker", action="store_true")
        return cls(**vars(parser.parse_args()))

    def prepared(self) -> dict[str, Prepared]:
        """Every dossier's bodies by its number: four lines each."""
        lines = self.bodies.read_bytes().splitlines()
        return {
            lines[i].decode(): Prepared(
                orjson.loads(lines[i + 1]), lines[i + 2], orjson.loads(lines[i + 3])
            )
            for i in range(0, len(lines), 4)
        }

    @contextlib.contextmanager
    def worker(self, module: str, *more: str) -> Any:
        """A worker in a process of its own, which has said that it is ready."""
        words = [sys.executable, "-m", module, *sys.argv[1:], "--worker", *more]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            if not any(READY in line for line in process.stdout):
                raise RuntimeError(f"{module} has no worker")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                # Whoever started us waits 15 seconds; it must not outlive us.
                process.kill()
                process.wait()


def number_of(dossier: bytes) -> str:
    """The number under which its bodies lie."""
    return str(orjson.loads(dossier)["number"])


def converted(prepared: Prepared) -> bytes:
    """The agency's format of it."""
    return orjson.dumps(prepared.land)


async def post(
    session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]
) -> None:
    """One POST; raises when it was not taken."""
    async with session.post(url, data=body, headers=headers) as answer:
        await answer.read()
        answer.raise_for_status()


JSON = {"Content-Type": "application/json; charset=utf-8"}


@contextlib.asynccontextmanager
async def sessions() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections that are kept, as many as the gateway has."""
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


def serve(
    name: str,
    port: int,
    accept: Callable[[bytes], Awaitable[None]],
    lifespan: Callable[[FastAPI], Any] | None = None,
) -> None:
    """Take dossiers until told to stop; ``accept`` returns when one is durable.

    Raises:
        SystemExit: told to stop by SIGTERM, once what was under way is answered.
    """
    # uvicorn gives the signal on when it has stopped. By default that ends the process
    # before its worker is told: it would go on taking jobs of the next run.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)

    @app.post("/v1/dossiers")
    async def take(request: Request) -> Response:
        await accept(await request.body())
        return Response(status_code=202)

    class Told(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            say_ready(name)

    settings: dict[str, Any] = {"log_config": None, "access_log": False}
    Told(
        uvicorn.Config(app, port=port, loop="uvloop", http="httptools", **settings)
    ).run()


def say_ready(name: str) -> None:
    """The line that whoever started it waits for."""
    sys.stdout.write(f"{name}{READY}\n")
    sys.stdout.flush()


def told(facts: dict[str, Any]) -> str:
    """One job's arguments as text."""
    return json.dumps(facts)
