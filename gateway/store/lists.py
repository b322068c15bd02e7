"""Lists for people, and long reads: in a few threads, each with a connection of its own."""

from __future__ import annotations

import asyncio
import threading
from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.ports.maintenance import MaintenanceStore
from gateway.ports.overview import EVERYTHING_STILL, Overview
from gateway.ports.watch import EngineWatch
from gateway.store import engine, made, maintenance, overview, remnants
from gateway.store.connection import LookingConnection
from gateway.store.contacts import Contacts
from gateway.store.work import Work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.domain.identifiers import DossierId, TransferId
    from gateway.domain.journal import JournalLine
    from gateway.domain.opening import Maintenance
    from gateway.domain.principal import Scope
    from gateway.domain.transfer import Transfer
    from gateway.ports.overview import AttemptRow, FeedItem, Narrowed, Still
    from gateway.ports.store import DossierRow, ReportRow
    from gateway.ports.watch import Stalled, StallLimits
    from gateway.store.database import Tx
    from gateway.store.writer import Writer

T = TypeVar("T")
LIST_THREADS = 2


class Lists(Contacts, Work, Overview, MaintenanceStore, EngineWatch):
    """What people and watchers ask for, over whatever reads in a thread."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        """The same for looks at a queue, which follow its index and nothing else."""
        return await self._list(read, *values)

    async def _at_once(self, read: Callable[..., T], *values: Any) -> T:
        """The same for a few rows, mostly none, that are asked for again and again."""
        return await self._look(read, *values)

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def dossiers(
        self, scope: Scope, *, state: str | None, after: str | None, limit: int
    ) -> Sequence[DossierRow]:
        """Dossiers by identifier."""
        return await self._list(overview.dossiers, scope, state, after, limit)

    async def still(
        self,
        scope: Scope,
        *,
        after: str | None,
        limit: int,
        asked: Narrowed = EVERYTHING_STILL,
    ) -> Sequence[Still]:
        """What stands still, longest first."""
        return await self._look(overview.still, scope, after, limit, asked)

    async def transfers_in(
        self,
        scope: Scope,
        *,
        states: Sequence[str],
        office: str | None,
        after: str | None,
        limit: int,
        asked: Narrowed = EVERYTHING_STILL,
    ) -> Sequence[Transfer]:
        """Transfers in the given states."""
        return await self._list(
            overview.transfers_in, scope, states, office, after, limit, asked
        )

    async def transfers_made(
        self,
        scope: Scope,
        *,
        states: Sequence[str],
        office: str | None,
        since: datetime,
        until: datetime,
        after: str | None,
        limit: int,
    ) -> Sequence[Transfer]:
        """Transfers by when they were made."""
        return await self._list(
            *(made.transfers_made, scope, states, office),
            *(since, until, after, limit),
        )

    async def attempts(self, transfer_id: TransferId) -> Sequence[AttemptRow]:
        """Attempts of a transfer."""
        return await self._list(overview.attempts, transfer_id)

    async def reports(self, dossier_id: DossierId) -> Sequence[ReportRow]:
        """Reports about a dossier."""
        return await self._list(overview.reports, dossier_id)

    async def unmatched(
        self, scope: Scope, *, after: str | None, limit: int
    ) -> Sequence[ReportRow]:
        """Reports that fit nothing."""
        return await self._list(overview.unmatched, scope, after, limit)

    async def feed(self, scope: Scope, *, after: int, limit: int) -> Sequence[FeedItem]:
        """Sealed status lines."""
        return await self._list(overview.feed, scope, after, limit)

    async def search(
        self, scope: Scope, words: Sequence[bytes], *, limit: int
    ) -> Sequence[DossierId]:
        """Dossiers by words."""
        return await self._list(overview.search, scope, words, limit)

    async def counts(self, scope: Scope) -> Mapping[str, int]:
        """How many of each."""
        return await self._look(overview.counts, scope)

    async def moved(self) -> int:
        """The newest line."""
        return await self._look(overview.moved)

    async def unnamed(self, names: Sequence[str]) -> Sequence[str]:
        """Names of files that no row has."""
        return await self._list(remnants.unnamed, names)

    async def maintenance(self, since: datetime) -> Sequence[Maintenance]:
        """Windows of which something is left."""
        return await self._at_once(maintenance.maintenance, since)

    async def set_maintenance(self, window: Maintenance, journal: JournalLine) -> None:
        """Keep a window, or a new version of it."""
        chain = self._chain(journal.at)
        await self._unit(
            lambda tx: maintenance.set_maintenance(tx, window, journal, chain), chain
        )

    async def stalled(self, now: datetime, limits: StallLimits) -> Sequence[Stalled]:
        """What is overdue."""
        return await self._look(engine.stalled, now, limits)


class SQLiteLists(Lists):
    """Lists of one file."""

    _writer: Writer
    _reader: LookingConnection

    def __init__(self, path: Path, vfs: str | None) -> None:
        """Threads and connections are made when a list is first asked for."""
        self._path = path
        self._vfs = vfs
        self._own = threading.local()
        self._listers: list[LookingConnection] = []
        self._pool = ThreadPoolExecutor(LIST_THREADS, "store-list")

    def close_lists(self) -> None:
        """End the threads and close their connections."""
        self._pool.shutdown()
        for connection in self._listers:
            connection.close()

    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:  # noqa: ARG002  one writes
        """Handed to the one thread that writes."""
        return self._writer.submit(work)

    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """A list, read in a thread and on a connection of its own."""

        def work() -> T:
            connection: LookingConnection | None = getattr(self._own, "db", None)
            if connection is None:
                connection = self._own.db = LookingConnection(self._path, self._vfs)
                self._listers.append(connection)
            return read(connection, *values)

        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def _at_once(self, read: Callable[..., T], *values: Any) -> T:
        """On the loop's thread: a few steps, where a thread would cost a hundred."""
        return read(self._reader, *values)
