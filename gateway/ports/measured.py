"""Rows and numbers of what was measured, as the store gives them.

Months are ``YYYY-MM`` by Vietnam's day; where no office or leg is meant, its name is
empty. Minutes are working minutes unless their name says otherwise.
"""

from __future__ import annotations

from datetime import date, datetime

from gateway.domain.case import End
from gateway.domain.identifiers import DossierId, OfficeId, TransferId
from gateway.domain.measure import Level, Running, Timeliness, Whose
from gateway.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A dossier as it was last measured; overdue is for whoever knows the day.

    ``first_month`` and ``first_timeliness`` are what it was when it was first measured
    as ended; ``restated_at`` is when that last became another.
    """

    dossier_id: DossierId
    version: int
    calendar: int
    measured_at: datetime
    unit: str
    sender: OfficeId
    procedure: str
    lead: str
    accepted_at: datetime
    promised_on: date | None
    due_on: date | None
    end: End
    ended_at: datetime | None
    month: str | None
    timeliness: Timeliness
    as_portal: Timeliness
    as_told: Timeliness
    minutes: int
    calendar_minutes: int
    rounds: int
    late_leg: str
    late_clock: str
    late_office: str
    first_month: str | None
    first_timeliness: Timeliness | None
    restated_at: datetime | None
    charged: str = ""
    #: who answers for its lateness (``Party.key``); empty: no office does
    by_hand: bool = False
    #: people ended it, in time: it is counted apart

    @property
    def by_day(self) -> str:
        """Its place in ``due_days``; the next page comes ``after`` it."""
        return f"{self.due_on}~{self.dossier_id}"


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A clock as it was last measured; ``count`` is how often it began again.

    ``rung`` is the next percent that somebody is to be told of, ``hard_at`` the hard
    moment while it runs and was not told.
    """

    dossier_id: DossierId
    leg: str
    name: str
    rule: str
    level: Level
    whose: Whose
    agency: str
    office: str
    unit: str
    sender: OfficeId
    procedure: str
    running: Running
    begun_at: datetime
    count: int
    budget_minutes: int
    used_minutes: int
    due_at: datetime | None
    due_on: date | None
    stopped_at: datetime | None
    month: str | None
    timeliness: Timeliness
    rung: int | None
    rung_at: datetime | None
    hard_at: datetime | None
    hard_told_at: datetime | None

    @property
    def place(self) -> str:
        """Its place in lists of clocks by dossier; the next page comes ``after`` it."""
        return f"{self.dossier_id}~{self.leg}~{self.name}"

    @property
    def cursor(self) -> str:
        """Its place in ``due``; the next page comes ``after`` it."""
        due_at = "" if self.due_at is None else self.due_at.isoformat()
        return f"{due_at}~{self.place}"


@dataclass(frozen=True, slots=True)
class Asking:
    """Messages that an office is asked about now, whatever moment was meant for it.

    ``unsure``: those that are unconfirmed; ``polled``: those whose answer is fetched.
    """

    unsure: tuple[TransferId, ...] = ()
    polled: tuple[TransferId, ...] = ()


#: Nothing is asked.
NOBODY = Asking()


@dataclass(frozen=True, slots=True)
class ShareRow:
    """How long somebody had a dossier, while one leg was waited for."""

    dossier_id: DossierId
    whose: Whose
    leg: str
    office: str
    minutes: int
    month: str | None

    @property
    def place(self) -> str:
        """Its place in a list of shares; the next page comes ``after`` it."""
        return f"{self.dossier_id}~{self.leg}"


@dataclass(frozen=True, slots=True)
class Behind:
    """Which dossiers that ended in a month stand behind a number; None: any."""

    month: str
    unit: str | None = None
    procedure: str | None = None
    lead: str | None = None
    timeliness: Timeliness | None = None
    as_portal: Timeliness | None = None
    as_told: Timeliness | None = None
    late_office: str | None = None
    late_clock: str | None = None
    by_hand: bool | None = None


@dataclass(frozen=True, slots=True)
class MonthCount:
    """Dossiers that ended in a month."""

    month: str
    unit: str
    procedure: str
    lead: str
    timeliness: Timeliness
    as_portal: Timeliness
    as_told: Timeliness
    dossiers: int
    minutes: int
    calendar_minutes: int
    rounds: int
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class ClockCount:
    """Clocks that stopped in a month."""

    month: str
    office: str
    name: str
    timeliness: Timeliness
    clocks: int
    used_minutes: int
    budget_minutes: int


@dataclass(frozen=True, slots=True)
class ShareCount:
    """Time that somebody had dossiers which ended in a month."""

    month: str
    whose: Whose
    office: str
    dossiers: int
    minutes: int


@dataclass(frozen=True, slots=True)
class CauseCount:
    """Late dossiers that ended in a month, by the clock that ran over furthest."""

    month: str
    office: str
    clock: str
    dossiers: int


@dataclass(frozen=True, slots=True)
class OpenCount:
    """Dossiers that are open: within their day, overdue or without one."""

    unit: str
    procedure: str
    lead: str
    timeliness: Timeliness
    dossiers: int


@dataclass(frozen=True, slots=True)
class DueCount:
    """Running clocks that are due, by whose they are."""

    whose: Whose
    agency: str
    office: str
    name: str
    clocks: int
    since: datetime
    #: the earliest due moment of them
