"""What becomes of a report that comes after what it is about was over; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.case import End, LegState
from gateway.domain.closing import AFTERWARDS, closed, skipped
from gateway.domain.report import ReportKind, Standing

if TYPE_CHECKING:
    from gateway.domain.case import Case, LegCase
    from gateway.domain.report import AgencyReport

#: Says nothing that anybody has to do something about, also after people ended it.
_NO_NEWS = frozenset({ReportKind.PROGRESS, ReportKind.OPENED, ReportKind.VOUCHER})


def afterwards(case: Case, leg: LegCase) -> str:
    """Code of why nothing more moves a leg; empty: something may."""
    if closed(case) is not None or closed(case, leg.name) is not None:
        return AFTERWARDS
    if case.end is not End.OPEN:
        return "dossier_ended"
    return "leg_ended" if leg.state is LegState.ENDED else ""


def standing_of(code: str, case: Case, leg: LegCase, report: AgencyReport) -> Standing:
    """What a report is that may not move anything, for that reason.

    What contradicts people who ended it, or tells more than they knew, waits for a
    person. That a part which nobody needs was taken back does neither, nor the same
    that the paper said.
    """
    if code != AFTERWARDS or report.kind in _NO_NEWS or _agrees(case, leg, report):
        return Standing.LATE
    return Standing.UNMATCHED


def _agrees(case: Case, leg: LegCase, report: AgencyReport) -> bool:
    if report.kind is ReportKind.WITHDRAWN:
        return skipped(case, leg.name)
    told = closed(case, leg.name) or {}
    return str(told.get("outcome")) == report.kind.value
