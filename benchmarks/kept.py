"""A scenario's store: a file or a database, prepared once and copied for every run."""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

from benchmarks.processes import written_bytes
from gateway.wiring.keys import STORE
from tests import postgres
from tests.nodes import store_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.postgres import Server

STORES = ("sqlite", "postgresql")
#: Seconds; the shipped value would do as well, since no node dies here.
_LEASE_S = 20


class Kept(Protocol):
    """Where runs keep what they keep; a name stands for what was prepared."""

    name: str

    @abstractmethod
    def begun(self, name: str) -> str:
        """A fresh store to be prepared; the settings' table, empty for the file."""

    @abstractmethod
    def held(self, name: str, run_dir: Path) -> int:
        """Bytes of the store that was begun as ``name`` for this run folder."""

    @abstractmethod
    def written(self, pid: int) -> int:
        """Bytes written so far: by the gateway's process, or into the server's log."""

    @abstractmethod
    def copy(self, name: str) -> AbstractContextManager[str]:
        """A copy for one run, of which the run folder's files are copied by ``Ground``."""


class InFile(Kept):
    """The embedded store, which lies in the run folder."""

    name = "sqlite"

    def begun(self, name: str) -> str:  # noqa: ARG002  the file needs none
        """The shipped settings."""
        return ""

    def held(self, name: str, run_dir: Path) -> int:  # noqa: ARG002  there is one
        """The file, without the log beside it."""
        return (run_dir / STORE).stat().st_size

    def written(self, pid: int) -> int:
        """Everything that the process gave to the disk, its log of work too."""
        return written_bytes(pid)

    @contextlib.contextmanager
    def copy(self, name: str) -> Iterator[str]:  # noqa: ARG002  the file needs none
        """It comes with the folder."""
        yield ""


class OnServer(Kept):
    """Databases of a server of the benchmark's own."""

    name = "postgresql"

    def __init__(self, server: Server, folder: Path) -> None:
        """``folder`` keeps the password."""
        self._server = server
        self._secret = folder / "password"

    def begun(self, name: str) -> str:
        """An empty database."""
        self._server.admin(f"CREATE DATABASE {name} TEMPLATE {postgres.TEMPLATE}")
        return self._table(name)

    def held(self, name: str, run_dir: Path) -> int:  # noqa: ARG002  it lies elsewhere
        """The database."""
        ((size,),) = self._server.admin(f"SELECT pg_database_size('{name}')")
        return int(size)

    def written(self, pid: int) -> int:  # noqa: ARG002  the server writes
        """The server's write-ahead log."""
        ((size,),) = self._server.admin("SELECT pg_current_wal_lsn() - '0/0'")
        return int(size)

    @contextlib.contextmanager
    def copy(self, name: str) -> Iterator[str]:
        """A database of the run's own."""
        self._server.admin(f"CREATE DATABASE run TEMPLATE {name}")
        try:
            yield self._table("run")
        finally:
            self._server.admin("DROP DATABASE run WITH (FORCE)")

    def _table(self, name: str) -> str:
        parameters = self._server.parameters(name)
        return store_table(parameters, self._secret, lease_s=_LEASE_S)


@contextlib.contextmanager
def kept(store: str, folder: Path) -> Iterator[Kept]:
    """The store of that name; a server lies on the disk and ends with the scenario."""
    if store == "sqlite":
        yield InFile()
        return
    with postgres.running(on_disk=True, by_socket=True) as server:
        yield OnServer(server, folder)
