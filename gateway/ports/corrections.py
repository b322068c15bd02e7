"""Corrections as they are kept."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.correction import Correction, CorrectionKind, StandIn
from gateway.domain.identifiers import DossierId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Scope
from gateway.ports.vault import SealedPayload


class Corrections(Protocol):
    """What staff ask for; decided in the unit of a change."""

    @abstractmethod
    async def add_correction(
        self,
        row: Correction,
        sealed: SealedPayload,
        line: JournalLine,
        *,
        stands_in: bool = False,
    ) -> None:
        """Keep one that waits for its second person, or its notice in place of one.

        Raises:
            ChangedMeanwhile: another one of the dossier waits already.
        """

    @abstractmethod
    async def correction(self, identifier: str, scope: Scope) -> Correction | None:
        """One, within scope."""

    @abstractmethod
    async def corrections(
        self,
        scope: Scope,
        *,
        after: str | None,
        limit: int,
        kind: CorrectionKind | None = None,
    ) -> Sequence[Correction]:
        """Those that wait, oldest first; of one kind, or of every one."""

    @abstractmethod
    async def stand_ins(
        self, corrections: Sequence[str] | None = None
    ) -> Sequence[StandIn]:
        """Those that are not over; with names: those of these, over or not."""

    @abstractmethod
    async def told_stand_in(
        self, correction: str, at: datetime, effect_at: datetime
    ) -> bool:
        """Its time runs from now on; False: it did before, or it is over."""

    @abstractmethod
    async def end_stand_in(self, correction: str, at: datetime) -> None:
        """It waits for a second person as any other."""

    @abstractmethod
    async def by_nobody(self, since: datetime, until: datetime) -> int:
        """How many took effect in a span without a second person."""

    @abstractmethod
    async def corrections_of(self, dossier_id: DossierId) -> Sequence[Correction]:
        """All of a dossier, oldest first."""
