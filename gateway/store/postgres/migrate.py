"""Brings a database to this release's schema; of nodes that start at once, one does it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg

from gateway.domain.errors import StoreUnavailable
from gateway.store.migrate import migrations
from gateway.store.postgres.connection import connect_durably, facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.store.postgres.connection import ServerConnection

PACKAGE = "gateway.store.postgres"
#: Advisory locks are numbers that all clients of a database share.
MIGRATION_LOCK = 5_230_001
# Read as rows are: ``to_regclass`` answers from what the session remembers, also after
# it has waited for the node that made the table.
_IS_THERE = (
    "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 'schema_version'"
    " AND schemaname = ANY (current_schemas(false)))"
)
_TABLE = (
    "CREATE TABLE IF NOT EXISTS schema_version"
    " (version bigint PRIMARY KEY, name text NOT NULL, at bigint NOT NULL)"
)


def prepare(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Bring the schema up to date; what the server runs with.

    Raises:
        StoreUnavailable: nobody answers, a commit would not be durable, or the
            account may not make the schema that is missing.
    """
    db = connect_durably(parameters)
    try:
        schema = migrate(db, at=time.time_ns() // 1000)
        facts = facts_of(db)
        del facts["version"]  # told in plain words as well
        return {**facts, "schema": str(schema)}
    except psycopg.Error as error:
        raise StoreUnavailable(
            f"{type(error).__name__} {error.sqlstate or ''}".strip(),
            code="store_not_openable",
        ) from error
    finally:
        db.close()


def migrate(db: ServerConnection, *, at: int) -> int:
    """Apply what is missing, each migration in one transaction; the version after.

    A database of a newer release is left as it is, and one that lacks nothing is
    only read: a node's account need not be allowed to change the schema.
    """
    for number, name, sql in migrations(PACKAGE):
        if number > version(db):
            _apply(db, number, name, sql, at)
    return version(db)


def _apply(db: ServerConnection, number: int, name: str, sql: str, at: int) -> None:
    with db.driver.transaction():
        db.execute("SELECT pg_advisory_xact_lock(?)", (MIGRATION_LOCK,))
        if number <= version(db):
            return  # another node was first
        db.script(_TABLE)
        db.script(sql)
        db.execute(
            "INSERT INTO schema_version (version, name, at) VALUES (?, ?, ?)",
            (number, name, at),
        )


def version(db: ServerConnection) -> int:
    """Number of the newest migration that this database has seen."""
    if not db.execute(_IS_THERE).get:
        return 0
    newest: int | None = db.execute("SELECT max(version) FROM schema_version").get
    return newest or 0
