"""Statements of one connection, each prepared by the server and run past the cursor.

The driver's cursor costs five times what libpq costs itself (29 and 6 µs of CPU for an
update by its key), and a unit of the journey is a dozen statements. Values are still
written and read by the driver's own adapters, and errors are its own.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

from gateway.store.dialect import in_dollars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.store.database import Row
    from gateway.store.postgres.wire import Wire

#: Statements that one connection keeps prepared; lists of several lengths are several.
KEPT = 500
#: The use from which on a statement is prepared: what comes once is not worth it.
WORTH_IT = 3
_TUPLES = pq.ExecStatus.TUPLES_OK
DONE = {_TUPLES, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY}
_BINARY = pq.Format.BINARY


class Found:
    """The rows of one statement, read to the end."""

    __slots__ = ("_rows",)

    def __init__(self, rows: list[Row]) -> None:
        """Take the rows; none of a statement that brings none."""
        self._rows = rows

    def fetchall(self) -> list[Row]:
        """All rows."""
        return self._rows

    def fetchone(self) -> Row | None:
        """The first row."""
        return self._rows[0] if self._rows else None

    @property
    def get(self) -> Any:
        """The one value of the one row; None when there is no row."""
        return self._rows[0][0] if self._rows else None


class Statements:
    """Runs statements over one connection; used by one thread or strand at a time."""

    def __init__(self, connection: psycopg.Connection[Any], wire: Wire) -> None:
        """Take a connection whose adapters are set up, and its wire."""
        self._wire = wire
        self._link = wire.link
        self._connection = connection
        self._adapting = Transformer(connection)
        self._names: OrderedDict[tuple[str, tuple[int, ...]], bytes] = OrderedDict()
        self._uses: dict[tuple[str, tuple[int, ...]], int] = {}
        self._made = 0

    def run(self, statement: str, values: Sequence[Any]) -> tuple[Found, int]:
        """Run one statement: its rows, and how many it found or changed.

        Raises:
            psycopg.Error: the server refused it, or is gone.
        """
        given, types, formats = self.adapted(values)
        name, is_new = self.named(statement, types)
        if name is None:
            text = self.text(statement)
            self._link.send_query_params(text, given, types, formats, _BINARY)
        else:
            if is_new:
                self._prepare(name, statement, types)
            self._link.send_query_prepared(name, given, formats, _BINARY)
        rows, changed = self.rows_of(self._answer())
        return Found(rows), changed

    def script(self, statements: str) -> str:
        """Run statements without values in one round trip; the last one's tag.

        Raises:
            psycopg.Error: the server refused one of them, or is gone.
        """
        self._link.send_query(statements.encode())
        return (self._answer().command_status or b"").decode()

    def adapted(
        self, values: Sequence[Any]
    ) -> tuple[Sequence[Any], tuple[int, ...], Sequence[pq.Format]]:
        """Values as the wire has them, their types and formats."""
        if not values:
            return (), (), ()
        adapting = self._adapting
        given = adapting.dump_sequence(values, [PyFormat.AUTO] * len(values))
        return given, adapting.types or (), adapting.formats or ()

    def rows_of(self, result: pq.abc.PGresult) -> tuple[list[Row], int]:
        """Rows of an answer, and how many were found or changed."""
        if result.status != _TUPLES:
            return [], result.command_tuples or 0
        self._adapting.set_pgresult(result, set_loaders=True, format=_BINARY)
        rows: list[Row] = self._adapting.load_rows(0, result.ntuples, tuple)
        return rows, result.command_tuples or 0

    def named(
        self, statement: str, types: tuple[int, ...]
    ) -> tuple[bytes | None, bool]:
        """The name to prepare a statement by, if it is worth that; whether it is new.

        A new one has to be prepared by the caller, or to be unlearned.
        """
        key = statement, types
        name = self._names.get(key)
        if name is not None:
            self._names.move_to_end(key)
            return name, False
        uses = self._uses[key] = self._uses.get(key, 0) + 1
        if uses < WORTH_IT or self._connection.prepare_threshold is None:
            if len(self._uses) > KEPT:
                self._uses.clear()
            return None, False
        del self._uses[key]
        self._made += 1
        name = self._names[key] = b"lienthong_%d" % self._made
        return name, True

    def unlearn(self, keys: Sequence[tuple[str, tuple[int, ...]]]) -> None:
        """Take those for not prepared; their names are never used again."""
        for key in keys:
            self._names.pop(key, None)

    def tidy(self) -> None:
        """Let go of what was not used for longest, where too many are prepared."""
        while len(self._names) > KEPT:
            _, oldest = self._names.popitem(last=False)
            self.script(f"DEALLOCATE {oldest.decode()}")

    @staticmethod
    def text(statement: str) -> bytes:
        """A statement as the server reads it."""
        return in_dollars(statement).encode()

    def _prepare(self, name: bytes, statement: str, types: tuple[int, ...]) -> None:
        self.tidy()
        try:
            self._link.send_prepare(name, self.text(statement), types)
            self._answer()
        except psycopg.Error:
            self.unlearn([(statement, types)])
            raise

    def _answer(self) -> pq.abc.PGresult:
        """The last result of what was asked, if none of them is a refusal."""
        last: pq.abc.PGresult | None = None
        for result in self._wire.results():
            if last is None or last.status in DONE:
                last = result
        if last is None:
            raise psycopg.OperationalError(self._link.get_error_message())
        if last.status not in DONE:
            raise self._wire.refusal(last)
        return last
