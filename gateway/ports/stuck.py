"""What stands still, counted by cause; and who looks after a cause."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.identifiers import DossierId, TransferId
from gateway.domain.journal import JournalLine
from gateway.domain.measure import Whose
from gateway.domain.principal import Scope
from gateway.domain.stuck import Cause
from gateway.domain.values import dataclass
from gateway.ports.vault import SealedPayload


@dataclass(frozen=True, slots=True)
class Bounds:
    """Since when something has to stand so that it stands still.

    ``silent``: by office, those that may be found silent; heard of before that moment.
    """

    now: datetime
    asked: datetime
    silent: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class StuckCount:
    """A cause, and how much stands still by it."""

    cause: Cause
    rows: int
    dossiers: int
    first: datetime
    last: datetime
    sample: DossierId
    #: one of its dossiers
    whose: Whose | None
    #: of clocks
    kind: str
    #: of messages: one of their kinds


@dataclass(frozen=True, slots=True)
class StuckRow:
    """One thing that stands still; ``cursor`` is its place in the list."""

    dossier_id: DossierId
    leg: str
    transfer_id: TransferId | None
    kind: str
    since: datetime
    cursor: str


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One version of the note on a cause; owner and words are sealed."""

    cause: str
    version: int
    at: datetime
    by: str
    sealed: SealedPayload


@dataclass(frozen=True, slots=True)
class Holder:
    """An office that dossiers lie with: how many, since when, when it last spoke."""

    office: str
    dossiers: int
    since: datetime
    #: of none of them was it heard of earlier than that
    spoke_at: datetime | None
    #: None: it never did


class StuckStore(Protocol):
    """Counts and lists what stands still, keeps notes; O(what stands still)."""

    @abstractmethod
    async def stuck(self, scope: Scope, bounds: Bounds) -> Sequence[StuckCount]:
        """Every cause by which something stands still, the most first."""

    @abstractmethod
    async def stuck_by(
        self,
        cause: Cause,
        scope: Scope,
        bounds: Bounds,
        *,
        after: str | None,
        limit: int,
    ) -> Sequence[StuckRow]:
        """What stands still by a cause, longest first."""

    @abstractmethod
    async def holders(self) -> Sequence[Holder]:
        """Offices on which an open dossier waits, in order of their ids."""

    @abstractmethod
    async def cause_notes(self) -> Sequence[NoteRow]:
        """The last note of each cause, by cause."""

    @abstractmethod
    async def cause_history(self, cause: str) -> Sequence[NoteRow]:
        """Every note on a cause, oldest first."""

    @abstractmethod
    async def note_cause(self, row: NoteRow, journal: JournalLine) -> None:
        """Keep the next note on a cause, with its line.

        Raises:
            ChangedMeanwhile: somebody else noted this version first.
        """


@dataclass(frozen=True, slots=True)
class Stuck:
    """What lists of what stands still work with; in working days and hours."""

    kept: StuckStore
    silence_days: int
    #: unless the office's entry says otherwise (``silence_days``)
    question_days: int
    office_hours: int
