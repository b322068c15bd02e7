"""Reports that were issued, and what one-stops counted by themselves.

An issued report is kept as it was. What is measured later changes the month, never the
report: the two are held against each other, dossier by dossier.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.identifiers import DossierId, OfficeId, PrincipalId
from gateway.domain.journal import JournalLine
from gateway.domain.measure import Timeliness
from gateway.domain.principal import Scope
from gateway.domain.values import dataclass
from gateway.ports.measured import MonthCount


@dataclass(frozen=True, slots=True)
class Issue:
    """A report of a month as it was issued; ``number`` counts from 1 in its month."""

    month: str
    number: int
    issued_at: datetime
    by: PrincipalId
    figures: str
    #: the whole report as JSON


@dataclass(frozen=True, slots=True)
class Judged:
    """What a dossier counts as; ``month`` is None while it has not ended."""

    month: str | None
    timeliness: Timeliness
    as_portal: Timeliness
    as_told: Timeliness
    lead: str
    minutes: int
    calendar: int
    charged: str | None = ""
    #: who answers for its lateness (``Party.key``); None: the report did not know


@dataclass(frozen=True, slots=True)
class Restated:
    """A dossier that an issued report counts otherwise than is measured now.

    ``was`` is None where the report did not count it, ``now`` where nothing is
    measured of it any more.
    """

    dossier_id: DossierId
    was: Judged | None
    now: Judged | None


@dataclass(frozen=True, slots=True)
class OneStopCount:
    """What a one-stop counted of a month; an empty procedure is all of them."""

    month: str
    sender: OfficeId
    unit: str
    procedure: str
    received: int
    on_time: int
    early: int
    late: int
    entered_at: datetime
    by: PrincipalId


class IssuedReports(Protocol):
    """Keeps issued reports; each method is one atomic unit, durable when it returns."""

    @abstractmethod
    async def issue(
        self, issue: Issue, counts: Sequence[MonthCount], journal: JournalLine
    ) -> None:
        """Keep a report with every dossier that it counts, by the rows of now.

        Raises:
            ChangedMeanwhile: its number is taken, or the rows are not those that
                ``counts`` (of the whole month) were counted of.
        """

    @abstractmethod
    async def issues(self, month: str) -> Sequence[Issue]:
        """Every report of a month that was issued, the first one first."""

    @abstractmethod
    async def issued_counts(
        self, month: str, number: int, scope: Scope
    ) -> Sequence[MonthCount]:
        """What an issued report counted."""

    @abstractmethod
    async def restated_since(
        self,
        month: str,
        number: int,
        scope: Scope,
        *,
        after: DossierId | None,
        limit: int,
    ) -> Sequence[Restated]:
        """Dossiers that count otherwise now than an issued report says, by their ids."""

    @abstractmethod
    async def restated_count(self, month: str, number: int, scope: Scope) -> int:
        """How many ``restated_since`` has."""

    @abstractmethod
    async def one_stop_counts(
        self, first_month: str, last_month: str, scope: Scope
    ) -> Sequence[OneStopCount]:
        """What one-stops counted, by month, sender, unit and procedure."""

    @abstractmethod
    async def set_one_stop_counts(
        self,
        month: str,
        sender: OfficeId,
        counts: Sequence[OneStopCount],
        journal: JournalLine,
    ) -> None:
        """Replace all that a one-stop counted of a month."""
