"""A store that was restored: what it doubts, and who has looked at that."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.transfer import Transfer
from gateway.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Incarnation:
    """One life of the store after a restore; the first life has none."""

    number: int
    backup: str
    #: which backup; empty where the database was restored by other means
    point: datetime | None
    #: what came after this moment is lost, unless somebody tells it again
    by: str
    why: str
    marked_at: datetime
    begun_at: datetime | None = None
    #: its first start; None: not yet
    lines: int = 0
    #: last sealed line of the point: the feed goes on otherwise from there
    doubted: int = 0
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None


@dataclass(frozen=True, slots=True)
class Unheard:
    """Legs that lie with an office: what it told after the point is not known here."""

    office: OfficeId
    count: int
    first: DossierId


class Incarnations(Protocol):
    """What the store knows of its own restores."""

    @abstractmethod
    async def incarnations(self) -> Sequence[Incarnation]:
        """All of them, the last one last; none: it was never restored."""

    @abstractmethod
    async def note_incarnation(self, one: Incarnation) -> int:
        """Note that it was restored, while no gateway runs; the number that it has."""

    @abstractmethod
    async def begin_incarnation(
        self, now: datetime, ask_after_s: Mapping[OfficeId, float]
    ) -> Incarnation | None:
        """The first start after a restore: whatever may have left is asked about first.

        Nothing where there was no restore, or another node has begun already.
        """

    @abstractmethod
    async def acknowledge_incarnation(
        self, number: int, by: str, line: JournalLine
    ) -> bool:
        """Somebody has looked at what is in doubt; False: somebody had, or it is none."""

    @abstractmethod
    async def doubted(self, after: str, limit: int) -> Sequence[Transfer]:
        """Transfers in doubt, by identifier."""

    @abstractmethod
    async def count_doubted(self) -> int:
        """How many there are."""

    @abstractmethod
    async def unheard(self) -> Sequence[Unheard]:
        """Open legs of dossiers from before the restore, by the office that has them."""
