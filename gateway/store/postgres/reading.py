"""Reads in a few threads, each with a connection of its own, every statement by itself."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from gateway.domain.errors import StoreError
from gateway.ports.pulse import busy, is_pressed
from gateway.store.postgres.connection import BY_INDEX, connect, unavailable
from gateway.store.pulse import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.store.postgres.connection import ServerConnection

T = TypeVar("T")
#: Threads that look at queues, each of which is a few steps down an index.
LOOKERS = 2


class Readers:
    """Threads and connections, made when they are first needed."""

    def __init__(self, parameters: Mapping[str, Any], *, threads: int) -> None:
        """``parameters`` are libpq's."""
        self._parameters = parameters
        self._own = threading.local()
        self._open: set[ServerConnection] = set()
        self._pool = ThreadPoolExecutor(threads, "store-read")
        self._looks = ThreadPoolExecutor(LOOKERS, "store-look")
        self._waiting = Waiting()
        self._doubts = 0

    @property
    def is_still(self) -> bool:
        """Whether nobody waits for a read."""
        return not self._waiting.backlog().count

    async def read(self, function: Callable[..., T], *values: Any) -> T:
        """What ``function`` finds, given a connection and the values.

        Raises:
            StoreUnavailable: the server is away, or so slow that nobody should wait
                behind those that do; another call tries it anew.
        """
        return await self._by(self._pool, function, values)

    async def _by(
        self,
        pool: ThreadPoolExecutor,
        function: Callable[..., T],
        values: tuple[Any, ...],
    ) -> T:
        loop = asyncio.get_running_loop()
        if is_pressed(self._waiting.backlog()):
            raise busy()
        number = self._waiting.come()
        try:
            return await loop.run_in_executor(pool, self._read, function, values)
        finally:
            self._waiting.go(number)

    async def look(self, function: Callable[..., T], *values: Any) -> T:
        """The same for looks at a queue, which follow its index and nothing else.

        They have connections of their own, which are told so once: a transaction for
        each would be two trips more.
        """
        return await self._by(self._looks, _by_index, (function, *values))

    def doubt(self) -> None:
        """A commit's fate is unknown: what is read from now on, a standby has to have."""
        self._doubts += 1

    async def close(self) -> None:
        """Finish what was asked, then close."""
        loop = asyncio.get_running_loop()
        for pool in (self._pool, self._looks):
            await loop.run_in_executor(None, pool.shutdown)
        for connection in self._open:
            connection.close()

    def _read(self, function: Callable[..., T], values: tuple[Any, ...]) -> T:
        """A connection that was lost while it rested is replaced, once."""
        db: ServerConnection | None = getattr(self._own, "db", None)
        doubts = self._doubts
        if db is not None:
            try:
                if self._own.settled < doubts:
                    db.settle()
                    self._own.settled = doubts
                return function(db, *values)
            except psycopg.Error as error:
                if not db.is_lost:
                    raise _told(error) from error
                self._open.discard(db)
        db = self._own.db = connect(self._parameters, pooled=True)
        self._own.settled = -1
        self._open.add(db)
        try:
            # It may have come up again after a crash: see ``settle``.
            db.settle()
            self._own.settled = doubts
            return function(db, *values)
        except psycopg.Error as error:
            raise _told(error) from error


def _by_index(db: ServerConnection, function: Callable[..., T], *values: Any) -> T:
    if not db.is_shared:
        db.keep_to_indexes()
        return function(db, *values)
    db.script(f"BEGIN READ ONLY; {BY_INDEX}")
    try:
        return function(db, *values)
    finally:
        db.script("ROLLBACK")


def _told(error: psycopg.Error) -> StoreError:
    """Values that the server does not take are the caller's fault."""
    if isinstance(error, (psycopg.DataError, psycopg.ProgrammingError)):
        return StoreError(f"{type(error).__name__}", code="store_rule_broken")
    return unavailable(error)
