"""What an agency wrote, in Unicode where it tells its old encoding beyond doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.letters import spoken, with_marks
from gateway.domain.values import replace

if TYPE_CHECKING:
    from gateway.domain.report import AgencyReport


def in_unicode(report: AgencyReport) -> AgencyReport:
    """The report with its texts turned; its fingerprint and what was signed stay."""
    reading = spoken(report.content)
    if not reading.text:
        return report
    return replace(report, content=with_marks(reading))
