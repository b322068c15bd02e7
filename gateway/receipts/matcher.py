"""Reports that came before their dossier could be known are taken in once it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    StoreError,
    StoreFateUnknown,
    StoreUnavailable,
)
from gateway.domain.principal import EVERYTHING
from gateway.domain.report import Standing
from gateway.domain.transfer import State
from gateway.ports.nodes import MATCH
from gateway.receipts.about import dossier_of
from gateway.receipts.arrive import NO_DOSSIER, arrive
from gateway.receipts.in_answers import IN_ANSWER
from gateway.receipts.kept import kept_report
from gateway.receipts.unforeseen import arrive_or_keep

if TYPE_CHECKING:
    from gateway.domain.identifiers import DossierId, ReportId
    from gateway.ports.nodes import Duties
    from gateway.ports.store import ReportRow
    from gateway.sealing.tools import Tools

#: Real seconds between two looks: a loop that slept on a bell would never let virtual
#: time come to rest.
LOOK_EVERY_S = 60.0
#: What an office says of a dossier precedes by hours at most what opens it, or the
#: answer that names the number; by days where one of them waits for a person.
LOOKED_FOR = timedelta(days=30)
#: Reports that one turn looks at, oldest first; more of them wait for a person anyway.
MOST, PAGE = 2_000, 500


class Matcher:
    """Looks whether numbers that nobody knew are known by now.

    An office may say what it did before the message that opens the dossier has
    arrived, or before the enquiry after a lost answer has brought the number that
    it gave. Such a report is kept as unmatched, and is taken in by itself when its
    numbers lead to one dossier of its office; it counts from when it came. So is one
    that came inside an answer, where its process ended before it was taken in.
    """

    def __init__(self, tools: Tools, duties: Duties) -> None:
        """Nothing is looked at before ``run``."""
        self._tools = tools
        self._duties = duties
        #: dossiers that a report named and did not fit: not tried again and again
        self._tried: set[tuple[ReportId, DossierId]] = set()

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._tools.clock.rest(LOOK_EVERY_S)
            try:
                if self._duties.holds(MATCH):
                    await self.turn()
            except StoreError as error:
                self._tools.probe.trouble("receipts.matcher", error)

    async def turn(self) -> int:
        """Look at every report that may be matched yet; how many were taken in."""
        tools, count, after = self._tools, 0, None
        since = tools.clock.now() - LOOKED_FOR
        for _ in range(MOST // PAGE):
            rows = await tools.overview.unmatched(EVERYTHING, after=after, limit=PAGE)
            for row in rows:
                if row.arrived_at >= since and await self._matched(row):
                    count += 1
            if len(rows) < PAGE:
                break
            after = rows[-1].id
        return count

    async def _matched(self, row: ReportRow) -> bool:
        tools = self._tools
        if row.standing is Standing.UNMATCHED and row.code == IN_ANSWER:
            return await self._taken_in(row)
        if row.standing is not Standing.UNMATCHED or row.code != NO_DOSSIER:
            return False
        report = await kept_report(tools, row)
        dossier = await dossier_of(tools, report) if report else None
        if report is None or dossier is None:
            return False
        tried = (row.id, dossier.case.dossier_id)
        if tried in self._tried:
            return False
        self._tried.add(tried)
        report = replace(report, event_at=report.event_at or row.arrived_at)
        now = tools.clock.now()
        said = (row.agency, row.office, report, now, row.transfer_id)
        try:
            standing = (await arrive(tools, *said)).standing
        except (StoreUnavailable, StoreFateUnknown):
            # That says nothing of the report: the next turn tries it again.
            self._tried.discard(tried)
            raise
        except (ActionNotPossible, ChangedMeanwhile, StoreError):
            raise
        except Exception as error:  # noqa: BLE001  it waits on, and its person is told
            tools.probe.trouble("receipts.matcher", error)
            return False
        if standing is Standing.UNMATCHED:
            return False
        tools.probe.action(
            action="report_matched",
            actor="gateway",
            report_id=row.id,
            office=row.office,
        )
        return True

    async def _taken_in(self, row: ReportRow) -> bool:
        """What was kept with an answer, once whoever heard it will not do it."""
        tools, report = self._tools, await kept_report(self._tools, row)
        if report is None or row.transfer_id is None:
            return False
        one = await tools.store.transfer(row.transfer_id, EVERYTHING)
        if one is not None and one.state is State.SENDING:
            return False  # its outcome comes first
        said = (row.agency, row.office, report, row.arrived_at, row.transfer_id)
        await arrive_or_keep(tools, *said, row.id)
        return True
