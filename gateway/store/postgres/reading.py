"""Reads over a few connections, every statement by itself.

What is found by its key is asked on the loop's own thread, long lists in others.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from gateway.domain.errors import StoreError, StoreUnavailable
from gateway.ports.pulse import busy, is_pressed
from gateway.store.postgres.connection import BY_INDEX, connect, unavailable
from gateway.store.postgres.strands import elsewhere
from gateway.store.pulse import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.store.postgres.connection import ServerConnection
    from gateway.store.postgres.strands import Strands

T = TypeVar("T")
#: Connections that look at queues, which is a few steps down an index.
LOOKERS = 2


class Readers:
    """Connections that read, made when they are first needed."""

    def __init__(
        self, parameters: Mapping[str, Any], strands: Strands, *, connections: int
    ) -> None:
        """``parameters`` are libpq's; so many connections for lists, and for keys."""
        self._parameters = parameters
        self._own = threading.local()
        self._open: set[_Reader] = set()
        self._threads = ThreadPoolExecutor(connections, "store-read")
        self._waiting = Waiting()
        self._doubts = 0
        self._closed = False
        desk = partial(_Desk, parameters, strands, lambda: self._doubts)
        self._keys, self._looks = desk(connections), desk(LOOKERS)

    @property
    def is_still(self) -> bool:
        """Whether nobody waits for a read."""
        return not self._waiting.backlog().count

    async def read(self, function: Callable[..., T], *values: Any) -> T:
        """What ``function`` finds, given a connection and the values.

        In a thread: it may find much, and take long over it.

        Raises:
            StoreUnavailable: the server is away, or so slow that nobody should wait
                behind those that do; another call tries it anew. Or it is closed.
        """
        number = self._come()
        loop, given = asyncio.get_running_loop(), (function, values)
        try:
            return await loop.run_in_executor(self._threads, self._read, *given)
        finally:
            self._waiting.go(number)

    async def key(self, function: Callable[..., T], *values: Any) -> T:
        """The same for what is found by its key: little, and at once."""
        number = self._come()
        try:
            return await self._keys.ask(function, values)
        finally:
            self._waiting.go(number)

    async def look(self, function: Callable[..., T], *values: Any) -> T:
        """The same for looks at a queue, which follow its index and nothing else.

        They have connections of their own, which are told so once: a transaction for
        each would be two trips more.
        """
        number = self._come()
        try:
            given = (function, *values)
            return await self._looks.ask(_by_index, given)
        finally:
            self._waiting.go(number)

    def doubt(self) -> None:
        """A commit's fate is unknown: what is shown from now on, a standby has to have."""
        self._doubts += 1

    async def close(self) -> None:
        """Finish what was asked, then close."""
        self._closed = True
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._threads.shutdown)
        for desk in (self._keys, self._looks):
            await desk.close()
        for reader in self._open:
            reader.close()

    def _come(self) -> int:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if is_pressed(self._waiting.backlog()):
            raise busy()
        return self._waiting.come()

    def _read(self, function: Callable[..., T], values: tuple[Any, ...]) -> T:
        reader: _Reader | None = getattr(self._own, "reader", None)
        if reader is None:
            reader = _Reader(self._parameters, lambda: self._doubts)
            self._own.reader = reader
            self._open.add(reader)
        return reader.read(function, values)


class _Reader:
    """A connection; used by one thread or strand at a time."""

    def __init__(
        self, parameters: Mapping[str, Any], doubts: Callable[[], int]
    ) -> None:
        self._parameters = parameters
        self._doubts = doubts
        self._db: ServerConnection | None = None
        self._settled = -1

    def read(self, function: Callable[..., T], values: tuple[Any, ...]) -> T:
        """A connection that was lost while it rested is replaced, once."""
        db = self._db
        if db is not None:
            try:
                return self._found(db, function, values)
            except psycopg.Error as error:
                if not db.is_lost:
                    raise _told(error) from error
                self.close()
        self._settled = -1
        db = elsewhere(partial(connect, self._parameters, pooled=True))
        self._db = db
        try:
            return self._found(db, function, values)
        except psycopg.Error as error:
            raise _told(error) from error

    def close(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    def _found(
        self, db: ServerConnection, function: Callable[..., T], values: tuple[Any, ...]
    ) -> T:
        # It may have come up again after a crash: see ``settle``.
        self._settle(db)
        found = function(db, *values)
        # Or what came into doubt meanwhile was found already.
        self._settle(db)
        return found

    def _settle(self, db: ServerConnection) -> None:
        doubts = self._doubts()
        if self._settled < doubts:
            db.settle()
            self._settled = doubts


@dataclass(slots=True)
class _Question:
    function: Callable[..., Any]
    values: tuple[Any, ...]
    future: asyncio.Future[Any]


class _Desk:
    """Readers that strands ask over: whoever is free serves who came first."""

    def __init__(
        self,
        parameters: Mapping[str, Any],
        strands: Strands,
        doubts: Callable[[], int],
        connections: int,
    ) -> None:
        self._strands = strands
        self._questions: deque[_Question] = deque()
        self._free = [_Reader(parameters, doubts) for _ in range(connections)]
        self._all = tuple(self._free)
        self._idle = asyncio.Event()
        self._idle.set()

    def ask(
        self, function: Callable[..., T], values: tuple[Any, ...]
    ) -> asyncio.Future[T]:
        """Have it answered; the future raises what ``Readers.read`` does."""
        future: asyncio.Future[T] = self._strands.loop.create_future()
        self._questions.append(_Question(function, values, future))
        if self._free:
            # The one that was used last: others may never need a connection.
            self._idle.clear()
            self._strands.start(partial(self._serve, self._free.pop()))
        return future

    async def close(self) -> None:
        """Finish what was asked, then close."""
        await self._idle.wait()
        for reader in self._all:
            reader.close()

    def _serve(self, reader: _Reader) -> None:
        while self._questions:
            asked = self._questions.popleft()
            if asked.future.done():
                continue  # who asked has gone
            try:
                found = reader.read(asked.function, asked.values)
            except Exception as error:  # noqa: BLE001  the caller's, whatever it is
                if not asked.future.done():
                    asked.future.set_exception(error)
            else:
                if not asked.future.done():
                    asked.future.set_result(found)
        self._free.append(reader)
        if len(self._free) == len(self._all):
            self._idle.set()


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
