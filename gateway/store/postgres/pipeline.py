"""Statements sent together and answered together: a trip each time something is asked.

A unit of the journey is a dozen statements, and only a few of them bring what it goes on
with. Each trip costs both sides system calls, gives the interpreter away and waits to
get it back, so what is only written travels with the next question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq

from gateway.store.postgres.statements import DONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gateway.store.database import Row
    from gateway.store.postgres.statements import Statements
    from gateway.store.postgres.wire import Wire

_SYNC = pq.ExecStatus.PIPELINE_SYNC
_ABORTED = pq.ExecStatus.PIPELINE_ABORTED
#: Statements whose text begins so change nothing, and lock nothing.
_READS = ("SELECT", "WITH RECURSIVE")


class CheckedLate(psycopg.DatabaseError):
    """A check failed after its unit may have ended: nobody knows here whose it was."""


class Later:
    """Rows of a statement that was sent; looking at them waits for its answer."""

    __slots__ = ("_pipeline", "changed", "check", "rows")

    def __init__(self, pipeline: Pipeline) -> None:
        """Nothing was answered yet."""
        self._pipeline = pipeline
        self.rows: list[Row] | None = None
        self.changed = 0
        self.check: tuple[int, Callable[[], None]] | None = None

    def fetchall(self) -> list[Row]:
        """All rows.

        Raises:
            psycopg.Error: of this statement, or of one sent before it.
        """
        if self.rows is None:
            self._pipeline.settle()
        return self.rows or []

    def fetchone(self) -> Row | None:
        """The first row; raises as ``fetchall``."""
        rows = self.fetchall()
        return rows[0] if rows else None

    @property
    def get(self) -> Any:
        """The one value of the one row; None when there is no row."""
        rows = self.fetchall()
        return rows[0][0] if rows else None


class Pipeline:
    """A connection's statements from ``begin`` to ``end``; used by one thread or strand.

    Errors come when something is looked at, and may be those of an earlier statement:
    nothing after that one was carried out.
    """

    def __init__(self, wire: Wire, statements: Statements) -> None:
        """``statements`` adapts values and knows what is prepared."""
        self._wire = wire
        self._link = wire.link
        self._statements = statements
        self._sent: list[Later | None] = []
        self._fresh: list[tuple[str, tuple[int, ...]]] = []
        self._last: Later | None = None
        self._has_written = False
        self.is_open = False

    @property
    def has_written(self) -> bool:
        """Whether anything but questions was sent since it was asked to forget that."""
        return self._has_written

    def forget(self) -> None:
        """From here on, what was sent so far is no writing."""
        self._has_written = False

    def begin(self) -> None:
        """Send no statement by itself from now on."""
        self._statements.tidy()
        self._link.enter_pipeline_mode()
        self.is_open = True
        self._has_written = False

    def end(self) -> None:
        """Hear what is left, and send each statement by itself again.

        Raises:
            psycopg.Error: of a statement that was sent.
        """
        try:
            if self._sent:
                self.settle()
        finally:
            self.is_open = False
            self._last = None
            if self._link.status == pq.ConnStatus.OK:
                self._link.exit_pipeline_mode()

    def send(self, statement: str, values: Sequence[Any]) -> Later:
        """Send one statement with whatever is sent next."""
        given, types, formats = self._statements.adapted(values)
        name, is_new = self._statements.named(statement, types)
        if name is None:
            text = self._statements.text(statement)
            self._link.send_query_params(text, given, types, formats, pq.Format.BINARY)
        else:
            if is_new:
                self._prepare(name, statement, types)
            self._link.send_query_prepared(name, given, formats, pq.Format.BINARY)
        later = self._last = Later(self)
        self._sent.append(later)
        self._has_written = self._has_written or not statement.startswith(_READS)
        return later

    def changes(self) -> int:
        """How many rows the last statement changed; raises as looking at it does."""
        last = self._last
        if last is None:
            return 0
        if last.rows is None:
            # A check that fails may ask something, which is the last one then.
            self.settle()
        return last.changed

    def check(self, count: int, otherwise: Callable[[], None]) -> None:
        """Have the last statement's count looked at when its answer comes.

        Raises:
            CheckedLate: whatever is looked at next, if ``otherwise`` raises.
        """
        if self._last is not None:
            self._last.check = count, otherwise

    def settle(self) -> None:
        """Hear the answers to all that was sent.

        Raises:
            psycopg.Error: the first statement that the server refused; it is gone.
            CheckedLate: a count was not as expected, and that was an error.
        """
        sent, self._sent = self._sent, []
        self._link.pipeline_sync()
        self._wire.flush()
        refused: pq.abc.PGresult | None = None
        for later in sent:
            result = self._answer()
            self._answer_ends()
            if result.status == _ABORTED:
                continue
            if result.status not in DONE:
                refused = refused or result
            elif later is not None:
                later.rows, later.changed = self._statements.rows_of(result)
        self._expect_sync()
        fresh, self._fresh = self._fresh, []
        if refused is not None:
            # Whether the server has them is not known for all of them.
            self._statements.unlearn(fresh)
            raise self._wire.refusal(refused)
        self._check(later for later in sent if later is not None)

    @staticmethod
    def _check(answered: Iterable[Later]) -> None:
        for later in answered:
            if later.check is not None and later.check[0] != later.changed:
                try:
                    later.check[1]()
                except psycopg.Error:
                    raise
                except Exception as error:
                    raise CheckedLate from error

    def _prepare(self, name: bytes, statement: str, types: tuple[int, ...]) -> None:
        self._link.send_prepare(name, self._statements.text(statement), types)
        self._sent.append(None)
        self._fresh.append((statement, types))

    def _answer(self) -> pq.abc.PGresult:
        result = self._wire.next()
        if result is None:
            raise psycopg.OperationalError(self._link.get_error_message())
        return result

    def _answer_ends(self) -> None:
        while (more := self._wire.next()) is not None:
            if more.status == _SYNC:  # pragma: no cover  libpq keeps the order
                raise psycopg.OperationalError("answers out of order")

    def _expect_sync(self) -> None:
        result = self._answer()
        if result.status != _SYNC:
            raise psycopg.OperationalError(self._link.get_error_message())
