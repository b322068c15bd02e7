"""Reports inside the answer to a message: nobody tells them again, so they are kept first."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain.errors import ChangedMeanwhile, ReportKnown
from gateway.domain.identifiers import ReportId
from gateway.domain.report import WAITING, Standing
from gateway.ports.store import Change, ReportRow
from gateway.receipts.kept import keep_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.domain.report import AgencyReport
    from gateway.domain.transfer import Transfer
    from gateway.sealing.tools import Tools

#: Code of a report that is kept until it is taken in, in a moment.
IN_ANSWER = "in_answer"


async def keep_first(
    tools: Tools, transfer: Transfer, report: AgencyReport, arrived_at: datetime
) -> ReportId:
    """Keep a report before the outcome that it came with; the row that has it.

    The outcome closes the message, and whoever dies between that and taking the
    report in would lose it. The row is no arrival: what is taken in has its own.
    """
    # One of each attempt: another may be answered by the same words anew.
    name = f"{report.fingerprint}@{transfer.id}.{transfer.attempts}"
    row = ReportRow(
        id=ReportId(tools.chance.identifier("r")),
        agency=transfer.agency,
        office=transfer.office,
        kind=report.kind.value,
        fingerprint=name,
        standing=Standing.UNMATCHED,
        event_at=report.event_at,
        arrived_at=arrived_at,
        facts=report.facts,
        transfer_id=transfer.id,
    )
    try:
        return (await keep_whole(tools, report, row, IN_ANSWER)).id
    except ReportKnown:
        # It was kept by a commit whose answer was lost.
        known = await tools.store.report_known(row.agency, row.office, name)
        if known is None:
            raise
        return known.id


async def waits(tools: Tools, kept: ReportId) -> bool:
    """Whether nobody has taken it in yet."""
    row = await tools.store.report(kept)
    return row is not None and row.standing in WAITING


def ending(kept: ReportId) -> Callable[[Change], Change]:
    """Adds its end to the unit that takes the report in: never twice, never not."""
    return lambda change: replace(change, settles=(*change.settles, kept))


async def end(tools: Tools, kept: ReportId) -> None:
    """Its end, where what became of the report was no such unit."""
    with contextlib.suppress(ChangedMeanwhile):  # it has it
        await tools.store.apply(Change(now=tools.clock.now(), settles=(kept,)))
