"""The naked floor: the same durability without anything that makes it a gateway.

uvicorn and FastAPI accept and decode, one row goes into a group commit
(SQLite: synchronous=FULL; PostgreSQL: as it comes) before the 202; then the two POSTs
and a group-committed *done*. No validation, encryption, journal, signature or table
of states.
"""

from __future__ import annotations

import asyncio
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import apsw
import orjson
import psycopg
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

from benchmarks.floors import Floor, from_arguments


class Rows(ABC):
    """One table; whatever waits while a commit runs shares the next one."""

    TAKE: str
    DONE: str

    def __init__(self) -> None:
        """Nothing waits."""
        self._waiting: list[tuple[str, tuple[Any, ...], asyncio.Future[None]]] = []
        self._busy = False

    async def write(self, statement: str, *values: Any) -> None:
        """Return when the row is durable."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((statement, values, future))
        if not self._busy:
            self._busy = True
            asyncio.get_running_loop().create_task(self._commit())
        await future

    async def _commit(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            await loop.run_in_executor(None, self._do, group)
            for _, _, future in group:
                future.set_result(None)
        self._busy = False

    @abstractmethod
    def _do(self, group: list[tuple[str, tuple[Any, ...], Any]]) -> None:
        """All of a group, and its commit."""


class FileRows(Rows):
    """In SQLite."""

    TAKE = "INSERT INTO dossier (number, body) VALUES (?, ?)"
    DONE = "UPDATE dossier SET done = 1 WHERE number = ?"

    def __init__(self, path: Path) -> None:
        """Open it as durably as the gateway's own store."""
        super().__init__()
        self._db = apsw.Connection(str(path))
        self._db.pragma("journal_mode", "wal")
        self._db.pragma("synchronous", "full")
        self._db.execute(
            "CREATE TABLE dossier (number TEXT PRIMARY KEY, body BLOB, done INTEGER)"
        )

    def _do(self, group: list[tuple[str, tuple[Any, ...], Any]]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        for statement, values, _ in group:
            self._db.execute(statement, values)
        self._db.execute("COMMIT")


class ServerRows(Rows):
    """In PostgreSQL; a group crosses the socket at once."""

    TAKE = "INSERT INTO dossier (number, body) VALUES (%s, %s)"
    DONE = "UPDATE dossier SET done = 1 WHERE number = %s"

    def __init__(self, database: str) -> None:
        """Commits are as durable as the server makes them."""
        super().__init__()
        self._db = psycopg.connect(database, autocommit=True)
        self._db.execute(
            "CREATE TABLE dossier (number text PRIMARY KEY, body bytea, done int)"
        )

    def _do(self, group: list[tuple[str, tuple[Any, ...], Any]]) -> None:
        with self._db.pipeline(), self._db.transaction():
            for statement, values, _ in group:
                self._db.execute(statement.encode(), values)


def application(floor: Floor) -> FastAPI:
    """Its one route."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    rows: Rows = (
        ServerRows(floor.database)
        if floor.database
        else FileRows(floor.folder / "naked.sqlite")
    )
    by_number = {prepared.number: prepared for prepared in floor.bodies}

    async def deliver(number: str) -> None:
        prepared = by_number[number]
        await floor.hand_over(prepared)
        await floor.tell(prepared)
        await rows.write(rows.DONE, number)

    @app.post("/v1/dossiers")
    async def accept(request: Request) -> Response:
        body = await request.body()
        number = orjson.loads(body)["number"]
        await rows.write(rows.TAKE, number, body)
        floor.later(deliver(number))
        return Response(status_code=202)

    return app


class _Told(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, floor: Floor) -> None:
        super().__init__(config)
        self._floor = floor

    async def startup(self, sockets: Any = None) -> None:
        self._floor.open()
        await super().startup(sockets)
        sys.stdout.write("naked ready \n")


if __name__ == "__main__":
    asked = from_arguments()
    _Told(
        uvicorn.Config(
            application(asked),
            port=asked.port,
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
            lifespan="off",
        ),
        asked,
    ).run()
