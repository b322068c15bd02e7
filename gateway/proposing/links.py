"""Links in mails: each opens the proposals of one one-stop, for some days, for one contact."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gateway.domain.errors import DossierUnknown
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Scope
from gateway.ports.proposals import ProposalLink
from gateway.proposing.deciding import working
from gateway.proposing.listing import day_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports.proposals import ProposalRow
    from gateway.sealing.tools import Tools

#: Working days for which a link opens.
DAYS = 3


async def made(
    tools: Tools, sender: str, rows: Sequence[ProposalRow], contact: str
) -> str:
    """A fresh token; what the store keeps of it opens nothing."""
    # Eighty random bits each, beside the time that both begin with.
    token = "".join(tools.chance.identifier("l").partition("_")[2] for _ in range(2))
    by_day = working(tools)
    last = by_day.days_after(legal_day(tools.clock.now()), DAYS)
    link = ProposalLink(
        token_hash(token),
        sender,
        tuple(row.id for row in rows),
        contact,
        day_ends(by_day, last),
    )
    await tools.proposals.add_proposal_link(link)
    return token


async def opened(tools: Tools, token: str) -> ProposalLink:
    """What a link opens.

    Raises:
        DossierUnknown: nothing, or nothing any more: the same answer.
    """
    now = tools.clock.now()
    link = await tools.proposals.proposal_link(token_hash(token), now)
    if link is None:
        raise DossierUnknown
    return link


async def named(tools: Tools, link: ProposalLink) -> list[ProposalRow]:
    """Those of its proposals that nobody has decided."""
    scope = Scope(sender=OfficeId(link.sender))
    found = [await tools.proposals.proposal(one, scope) for one in link.proposals]
    return [row for row in found if row is not None and row.is_open]


def token_hash(token: str) -> bytes:
    """What is kept of a token; it is long and random, so SHA-256 suffices."""
    return hashlib.sha256(f"proposal-link:{token}".encode()).digest()
