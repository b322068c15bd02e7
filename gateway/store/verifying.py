"""Whether a store is whole: its journal holds together, and what it names is there."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import apsw
import psycopg

from gateway.domain.identifiers import DossierId
from gateway.domain.journal import GENESIS, chained, merkle_root
from gateway.store.connection import FileConnection, open_reader
from gateway.store.postgres.connection import connect
from gateway.store.rows import ATTACHMENT, LINE, line_of, stored_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gateway.ports.attachments import StoredAttachment
    from gateway.store.database import Database, Row

_AT_ONCE = 1_000
_LINES = (
    "SELECT coalesce(chain, 'dossier:' || dossier_id) AS own, position, digest,"  # noqa: S608  a constant
    f" {LINE} FROM journal ORDER BY own, position"
)
_HEADS = (
    "SELECT own, position, digest FROM (SELECT 'dossier:' || id AS own,"
    " chain_position AS position, chain_digest AS digest FROM dossier"
    " WHERE chain_position > 0 UNION ALL SELECT name, position, digest FROM chain"
    " WHERE position > 0) AS heads ORDER BY own"
)
_SEALS = "SELECT last, lines, root, previous, digest FROM seal ORDER BY last"
_PAYLOADS = (
    "SELECT count(*) FROM journal AS j JOIN payload AS p ON p.id = j.payload"
    " WHERE p.digest <> j.payload_digest"
)
_NAMED = ATTACHMENT.replace(", ", ", f.")
_FILES = (
    f"SELECT f.{_NAMED}, d.id AS dossier, d.unit, d.wrapped_key"  # noqa: S608  constants
    " FROM attachment AS f JOIN dossier AS d ON d.id = f.dossier_id"
    f" UNION ALL SELECT f.{_NAMED}, NULL, NULL, NULL FROM upload AS f"
    " ORDER BY name"
)


@dataclass(frozen=True, slots=True)
class Held:
    """A file as the store names it, with what its key hangs on."""

    stored: StoredAttachment
    dossier: DossierId | None
    #: None: an upload, whose key the vault has
    unit: str
    wrapped: bytes


@dataclass(slots=True)
class Journal:
    """What was found of a journal; ``wrong`` says what does not hold."""

    lines: int = 0
    chains: int = 0
    seals: int = 0
    wrong: str = ""


class Looking(Protocol):
    """A store that is only read, in long walks."""

    db: Database

    def walk(self, query: str) -> Iterator[Row]:
        """Rows as they come, however many."""


class LookingFile:
    """The embedded store."""

    def __init__(self, db: FileConnection) -> None:
        """Take a connection."""
        self.db: Database = db
        self._db = db

    def walk(self, query: str) -> Iterator[Row]:
        """Sorted where there is room: on disk."""
        yield from self._db.execute(query)


class LookingServer:
    """A database."""

    def __init__(self, db: Any) -> None:
        """Take a connection in a transaction."""
        self.db: Database = db
        self._driver = db.driver
        self._walks = 0

    def walk(self, query: str) -> Iterator[Row]:
        """By a cursor of the server."""
        self._walks += 1
        cursor = psycopg.RawServerCursor(self._driver, f"walk {self._walks}")
        cursor.itersize = _AT_ONCE
        with cursor:
            cursor.execute(query.encode(), binary=True)
            yield from cursor


@contextmanager
def looking_at_file(path: Path) -> Iterator[LookingFile]:
    """Look at an embedded store that nobody uses."""
    db = open_reader(path)
    try:
        db.pragma("temp_store", "file")
        db.execute("BEGIN")
        yield LookingFile(db)
    finally:
        db.close()


@contextmanager
def looking_at_server(parameters: Mapping[str, Any]) -> Iterator[LookingServer]:
    """Look at a database."""
    db = connect(parameters)
    try:
        db.script("BEGIN READ ONLY")
        yield LookingServer(db)
    finally:
        db.close()


def damaged(path: Path) -> str:
    """What SQLite itself says of a file; empty when it is whole."""
    db = open_reader(path)
    try:
        found = [str(row[0]) for row in db.execute("PRAGMA integrity_check(3)")]
    except apsw.Error as error:
        return type(error).__name__
    finally:
        db.close()
    return "" if found == ["ok"] else "; ".join(found)


def journal(store: Looking) -> Journal:
    """Every chain from its first line to its head, every seal over its lines."""
    found = Journal()
    found.wrong = _chains(store, found) or _seals(store, found)
    payloads = int(store.db.execute(_PAYLOADS).get)
    if payloads and not found.wrong:
        found.wrong = f"{payloads} payloads are not those of their lines"
    return found


def _chains(store: Looking, found: Journal) -> str:
    heads = store.walk(_HEADS)
    own, position, digest = "", 0, GENESIS
    for row in store.walk(_LINES):
        if row[0] != own:
            if own and next(heads, None) != (own, position, digest):
                return f"chain {own} does not end at its head"
            own, position, digest = row[0], 0, GENESIS
            found.chains += 1
        position += 1
        digest = chained(digest, line_of(row[3:]), own, position)
        if (row[1], bytes(row[2])) != (position, digest):
            return f"chain {own}, line {row[1]} is not what was written"
        found.lines += 1
    if own and next(heads, None) != (own, position, digest):
        return f"chain {own} does not end at its head"
    return "" if next(heads, None) is None else "a chain has no lines"


def _seals(store: Looking, found: Journal) -> str:
    end, before = 0, GENESIS
    number = "number" if isinstance(store, LookingServer) else "id"
    for last, lines, root, previous, digest in store.db.execute(_SEALS).fetchall():
        if (last - lines, bytes(previous)) != (end, before):
            return f"seal {last} does not follow"
        leaves = store.db.execute(
            f"SELECT digest FROM journal WHERE {number} > ? AND {number} <= ?"  # noqa: S608
            f" ORDER BY {number}",
            (end, last),
        ).fetchall()
        if len(leaves) != lines or merkle_root([bytes(r[0]) for r in leaves]) != root:
            return f"seal {last} covers other lines"
        sizes = last.to_bytes(8, "big") + lines.to_bytes(8, "big")
        if hashlib.sha256(before + root + sizes).digest() != digest:
            return f"seal {last} is not what was written"
        end, before = last, bytes(digest)
        found.seals += 1
    return ""


def held(store: Looking) -> Iterator[Held]:
    """Every file that the store names, once, by name."""
    last = ""
    for row in store.walk(_FILES):
        if row[1] == last:
            continue
        last = row[1]
        dossier = None if row[4] is None else DossierId(row[4])
        yield Held(stored_of(row[:4]), dossier, row[5] or "", bytes(row[6] or b""))
