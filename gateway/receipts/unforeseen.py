"""A report that could not be taken in for a reason that nobody foresaw: kept for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import ChangedMeanwhile, StoreError
from gateway.domain.identifiers import ReportId
from gateway.domain.report import Standing
from gateway.ports.store import ReportRow
from gateway.receipts.arrive import Arrived, arrive
from gateway.receipts.in_answers import end, ending, waits
from gateway.receipts.kept import keep_unmatched
from gateway.receipts.repeats import known_before

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.identifiers import AgencyId, OfficeId, TransferId
    from gateway.domain.report import AgencyReport
    from gateway.sealing.tools import Tools

UNFORESEEN = "report_unforeseen"


async def arrive_or_keep(
    tools: Tools,
    agency: AgencyId,
    office: OfficeId,
    report: AgencyReport,
    arrived_at: datetime,
    transfer_id: TransferId | None = None,
    kept: ReportId | None = None,
) -> Arrived:
    """Take one report in; what nobody foresaw of it holds up no other, and is kept.

    ``kept``: the row of one that was kept before (``in_answers``), and ends by this.

    Raises:
        StoreError: nothing was kept; it is to be told again.
    """
    said = (agency, office, report, arrived_at, transfer_id)
    if kept is not None and not await waits(tools, kept):
        return Arrived(Standing.REPEATED)
    beside = None if kept is None else ending(kept)
    try:
        arrived = await arrive(tools, *said, beside=beside)
    except Exception as error:
        if isinstance(error, StoreError) and not isinstance(error, ChangedMeanwhile):
            raise
        if kept is not None and not await waits(tools, kept):
            return Arrived(Standing.REPEATED)  # somebody else was first
        tools.probe.trouble("receipts.arrive", error)
        cause = await keep_unforeseen(tools, *said)
        arrived = Arrived(Standing.UNMATCHED, cause=cause)
    if kept is not None:
        await end(tools, kept)
    return arrived


async def keep_unforeseen(
    tools: Tools,
    agency: AgencyId,
    office: OfficeId,
    report: AgencyReport,
    arrived_at: datetime,
    transfer_id: TransferId | None = None,
) -> str:
    """Keep it whole and once, with those that fit no dossier; the code of why."""
    first = ReportRow(
        id=ReportId(tools.chance.identifier("r")),
        agency=agency,
        office=office,
        kind=report.kind.value,
        fingerprint=report.fingerprint,
        standing=Standing.UNMATCHED,
        event_at=report.event_at,
        arrived_at=arrived_at,
        facts=report.facts,
        transfer_id=transfer_id,
    )
    arrival = await known_before(tools, report, first)
    if arrival.repeats is None:
        await keep_unmatched(tools, report, arrival, UNFORESEEN)
    return UNFORESEEN
