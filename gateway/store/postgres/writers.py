"""Threads that write: what waits for one of them shares its next commit.

All units of a dossier go to the same thread, in the order in which they came, so
that they never wait for each other's locks. Claims, and what belongs to no dossier,
have a thread of their own: a claim holds rows, and must not wait for a dossier.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

from gateway.domain.errors import StoreError, StoreFateUnknown, StoreUnavailable
from gateway.store.postgres.writing import Pen, Unit
from gateway.store.pulse import Beat, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.store.database import Tx

T = TypeVar("T")


class Writers:
    """Owns the writing threads, each with a connection."""

    def __init__(
        self,
        parameters: Mapping[str, Any],
        woke: Callable[[], object],
        doubt: Callable[[], object],
        *,
        threads: int,
        group_max: int,
    ) -> None:
        """``woke`` is called on the loop's thread after commits that loops must know of.

        ``doubt``: before anybody hears that nobody knows what became of a commit.
        """
        self._parameters = parameters
        self._group_max = group_max
        self._woke = woke
        self._doubt = doubt
        self._loop = asyncio.get_running_loop()
        self._pending = 0
        self.waiting = Waiting()
        self.beat = Beat()
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._queues: list[SimpleQueue[Unit[Any] | None]] = [
            SimpleQueue() for _ in range(threads + 1)
        ]
        self._threads = [
            threading.Thread(
                target=self._serve, args=(queue,), name=f"store-write-{i}", daemon=True
            )
            for i, queue in enumerate(self._queues)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_still(self) -> bool:
        """Whether no unit waits or runs."""
        return self._pending == 0

    def submit(
        self, work: Callable[[Tx], T], *, dossier: str | None = None, key: str = ""
    ) -> asyncio.Future[T]:
        """Hand a unit over; the future resolves once it is durable.

        ``key`` is what a unit of no dossier locks first, where it has to wait for it.

        Raises:
            StoreUnavailable: the store is closed.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._pending += 1
        self._idle.clear()
        if dossier is None:
            self._queues[0].put(Unit(work, future, key))
        else:
            place = 1 + crc32(dossier.encode()) % (len(self._queues) - 1)
            number = self.waiting.come()
            self._queues[place].put(Unit(work, future, dossier, number))
        return future

    async def close(self) -> None:
        """Finish what waits, then end the threads."""
        self._closed = True
        await self._idle.wait()
        for queue in self._queues:
            queue.put(None)
        for thread in self._threads:
            await self._loop.run_in_executor(None, thread.join)

    def _resolve(
        self, units: list[Unit[Any]], *, woke: bool, took_s: float | None
    ) -> None:
        """Tell the callers; on the loop's thread."""
        if any(isinstance(unit.error, StoreFateUnknown) for unit in units):
            self._doubt()
        self.beat.ended(unit.error for unit in units)
        if took_s is not None:
            self.beat.took(took_s)
        for unit in units:
            self._pending -= 1
            self.waiting.go(unit.number)
            if unit.future.cancelled():
                continue
            if unit.error is not None:
                unit.future.set_exception(unit.error)
            else:
                unit.future.set_result(unit.result)
        if not self._pending:
            self._idle.set()
        if woke:
            self._woke()

    # ------------------------------------------------ on the threads that write

    def _serve(self, queue: SimpleQueue[Unit[Any] | None]) -> None:
        pen = Pen(self._parameters)
        while (first := queue.get()) is not None:
            units = [first]
            with contextlib.suppress(Empty):
                # None comes only when nothing waits any more: it is never among these.
                while len(units) < self._group_max and (unit := queue.get_nowait()):
                    units.append(unit)
            woke, took_s, began = False, None, time.perf_counter()
            try:
                woke = pen.write(units)
                took_s = time.perf_counter() - began
            except Exception as error:  # noqa: BLE001  the thread serves whoever comes next
                pen.close()
                for unit in units:
                    unit.error = unit.error or StoreError(type(error).__name__)
            self._loop.call_soon_threadsafe(
                partial(self._resolve, units, woke=woke, took_s=took_s)
            )
        pen.close()
