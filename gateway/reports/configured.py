"""What another version of the configuration is to dossiers that are open, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.case import LegState
from gateway.domain.principal import EVERYTHING
from gateway.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Container

    from gateway.sealing.tools import Tools

#: Open dossiers that are looked at; where there are more, the answer says so.
LOOKED_AT = 2_000
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Concerned:
    """Open dossiers of procedures that change, and with a part at offices that do.

    ``keep``: they go on by their own version; ``follow``: by the new one, at once.
    """

    looked_at: int
    more: bool
    keep: int
    follow: int


async def concerned(
    tools: Tools, procedures: Container[str], offices: Container[str]
) -> Concerned:
    """Open dossiers that a change of these procedures and offices concerns."""
    looked_at = keep = follow = 0
    after: str | None = None
    while looked_at < LOOKED_AT:
        page = await tools.overview.dossiers(
            EVERYTHING, state="open", after=after, limit=_PAGE
        )
        for row in page:
            looked_at += 1
            keep += row.case.procedure in procedures
            follow += any(
                leg.office in offices and leg.state is not LegState.ENDED
                for leg in row.case.legs
            )
        if len(page) < _PAGE:
            return Concerned(looked_at, more=False, keep=keep, follow=follow)
        after = page[-1].case.dossier_id
    return Concerned(looked_at, more=True, keep=keep, follow=follow)
