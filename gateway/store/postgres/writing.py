"""A connection that writes: units of one commit, of which each may fail alone.

Mostly none does, and all of them go down one pipeline. Where one does after it wrote,
or the server refuses anything, all are rolled back and run again, one by one, each
within a savepoint: that one is rolled back alone and only its caller hears of it. Units
are functions of the database and may run so often before the commit. Callers hear of
success after the commit was answered, never before.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import psycopg
from psycopg import errors

from gateway.domain.errors import StoreError, StoreFateUnknown, StoreUnavailable
from gateway.store.database import Tx
from gateway.store.postgres.connection import (
    BY_INDEX,
    connect_durably,
    unavailable,
)
from gateway.store.postgres.strands import elsewhere

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping, Sequence

    from gateway.store.postgres.connection import ServerConnection

T = TypeVar("T")
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
#: A node that was stopped in the middle keeps nobody waiting for longer than this.
_PATIENCE = "idle_in_transaction_session_timeout = '20s'"
#: Where a pool of connections stands in between, settings are one transaction's.
BEGIN_SHARED = f"{BEGIN}; SET LOCAL {_PATIENCE}; {BY_INDEX}"
FIRST = "SAVEPOINT unit"
NEXT = "RELEASE SAVEPOINT unit; SAVEPOINT unit"
AGAIN = "ROLLBACK TO SAVEPOINT unit"
#: Groups that got in each other's way: nothing is wrong with any of their units.
CLASH = (errors.DeadlockDetected, errors.SerializationFailure)
#: So often one unit is tried that others keep getting in the way of.
TRIES = 5
#: What is wrong with one unit's values; the last: longer than an index takes.
_OWN = (
    *(psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError),
    errors.ProgramLimitExceeded,
)


@dataclass(slots=True)
class Unit(Generic[T]):
    """One atomic unit, as it waits for its commit; ``key`` is what it locks first."""

    work: Callable[[Tx], T]
    future: asyncio.Future[T]
    key: str
    number: int = 0
    result: T | None = None
    error: BaseException | None = None


class Pen:
    """Writes groups of units; used by one thread or strand at a time."""

    def __init__(
        self, parameters: Mapping[str, Any], doubts: Callable[[], int] = lambda: 0
    ) -> None:
        """``parameters`` are libpq's; the connection is made when it is needed.

        ``doubts``: of how many commits nobody knows so far what became of them.
        """
        self._parameters = parameters
        self._doubts = doubts
        self._settled = -1
        self._db: ServerConnection | None = None

    def write(self, units: Sequence[Unit[Any]]) -> bool:
        """Give each unit its result or error; whether loops must know of a moment.

        Units are taken in the order of what they lock, each dossier's as they came.
        """
        ordered = sorted(units, key=lambda unit: unit.key)
        try:
            return self._together(ordered)
        except CLASH:
            woke = [self._alone(unit) for unit in ordered]
            return any(woke)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _alone(self, unit: Unit[Any]) -> bool:
        """The only one of its transaction holds nothing that others wait for long."""
        for _ in range(TRIES):
            with contextlib.suppress(*CLASH):
                return self._together([unit])
        _fail([unit], StoreUnavailable("others kept getting in the way"))
        return False

    def _together(self, units: Sequence[Unit[Any]]) -> bool:
        """All in one transaction, at one go if that goes well."""
        tx: Tx | None = None
        rested, ways = self._db is not None, [self._run_all, self._run_through]
        while ways:
            run = ways[-1]
            try:
                tx = Tx(self._connected())
                if run(tx, units):
                    break
                self._roll_back()
                ways.pop()
            except CLASH:
                self._roll_back()
                raise
            except psycopg.Error as error:
                is_lost = self._db is None or self._db.is_lost
                # COMMIT was not sent: nothing is kept. The next connection may lead to
                # a server that is better off: one that writes, or has room on its disk.
                self.close()
                if rested and is_lost:
                    rested = False
                    continue
                _fail(units, unavailable(error))
                return False
            except StoreUnavailable as error:
                _fail(units, error)
                return False
        return tx is not None and self._commit(tx, units)

    def _connected(self) -> ServerConnection:
        """A connection that may have been lost while it rested."""
        if self._db is None:
            db = elsewhere(partial(connect_durably, self._parameters, pooled=True))
            self._db, self._settled = db, -1
            if not db.is_shared:
                db.script(f"SET {_PATIENCE}")
                db.keep_to_indexes()
        self._settle(self._db)
        return self._db

    def _settle(self, db: ServerConnection) -> None:
        """A unit that finds its work done already writes nothing and waits for nobody."""
        doubts = self._doubts()
        if self._settled < doubts:
            db.settle()
            self._settled = doubts

    def _run_through(self, tx: Tx, units: Sequence[Unit[Any]]) -> bool:
        """All units down one pipeline; whether what they wrote may be committed.

        Where not, nothing of it may be: whose fault it is, is not known.
        """
        if self._db is None:
            raise psycopg.OperationalError("no connection")
        if self._db.is_shared:
            self._script(BEGIN_SHARED)
        pipeline = self._db.pipeline
        pipeline.begin()
        try:
            try:
                if not self._db.is_shared:
                    pipeline.send(BEGIN, ())
                for unit in units:
                    pipeline.forget()
                    if not self._went_well(tx, unit) and pipeline.has_written:
                        return False
            finally:
                pipeline.end()
        except CLASH:
            raise
        except psycopg.Error:
            if self._db.is_lost:
                raise
            return False
        return True

    @staticmethod
    def _went_well(tx: Tx, unit: Unit[Any]) -> bool:
        """Run one unit; what it raises itself is its caller's."""
        woke = tx.woke
        unit.error = None
        try:
            unit.result = unit.work(tx)
        except psycopg.Error:
            raise
        except Exception as error:  # noqa: BLE001  the caller's, whatever it is
            unit.error = error
            tx.woke = woke
            return False
        return True

    def _run_all(self, tx: Tx, units: Sequence[Unit[Any]]) -> bool:
        """Each unit within a savepoint, every statement by itself."""
        if self._db is None:
            raise psycopg.OperationalError("no connection")
        self._script(BEGIN_SHARED if self._db.is_shared else BEGIN)
        self._script(FIRST)
        for place, unit in enumerate(units):
            if place:
                self._script(NEXT)
            woke = tx.woke
            self._run(tx, unit)
            if unit.error is not None:
                self._script(AGAIN)
                tx.woke = woke
        return True

    def _run(self, tx: Tx, unit: Unit[Any]) -> None:
        """One unit; what another transaction took first is seen the second time."""
        try:
            self._work(tx, unit)
        except errors.UniqueViolation:
            self._script(AGAIN)
            try:
                self._work(tx, unit)
            except errors.UniqueViolation as error:
                unit.error = _rule_broken(error)

    def _work(self, tx: Tx, unit: Unit[Any]) -> None:
        """What a unit raises is its caller's, unless the transaction is hurt."""
        unit.error = None
        try:
            unit.result = unit.work(tx)
        except errors.UniqueViolation:
            raise
        except _OWN as error:
            if self._db is None or self._db.is_lost:
                raise
            unit.error = _rule_broken(error)
        except psycopg.Error:
            raise
        except Exception as error:  # noqa: BLE001  the caller's, whatever it is
            unit.error = error

    def _commit(self, tx: Tx, units: Sequence[Unit[Any]]) -> bool:
        try:
            if self._db is None:
                raise psycopg.OperationalError("no connection")
            tag = self._db.commit()
            # What came into doubt meanwhile may be what a unit has found.
            self._settle(self._db)
        except psycopg.Error as error:
            # Answered or not: the server may have it on its disk.
            self.close()
            _fail(units, StoreFateUnknown(unavailable(error).detail))
            return False
        if tag != "COMMIT":
            # It had been given up before and was only ended now.
            _fail(units, StoreUnavailable(tag))
            return False
        return tx.woke

    def _script(self, statements: str) -> str:
        if self._db is None:
            raise psycopg.OperationalError("no connection")
        return self._db.script(statements)

    def _roll_back(self) -> None:
        """Be ready for the next group, on another connection if need be."""
        try:
            self._script("ROLLBACK")
        except psycopg.Error:
            self.close()


def _fail(units: Sequence[Unit[Any]], error: StoreError) -> None:
    """Tell all; what one raised may rest on another's rows, which are not kept."""
    for unit in units:
        unit.error = error


def _rule_broken(error: psycopg.Error) -> StoreError:
    """The rule's name: what the server says besides may show values."""
    rule = error.diag.constraint_name or error.diag.column_name or ""
    words = f"{type(error).__name__} {rule}".strip()
    return StoreError(words, code="store_rule_broken")
