"""Who answers for latenesses, and what offices say against it, as rows.

Both are measured of the journal like everything else (decision 0047); only the links of
mails are kept here alone.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.lateness import Charge, ObjectionState, Party, Standing
from gateway.domain.principal import Scope
from gateway.domain.values import dataclass
from gateway.ports.mail import Mailer

#: The mark that an upgrade leaves in a store with a history: a day.
LATENESS_SINCE = "lateness_since"


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """The lateness of a dossier, and how it counts on the day that was asked for."""

    dossier_id: DossierId
    unit: str
    month: str
    charge: Charge
    standing: Standing


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection; what was said lies sealed with the dossier."""

    id: str
    dossier_id: DossierId
    office: OfficeId
    unit: str
    at: datetime
    by: str
    on_behalf: bool
    state: ObjectionState
    decided_at: datetime | None
    decided_by: str
    party: Party | None

    @property
    def place(self) -> str:
        """Its place in a list; the next page comes ``after`` it."""
        return f"{self.at.isoformat()}~{self.id}"


@dataclass(frozen=True, slots=True)
class Day:
    """The day on which something is asked, and since when offices are told.

    What ended before ``since`` and was told to nobody counts as it always did.
    """

    today: date
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which latenesses are meant; None: any."""

    month: str | None = None
    cause: str | None = None
    clock: str | None = None
    party: str | None = None
    #: a ``Party.key``
    standing: Standing | None = None
    moved: bool | None = None
    #: whether a decision counts it to somebody else


@dataclass(frozen=True, slots=True)
class ChargeCount:
    """Latenesses of a month, by the measured cause, who answers, and how they stand."""

    month: str
    cause: OfficeId
    clock: str
    party: Party
    standing: Standing
    dossiers: int
    minutes: int


@dataclass(frozen=True, slots=True)
class LatenessLink:
    """What a mail's link opens; ``token`` is a hash of it."""

    token: bytes
    office: OfficeId
    dossiers: tuple[DossierId, ...]
    contact: str
    expires_at: datetime


class ContestStore(Protocol):
    """Each method is one atomic unit."""

    @abstractmethod
    async def charge_counts(
        self, first_month: str, last_month: str, scope: Scope, day: Day
    ) -> Sequence[ChargeCount]:
        """Latenesses of dossiers that ended in these months, both included."""

    @abstractmethod
    async def charges(
        self,
        asked: Asked,
        scope: Scope,
        day: Day,
        *,
        after: DossierId | None = None,
        limit: int,
    ) -> Sequence[ChargeRow]:
        """A page of them, by dossier."""

    @abstractmethod
    async def charge(self, dossier_id: DossierId, day: Day) -> ChargeRow | None:
        """That of one dossier; not held against any scope."""

    @abstractmethod
    async def untold(
        self, office: OfficeId, since: datetime | None, limit: int
    ) -> Sequence[DossierId]:
        """Dossiers whose lateness an office answers for and was not told of, by id."""

    @abstractmethod
    async def untold_offices(
        self, since: datetime | None
    ) -> Sequence[tuple[OfficeId, int]]:
        """Offices that are to be told, and of how many dossiers."""

    @abstractmethod
    async def objections(
        self,
        scope: Scope,
        *,
        state: ObjectionState,
        office: str | None = None,
        after: str | None = None,
        limit: int,
    ) -> Sequence[ObjectionRow]:
        """A page, the oldest first."""

    @abstractmethod
    async def add_lateness_link(self, link: LatenessLink) -> None:
        """Keep a link."""

    @abstractmethod
    async def lateness_link(self, token: bytes, now: datetime) -> LatenessLink | None:
        """What a link opens; None: nothing, or nothing any more."""


@dataclass(frozen=True, slots=True)
class Contests:
    """What contesting works with."""

    kept: ContestStore
    mailer: Mailer | None
    #: None: no mail server is named
    days: int
    #: working days to object, the day of being told not counted
    answer_days: int
    #: working days within which the head is to decide
    since: date | None
    #: what ended before is told to nobody
