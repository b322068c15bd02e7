"""Which dossier a report is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.principal import EVERYTHING
from gateway.sealing.folder import blind_number

if TYPE_CHECKING:
    from gateway.domain.report import AgencyReport
    from gateway.ports.store import DossierRow
    from gateway.receipts.hand import ByHand
    from gateway.sealing.tools import Tools


async def dossier_of(
    tools: Tools, report: AgencyReport, by_hand: ByHand | None = None
) -> DossierRow | None:
    """The one dossier that a report's numbers belong to; None also when they differ.

    A person who knows better is believed.
    """
    if by_hand is not None and by_hand.dossier_id is not None:
        return await tools.store.dossier(by_hand.dossier_id, EVERYTHING)
    blinds = [
        (reference.agency, reference.kind, blind_number(tools, reference.value))
        for reference in report.about
    ]
    for blind in blinds:
        found = await tools.store.find([blind], EVERYTHING)
        if len(found) == 1:
            return await tools.store.dossier(found[0], EVERYTHING)
        if found:
            return None
    return None
