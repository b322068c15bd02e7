"""The port of what was measured, over whatever writes a unit and reads in a thread."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.ports.measured import NOBODY
from gateway.ports.measures import Measures
from gateway.store import measure_counts as counts
from gateway.store import measure_lists as lists
from gateway.store import projection
from gateway.store import rungs as queue
from gateway.store.rows import stamp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import date, datetime

    from gateway.domain.identifiers import DossierId
    from gateway.domain.journal import JournalLine
    from gateway.domain.measure import Measured, Whose
    from gateway.domain.principal import Scope
    from gateway.ports.measured import (
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
    from gateway.store.database import Tx

T = TypeVar("T")


class MeasureRows(Measures):
    """Pages are read by their index; numbers however the server finds best."""

    @abstractmethod
    def _unit_of(self, dossier: str, work: Callable[[Tx], T]) -> Awaitable[T]:
        """Do ``work`` as one unit, where waiting for a dossier's rows is allowed."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds by the index, whatever the statistics say."""

    @abstractmethod
    async def _at_once(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds in a few rows, mostly none; asked each second or oftener."""

    # ------------------------------------------------- the queue and its rows

    async def unmeasured(
        self, limit: int, *, after: DossierId | None = None
    ) -> Sequence[tuple[DossierId, int]]:
        """Dossiers whose journal has grown."""
        return await self._at_once(projection.unmeasured, limit, after)

    async def keep_measured(self, measured: Sequence[tuple[Measured, int]]) -> int:
        """Replace the rows of these dossiers."""
        first = min((one.dossier_id for one, _ in measured), default=None)
        if first is None:
            return 0
        return await self._unit_of(
            first, lambda tx: projection.keep_measured(tx.db, measured)
        )

    async def remeasure(self, dossiers: Sequence[DossierId]) -> None:
        """Put these into the queue."""
        await self._unit_of("", lambda tx: projection.remeasure(tx.db, dossiers))

    async def remeasure_open(
        self, after: DossierId | None, limit: int
    ) -> DossierId | None:
        """Put the next open ones into it."""
        return await self._unit_of(
            "", lambda tx: projection.remeasure_open(tx.db, after, limit)
        )

    async def remeasure_behind(
        self, after: DossierId | None, limit: int
    ) -> DossierId | None:
        """Put those into it that were not measured as they are."""
        return await self._unit_of(
            "", lambda tx: projection.remeasure_behind(tx.db, after, limit)
        )

    async def measured(self, dossier_id: DossierId) -> MeasureRow | None:
        """The row of a dossier."""
        return await self._list(projection.measured, dossier_id)

    async def clock_rows(self, dossier_id: DossierId) -> Sequence[ClockRow]:
        """Its clocks."""
        return await self._list(projection.clock_rows, dossier_id)

    async def share_rows(self, dossier_id: DossierId) -> Sequence[ShareRow]:
        """Who had it."""
        return await self._list(projection.share_rows, dossier_id)

    # ------------------------------------------------------------------ rungs

    async def rungs(self, now: datetime, limit: int) -> Sequence[ClockRow]:
        """Clocks whose next rung has come."""
        return await self._look(queue.rungs, stamp(now), limit)

    async def tell_rung(self, clock: ClockRow, line: JournalLine) -> bool:
        """Note that it is told."""
        return await self._unit_of(
            clock.dossier_id, lambda tx: queue.tell_rung(tx.db, clock, line)
        )

    async def hard_due(self, now: datetime, limit: int) -> Sequence[ClockRow]:
        """Clocks whose hard moment has come."""
        return await self._look(queue.hard_due, stamp(now), limit)

    async def tell_hard(
        self, clock: ClockRow, line: JournalLine, asking: Asking = NOBODY
    ) -> bool:
        """Note that it is told, and ask."""
        return await self._unit_of(
            clock.dossier_id, lambda tx: queue.tell_hard(tx, clock, line, asking)
        )

    async def next_moment(self) -> datetime | None:
        """The earliest moment at which somebody is to be told."""
        return await self._at_once(queue.next_moment)

    # ------------------------------------------------------------------ pages

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
        """Running clocks that are due by a moment."""
        wanted = {"office": office, "unit": unit, "whose": whose}
        return await self._look(lists.due, scope, before, wanted, after, limit)

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
        """Open dossiers by the day that is promised."""
        wanted = {"unit": unit, "procedure": procedure, "lead": lead}
        days = (first, last)
        return await self._look(lists.due_days, scope, days, wanted, after, limit)

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
        """Open dossiers without one."""
        wanted = {"unit": unit, "procedure": procedure, "lead": lead}
        return await self._look(lists.without_day, scope, wanted, after, limit)

    async def standing_out(
        self, behind: Behind, scope: Scope, *, after: DossierId | None, limit: int
    ) -> Sequence[MeasureRow]:
        """The dossiers behind a number."""
        return await self._look(lists.standing_out, behind, scope, after, limit)

    async def clocks_behind(
        self, count: ClockCount, scope: Scope, *, after: str | None, limit: int
    ) -> Sequence[ClockRow]:
        """The clocks behind a number."""
        return await self._look(lists.clocks_behind, count, scope, after, limit)

    async def shares_behind(
        self, count: ShareCount, scope: Scope, *, after: str | None, limit: int
    ) -> Sequence[ShareRow]:
        """The shares behind a number."""
        return await self._look(lists.shares_behind, count, scope, after, limit)

    async def restated(
        self, month: str, scope: Scope, *, after: DossierId | None, limit: int
    ) -> Sequence[MeasureRow]:
        """What became another after it was first measured."""
        return await self._look(lists.restated, month, scope, after, limit)

    # ---------------------------------------------------------------- numbers

    async def monthly(
        self, first_month: str, last_month: str, scope: Scope
    ) -> Sequence[MonthCount]:
        """Dossiers that ended."""
        return await self._list(counts.monthly, first_month, last_month, scope)

    async def monthly_clocks(
        self, first_month: str, last_month: str, scope: Scope
    ) -> Sequence[ClockCount]:
        """Clocks that stopped."""
        return await self._list(counts.monthly_clocks, first_month, last_month, scope)

    async def monthly_shares(
        self, first_month: str, last_month: str, scope: Scope
    ) -> Sequence[ShareCount]:
        """Who had the dossiers that ended."""
        return await self._list(counts.monthly_shares, first_month, last_month, scope)

    async def late_causes(
        self, first_month: str, last_month: str, scope: Scope
    ) -> Sequence[CauseCount]:
        """Late dossiers by cause."""
        return await self._list(counts.late_causes, first_month, last_month, scope)

    async def open_now(self, scope: Scope, today: date) -> Sequence[OpenCount]:
        """Open dossiers by the promise as it stands."""
        return await self._list(counts.open_now, scope, today)

    async def due_now(self, scope: Scope, now: datetime) -> Sequence[DueCount]:
        """Running clocks over their due moment."""
        return await self._list(counts.due_now, scope, now)
