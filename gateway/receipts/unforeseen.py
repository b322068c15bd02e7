"""A report that could not be taken in for a reason that nobody foresaw: kept for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import ChangedMeanwhile, StoreError
from gateway.domain.identifiers import ReportId
from gateway.domain.report import Standing
from gateway.ports.store import ReportRow
from gateway.receipts.arrive import Arrived, arrive
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
) -> Arrived:
    """Take one report in; what nobody foresaw of it holds up no other, and is kept.

    Raises:
        StoreError: nothing was kept; it is to be told again.
    """
    said = (agency, office, report, arrived_at, transfer_id)
    try:
        return await arrive(tools, *said)
    except Exception as error:
        if isinstance(error, StoreError) and not isinstance(error, ChangedMeanwhile):
            raise
        tools.probe.trouble("receipts.arrive", error)
        return Arrived(Standing.UNMATCHED, cause=await keep_unforeseen(tools, *said))


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
