"""Connections that write: what waits for one of them shares its next commit.

All units of a dossier go to the same connection, in the order in which they came, so
that they never wait for each other's locks. Claims, and what belongs to no dossier,
have one of their own: a claim holds rows, and must not wait for a dossier.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

from gateway.domain.errors import StoreFateUnknown, StoreUnavailable
from gateway.store.postgres.writing import Pen, Unit
from gateway.store.pulse import Beat, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.store.database import Tx
    from gateway.store.postgres.strands import Strands

T = TypeVar("T")


@dataclass(slots=True)
class _Queue:
    """What waits for one connection, and whether a strand serves it."""

    pen: Pen
    units: deque[Unit[Any]] = field(default_factory=deque)
    is_served: bool = False


class Writers:
    """Owns the connections that write; all on the loop's thread."""

    def __init__(
        self,
        parameters: Mapping[str, Any],
        strands: Strands,
        woke: Callable[[], object],
        doubt: Callable[[], object],
        *,
        connections: int,
        group_max: int,
    ) -> None:
        """``woke`` is called after commits that loops must know of.

        ``doubt``: before anybody hears that nobody knows what became of a commit.
        """
        self._strands = strands
        self._group_max = group_max
        self._woke = woke
        self._doubt = doubt
        self._pending = 0
        self.waiting = Waiting()
        self.beat = Beat()
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._doubts = 0
        self._queues = [
            _Queue(Pen(parameters, lambda: self._doubts))
            for _ in range(connections + 1)
        ]

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
        future: asyncio.Future[T] = self._strands.loop.create_future()
        self._pending += 1
        self._idle.clear()
        if dossier is None:
            queue, unit = self._queues[0], Unit(work, future, key)
        else:
            place = 1 + crc32(dossier.encode()) % (len(self._queues) - 1)
            unit = Unit(work, future, dossier, self.waiting.come())
            queue = self._queues[place]
        queue.units.append(unit)
        if not queue.is_served:
            queue.is_served = True
            self._strands.start(partial(self._serve, queue))
        return future

    async def close(self) -> None:
        """Finish what waits, then close the connections."""
        self._closed = True
        await self._idle.wait()
        for queue in self._queues:
            queue.pen.close()

    def _resolve(
        self, units: list[Unit[Any]], *, woke: bool, took_s: float | None
    ) -> None:
        """Tell the callers."""
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

    # ------------------------------------------------------------ in a strand

    def _serve(self, queue: _Queue) -> None:
        """Commit what waits, and what came meanwhile, until nothing does."""
        waits, pen = queue.units, queue.pen
        while waits:
            units = [waits.popleft() for _ in range(min(len(waits), self._group_max))]
            woke, took_s, began = False, None, time.perf_counter()
            try:
                woke = pen.write(units)
                took_s = time.perf_counter() - began
            except Exception as error:  # noqa: BLE001  whoever comes next is served
                pen.close()
                for unit in units:  # some may have been kept alone
                    unit.error = StoreFateUnknown(type(error).__name__)
            if any(isinstance(unit.error, StoreFateUnknown) for unit in units):
                self._doubts += 1
                self._doubt()
            self._strands.loop.call_soon(
                partial(self._resolve, units, woke=woke, took_s=took_s)
            )
        queue.is_served = False
