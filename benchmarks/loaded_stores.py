"""The two stores that are loaded: made empty, opened, looked over."""

from __future__ import annotations

import shutil
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

import apsw
import psycopg

from benchmarks import checking
from benchmarks.castings import COLUMNS
from benchmarks.loading import FileTarget, ServerTarget
from gateway.domain.identifiers import DossierId
from gateway.store.postgres.copying import copy
from gateway.store.postgres.store import PostgresStore
from gateway.store.sqlite import SQLiteStore
from gateway.wiring.keys import STORE
from tests.nodes import store_table

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.loading import Target
    from tests.postgres import Server

_HEADS = (
    "SELECT d.id, d.chain_position, d.chain_digest, j.position, j.digest"
    " FROM dossier AS d JOIN journal AS j ON j.dossier_id = d.id"
    " WHERE j.position = (SELECT max(o.position) FROM journal AS o"
    " WHERE o.dossier_id = d.id) AND d.id = {}"
)
_SEALS = "SELECT last, lines, root, previous, digest FROM seal ORDER BY last"
_LEAVES = "SELECT digest FROM journal WHERE id > {0} AND id <= {0} + {1} ORDER BY id"
DATABASE = "report"
#: What a server is set to while it is loaded: no log of what a copy would be made from.
_WHILE_LOADED = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
}


class Loadable(Protocol):
    """A store that five years are loaded into."""

    name: str
    target: Target

    @property
    @abstractmethod
    def table(self) -> str:
        """The settings' table of the store itself; empty: the folder's file."""

    @abstractmethod
    def empty(self) -> str:
        """The settings' table of a store of the same kind that nothing was loaded into."""

    @abstractmethod
    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read by a connection of one's own; ``{}`` stands for a value."""

    @abstractmethod
    def schema(self) -> list[str]:
        """All that describes its tables."""

    @abstractmethod
    async def open(self) -> Any:
        """The store as the application has it."""

    @abstractmethod
    def ready(self) -> None:
        """End what was set for loading only."""

    @abstractmethod
    def restart(self) -> None:
        """Forget what is remembered of pages."""

    @abstractmethod
    def settle(self) -> None:
        """Let statistics be true, as they become in time."""

    @abstractmethod
    def sound(self) -> None:
        """Whether it keeps its constraints."""


class OnServer(Loadable):
    """A database of a server of its own."""

    name = "postgresql"

    def __init__(self, server: Server, empty: Path, folder: Path) -> None:
        """``empty``: a file with configuration, which is copied into the database."""
        self._server, self._folder = server, folder
        server.admin(f"CREATE DATABASE {DATABASE} TEMPLATE migrated")
        given = folder / "empty.sqlite"
        shutil.copy(empty, given)
        copy(given, self.parameters)
        for name, value in _WHILE_LOADED.items():
            server.admin(f"ALTER SYSTEM SET {name} = '{value}'")
        self.restart()
        self.target = ServerTarget(self.parameters)

    @property
    def parameters(self) -> dict[str, Any]:
        """What libpq needs to reach it."""
        return self._server.parameters(DATABASE)

    @property
    def table(self) -> str:
        """The database."""
        return store_table(self.parameters, self._folder / "password", lease_s=20)

    def empty(self) -> str:
        """A database beside it."""
        self._server.admin("CREATE DATABASE beside TEMPLATE migrated")
        given = self._server.parameters("beside")
        return store_table(given, self._folder / "password_beside", lease_s=20)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """By psycopg."""
        with psycopg.connect(**self.parameters) as db:
            text = statement.format(*["%s"] * len(values)).encode()
            return db.execute(text, values).fetchall()

    def schema(self) -> list[str]:
        """From its catalogue."""
        return checking.server_schema(self.parameters)

    async def open(self) -> Any:
        """A node."""
        return await PostgresStore.open(self.parameters)

    def ready(self) -> None:
        """As a server is that was not loaded just now."""
        self._server.admin("ALTER SYSTEM RESET ALL")
        self.restart()

    def restart(self) -> None:
        """Its buffers are lost; what the system remembers of files is not."""
        self._server.admin("CHECKPOINT")  # else stopping would have to wait for it
        self._server.stop()
        self._server.start()

    def settle(self) -> None:
        """By VACUUM and ANALYZE, which go on by themselves from then on."""
        with psycopg.connect(**self.parameters, autocommit=True) as db:
            for table in COLUMNS:
                db.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)".encode())
            db.execute("VACUUM ANALYZE")

    def sound(self) -> None:
        """Constraints were held against each row; none is left unproved."""
        left = self.rows("SELECT conname FROM pg_constraint WHERE NOT convalidated")
        checking.same("constraints not validated", left, [])


class OnFile(Loadable):
    """The file of a run folder."""

    name = "sqlite"

    def __init__(self, run_dir: Path) -> None:
        """Its store is the empty one."""
        self._path = run_dir / STORE
        self.target = FileTarget(self._path)

    @property
    def table(self) -> str:
        """The shipped settings."""
        return ""

    def empty(self) -> str:
        """The file of another run folder."""
        return ""

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """By apsw."""
        db = apsw.Connection(str(self._path), flags=apsw.SQLITE_OPEN_READONLY)
        found = db.execute(statement.format(*"?" * len(values)), values).fetchall()
        db.close()
        return found

    def schema(self) -> list[str]:
        """From its own table."""
        return checking.file_schema(self._path)

    async def open(self) -> Any:
        """Alone."""
        return await SQLiteStore.open(self._path)

    def ready(self) -> None:
        """Nothing was."""

    def restart(self) -> None:
        """Connections have their own pages: nothing is remembered once closed."""

    def settle(self) -> None:
        """As the application does not: its plans need no statistics."""

    def sound(self) -> None:
        """By its own check."""
        checking.whole(self._path)


async def looked_over(
    store: Loadable, schema: list[str], counts: dict[str, int], sample: int
) -> int:
    """Schema, constraints, counts, heads, seals and a sample of chains; lines verified.

    Raises:
        NotRight: something is not as a gateway would have left it.
    """
    checking.same("the schema", store.schema(), schema)
    store.sound()
    found = {one: store.rows(f"SELECT count(*) FROM {one}")[0][0] for one in COLUMNS}
    checking.same("rows", found, {one: counts[one] for one in COLUMNS})
    drawn = _drawn(store, sample)
    for identifier in drawn[::10]:
        checking.heads(store.rows(_HEADS, identifier))
    seals = store.rows(_SEALS)
    leaves = {
        last: [row[0] for row in store.rows(_LEAVES.format(last - lines, lines))]
        for last, lines, *_ in seals[:: max(1, len(seals) // 20)]
    }
    checking.sealed(seals, leaves)
    opened = await store.open()
    try:
        return await checking.chains(opened, drawn)
    finally:
        await opened.close()


def _drawn(store: Loadable, sample: int) -> list[DossierId]:
    """Dossiers from first to last, evenly."""
    rows = store.rows("SELECT id FROM dossier ORDER BY id")
    step = max(1, len(rows) // sample)
    return [DossierId(row[0]) for row in rows[::step]][:sample]
