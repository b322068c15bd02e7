"""Measures dossiers whose journal has grown, and tells of rungs as they are reached.

Apart from the journey (decision 0040): while much is accepted it falls behind, and
takes no more than a part of a processor.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.domain.errors import ConfigurationNewer, StoreError
from gateway.domain.journal import JournalLine
from gateway.domain.principal import EVERYTHING
from gateway.ports.nodes import MEASURE
from gateway.sealing.measuring import calendar_mark, measured_of
from gateway.sealing.missing import NOT_RECEIVED, noted

if TYPE_CHECKING:
    from gateway.domain.identifiers import DossierId
    from gateway.domain.measure import Measured
    from gateway.ports.measured import ClockRow
    from gateway.ports.nodes import Duties
    from gateway.sealing.tools import Tools

#: Real seconds between two looks at the queue.
LOOK_EVERY_S = 1.0
#: Dossiers that are measured between two looks at anything else.
AT_ONCE = 50
#: Rungs that are told at once.
RUNGS = 200
#: Dossiers that are put into the queue at once when everything is measured again.
PIECE = 1_000
#: Of the time that measuring takes, so many times as much is rested: the journey
#: goes before.
REST = 4.0
#: What the store remembers: the calendar that open dossiers were last counted by.
CALENDAR_MARK = "measured_calendar"
#: Moments before and after everything.
UNKNOWN = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)
RUNG = "rung"


class Measurer:
    """Keeps the rows of what is measured level with the journal, on one node of all."""

    def __init__(self, tools: Tools, duties: Duties) -> None:
        """Nothing is measured before ``run``."""
        self._tools = tools
        self._duties = duties
        self._turn = asyncio.Lock()
        self._behind: DossierId | None = None
        self._looks_behind = True
        self._counted_by = 0
        #: configuration whose calendar open dossiers are known to be counted by
        self._next = UNKNOWN
        self._past: DossierId | None = None
        #: the last of those in the queue that could not be measured

    async def run(self) -> None:
        """Go on until cancelled."""
        clock, held = self._tools.clock, False
        while True:
            began = clock.mono()
            more = False
            if self._duties.holds(MEASURE):
                try:
                    # Who held the duty before knows what there is: nobody else measured.
                    more, held = await self._look(alone=held), True
                except (StoreError, ConfigurationNewer) as error:
                    self._tools.probe.trouble("watch.measurer", error)
                    held = False
            else:
                held = False
            took = clock.mono() - began
            await clock.rest(took * REST if more else LOOK_EVERY_S)

    async def is_level(self) -> bool:
        """Whether everything is measured and told by now; measures what is not."""
        if not self._duties.holds(MEASURE):
            return True
        try:
            return not await self._look(alone=True)
        except (StoreError, ConfigurationNewer) as error:
            # The store decides whether time goes on; the loop measures later.
            self._tools.probe.trouble("watch.measurer", error)
            return True

    async def _look(self, *, alone: bool = False) -> bool:
        """One turn; whether there was anything to do.

        ``alone``: no other process measures on this store, so that only what was
        measured here moves the next moment.
        """
        async with self._turn:
            again = await self._again()
            measured = await self._measure()
            now = self._tools.clock.now()
            if measured or not alone or self._next is UNKNOWN:
                self._next = await self._tools.measures.next_moment() or NEVER
            if self._next > now:
                return again or measured
            await self._tell()
            self._next = UNKNOWN
            return True

    async def _measure(self) -> bool:
        """Measure a few dossiers; whether any was there."""
        tools = self._tools
        queue = await tools.measures.unmeasured(AT_ONCE, after=self._past)
        found: list[tuple[Measured, int]] = []
        for identifier, times in queue:
            try:
                row = await tools.store.dossier(identifier, EVERYTHING)
                if row is not None:
                    found.append((await measured_of(tools, row), times))
            except (StoreError, ConfigurationNewer):
                raise
            except Exception as error:  # noqa: BLE001  one must not hold up all others
                tools.probe.trouble("watch.measurer", error)
                self._past = identifier
        if found:
            await tools.measures.keep_measured(found)
        if not queue:
            # What could not be measured is looked at again after all others.
            self._past = None
        return bool(found)

    async def _again(self) -> bool:
        """Put into the queue what another release or another calendar left behind."""
        tools = self._tools
        if self._looks_behind:
            self._behind = await tools.measures.remeasure_behind(self._behind, PIECE)
            self._looks_behind = self._behind is not None
            return True
        if self._counted_by == tools.versions.newest:
            return False
        newest, mark = tools.versions.newest, calendar_mark(tools.versions.current)
        if await tools.store.mark(CALENDAR_MARK) == mark:
            self._counted_by = newest
            return False
        after: DossierId | None = None
        while True:
            after = await tools.measures.remeasure_open(after, PIECE)
            if after is None:
                break
        await tools.store.set_mark(CALENDAR_MARK, mark)
        self._counted_by = newest
        return True

    async def _tell(self) -> None:
        """Tell of rungs and hard moments that have come."""
        tools, now = self._tools, self._tools.clock.now()
        for clock in await tools.measures.rungs(now, RUNGS):
            await self._rung(clock)
        for clock in await tools.measures.hard_due(now, RUNGS):
            await self._not_received(clock)

    async def _rung(self, clock: ClockRow) -> None:
        facts = {
            "leg": clock.leg,
            "clock": clock.name,
            "rule": clock.rule,
            "percent": clock.rung,
            "reached_at": clock.rung_at.isoformat() if clock.rung_at else None,
            "due_at": clock.due_at.isoformat() if clock.due_at else None,
        }
        line = JournalLine(RUNG, self._tools.clock.now(), "gateway", facts)
        if await self._tools.measures.tell_rung(clock, line):
            self._tools.probe.action(
                action=RUNG,
                dossier_id=clock.dossier_id,
                office=clock.office,
                kind=clock.name,
                percent=clock.rung,
            )

    async def _not_received(self, clock: ClockRow) -> None:
        """Write down that an acknowledgement did not come, and ask at once.

        The line is part of the dossier's sealed chain: it proves until when the
        gateway had waited, for what, and that it asked.
        """
        tools, now = self._tools, self._tools.clock.now()
        line, asking = await noted(tools, clock, now)
        if await tools.measures.tell_hard(clock, line, asking):
            tools.probe.action(
                action=NOT_RECEIVED,
                dossier_id=clock.dossier_id,
                office=clock.office,
                kind=clock.name,
            )
