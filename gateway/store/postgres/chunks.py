"""Sealed files in the database: pieces in rows, shown under their name once whole.

A file comes in as many short transactions as it has pieces, never in one that would
stay open while a sender is slow: the seals of the journal wait for the oldest one.
The last piece and the name are one statement. What never got a name is swept.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from gateway.domain.errors import AttachmentsAway, StoreUnavailable
from gateway.ports.shelf import Draft, Reading, Shelf
from gateway.store.postgres.connection import BY_INDEX, connect_durably, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from gateway.store.database import Row
    from gateway.store.postgres.connection import ServerConnection

T = TypeVar("T")
#: How old an unfinished file is that nobody writes any more.
UNTOUCHED_S = 86_400.0
PAGE = 1_000
_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
    " SET LOCAL idle_in_transaction_session_timeout = '20s';"
    f" {BY_INDEX}"
)
# Only while the place is the one that the node was started with.
_FIRST = (
    "WITH made AS (INSERT INTO file (name, length)"
    " SELECT ?2::text, ?3::bigint"
    " WHERE ?4::text IS NULL OR ?4 = (SELECT identity FROM file_place) RETURNING seq)"
    " INSERT INTO file_chunk (file, number, sealed) SELECT seq, 0, ?1 FROM made"
    " RETURNING file"
)
_NEXT = (
    "WITH own AS (UPDATE file SET touched = clock_timestamp(), name = ?2, length = ?3"
    " WHERE seq = ?5 AND name IS NULL"
    " AND (?4::text IS NULL OR ?4 = (SELECT identity FROM file_place)) RETURNING seq)"
    " INSERT INTO file_chunk (file, number, sealed) SELECT seq, ?6, ?1 FROM own"
    " RETURNING file"
)
_LOOK = (
    "SELECT f.seq, f.length, c.sealed FROM file f"
    " LEFT JOIN file_chunk c ON c.file = f.seq AND c.number = 0 WHERE f.name = ?"
)
_PIECE = "SELECT sealed FROM file_chunk WHERE file = ? AND number = ?"
_WRITTEN = (
    "SELECT touched, seq, name FROM file WHERE name IS NOT NULL"
    " AND touched >= to_timestamp(?1) AND touched <= to_timestamp(?2)"
    " AND (touched, seq) > (coalesce(?3, '-infinity'::timestamptz), ?4)"
    " ORDER BY touched, seq LIMIT ?5"
)
_SWEEP = (
    "DELETE FROM file WHERE name IS NULL"
    " AND touched <= clock_timestamp() - ? * interval '1 second'"
)


class ChunkShelf(Shelf):
    """Keeps sealed files in the database of the store; a connection per thread."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        """``parameters`` are libpq's; connections are made when they are needed."""
        self._parameters = parameters
        self._identity: str | None = None
        self._own = threading.local()
        self._open: set[ServerConnection] = set()

    def identity(self) -> str | None:
        """The one row's."""
        return self.run(_identity)

    def identify(self, identity: str) -> str:
        """Of nodes that start at once, one writes the row."""
        self.run(
            _execute,
            "INSERT INTO file_place (identity) VALUES (?) ON CONFLICT DO NOTHING",
            identity,
        )
        return str(self.run(_identity))

    def rename(self, identity: str) -> None:
        """Write the row anew."""
        self.run(
            _execute,
            "INSERT INTO file_place (identity) VALUES (?)"
            " ON CONFLICT (one) DO UPDATE SET identity = excluded.identity",
            identity,
        )

    def make_ready(self, identity: str | None) -> None:
        """The schema is there already."""
        self._identity = identity
        self.sweep(UNTOUCHED_S)

    def begin(self) -> Draft:
        """Nothing is written before there is something to write."""
        return _ChunkDraft(self, self._identity)

    def reading(self, name: str, length: int) -> Reading:
        """A file and its first piece, in one look."""
        row: Row | None = self.run(_row, _LOOK, name)
        if row is None or row[1] != length:
            raise LookupError(name)
        return _ChunkReading(self, row[0], row[2] or b"")

    def at_once(self, name: str, length: int) -> bytes | None:  # noqa: ARG002
        """A database always has to be waited for."""
        return None

    def length(self, name: str) -> int | None:
        """Of a file that has a name."""
        length: int | None
        length = self.run(_value, "SELECT length FROM file WHERE name = ?", name)
        return length

    def delete(self, name: str) -> None:
        """Forget the file; its pieces go with it."""
        self.run(_execute, "DELETE FROM file WHERE name = ?", name)

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """A backup has these rows in its own snapshot."""
        yield

    @contextlib.contextmanager
    def sweeping(self) -> Iterator[bool]:
        """At any time."""
        yield True

    def as_of(self) -> float:
        """Now, by the clock of the database."""
        return float(
            self.run(_value, "SELECT extract(epoch FROM clock_timestamp())::float8")
        )

    def written(self, since: float, until: float) -> Iterator[str]:
        """Names by when they became whole, page by page."""
        touched: datetime | None = None
        seq = 0
        while True:
            given = (since, until, touched, seq, PAGE)
            rows = self.run(_rows, _WRITTEN, *given)
            for touched, seq, name in rows:  # noqa: B007  where the next page begins
                yield name
            if len(rows) < PAGE:
                return

    def sweep(self, untouched_s: float) -> int:
        """Remove old unfinished files by the clock of the database."""
        return self.run(_execute, _SWEEP, untouched_s)

    def close(self) -> None:
        """Close every connection; no thread uses one any more."""
        for db in self._open:
            db.close()
        self._open.clear()

    def run(self, work: Callable[..., T], *given: Any) -> T:
        """One transaction; nothing of it is told before its commit was answered.

        Raises:
            StoreUnavailable: it is not known to be kept, and may be asked for anew.
        """
        try:
            db = self._begun()
            found = work(db, *given)
            tag = db.commit()
        except psycopg.Error as error:
            # The next connection may lead to a server that is better off.
            self._let_go()
            raise unavailable(error) from error
        if tag != "COMMIT":
            raise StoreUnavailable(tag)
        return found

    def _begun(self) -> ServerConnection:
        """A connection in a transaction; one that was lost while it rested is replaced."""
        db: ServerConnection | None = getattr(self._own, "db", None)
        if db is not None:
            try:
                db.script(_BEGIN)
            except psycopg.Error:
                self._let_go()
            else:
                return db
        db = self._own.db = connect_durably(self._parameters, pooled=True)
        self._open.add(db)
        db.script(_BEGIN)
        return db

    def _let_go(self) -> None:
        db: ServerConnection | None = getattr(self._own, "db", None)
        if db is not None:
            self._own.db = None
            self._open.discard(db)
            with contextlib.suppress(psycopg.Error):
                db.close()


