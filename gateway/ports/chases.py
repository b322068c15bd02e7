"""Each time that an office was chased; whom and what was said is sealed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from gateway.domain.chase import How
from gateway.domain.identifiers import DossierId, OfficeId, PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Scope
from gateway.ports.mail import Mailer
from gateway.ports.store import DossierRow
from gateway.ports.vault import SealedPayload


@dataclass(frozen=True, slots=True)
class ChaseRow:
    """One time as it is kept; rows are added and never changed."""

    id: str
    dossier_id: DossierId
    office: OfficeId
    at: datetime
    by: str
    how: How
    promised_on: date | None
    corrects: str | None
    payload: PayloadId


@dataclass(frozen=True, slots=True)
class Listed:
    """One office of one dossier in a list; ``cursor`` is its place in it."""

    dossier: DossierRow
    office: OfficeId
    cursor: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of offices that were chased is about.

    ``promised``: those that promised a day, by the last one that nobody corrected,
    from ``first`` to ``last``; else all, by the time when they were chased last.
    """

    scope: Scope
    office: OfficeId | None = None
    promised: bool = False
    first: date = date.min
    last: date = date.max


@dataclass(frozen=True, slots=True)
class OfficeMail:
    """One reminder to an office, about one dossier or several.

    ``number`` tells the mails of a working day apart; ``dossiers`` are those it is
    about, each with the moment of a note that it replaces.
    """

    office: OfficeId
    day: date
    number: int
    at: datetime
    dossiers: Mapping[DossierId, datetime | None]


class ChaseStore(Protocol):
    """Keeps them; each method is one atomic unit, durable when it returns."""

    @abstractmethod
    async def add_chase(
        self,
        row: ChaseRow,
        sealed: SealedPayload,
        journal: JournalLine,
        *,
        expects: int | None,
    ) -> None:
        """Keep one with its line in the dossier's chain; a mail is no longer under way.

        Raises:
            ChangedMeanwhile: the case has not the version ``expects``, or what it
                corrects is not there or corrected already.
            KeyTaken: it is kept already.
        """

    @abstractmethod
    async def chases(self, dossier_id: DossierId) -> Sequence[ChaseRow]:
        """All of a dossier, oldest first."""

    @abstractmethod
    async def chased(
        self, asked: Asked, *, after: str | None, limit: int
    ) -> Sequence[Listed]:
        """Offices of open dossiers, each once; the earliest day, or moment, first."""

    @abstractmethod
    async def mail_begun(
        self, dossier_id: DossierId, office: OfficeId
    ) -> datetime | None:
        """When a reminder was begun of which nobody knows whether it left."""

    @abstractmethod
    async def office_mails(self, office: OfficeId, day: date) -> Sequence[int]:
        """Numbers of the reminders that an office got in a working day, or may have."""

    @abstractmethod
    async def begin_mail(self, mail: OfficeMail) -> None:
        """Note that a reminder is about to be mailed, for each of its dossiers.

        Raises:
            ChangedMeanwhile: another is for one of them, than the one that was begun
                at the moment that it replaces; or another of its number. Nothing was
                noted.
        """

    @abstractmethod
    async def drop_mail(self, mail: OfficeMail) -> None:
        """Forget one that was begun and surely did not leave."""


@dataclass(frozen=True, slots=True)
class Chasing:
    """What chasing works with."""

    kept: ChaseStore
    mailer: Mailer | None
    #: None: no mail server is named
    answer_days: int
    #: working days that an office has to answer before one goes to its head
    mails_a_day: int
    #: reminders that an office gets at most in a working day
