"""One connection writes; everything that waits shares one commit.

Statements run on the loop's thread, in slices: each gives the interpreter's lock
away, and a thread of their own would fight the loop for it at every one. Only
the commit, which waits for the disk, has a thread.

A unit that fails is rolled back alone and only its caller hears of it; units are
functions of the database and may run twice before the commit. Callers hear of
success after the commit has returned, never before.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import apsw

from gateway.domain.errors import StoreError, StoreFateUnknown, StoreUnavailable
from gateway.store.connection import BUSY_MS
from gateway.store.database import Tx
from gateway.store.pulse import Beat, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.store.connection import FileConnection

T = TypeVar("T")
#: Seconds for which units may keep the loop; then everybody else has a turn.
SLICE_S = 0.002
#: A busy loop can keep the thread of commits from ever getting the interpreter
#: back: from so long after the start of a commit on, it stands aside now and then.
PATIENCE_S = 0.005
ASIDE_S = 0.0005


@dataclass(slots=True)
class _Unit(Generic[T]):
    """One atomic unit, as it waits for its commit."""

    work: Callable[[Tx], T]
    future: asyncio.Future[T]
    number: int
    result: T | None = None
    error: BaseException | None = None


@dataclass(slots=True)
class _Group:
    """Units of one commit; those before ``done`` have run."""

    tx: Tx
    units: list[_Unit[Any]] = field(default_factory=list)
    done: int = 0
    savepoints: bool = False
    took_s: float | None = None
    #: the commit alone


class Writer:
    """Owns the writing connection and the thread of its commits."""

    def __init__(
        self,
        open_connection: Callable[[], FileConnection],
        db: FileConnection,
        *,
        group_max: int,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """``open_connection`` makes another one after trouble."""
        self._open = open_connection
        self._db = db
        self._group_max = group_max
        self._loop = loop
        self._waiting: deque[_Unit[Any]] = deque()
        self._pending = 0
        self.waiting = Waiting()
        self.beat = Beat()
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._callbacks: list[Callable[[], object]] = []
        self._commits: SimpleQueue[_Group | None] = SimpleQueue()
        self._committed = threading.Event()
        self._patience: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(
            target=self._commit_all, name="store-commit", daemon=True
        )
        self._thread.start()

    def on_commit(self, callback: Callable[[], object]) -> None:
        """Call on the loop's thread after commits that loops must know of."""
        self._callbacks.append(callback)

    @property
    def is_still(self) -> bool:
        """Whether no unit waits or runs."""
        return self._pending == 0

    def submit(self, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Hand a unit over; the future resolves once it is durable.

        Raises:
            StoreUnavailable: the store is closed.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._pending += 1
        self._waiting.append(_Unit(work, future, self.waiting.come()))
        if self._idle.is_set():
            self._idle.clear()
            self._loop.call_soon(self._begin)
        return future

    async def scrub(self) -> bool:
        """Carry the log into the file and cut it; False: somebody reads an older point.

        What was deleted stands in the log until then. Units that come wait for it.
        """
        while not self._idle.is_set():
            await self._idle.wait()
        self._idle.clear()
        try:
            return await self._loop.run_in_executor(None, self._cut)
        finally:
            if self._waiting:
                self._loop.call_soon(self._begin)
            else:
                self._idle.set()

    async def close(self) -> None:
        """Finish what waits, then end the thread and close the connection."""
        self._closed = True
        await self._idle.wait()
        self._commits.put(None)
        await self._loop.run_in_executor(None, self._thread.join)
        self._db.close()

    # ------------------------------------------------- on the loop's thread

    def _begin(self) -> None:
        group = _Group(Tx(self._db))
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except apsw.Error as error:
            group.units += self._waiting
            self._waiting.clear()
            self._give_up(group, error)
        else:
            self._go_on(group)

    def _go_on(self, group: _Group) -> None:
        """Run units for one slice, then go on later or hand the group to the disk."""
        ends = time.perf_counter() + SLICE_S
        try:
            while (unit := self._next(group)) is not None:
                self._run(group, unit)
                if time.perf_counter() > ends and self._has_next(group):
                    self._loop.call_soon(self._go_on, group)
                    return
        except apsw.Error as error:
            self._give_up(group, error)
        else:
            self._committed.clear()
            self._commits.put(group)
            self._patience = self._loop.call_later(PATIENCE_S, self._stand_aside)

    def _stand_aside(self) -> None:
        """Let the interpreter go for a moment while a commit takes long."""
        self._committed.wait(ASIDE_S)
        self._patience = self._loop.call_later(PATIENCE_S, self._stand_aside)

    def _has_next(self, group: _Group) -> bool:
        more = self._waiting and len(group.units) < self._group_max
        return group.done < len(group.units) or bool(more)

    def _next(self, group: _Group) -> _Unit[Any] | None:
        """The group's next unit; who came meanwhile joins it while there is room."""
        if not self._has_next(group):
            return None
        if group.done == len(group.units):
            group.units.append(self._waiting.popleft())
        unit = group.units[group.done]
        group.done += 1
        return unit

    def _run(self, group: _Group, unit: _Unit[Any]) -> None:
        """One unit; a failed one that had written something costs a second round.

        Savepoints cost an eighth of the time and are rarely needed.
        """
        if group.savepoints:
            self._db.execute("SAVEPOINT unit")
            self._work(unit, group.tx)
            if unit.error is not None:
                self._db.execute("ROLLBACK TO unit")
            self._db.execute("RELEASE unit")
            return
        before = self._db.total_changes()
        self._work(unit, group.tx)
        if unit.error is not None and self._db.total_changes() != before:
            self._db.execute("ROLLBACK")
            self._db.execute("BEGIN IMMEDIATE")
            group.done, group.savepoints, group.tx.woke = 0, True, False

    def _work(self, unit: _Unit[Any], tx: Tx) -> None:
        """What a unit raises is its caller's, unless the transaction is hurt."""
        unit.error = None
        try:
            unit.result = unit.work(tx)
        except apsw.Error as error:
            if not self._is_own(error):
                raise
            unit.error = StoreError(str(error), code="store_rule_broken")
        except Exception as error:  # noqa: BLE001  the caller's, whatever it is
            unit.error = error

    def _is_own(self, error: apsw.Error) -> bool:
        """Whether an error is about one unit's values, the transaction being whole."""
        own = isinstance(
            error, (apsw.ConstraintError, apsw.SQLError, apsw.MismatchError)
        )
        return own and self._db.in_transaction

    def _give_up(self, group: _Group, error: apsw.Error) -> None:
        """Rolled back as a whole, by SQLite or by us: nothing was written."""
        self._fail(group, StoreUnavailable, error)
        self._resolve(group)

    def _resolve(self, group: _Group) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        self.beat.ended(unit.error for unit in group.units)
        if group.took_s is not None:
            self.beat.took(group.took_s)
        for unit in group.units:
            self._pending -= 1
            self.waiting.go(unit.number)
            if unit.future.cancelled():
                continue
            if unit.error is not None:
                unit.future.set_exception(unit.error)
            else:
                unit.future.set_result(unit.result)
        if group.tx.woke:
            for callback in self._callbacks:
                callback()
        if self._waiting:
            self._loop.call_soon(self._begin)
        else:
            self._idle.set()

    # ---------------------------------------------- on the thread of commits

    def _commit_all(self) -> None:
        while (group := self._commits.get()) is not None:
            began = time.perf_counter()
            try:
                self._db.execute("COMMIT")
                group.took_s = time.perf_counter() - began
            except apsw.Error as error:
                self._fail(group, StoreFateUnknown, error)
            self._committed.set()
            self._loop.call_soon_threadsafe(self._resolve, group)

    # ------------------------------------------------------ whoever has it

    def _cut(self) -> bool:
        try:
            self._db.set_busy_timeout(0)
            self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.Error:
            return False
        finally:
            self._db.set_busy_timeout(BUSY_MS)
        return True

    def _fail(self, group: _Group, kind: type[StoreError], error: apsw.Error) -> None:
        for unit in group.units:
            # What one raised itself may rest on another's rows, which are not kept.
            unit.error = kind(type(error).__name__)
        group.tx.woke = False
        self._recover()

    def _recover(self) -> None:
        """Be ready for the next group: rolled back, on another connection if need be."""
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except apsw.Error:
            self._db.close(force=True)
            with contextlib.suppress(apsw.Error, OSError):
                # Else the next group finds a closed connection and comes here again.
                self._db = self._open()