class _ChunkDraft(Draft):
    """Pieces of a file without a name; the last one brings it."""

    def __init__(self, shelf: ChunkShelf, identity: str | None) -> None:
        self._shelf = shelf
        self._identity = identity
        self._seq: int | None = None
        self._name: str | None = None
        self._number = 0
        self._length = 0

    def add(self, sealed: bytes) -> None:
        self._keep(sealed, None)

    def finish(self, name: str, sealed: bytes) -> None:
        self._name = name
        self._keep(sealed, name)

    def discard(self) -> None:
        with contextlib.suppress(StoreUnavailable):
            if self._seq is not None:
                self._shelf.run(_execute, "DELETE FROM file WHERE seq = ?", self._seq)
            elif self._name is not None:
                # Sent, and not answered.
                self._shelf.delete(self._name)

    def _keep(self, sealed: bytes, name: str | None) -> None:
        self._length += len(sealed)
        length = None if name is None else self._length
        given: tuple[Any, ...] = (sealed, name, length, self._identity)
        if self._seq is not None:
            given += (self._seq, self._number)
        statement = _FIRST if self._seq is None else _NEXT
        seq: int | None = self._shelf.run(_value, statement, *given)
        if seq is None:
            raise AttachmentsAway("swept before it was whole, or copied elsewhere")
        self._seq = seq
        self._number += 1


class _ChunkReading(Reading):
    """Pieces in order; a file that is deleted meanwhile ends short."""

    def __init__(self, shelf: ChunkShelf, seq: int, first: bytes) -> None:
        self._shelf = shelf
        self._seq = seq
        self._ahead = first
        self._number = 1

    def read(self, count: int) -> bytes:
        pieces, have = [self._ahead], len(self._ahead)
        while have < count:
            given = (_PIECE, self._seq, self._number)
            piece: bytes | None = self._shelf.run(_value, *given)
            if not piece:
                break
            self._number += 1
            pieces.append(piece)
            have += len(piece)
        whole = b"".join(pieces)
        self._ahead = whole[count:]
        return whole[:count]

    def close(self) -> None:
        self._ahead = b""


def _identity(db: ServerConnection) -> str | None:
    identity: str | None = db.execute("SELECT identity FROM file_place").get
    return identity


def _execute(db: ServerConnection, statement: str, *given: Any) -> int:
    db.execute(statement, given)
    return db.changes()


def _row(db: ServerConnection, statement: str, *given: Any) -> Row | None:
    return db.execute(statement, given).fetchone()


def _rows(db: ServerConnection, statement: str, *given: Any) -> list[Row]:
    return db.execute(statement, given).fetchall()


def _value(db: ServerConnection, statement: str, *given: Any) -> Any:
    return db.execute(statement, given).get
