"""The port of bulk jobs over whatever runs units and reads."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.ports.bulk import BulkJobs
from gateway.store import bulk, bulk_items
from gateway.store.rows import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from gateway.domain.bulk import Item, ItemKey, Job, JobState, Outcome, Selection
    from gateway.domain.identifiers import PrincipalId
    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Scope
    from gateway.ports.bulk import Found
    from gateway.ports.vault import SealedPayload
    from gateway.store.database import Tx
    from gateway.store.postgres.reading import Readers
    from gateway.store.postgres.writers import Writers
    from gateway.store.writer import Writer

T = TypeVar("T")


class StoredBulkJobs(BulkJobs):
    """The same for both databases."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    @abstractmethod
    async def _unit_of_job(self, job: str, work: Callable[[Tx], T]) -> T:
        """A unit that locks the job, or items of it."""

    @abstractmethod
    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        """A read that follows an index, away from the loop's thread."""

    async def bulk_begin(
        self, job: Job, reason: SealedPayload, line: JournalLine
    ) -> Job:
        """Keep a new job."""
        chain = self._chain(line.at)
        return await self._unit_of_job(
            job.id, lambda tx: bulk.begin(tx, job, reason, line, chain)
        )

    async def bulk_find(
        self,
        selection: Selection,
        scope: Scope,
        *,
        asked_at: datetime,
        bound: int | None,
        cursor: str,
        limit: int,
    ) -> Found:
        """Transfers of a selection."""
        given = (selection, scope, asked_at, bound, cursor, limit)
        return await self._look(bulk_items.find, *given)

    async def bulk_collect(
        self, job: Job, items: Sequence[Item], cursor: str | None, line: JournalLine
    ) -> Job:
        """Write a page of the selection down."""
        chain = self._chain(line.at)
        return await self._unit_of_job(
            job.id, lambda tx: bulk.collect(tx, job, items, cursor, line, chain)
        )

    async def bulk_move(
        self,
        job: Job,
        now: JobState,
        line: JournalLine,
        *,
        per_second: int | None = None,
    ) -> Job:
        """Give a job another state."""
        chain = self._chain(line.at)
        return await self._unit_of_job(
            job.id, lambda tx: bulk.move(tx, job, now, line, per_second, chain)
        )

    async def bulk_hold(self, job: str, runner: str, *, lease_s: float) -> bool:
        """Take a job."""
        return await self._unit_of_job(
            job, lambda tx: bulk.hold(tx, job, runner, lease_s)
        )

    async def bulk_settle(
        self, key: ItemKey, outcome: Outcome, code: str, at: datetime
    ) -> None:
        """Give an item an outcome."""
        await self._unit_of_job(
            key.job, lambda tx: bulk_items.settle(tx.db, key, outcome, code, stamp(at))
        )

    async def bulk_stop(self, job: str, *, at: datetime, limit: int) -> int:
        """Mark items as stopped."""
        return await self._unit_of_job(
            job, lambda tx: bulk_items.stop(tx.db, job, stamp(at), limit)
        )

    async def bulk_active(self) -> Sequence[Job]:
        """Jobs in which something is to be done."""
        return await self._look(bulk.active)

    async def bulk_left(self, job: str, *, after: int, limit: int) -> Sequence[Item]:
        """Items that are left."""
        return await self._look(bulk_items.left, job, after, limit)

    async def bulk_item(self, key: ItemKey) -> Item | None:
        """One item."""
        return await self._look(bulk_items.item, key)

    async def bulk_job(self, job: str, scope: Scope) -> Job | None:
        """One job."""
        return await self._look(bulk.one, job, scope)

    async def bulk_known(self, actor: PrincipalId, key: bytes) -> Job | None:
        """What was asked for under a key."""
        return await self._look(bulk.known, actor, key)

    async def bulk_jobs(
        self, scope: Scope, *, after: str | None, limit: int
    ) -> Sequence[Job]:
        """Jobs, the newest first."""
        return await self._look(bulk.several, scope, after, limit)

    async def bulk_items(
        self, job: str, *, outcome: Outcome | None, after: int, limit: int
    ) -> Sequence[Item]:
        """Items by position."""
        return await self._look(bulk_items.items, job, outcome, after, limit)


class SQLiteBulkJobs(StoredBulkJobs):
    """Those of one file: its writer, and the threads of its lists."""

    _writer: Writer

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What the lists' threads read."""

    async def _unit_of_job(self, job: str, work: Callable[[Tx], T]) -> T:  # noqa: ARG002  one writes
        return await self._writer.submit(work)

    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        return await self._list(read, *values)


class PostgresBulkJobs(StoredBulkJobs):
    """Those of a database; units of a job go to one thread, and not to that of claims."""

    _writers: Writers
    _readers: Readers

    async def _unit_of_job(self, job: str, work: Callable[[Tx], T]) -> T:
        return await self._writers.submit(work, dossier=job)

    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        return await self._readers.look(read, *values)
