"""Lists for people, and long reads: in a few threads, each with a connection of its own."""

from __future__ import annotations

import asyncio
import threading
from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.ports.overview import Overview
from gateway.store import overview, remnants
from gateway.store.connection import LookingConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gateway.domain.identifiers import DossierId, TransferId
    from gateway.domain.principal import Scope
    from gateway.domain.transfer import Transfer
    from gateway.ports.overview import AttemptRow, FeedItem, Still
    from gateway.ports.store import DossierRow, ReportRow

T = TypeVar("T")
LIST_THREADS = 2


class Lists(Overview):
    """The overview port over whatever reads in a thread."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def dossiers(
        self, scope: Scope, *, state: str | None, after: str | None, limit: int
    ) -> Sequence[DossierRow]:
        """Dossiers by identifier."""
        return await self._list(overview.dossiers, scope, state, after, limit)

    async def still(
        self, scope: Scope, *, after: str | None, limit: int
    ) -> Sequence[Still]:
        """What stands still, longest first."""
        return await self._list(overview.still, scope, after, limit)

    async def transfers_in(
        self,
        scope: Scope,
        *,
        states: Sequence[str],
        office: str | None,
        after: str | None,
        limit: int,
    ) -> Sequence[Transfer]:
        """Transfers in the given states."""
        return await self._list(
            overview.transfers_in, scope, states, office, after, limit
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
        return await self._list(overview.counts, scope)

    async def unnamed(self, names: Sequence[str]) -> Sequence[str]:
        """Names of files that no row has."""
        return await self._list(remnants.unnamed, names)


class SQLiteLists(Lists):
    """Lists of one file."""

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

    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """A list, read in a thread and on a connection of its own."""

        def work() -> T:
            connection: LookingConnection | None = getattr(self._own, "db", None)
            if connection is None:
                connection = self._own.db = LookingConnection(self._path, self._vfs)
                self._listers.append(connection)
            return read(connection, *values)

        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
