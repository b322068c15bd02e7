"""What staff write on dossiers, and what they put off, as it is kept."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.identifiers import DossierId
from gateway.domain.journal import JournalLine
from gateway.domain.note import NoteRow
from gateway.domain.principal import Scope
from gateway.domain.values import dataclass
from gateway.ports.vault import SealedPayload


@dataclass(frozen=True, slots=True)
class CausePostponed:
    """One version of until when a cause is put off; why lies sealed."""

    cause: str
    version: int
    at: datetime
    by: str
    until: datetime | None
    #: None: it is put off no more
    sealed: SealedPayload


class Notes(Protocol):
    """Rows that are added and ended, never changed; each with its line."""

    @abstractmethod
    async def add_note(
        self,
        row: NoteRow,
        sealed: SealedPayload,
        line: JournalLine,
        *,
        instead: str | None = None,
    ) -> None:
        """Keep one; ``instead``: the one of its kind that it follows, which ends.

        Raises:
            ChangedMeanwhile: another follows already, or the case has gone on since
                the version at which it is put off.
        """

    @abstractmethod
    async def end_note(
        self, dossier_id: DossierId, identifier: str, line: JournalLine
    ) -> None:
        """End one that stands, by whom and when the line says.

        Raises:
            ChangedMeanwhile: it is none of the dossier's, or has ended.
        """

    @abstractmethod
    async def notes(self, dossiers: Sequence[DossierId]) -> Sequence[NoteRow]:
        """All of these dossiers, oldest first."""

    @abstractmethod
    async def postponed(self, scope: Scope, now: datetime) -> Mapping[str, int]:
        """Of what is counted as parked, unconfirmed and unrouted: how many are put off."""

    @abstractmethod
    async def causes_postponed(self) -> Sequence[CausePostponed]:
        """The last version of each cause that was ever put off, by cause."""

    @abstractmethod
    async def postpone_cause(self, row: CausePostponed, line: JournalLine) -> None:
        """Keep the next version.

        Raises:
            ChangedMeanwhile: somebody else kept this version first.
        """
