"""Brings a store to this release's schema: numbered SQL files, forwards only."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

_NAME = re.compile(r"^(\d{4})_(pre|post)_[a-z0-9_]+\.sql$")


def migrations(package: str = "gateway.store") -> list[tuple[int, str, str]]:
    """Number, name and SQL of each migration of a store's package, in order."""
    found = []
    for entry in (resources.files(package) / "migrations").iterdir():
        match = _NAME.match(entry.name)
        if match:
            found.append((int(match[1]), entry.name, entry.read_text("utf-8")))
    return sorted(found)


def migrate(db: apsw.Connection, *, at: int) -> int:
    """Apply what is missing, each migration in one transaction; the version after.

    A store of a newer release is left as it is: new schemas serve the previous
    release, so that going back is starting it.
    """
    db.execute(
        "CREATE TABLE IF NOT EXISTS schema_version"
        " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL) STRICT"
    )
    present = version(db)
    for number, name, sql in migrations():
        if number <= present:
            continue
        with db:
            db.execute(sql)
            db.execute(
                "INSERT INTO schema_version (version, name, at) VALUES (?, ?, ?)",
                (number, name, at),
            )
    return version(db)


def version(db: apsw.Connection) -> int:
    """Number of the newest migration that this store has seen."""
    newest: int | None = db.execute("SELECT max(version) FROM schema_version").get
    return newest or 0
