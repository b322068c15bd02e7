"""Links in mails: each opens the latenesses that its mail names, for one contact."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from gateway.contesting.listing import line
from gateway.contesting.matters import matter, shown, workdays
from gateway.domain.errors import DossierUnknown
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.ports.contests import LatenessLink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.identifiers import DossierId, OfficeId
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools


async def made(
    tools: Tools, office: OfficeId, dossiers: Sequence[DossierId], contact: str
) -> str:
    """A fresh token that opens these as long as a mail of today lets object.

    What the store keeps of it opens nothing.
    """
    # Eighty random bits each, beside the time that both begin with.
    token = "".join(tools.chance.identifier("l").partition("_")[2] for _ in range(2))
    working = workdays(tools, office)
    last = working.days_after(legal_day(tools.clock.now()), tools.contests.days)
    link = LatenessLink(
        token_hash(token), office, tuple(dossiers), contact, working.day_end(last)
    )
    await tools.contests.kept.add_lateness_link(link)
    return token


async def opened(tools: Tools, token: str) -> LatenessLink:
    """What a link opens.

    Raises:
        DossierUnknown: nothing, or nothing any more: the same answer.
    """
    found = await tools.contests.kept.lateness_link(
        token_hash(token), tools.clock.now()
    )
    if found is None:
        raise DossierUnknown
    return found


async def named(tools: Tools, link: LatenessLink) -> list[dict[str, Any]]:
    """The dossiers that it names, with what may be said of them; nothing personal.

    What its office does not answer for any more is told as such.
    """
    rows = []
    for identifier in link.dossiers:
        stored = await tools.store.dossier(identifier, EVERYTHING)
        if stored is not None:
            one = await matter(tools, stored)
            theirs = one.charge is not None and one.charge.party.office == link.office
            said = await shown(tools, one)
            mine = [o for o in said["objections"] if o["office"] == link.office]
            rows.append(
                {
                    **await line(tools, identifier),
                    "theirs": theirs,
                    "charge": said["charge"] if theirs else None,
                    "objections": mine,
                }
            )
    return rows


async def of_link(tools: Tools, link: LatenessLink, identifier: str) -> DossierRow:
    """A dossier that a link names.

    Raises:
        DossierUnknown: it names no such.
    """
    found = next((one for one in link.dossiers if one == identifier), None)
    row = await tools.store.dossier(found, EVERYTHING) if found else None
    if row is None:
        raise DossierUnknown
    return row


def token_hash(token: str) -> bytes:
    """What is kept of a token; it is long and random, so SHA-256 suffices."""
    return hashlib.sha256(f"lateness-link:{token}".encode()).digest()
