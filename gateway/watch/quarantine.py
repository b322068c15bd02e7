"""Files that are shut away: who looks after them, and when they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import SenderError
from gateway.domain.journal import JournalLine

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from gateway.domain.principal import Principal
    from gateway.ports.scanning import Quarantined
    from gateway.sealing.tools import Tools

#: Line of the journal for a file that was shut away and is there no more.
ENDED = "quarantine_ended"
PAGE = 1_000


def _unknown() -> SenderError:
    return SenderError(
        code="quarantine_unknown",
        remedy="Không có tệp cách ly mã này: xem lienthong quarantine list.",
    )


async def one(tools: Tools, identifier: str) -> Quarantined:
    """One by its identifier.

    Raises:
        SenderError: there is none.
    """
    found = await tools.screening.quarantine.one_quarantined(identifier)
    if found is None:
        raise _unknown()
    return found


def digest_of(tools: Tools, row: Quarantined) -> str:
    """The SHA-256 of its content."""
    name = f"quarantine {row.stored.id}"
    return tools.vault.open_secret(name, row.sealed_digest)


async def end(tools: Tools, principal: Principal, identifier: str) -> None:
    """Delete one for good, with a line that says who did.

    Raises:
        SenderError: there is none.
    """
    line = JournalLine(ENDED, tools.clock.now(), principal.id, {"file": identifier})
    stored = await tools.screening.quarantine.end_quarantined(identifier, line)
    if stored is None:
        raise _unknown()
    await tools.attachments.delete(stored.name)
    tools.probe.action(action=ENDED, actor=principal.id)


async def end_old(tools: Tools, kept: timedelta, now: datetime) -> None:
    """Delete what came last before so long.

    A row goes before its file: a death in between leaves an orphan, which is swept.
    """
    rows = tools.screening.quarantine
    while page := await rows.old_quarantined(now - kept, limit=PAGE):
        for identifier in page:
            facts = {"file": identifier, "kept_days": kept.days}
            line = JournalLine(ENDED, now, "gateway", facts)
            stored = await rows.end_quarantined(identifier, line)
            if stored is not None:
                await tools.attachments.delete(stored.name)
