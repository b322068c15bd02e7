"""Whether a report was told before; repeats are noted and change nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain.report import Standing
from gateway.domain.transfer import STATUS_CONVERSATION

if TYPE_CHECKING:
    from gateway.domain.report import AgencyReport
    from gateway.ports.store import ReportRow
    from gateway.sealing.tools import Tools


async def known_before(
    tools: Tools, report: AgencyReport, first: ReportRow
) -> tuple[ReportRow, ReportRow | None]:
    """The row that a report would have, and the one that it repeats, if any.

    One that fitted nothing before may fit now, and then has a row of its own.
    """
    known = await tools.store.report_known(
        first.agency, first.office, report.fingerprint
    )
    if known is not None and known.standing is Standing.UNMATCHED:
        first, known = await _next(tools, report, first, known)
    while known is not None and await _asks_anew(tools, report, known):
        first, known = await _next(tools, report, first, known)
    return first, known


async def _next(
    tools: Tools, report: AgencyReport, first: ReportRow, known: ReportRow
) -> tuple[ReportRow, ReportRow | None]:
    print_ = f"{report.fingerprint}#{known.id}"
    found = await tools.store.report_known(first.agency, first.office, print_)
    return replace(first, fingerprint=print_), found


async def _asks_anew(tools: Tools, report: AgencyReport, known: ReportRow) -> bool:
    """Whether the same words mean another event.

    A report without a time of its own is told apart from its repeat by one thing
    only: what its office was sent in answer to the first.
    """
    if report.event_at is not None or known.dossier_id is None:
        return False
    return known.standing is Standing.APPLIED and any(
        t.agency == known.agency
        and t.conversation != STATUS_CONVERSATION
        and t.finished_at is not None
        and t.finished_at > known.arrived_at
        for t in await tools.store.transfers(known.dossier_id)
    )
