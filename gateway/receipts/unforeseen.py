"""A report that could not be taken in for a reason that nobody foresaw: kept for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.identifiers import ReportId
from gateway.domain.report import Standing
from gateway.ports.store import ReportRow
from gateway.receipts.kept import keep_unmatched
from gateway.receipts.repeats import known_before

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.identifiers import AgencyId, OfficeId
    from gateway.domain.report import AgencyReport
    from gateway.sealing.tools import Tools

UNFORESEEN = "report_unforeseen"


async def keep_unforeseen(
    tools: Tools,
    agency: AgencyId,
    office: OfficeId,
    report: AgencyReport,
    arrived_at: datetime,
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
    )
    arrival = await known_before(tools, report, first)
    if arrival.repeats is None:
        await keep_unmatched(tools, report, arrival, UNFORESEEN)
    return UNFORESEEN
