"""Bulk jobs as the store keeps them; every method is one atomic unit, or one read.

What an item's act changes and the item's outcome are one unit: ``Change.item``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.bulk import (
    Candidate,
    Item,
    ItemKey,
    Job,
    JobState,
    Outcome,
    Selection,
)
from gateway.domain.identifiers import PrincipalId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Scope
from gateway.domain.values import dataclass
from gateway.ports.vault import SealedPayload


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what a selection finds; ``cursor`` None: it was the last one."""

    candidates: tuple[Candidate, ...]
    cursor: str | None


class BulkJobs(Protocol):
    """Jobs, their frozen selections, and how each item ended."""

    @abstractmethod
    async def bulk_begin(
        self, job: Job, reason: SealedPayload, line: JournalLine
    ) -> Job:
        """Keep a new job; its bound is the newest transfer there is.

        Raises:
            KeyTaken: the same caller asked for a job under this key before.
        """

    @abstractmethod
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
        """Transfers of a selection within scope, none younger than ``bound``.

        Nor any that stands still only since after ``asked_at``. Pages are not in
        the order of positions; ``cursor`` empty: the first one.
        """

    @abstractmethod
    async def bulk_collect(
        self, job: Job, items: Sequence[Item], cursor: str | None, line: JournalLine
    ) -> Job:
        """Write a page of the selection down, after the ``job``'s own cursor.

        ``cursor`` None: that was all; the job runs, and the line is kept with its counts.

        Raises:
            ChangedMeanwhile: another page came first, or the job does not collect.
        """

    @abstractmethod
    async def bulk_move(
        self,
        job: Job,
        now: JobState,
        line: JournalLine,
        *,
        per_second: int | None = None,
    ) -> Job:
        """Give a job another state; the line is kept with the counts as they are then.

        Raises:
            ChangedMeanwhile: its state is not the ``job``'s any more, or it is to be
                over while items are left.
        """

    @abstractmethod
    async def bulk_hold(self, job: str, runner: str, *, lease_s: float) -> bool:
        """Take a job, or go on holding it, for so long; False: another runner has it.

        Only so that two do not do the same work: outcomes are compare-and-set.
        """

    @abstractmethod
    async def bulk_settle(
        self, key: ItemKey, outcome: Outcome, code: str, at: datetime
    ) -> None:
        """Give an item an outcome without an act.

        Raises:
            ItemSettled: it has one.
        """

    @abstractmethod
    async def bulk_stop(self, job: str, *, at: datetime, limit: int) -> int:
        """Mark the next so many items that are left as stopped; how many they were."""

    @abstractmethod
    async def bulk_active(self) -> Sequence[Job]:
        """Jobs in which something is to be done, oldest first."""

    @abstractmethod
    async def bulk_left(self, job: str, *, after: int, limit: int) -> Sequence[Item]:
        """Items that are left, in the order in which their transfers were created."""

    @abstractmethod
    async def bulk_item(self, key: ItemKey) -> Item | None:
        """One item."""

    @abstractmethod
    async def bulk_job(self, job: str, scope: Scope) -> Job | None:
        """One job with its counts; of one's own scope, or any for who sees everything."""

    @abstractmethod
    async def bulk_known(self, actor: PrincipalId, key: bytes) -> Job | None:
        """What the caller asked for under a key."""

    @abstractmethod
    async def bulk_jobs(
        self, scope: Scope, *, after: str | None, limit: int
    ) -> Sequence[Job]:
        """Jobs, the newest first, each with its counts."""

    @abstractmethod
    async def bulk_items(
        self, job: str, *, outcome: Outcome | None, after: int, limit: int
    ) -> Sequence[Item]:
        """Items by position."""
