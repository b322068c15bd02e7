"""Lists for people and systems; apart from the reads that the journey needs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gateway.domain.attempt import AttemptRecord
from gateway.domain.identifiers import DossierId, TransferId
from gateway.domain.principal import Scope
from gateway.domain.transfer import Transfer
from gateway.ports.store import DossierRow, ReportRow

#: Cursors of the feed by life of the store: those after a restore are all larger.
LIFE = 10**12


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One sealed line of the status feed."""

    cursor: int
    dossier_id: DossierId
    at: datetime
    kind: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Still:
    """Something that stands still; ``behind`` counts the transfers that wait for it."""

    dossier_id: DossierId
    reason: str  #: code
    agency: str
    office: str
    since: datetime
    state: str
    fate: str
    transfer_id: TransferId | None
    kind: str
    due_on: str | None
    behind: int = 0

    @property
    def cursor(self) -> str:
        """Its place in the list; the next page comes ``after`` it."""
        return f"{self.since.isoformat()}~{self.transfer_id or self.dossier_id}"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which part of a list is wanted; empty: all of it.

    With ``now`` what staff have put off is left out, or with ``put_off`` alone shown.
    """

    now: datetime | None = None
    put_off: bool = False
    office: str = ""
    state: str = ""  #: parked, unconfirmed, unrouted or asked


EVERYTHING_STILL = Narrowed()


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt as kept."""

    number: int
    record: AttemptRecord


class Overview(Protocol):
    """Lists for people and systems; all O(open), keyset pages."""

    @abstractmethod
    async def dossiers(
        self, scope: Scope, *, state: str | None, after: str | None, limit: int
    ) -> Sequence[DossierRow]:
        """Dossiers by identifier; ``state`` open, ended, unrouted or None for all."""

    @abstractmethod
    async def still(
        self,
        scope: Scope,
        *,
        after: str | None,
        limit: int,
        asked: Narrowed = EVERYTHING_STILL,
    ) -> Sequence[Still]:
        """Parked, unconfirmed, unrouted and silent ones, longest first."""

    @abstractmethod
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
        """Transfers in the given states, oldest first."""

    @abstractmethod
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
        """Transfers made from ``since`` to before ``until``, newest first."""

    @abstractmethod
    async def attempts(self, transfer_id: TransferId) -> Sequence[AttemptRow]:
        """Attempts and enquiries of a transfer, in order."""

    @abstractmethod
    async def reports(self, dossier_id: DossierId) -> Sequence[ReportRow]:
        """Reports about a dossier in order of arrival."""

    @abstractmethod
    async def unmatched(
        self, scope: Scope, *, after: str | None, limit: int
    ) -> Sequence[ReportRow]:
        """Reports that fit nothing and wait for a person."""

    @abstractmethod
    async def feed(self, scope: Scope, *, after: int, limit: int) -> Sequence[FeedItem]:
        """Sealed status lines after a cursor; never skips a later-committed one."""

    @abstractmethod
    async def search(
        self, scope: Scope, words: Sequence[bytes], *, limit: int
    ) -> Sequence[DossierId]:
        """Dossiers whose blind index holds every word."""

    @abstractmethod
    async def moved(self) -> int:
        """A number that grows whenever anything is journalled but a look or a sign-in."""

    @abstractmethod
    async def counts(self, scope: Scope) -> Mapping[str, int]:
        """Open dossiers, parked, unconfirmed, unrouted, unmatched."""
