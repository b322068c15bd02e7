"""What S1 keeps its dossiers in: each run has a store of its own, copied from one."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from tests import postgres
from tests.nodes import store_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import Server


class Stores(Protocol):
    """Where one scenario's stores come from."""

    name: str

    def model(self) -> str:
        """The settings' table of the store in which the files are brought."""

    def copy(self) -> contextlib.AbstractContextManager[str]:
        """The table of a copy of it, for one run; gone afterwards."""

    def bare(self) -> contextlib.AbstractContextManager[list[str]]:
        """Arguments for a floor that makes its own store."""


class Files:
    """SQLite: the file lies in the run folder, and is copied with it."""

    name = "sqlite"

    def model(self) -> str:
        """What the settings take by themselves."""
        return ""

    @contextlib.contextmanager
    def copy(self) -> Iterator[str]:
        """The same."""
        yield ""

    @contextlib.contextmanager
    def bare(self) -> Iterator[list[str]]:
        """A file in its run folder."""
        yield []


@dataclass
class Databases:
    """PostgreSQL on the disk of this machine, as durable as it comes.

    Everybody, floors and peers too, reaches it by its socket in the file system.
    """

    folder: Path
    server: Server
    name: str = field(default="postgresql", init=False)

    def _table(self, database: str) -> str:
        parameters = self.server.parameters(database)
        return store_table(parameters, self.folder / "password", lease_s=20)

    def model(self) -> str:
        """A database beside those of the runs."""
        self.server.admin("CREATE DATABASE model TEMPLATE migrated")
        return self._table("model")

    @contextlib.contextmanager
    def copy(self) -> Iterator[str]:
        """A copy; what was copied is written out before it begins."""
        self.server.admin("CREATE DATABASE run TEMPLATE model")
        self.server.admin("CHECKPOINT")
        try:
            yield self._table("run")
        finally:
            self.server.admin("DROP DATABASE run WITH (FORCE)")

    @contextlib.contextmanager
    def bare(self) -> Iterator[list[str]]:
        """An empty database."""
        with self.server.database("template1") as parameters:
            known = {
                name: quote(str(value), safe="") for name, value in parameters.items()
            }
            form = "postgresql://{user}:{password}@/{dbname}?host={host}&port={port}"
            yield ["--database", form.format_map(known)]


@contextlib.contextmanager
def stores(name: str, folder: Path) -> Iterator[Stores]:
    """Those of one kind, while a scenario lasts."""
    if name == "sqlite":
        yield Files()
        return
    with postgres.running(on_disk=True, by_socket=True) as server:
        yield Databases(folder, server)
