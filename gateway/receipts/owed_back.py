"""What tax tells the gateway goes on to a one-stop that would hear it of its office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.report import ReportKind, Standing
from gateway.receipts.passing_back import with_passing_back
from gateway.routing.link import link_between

if TYPE_CHECKING:
    from gateway.domain.report import AgencyReport
    from gateway.ports.store import Change
    from gateway.receipts.owed import Owed
    from gateway.routing.link import Link
    from gateway.sealing.folder import Folder
    from gateway.sealing.tools import Tools


async def with_words_on(
    tools: Tools, folder: Folder, report: AgencyReport, owed: Owed, change: Change
) -> Change:
    """The change of a report with what its one-stop is told in the linked office's words.

    The office's own message as it came; new notices of tax, which the office would
    have told of, had it been asked.
    """
    case = folder.row.case
    if change.report is not None and report.relayed is not None:
        office = change.report.office
        return with_passing_back(
            tools, folder.key, case, report.relayed, office, change
        )
    taken = change.report is not None and change.report.standing is Standing.APPLIED
    known = {(one.number, one.item, one.amount) for one in owed.before.notices}
    new = [
        one
        for one in owed.after.open
        if (one.number, one.item, one.amount) not in known
    ]
    link = _link(tools, folder)
    told = report.kind is ReportKind.NOTICES and owed.is_of_tax
    if not (taken and told and new) or link is None:
        return change
    dialect = tools.adapters.of(link.office).link
    if dialect is None:
        return change
    numbers = {one.kind: one.value for one in await folder.references()}
    number = numbers.get("so_bien_nhan") or numbers.get("ma_ho_so", "")
    relayed = dialect.notices(number, new, report.event_at or change.now)
    return with_passing_back(tools, folder.key, case, relayed, link.office, change)


def _link(tools: Tools, folder: Folder) -> Link | None:
    """The link by which the dossier came."""
    case, catalogue = folder.row.case, tools.versions.current
    found = (link_between(catalogue, case.sender, leg.office) for leg in case.legs)
    return next((link for link in found if link is not None), None)
