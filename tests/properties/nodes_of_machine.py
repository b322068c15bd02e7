"""The stores of the state machine: nodes that die and come back, time that passes."""

from __future__ import annotations

import asyncio
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from gateway.conformance.store_making import OFFICE, SENDER
from gateway.store.postgres.store import PostgresStore
from gateway.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.conformance.store_making import FullStore

#: How long what a node holds outlives its last renewal.
LEASE_S = 30.0
#: Thousands of commits: where there is a disk in memory, they need no other.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
ASK_AFTER_S = {OFFICE: 1.0, SENDER: 1.0}


class Nodes(ABC):
    """One store and whoever works on it; all calls come from one thread."""

    #: Names of nodes, whether they live or not.
    names: tuple[str, ...]
    #: Whether limits hold over all nodes, lanes are looked at, leases are renewed.
    shared: bool

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.living: dict[str, FullStore] = {}

    def do(self, work: Any) -> Any:
        """Run something of a store to its end."""
        return self.loop.run_until_complete(work)

    @property
    def any(self) -> FullStore:
        """A node that lives; one always does."""
        return next(iter(self.living.values()))

    @abstractmethod
    def begin(self) -> None:
        """An empty store, all nodes alive."""

    @abstractmethod
    def die(self, name: str) -> None:
        """The node is gone without a goodbye."""

    @abstractmethod
    def come_back(self, name: str, now: datetime) -> None:
        """Another process of this name, which settles what it left."""

    @abstractmethod
    def pass_seconds(self, seconds: float) -> None:
        """Time passes by the clock that leases run by."""

    @abstractmethod
    def process_of(self, name: str) -> str:
        """How the names of the leases of the present process of a node begin."""

    @abstractmethod
    def end(self) -> None:
        """Close everything, after the last example."""


class FileNodes(Nodes):
    """One process on a file."""

    names = ("n",)
    shared = False

    def __init__(self) -> None:
        super().__init__()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def begin(self) -> None:
        self._close()
        self._folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self._open("n")

    def _open(self, name: str) -> None:
        assert self._folder is not None
        path = Path(self._folder.name) / "store.db"
        self.living[name] = self.do(SQLiteStore.open(path, node=name))

    def die(self, name: str) -> None:
        self.do(self.living.pop(name).close())  # type: ignore[attr-defined]

    def come_back(self, name: str, now: datetime) -> None:
        self._open(name)
        work = self.living[name].recover(node=name, now=now, ask_after_s=ASK_AFTER_S)
        self.do(work)

    def pass_seconds(self, seconds: float) -> None:
        for store in self.living.values():
            leases = store._leases  # type: ignore[attr-defined]
            leases.ends = {k: end - seconds for k, end in leases.ends.items()}

    def process_of(self, name: str) -> str:
        return f"{name}/"

    def _close(self) -> None:
        for name in list(self.living):
            self.die(name)
        if self._folder is not None:
            self._folder.cleanup()

    def end(self) -> None:
        self._close()
        self.loop.close()


class ServerNodes(Nodes):
    """Two nodes on one database, whose connections last over all examples."""

    names = ("a", "b")
    shared = True
    #: Moments that are the server's own.
    _MOMENTS = (
        ("transfer", "lease_ends"),
        ("node", "ends"),
        ("duty", "ends"),
        ("permit", "ends"),
    )

    def __init__(self, parameters: dict[str, Any]) -> None:
        super().__init__()
        self._parameters = parameters
        self._owner = psycopg.connect(**parameters, autocommit=True)
        rows = self._owner.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename <> 'schema_version'"
        ).fetchall()
        moves = (
            f"{name} AS (UPDATE {table} SET {at} = {at} - %(s)s * interval '1 second')"
            for name, (table, at) in zip("abcd", self._MOMENTS, strict=True)
        )
        self._pass = f"WITH {', '.join(moves)} SELECT 1"
        # What only the test writes need not be durable.
        self._owner.execute(b"SET synchronous_commit = off")
        # Nothing is checked between the deletions: in the end all tables are empty.
        self._empty = "; ".join(
            ["SET session_replication_role = replica"]
            + [f'DELETE FROM "{name}"' for (name,) in rows]
        )

    def begin(self) -> None:
        self._owner.execute(self._empty.encode())
        for name in self.names:
            if name not in self.living:
                self._open(name)
            self.do(self.living[name].join({}))

    def _open(self, name: str) -> None:
        self.living[name] = self.do(
            PostgresStore.open(
                self._parameters, node=name, writers=1, readers=1, lease_s=LEASE_S
            )
        )

    def die(self, name: str) -> None:
        self.do(self.living.pop(name).close())  # type: ignore[attr-defined]

    def come_back(self, name: str, now: datetime) -> None:
        self._open(name)
        store = self.living[name]
        assert self.do(store.join({})) == 0
        self.do(store.recover(node=name, now=now, ask_after_s=ASK_AFTER_S))

    def pass_seconds(self, seconds: float) -> None:
        if seconds:
            self._owner.execute(self._pass.encode(), {"s": seconds})

    def process_of(self, name: str) -> str:
        store: Any = self.living[name]
        return f"{name}/{store._leases.process}/"

    def end(self) -> None:
        for name in list(self.living):
            self.die(name)
        self._owner.close()
        self.loop.close()
