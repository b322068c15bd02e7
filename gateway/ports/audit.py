"""The journal as people search it, and who may see the people of a dossier."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from gateway.domain.audit import Asked, Found, Verified
from gateway.domain.identifiers import DossierId, PrincipalId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Scope
from gateway.ports.vault import SealedPayload


class Audit(Protocol):
    """What people did and read; pages by key, each of bounded cost."""

    @abstractmethod
    async def acts(
        self, scope: Scope, asked: Asked, *, after: str | None, limit: int
    ) -> Found:
        """A page, newest first; of dossiers and offices within scope alone.

        Lines that are about neither are for those who see everything.
        """

    @abstractmethod
    async def verify_day(self, day: date, after: int | None) -> Verified:
        """Hold what was sealed on a day in Vietnam against its hashes, a part at a time.

        ``after``: the seal up to which that was done already.
        """

    @abstractmethod
    async def unmask(
        self,
        who: PrincipalId,
        dossier_id: DossierId,
        until: datetime,
        sealed: SealedPayload,
        line: JournalLine,
    ) -> None:
        """Let somebody see the people of a dossier, with the line that says why."""

    @abstractmethod
    async def unmasked(
        self, who: PrincipalId, now: datetime
    ) -> Mapping[DossierId, datetime]:
        """Of which dossiers somebody may see the people, and until when."""
