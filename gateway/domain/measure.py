"""What is measured of a dossier: its clocks, and who held it for how long.

All of it follows from the journal, the rules of the dossier's day and the calendar,
so that it can be thrown away and made again. Minutes are working minutes by the
province's calendar unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.case import End
from gateway.domain.identifiers import AgencyId, DossierId, OfficeId
from gateway.domain.procedure import Trigger
from gateway.domain.values import dataclass

if TYPE_CHECKING:
    from gateway.domain.lateness import Charge, Objection


class Level(StrEnum):
    """What a leg's clock waits for; each is an acknowledgement of its own."""

    HANDED_OVER = "handed_over"
    #: the office's system has it
    RECEIVED = "received"
    #: the office says that it has it
    ACCEPTED = "accepted"
    #: it works on it
    ANSWERED = "answered"
    #: it has done what it was asked for
    OTHER = "other"
    #: a term of its own: the answer to a question, the citizen's payment


class Unit(StrEnum):
    """What a budget is counted in; they are never added to each other."""

    WORKING_DAYS = "working_days"
    #: the day of the event does not count; to the end of the last one
    WORKING_HOURS = "working_hours"
    CALENDAR_DAYS = "calendar_days"
    #: a last day that is off rolls to the next working day
    SAME_DAY = "same_day"
    #: to the end of the day, or of the next one where it came after the cut-off


@dataclass(frozen=True, slots=True)
class Budget:
    """How much time is allowed."""

    amount: int
    unit: Unit


class Whose(StrEnum):
    """Whose time a clock measures, or who had the dossier."""

    AGENCY = "agency"
    GATEWAY = "gateway"
    #: waits here, by the gateway's own doing
    NETWORK = "network"
    #: cannot be brought there: line, platform or the office's system
    CITIZEN = "citizen"
    ISSUER = "issuer"
    ONE_STOP = "one_stop"
    BEFORE = "before"
    #: before the gateway knew of it
    NOBODY = "nobody"
    #: between two parts of the work: nothing tells who had it
    EXCUSED = "excused"
    #: counted to nobody by decision; nobody ever had a dossier so


class Start(StrEnum):
    """When a clock begins."""

    TURN = "turn"
    #: with its leg's turn, or the dossier's acceptance
    THERE = "there"
    #: since the office has it
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class ClockRule:
    """One term, valid from a day to a day, as configuration gives it.

    Triggers with an empty leg are the clock's own leg's, those of a leg ``dossier``
    the dossier's. ``excludes`` names what does not count: pauses
    (``supplement``, ``financial_obligation``, ``stopped``), places (``issuer``,
    ``one_stop``, ``gateway``), or another leg while it is open (``leg:tax``).
    """

    id: str
    name: str
    #: what it is called in rows and calls; one clock of a name per leg
    label: str
    #: what it is called by people
    level: Level
    agencies: frozenset[str]
    #: ``*``: every one; empty: the dossier's own clock
    procedures: frozenset[str]
    #: national codes; empty: every one
    offices: frozenset[str]
    #: entries by which the leg's messages go; empty: every one
    start: Start
    begins_on: tuple[Trigger, ...]
    #: of ``Start.EVENT``
    ends_on: tuple[Trigger, ...]
    budget: Budget | None
    #: None: the leg's ``budget_days`` of the plan
    whose: Whose
    valid_from: date
    valid_to: date | None
    source: str
    verified: bool
    excludes: frozenset[str] = frozenset()
    restarts_on: tuple[Trigger, ...] = ()
    #: kind A: from zero again
    cut_off: int | None = None
    #: minute of the day from which a same-day budget is the next day's
    hard: Budget | None = None
    #: how long after its due moment what is missing is held against the sender
    rungs: tuple[int, ...] = (50, 70, 90, 100)
    #: percent of the budget at which somebody is told


class Running(StrEnum):
    """Whether a clock runs."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    STOPPED = "stopped"


class Timeliness(StrEnum):
    """How something ended by its date; ``OPEN`` and ``NO_DATE`` are no judgement."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    OPEN = "open"
    OVERDUE = "overdue"
    #: open, and its date is over
    NO_DATE = "no_date"


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time that does not count, and why (a token of ``ClockRule.excludes``)."""

    why: str
    since: datetime
    until: datetime | None
    minutes: int


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of one leg, or of the dossier (``leg`` empty), at a moment."""

    leg: str
    agency: AgencyId | None
    office: OfficeId | None
    rule: ClockRule
    budget: Budget
    begun_at: datetime
    #: of the present count: a restart moves it
    counts_from: datetime
    #: the first moment that counts against the budget
    running: Running
    budget_minutes: int
    used_minutes: int
    due_at: datetime | None
    #: None: it does not run, so nothing is due
    due_on: date | None
    stopped_at: datetime | None = None
    suspensions: tuple[Suspension, ...] = ()
    restarts: tuple[datetime, ...] = ()
    rung_at: tuple[tuple[int, datetime], ...] = ()
    #: percent → the moment at which it is reached if it runs on
    hard_at: datetime | None = None

    timeliness: Timeliness = Timeliness.OPEN
    #: early before the due day, on time on it, late after it; open while it goes


@dataclass(frozen=True, slots=True)
class Share:
    """An uninterrupted time in which one party had the dossier.

    The shares of a dossier follow each other without a gap from its acceptance to
    its end (or to now), so that their minutes add up to the whole exactly.
    """

    whose: Whose
    leg: str
    office: OfficeId | None
    since: datetime
    until: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Held:
    """A leg that lies with an office and waits for nobody else.

    ``heard_at``: when the office last told anything of it, at first when it got it.
    """

    leg: str
    agency: AgencyId
    office: OfficeId
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was measured of one dossier at one version of its case."""

    dossier_id: DossierId
    version: int
    calendar: int
    #: configuration version whose calendar it was counted by
    at: datetime
    unit: str
    sender: str
    procedure: str
    lead: OfficeId | None
    #: office of the leg that decides its end; the first of several
    accepted_at: datetime
    promised_on: date | None
    #: the first promise: what statistics are held against
    due_on: date | None
    #: the promise as it stands; told for a day off, the next working day
    end: End
    ended_at: datetime | None
    #: by the times that count
    minutes: int
    calendar_minutes: int
    rounds: int
    timeliness: Timeliness
    as_portal: Timeliness
    #: by dates alone, as QĐ 766 is read
    as_told: Timeliness
    #: if every agency's own time of what it did were believed
    clocks: tuple[Clock, ...] = ()
    shares: tuple[Share, ...] = field(default=())
    late_by: Clock | None = None
    #: the clock that ran over its budget furthest
    extended_to: date | None = None
    #: the day that was promised with an apology; figures keep ``due_on``
    held: tuple[Held, ...] = ()
    heard: tuple[tuple[OfficeId, datetime], ...] = ()
    #: when each of its offices last told anything of it
    charge: Charge | None = None
    #: who answers for its lateness; None: it is not late, or no office does
    objections: tuple[Objection, ...] = ()

    @property
    def by_hand(self) -> bool:
        """Whether people ended it, in time: it has a day, and no judgement by it."""
        ended = self.ended_at is not None and self.due_on is not None
        return ended and self.timeliness is Timeliness.NO_DATE
