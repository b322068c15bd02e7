"""Corrections as they are kept."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from gateway.domain.correction import Correction
from gateway.domain.identifiers import DossierId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Scope
from gateway.ports.vault import SealedPayload


class Corrections(Protocol):
    """What staff want changed in documents; decided in the unit of a change."""

    @abstractmethod
    async def add_correction(
        self, row: Correction, sealed: SealedPayload, line: JournalLine
    ) -> None:
        """Keep one that waits for its second person.

        Raises:
            ChangedMeanwhile: another one of the dossier waits already.
        """

    @abstractmethod
    async def correction(self, identifier: str, scope: Scope) -> Correction | None:
        """One, within scope."""

    @abstractmethod
    async def corrections(
        self, scope: Scope, *, after: str | None, limit: int
    ) -> Sequence[Correction]:
        """Those that wait, oldest first."""

    @abstractmethod
    async def corrections_of(self, dossier_id: DossierId) -> Sequence[Correction]:
        """All of a dossier, oldest first."""
