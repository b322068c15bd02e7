"""What was measured of dossiers, kept as rows: for lists, warnings and reports.

None of it is a source. A dossier whose journal has grown stands in a queue until it
has been measured again, and everything can be thrown away and made again.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from gateway.domain.identifiers import DossierId
from gateway.domain.journal import JournalLine
from gateway.domain.measure import Measured, Whose
from gateway.domain.principal import Scope
from gateway.ports.measured import (
    NOBODY,
    Asking,
    Behind,
    CauseCount,
    ClockCount,
    ClockRow,
    DueCount,
    MeasureRow,
    MonthCount,
    OpenCount,
    ShareCount,
    ShareRow,
)


class Projection(Protocol):
    """What is to be measured, and what was; each method is one atomic unit."""

    @abstractmethod
    async def unmeasured(
        self, limit: int, *, after: DossierId | None = None
    ) -> Sequence[tuple[DossierId, int]]:
        """Dossiers whose journal has grown, smallest ids first, and how often it has.

        That number only ever rises; it is read before the journal.
        """

    @abstractmethod
    async def keep_measured(self, measured: Sequence[tuple[Measured, int]]) -> int:
        """Replace the rows of these dossiers; how many were kept.

        The number is the one that ``unmeasured`` gave. A dossier that has grown since
        stays in the queue. One that was measured meanwhile, by whoever read as much of
        its journal or more, is left as it is. What was told stays told.
        """

    @abstractmethod
    async def remeasure(self, dossiers: Sequence[DossierId]) -> None:
        """Put these into the queue; what is no dossier is left out."""

    @abstractmethod
    async def remeasure_open(
        self, after: DossierId | None, limit: int
    ) -> DossierId | None:
        """Put the next open dossiers into the queue; the cursor, None at the end."""

    @abstractmethod
    async def remeasure_behind(
        self, after: DossierId | None, limit: int
    ) -> DossierId | None:
        """The same for those whose row is missing or of another version of the case.

        ``limit`` is how many dossiers are looked at. A release that knows nothing of
        the queue may have worked on this store in between.
        """

    @abstractmethod
    async def measured(self, dossier_id: DossierId) -> MeasureRow | None:
        """What was last measured of a dossier; not held against any scope."""

    @abstractmethod
    async def clock_rows(self, dossier_id: DossierId) -> Sequence[ClockRow]:
        """Its clocks, by leg and name."""

    @abstractmethod
    async def share_rows(self, dossier_id: DossierId) -> Sequence[ShareRow]:
        """Who had it, by whose, leg and office."""


class Rungs(Protocol):
    """Moments of running clocks at which somebody is told, each once."""

    @abstractmethod
    async def rungs(self, now: datetime, limit: int) -> Sequence[ClockRow]:
        """Clocks whose ``rung_at`` has come, earliest first."""

    @abstractmethod
    async def tell_rung(self, clock: ClockRow, line: JournalLine) -> bool:
        """Note that its ``rung`` is told; with the line, in the dossier's chain.

        The clock goes on to its next rung; the dossier is not measured again for this.
        False: somebody was first, or the clock was measured otherwise since it was
        read, and nothing is written.
        """

    @abstractmethod
    async def hard_due(self, now: datetime, limit: int) -> Sequence[ClockRow]:
        """Clocks whose ``hard_at`` has come, earliest first."""

    @abstractmethod
    async def tell_hard(
        self, clock: ClockRow, line: JournalLine, asking: Asking = NOBODY
    ) -> bool:
        """The same as ``tell_rung`` for its hard moment; what is asked is due with it.

        Line and questions are one unit: there is no line of a question that nobody
        will ask.
        """

    @abstractmethod
    async def next_moment(self) -> datetime | None:
        """The earliest rung or hard moment that was not told."""


class MeasureLists(Protocol):
    """Pages behind the numbers, within a scope; ``after`` is the last row's place."""

    @abstractmethod
    async def due(
        self,
        scope: Scope,
        *,
        before: datetime,
        office: str | None = None,
        unit: str | None = None,
        whose: Whose | None = None,
        after: str | None = None,
        limit: int,
    ) -> Sequence[ClockRow]:
        """Running clocks that are due by a moment, the longest overdue first."""

    @abstractmethod
    async def due_days(
        self,
        scope: Scope,
        *,
        first: date | None = None,
        last: date | None = None,
        unit: str | None = None,
        procedure: str | None = None,
        lead: str | None = None,
        after: str | None = None,
        limit: int,
    ) -> Sequence[MeasureRow]:
        """Open dossiers promised for these days, both included, by day."""

    @abstractmethod
    async def without_day(
        self,
        scope: Scope,
        *,
        unit: str | None = None,
        procedure: str | None = None,
        lead: str | None = None,
        after: DossierId | None = None,
        limit: int,
    ) -> Sequence[MeasureRow]:
        """Open dossiers for which no day is promised, by their ids."""

    @abstractmethod
    async def standing_out(
        self, behind: Behind, scope: Scope, *, after: DossierId | None, limit: int
    ) -> Sequence[MeasureRow]:
        """The dossiers behind a number, by their ids."""

    @abstractmethod
    async def clocks_behind(
        self, count: ClockCount, scope: Scope, *, after: str | None, limit: int
    ) -> Sequence[ClockRow]:
        """The clocks behind a number of ``monthly_clocks``."""

    @abstractmethod
    async def shares_behind(
        self, count: ShareCount, scope: Scope, *, after: str | None, limit: int
    ) -> Sequence[ShareRow]:
        """The shares behind a number of ``monthly_shares``."""

    @abstractmethod
    async def restated(
        self, month: str, scope: Scope, *, after: DossierId | None, limit: int
    ) -> Sequence[MeasureRow]:
        """Dossiers that changed month or timeliness after they were first measured.

        Those that are counted in the month now, and those that were at first.
        """


class MeasureCounts(Protocol):
    """Numbers within a scope; months from the first to the last, both included."""

    @abstractmethod
    async def monthly(
        self, first_month: str, last_month: str, scope: Scope
    ) -> Sequence[MonthCount]:
        """Dossiers that ended."""

    @abstractmethod
    async def monthly_clocks(
        self, first_month: str, last_month: str, scope: Scope
    ) -> Sequence[ClockCount]:
        """Clocks that stopped."""

    @abstractmethod
    async def monthly_shares(
        self, first_month: str, last_month: str, scope: Scope
    ) -> Sequence[ShareCount]:
        """Who had the dossiers that ended."""

    @abstractmethod
    async def late_causes(
        self, first_month: str, last_month: str, scope: Scope
    ) -> Sequence[CauseCount]:
        """Late dossiers by cause."""

    @abstractmethod
    async def open_now(self, scope: Scope, today: date) -> Sequence[OpenCount]:
        """Open dossiers by the promise as it stands."""

    @abstractmethod
    async def due_now(self, scope: Scope, now: datetime) -> Sequence[DueCount]:
        """Running clocks that are over their due moment."""


class Measures(Projection, Rungs, MeasureLists, MeasureCounts, Protocol):
    """All that is asked of what was measured."""
