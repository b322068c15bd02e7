"""Looks into a store without changing it, whether or not gateways run on it.

Nothing is migrated, no lock is taken, no lease: for whoever wants to know what a
release would find before it is started.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import apsw
import psycopg

from gateway.domain.errors import StoreUnavailable
from gateway.store import remnants, standing
from gateway.store.connection import FileConnection
from gateway.store.migrate import migrations
from gateway.store.migrate import version as version_of
from gateway.store.postgres import connection as postgres
from gateway.store.postgres.migrate import PACKAGE
from gateway.store.postgres.migrate import version as version_on_server
from gateway.store.postgres.nodes import known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.ports.nodes import KnownNode
    from gateway.store.database import Database

#: Since these migrations there are marks, and nodes write themselves down.
_MARKS, _NODES = 2, 3


@dataclass(frozen=True, slots=True)
class Looked:
    """What a store holds that a release has to get along with."""

    schema: int
    size_bytes: int
    facts: Mapping[str, str] = field(default_factory=dict)
    #: of a server, as it says of itself
    configurations: Sequence[tuple[int, Mapping[str, Any]]] = ()
    #: every version, oldest first
    master: str | None = None
    #: fingerprint of the key that it was made with
    nodes: Sequence[KnownNode] = ()
    now: datetime | None = None
    #: by the server's clock


def steps(kind: str, schema: int) -> list[str]:
    """Names of the migrations that a store at ``schema`` lacks."""
    package = PACKAGE if kind == "postgresql" else "gateway.store"
    return [name for number, name, _ in migrations(package) if number > schema]


def newest(kind: str) -> int:
    """Number of this release's last migration."""
    package = PACKAGE if kind == "postgresql" else "gateway.store"
    return max(number for number, _, _ in migrations(package))


def look_at_file(path: Path, *, master_mark: str) -> Looked | None:
    """What is in the file; None where there is none.

    Raises:
        StoreUnavailable: it is no store, or cannot be read.
    """
    if not path.exists():
        return None
    log = path.with_name(path.name + "-wal")
    try:
        db = opened_to_look(path)
        try:
            size = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
            schema = version_of(db)
            return Looked(
                schema=schema,
                size_bytes=size,
                configurations=_configurations(db),
                master=remnants.mark(db, master_mark) if schema >= _MARKS else None,
            )
        finally:
            db.close()
    except (apsw.Error, OSError) as error:
        raise StoreUnavailable(f"{path}: {error}", code="store_not_openable") from error


def opened_to_look(path: Path) -> FileConnection:
    """A connection that changes nothing, whether or not a gateway has the file.

    Raises:
        apsw.Error: it is no store, or cannot be read.
    """
    log = path.with_name(path.name + "-wal")
    # A file that nobody has open and whose log was carried over is read as it lies;
    # to open it otherwise would put two files beside it.
    lies = "&immutable=1" if not log.exists() else ""
    db = FileConnection(
        f"file:{_quoted(path)}?mode=ro{lies}",
        flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
    )
    db.pragma("query_only", value=True)
    return db


def _quoted(path: Path) -> str:
    text = os.fspath(path.resolve())
    return text.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def look_at_server(parameters: Mapping[str, Any], *, master_mark: str) -> Looked | None:
    """What is in the database; None where no gateway has been.

    Raises:
        StoreUnavailable: nobody answers, or something cannot be read.
    """
    db = postgres.connect(parameters)
    try:
        db.script("SET default_transaction_read_only = on")
        schema = version_on_server(db)
        facts = postgres.facts_of(db)
        size = db.execute("SELECT pg_database_size(current_database())").get
        if not schema:
            return None
        return Looked(
            schema=schema,
            size_bytes=int(size),
            facts=facts,
            configurations=_configurations(db),
            master=remnants.mark(db, master_mark) if schema >= _MARKS else None,
            nodes=known(db) if schema >= _NODES else (),
            now=db.execute("SELECT clock_timestamp()").get,
        )
    except psycopg.Error as error:
        raise postgres.unavailable(error) from error
    finally:
        db.close()


def _configurations(db: Database) -> list[tuple[int, Mapping[str, Any]]]:
    rows = db.execute("SELECT version FROM configuration ORDER BY version").fetchall()
    found = (standing.configuration(db, int(number)) for (number,) in rows)
    return [one for one in found if one is not None]
