"""What is written down when an acknowledgement did not come, and what is asked then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.journal import JournalLine
from gateway.domain.transfer import Fate, State
from gateway.ports.measured import Asking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.transfer import Transfer
    from gateway.ports.measured import ClockRow
    from gateway.sealing.tools import Tools

#: The line's kind.
NOT_RECEIVED = "not_received"


async def noted(
    tools: Tools, clock: ClockRow, now: datetime
) -> tuple[JournalLine, Asking]:
    """The line of a clock whose hard moment has come, and whom to ask with it.

    What had left is named with the digest of its sealed content, so that the line
    proves what was sent as long as that content is there.
    """
    transfers = await tools.store.transfers(clock.dossier_id)
    own = [one for one in transfers if one.leg == clock.leg]
    asking = Asking(
        unsure=tuple(one.id for one in own if one.state is State.UNCONFIRMED),
        polled=tuple(one.id for one in own if one.poll_at is not None),
    )
    facts = {
        "leg": clock.leg,
        "clock": clock.name,
        "rule": clock.rule,
        "office": clock.office,
        "due_at": clock.due_at.isoformat() if clock.due_at else None,
        "hard_at": clock.hard_at.isoformat() if clock.hard_at else None,
        "sent": await _sent(tools, own),
        "asked": [*asking.unsure, *asking.polled],
    }
    return JournalLine(NOT_RECEIVED, now, "gateway", facts), asking


async def _sent(tools: Tools, own: Sequence[Transfer]) -> list[dict[str, Any]]:
    """What has left for the office, or may have, in the order in which it left."""
    left = [one for one in own if one.fate is not Fate.NOT_LEFT]
    left.sort(key=lambda one: (one.first_sent_at or one.created_at, one.position))
    return [
        {
            "transfer": one.id,
            "kind": one.kind,
            "at": one.first_sent_at.isoformat() if one.first_sent_at else None,
            "state": one.state.value,
            "fate": one.fate.value,
            "digest": await _digest(tools, one),
        }
        for one in left
    ]


async def _digest(tools: Tools, transfer: Transfer) -> str:
    """Of its own content, else of the dossier's revision that it carries."""
    if transfer.payload is not None:
        found = (await tools.store.payloads([transfer.payload])).get(transfer.payload)
    else:
        found = await tools.store.document(transfer.dossier_id, transfer.revision)
    return found.digest.hex() if found else ""
