"""Loads planned dossiers into a store past the journey; both stores take the same rows."""

from __future__ import annotations

import hashlib
import multiprocessing
import time
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import apsw
import psycopg

from benchmarks.castings import COLUMNS, FAMILIES, GIVEN, Casting
from benchmarks.copy_text import read_copy
from gateway.domain.journal import GENESIS, merkle_root
from gateway.store.chains import SEAL_LINES
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from benchmarks.castings import Group
    from benchmarks.moulds import Mould
    from benchmarks.planning import Plan
    from gateway.routing.versions import Versions

PROCESSES = 2
#: Column of the journal that a file does not have.
NUMBER = "number, "


@dataclass(frozen=True)
class Making:
    """What every process has from the one that it was forked from."""

    moulds: Sequence[Mould]
    versions: Versions
    keys: Path
    now: datetime


@dataclass(frozen=True)
class Piece:
    """What was made of one piece of a plan: rows as COPY's text, roots of its seals."""

    rows: Mapping[str, bytes]
    seals: Sequence[tuple[int, int, bytes]]
    counts: Mapping[str, int]


class Maker:
    """Makes pieces, in one process."""

    def __init__(self, making: Making) -> None:
        """Open the keys."""
        self._making = making
        self._vault = LocalVault(Keyring.open(making.keys, may_create=True))
        parcels = [f"thua{number}" for number in range(9_973)]
        self._words = {
            word: self._vault.blind("word", word)
            for word in (*FAMILIES, *GIVEN, *parcels)
        }

    def piece(self, groups: Sequence[Group]) -> Piece:
        """The rows of all dossiers of these groups."""
        into: dict[str, list[bytes]] = {table: [] for table in COLUMNS}
        digests: list[bytes] = []
        making = self._making
        for group in groups:
            mould = making.moulds[group.mould]
            casting = Casting(mould, group, making.versions, making.now)
            line = group.line
            for number in range(group.first, group.first + group.count):
                digests += casting.cast(self._vault, self._words, number, line, into)
                line += casting.lines
        rows = {table: b"".join(found) for table, found in into.items()}
        return Piece(
            rows=rows,
            seals=list(_sealed(groups[0].line, digests)),
            counts={table: text.count(b"\n") for table, text in rows.items()},
        )


def _sealed(first: int, digests: list[bytes]) -> Iterator[tuple[int, int, bytes]]:
    for start in range(0, len(digests), SEAL_LINES):
        leaves = digests[start : start + SEAL_LINES]
        yield first + start + len(leaves) - 1, len(leaves), merkle_root(leaves)


def chained_seals(
    pieces: Iterable[tuple[int, int, bytes]], at: int
) -> list[tuple[Any, ...]]:
    """Rows of seals over all lines, each chained to the one before."""
    rows, previous = [], GENESIS
    for last, lines, root in sorted(pieces):
        text = previous + root + last.to_bytes(8, "big") + lines.to_bytes(8, "big")
        digest = hashlib.sha256(text).digest()
        rows.append((last, lines, at, root, previous, digest))
        previous = digest
    return rows


class Target(Protocol):
    """A store to be loaded."""

    name: str

    @abstractmethod
    def begin(self) -> None:
        """Take away what only costs while rows come."""

    @abstractmethod
    def load(self, making: Making, plan: Plan) -> dict[str, int]:
        """Make and write all pieces; rows by table."""

    @abstractmethod
    def end(self, seals: Sequence[tuple[Any, ...]]) -> None:
        """Write the seals and put everything back as it was."""


_maker: Maker | None = None
_writing: psycopg.Connection[Any] | None = None


def _start(making: Making, parameters: Mapping[str, Any] | None) -> None:
    global _maker, _writing  # noqa: PLW0603  one of each per process
    _maker = Maker(making)
    if parameters is not None:
        _writing = psycopg.connect(**parameters)


def _make(groups: Sequence[Group]) -> Piece:
    assert _maker is not None
    return _maker.piece(groups)


def _copy(groups: Sequence[Group]) -> Piece:
    """Make a piece and write it; only what is to be counted goes back."""
    piece = _make(groups)
    assert _writing is not None
    with _writing.transaction():
        for table, text in piece.rows.items():
            with _writing.cursor() as cursor:
                statement = f"COPY {table} ({COLUMNS[table]}) FROM STDIN"
                with cursor.copy(statement.encode()) as copy:
                    copy.write(text)
    return Piece({}, piece.seals, piece.counts)


