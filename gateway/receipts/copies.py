"""Result files that were fetched for a dossier, found again by the link they had.

A one-stop that takes the gateway for its office's system asks for a file by the
office's own link; the office may have taken the file away by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from gateway.domain.principal import EVERYTHING, Scope
from gateway.domain.text import nfc
from gateway.sealing.folder import Folder, blind_word

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.journal import JournalLine
    from gateway.routing.link import Link
    from gateway.sealing.tools import Tools

FETCHED = "result_fetched"
#: Dossiers of one link at most: a link names one dossier's file.
FOUND = 8


def word_of(tools: Tools, office: OfficeId, link: str) -> bytes:
    """By what a dossier is found whose file an office offered by a link."""
    return blind_word(tools, f"link|{office}|{_plain(link)}")


def _plain(link: str) -> str:
    """The same for every way in which a link may be percent-encoded."""
    return nfc(unquote(link)).lstrip("/")


async def copy_of(
    tools: Tools, link: Link, wanted: str
) -> tuple[int, AsyncIterator[bytes]] | None:
    """Size and content of the file last fetched by a link; None: there is none."""
    word = word_of(tools, link.office, wanted)
    scope = Scope(sender=link.one_stop)
    for identifier in await tools.overview.search(scope, [word], limit=FOUND):
        row = await tools.store.dossier(identifier, EVERYTHING)
        if row is None:
            continue
        folder = Folder.of(tools, row)
        journal = [one.line for one in await tools.store.journal(identifier)]
        for line in reversed([one for one in journal if one.kind == FETCHED]):
            if await _link_in(folder, line) != _plain(wanted):
                continue
            for kept in await tools.store.attachments(identifier):
                if kept.attachment.id == line.facts["attachment"]:
                    content = tools.attachments.open(kept.attachment, folder.key)
                    return kept.attachment.size_bytes, content
    return None


async def _link_in(folder: Folder, line: JournalLine) -> str | None:
    found = await folder.payload(line.payload) if line.payload else None
    return None if found is None else _plain(found[1].decode())