class ServerTarget(Target):
    """PostgreSQL: every process writes what it makes."""

    name = "postgresql"

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        """``parameters`` name a database with the schema, and configuration in it."""
        self._parameters = parameters
        self._again: list[str] = []
        self.seals: list[tuple[int, int, bytes]] = []

    def begin(self) -> None:
        """Drop indexes and keys; their very definitions are kept. Nothing is vacuumed."""
        with psycopg.connect(**self._parameters, autocommit=True) as db:
            for table in COLUMNS:
                for name, text in db.execute(
                    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                    " WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
                    (table,),
                ).fetchall():
                    db.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
                    self._again.append(
                        f"ALTER TABLE {table} ADD CONSTRAINT {name} {text}"
                    )
                for name, text in db.execute(
                    "SELECT indexname, indexdef FROM pg_indexes"
                    " WHERE schemaname = 'public' AND tablename = %s",
                    (table,),
                ).fetchall():
                    db.execute(f"DROP INDEX {name}".encode())
                    self._again.append(str(text))
                db.execute(
                    f"ALTER TABLE {table} SET (autovacuum_enabled = off)".encode()
                )

    def load(self, making: Making, plan: Plan) -> dict[str, int]:
        """In two processes, each with a connection of its own."""
        return _all(
            PROCESSES, making, plan, _copy, self._parameters, self.seals, lambda _: None
        )

    def end(self, seals: Sequence[tuple[Any, ...]]) -> None:
        """Build all indexes, two at a time; set the counters behind the last ids."""
        with psycopg.connect(**self._parameters, autocommit=True) as db:
            with db.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO seal (last, lines, at, root, previous, digest)"
                    " VALUES (%s, %s, %s, %s, %s, %s)",
                    seals,
                )
            for table, column in db.execute(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE is_identity = 'YES' AND table_schema = 'public'"
                " AND table_name = ANY(%s)",
                (list(COLUMNS),),
            ).fetchall():
                db.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"
                    f" coalesce(max({column}), 0) + 1, false) FROM {table}".encode()
                )
        with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
            # Keys first: building one keeps all others out of its table.
            backwards = self._again[::-1]
            again = [one for one in backwards if one.startswith("ALTER")]
            again += [one for one in backwards if one not in again]
            work = [(dict(self._parameters), one) for one in again]
            pool.starmap(_built, work, chunksize=1)


def _built(parameters: Mapping[str, Any], statement: str) -> None:
    with psycopg.connect(**parameters, autocommit=True) as db:
        db.execute("SET maintenance_work_mem = '1GB'")
        db.execute("SET max_parallel_maintenance_workers = 0")
        db.execute(statement.encode())


class FileTarget(Target):
    """SQLite: others make, this process writes."""

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        """``path``: a store with the schema, and configuration in it."""
        self._path = path
        self._again: list[str] = []
        self.seals: list[tuple[int, int, bytes]] = []
        self._db: apsw.Connection | None = None
        self._types: dict[str, list[str]] = {}

    def begin(self) -> None:
        """Drop what was made by CREATE INDEX; keys are the tables themselves."""
        self._db = db = apsw.Connection(str(self._path))
        db.execute("PRAGMA synchronous = OFF")  # what is half loaded is thrown away
        db.execute("PRAGMA cache_size = -1000000")
        found = db.execute(
            "SELECT name, sql, tbl_name FROM sqlite_master"
            " WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, text, table in found:
            if table in COLUMNS:
                db.execute(f"DROP INDEX {name}")
                self._again.append(str(text))
        for table, columns in COLUMNS.items():
            types = {
                one[1]: one[2] for one in db.execute(f"PRAGMA table_info({table})")
            }
            names = columns.split(", ")
            self._types[table] = [types[one] for one in names if one in types]

    def load(self, making: Making, plan: Plan) -> dict[str, int]:
        """Pieces come back in order: keys grow at their end."""
        return _all(PROCESSES, making, plan, _make, None, self.seals, self._write)

    def _write(self, piece: Piece) -> None:
        assert self._db is not None
        with self._db:
            for table, text in piece.rows.items():
                types, columns = self._types[table], COLUMNS[table]
                columns = columns.removeprefix(NUMBER)
                numbers = len(COLUMNS[table].split(", ")) - len(types)
                rows = read_copy(text, types, leave=numbers)
                marks = ", ".join("?" * len(types))
                statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
                self._db.executemany(statement, rows)

    def end(self, seals: Sequence[tuple[Any, ...]]) -> None:
        """Build the indexes and make it durable."""
        db = self._db
        assert db is not None
        with db:
            db.executemany("INSERT INTO seal VALUES (?, ?, ?, ?, ?, ?)", seals)
        for statement in self._again:
            db.execute(statement)
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        self._db = None


def _all(
    processes: int,
    making: Making,
    plan: Plan,
    work: Any,
    parameters: Mapping[str, Any] | None,
    seals: list[tuple[int, int, bytes]],
    write: Any,
) -> dict[str, int]:
    counts = dict.fromkeys(COLUMNS, 0)
    context = multiprocessing.get_context("fork")
    with context.Pool(processes, _start, (making, parameters)) as pool:
        for piece in pool.imap(work, plan.pieces):
            write(piece)
            seals += piece.seals
            for table, rows in piece.counts.items():
                counts[table] += rows
    return counts


@dataclass(frozen=True)
class Loaded:
    """What loading took."""

    rows: int
    counts: Mapping[str, int]
    write_s: float
    finish_s: float


def loaded(target: Any, making: Making, plan: Plan) -> Loaded:
    """Load a store; the clock runs from the first row to the last index."""
    began = time.monotonic()
    target.begin()
    counts = target.load(making, plan)
    written = time.monotonic()
    at = int(plan.now.timestamp() * 1_000_000)
    seals = chained_seals(target.seals, at)
    target.end(seals)
    counts["seal"] = len(seals)
    ended = time.monotonic()
    return Loaded(sum(counts.values()), counts, written - began, ended - written)
