"""An answer that came after its lease had ended: settles what still waits for it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from gateway.domain.attempt import Outcome
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.transfer import Fate, Move, State
from gateway.ports.store import Change

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.delivery.settle import Verdict
    from gateway.domain.transfer import Transfer
    from gateway.ports.agency import Answer
    from gateway.sealing.tools import Tools

#: What an agency itself has said of a message.
_SAID = frozenset({Outcome.DELIVERED, Outcome.DUPLICATE, Outcome.REFUSED})
_IN_DOUBT = frozenset({State.SENDING, State.UNCONFIRMED})
_GOES_AGAIN = frozenset({State.DUE, State.WAITING})


def still_ours(present: Transfer, claimed: Transfer) -> bool:
    """Whether nobody has moved it since it was claimed."""
    return present.state is claimed.state and present.lease_by == claimed.lease_by


def nobody_settled(present: Transfer, claimed: Transfer, verdict: Verdict) -> bool:
    """Whether the lease ended first, and the outcome is what everybody waits for.

    A person waits for it, too: given up as unknown, it may yet prove to be there.
    """
    if claimed.state not in _IN_DOUBT or present.attempts != claimed.attempts:
        return False
    if present.state is State.PARKED:
        return verdict.state is State.DELIVERED
    return (
        claimed.state is State.SENDING
        and present.state is State.UNCONFIRMED
        and verdict.state is not State.UNCONFIRMED
    )


async def keep_back(
    tools: Tools, present: Transfer, claimed: Transfer, verdict: Verdict
) -> bool:
    """Let nothing go again that is there already; whether it was about to.

    Somebody decided that without this answer. Parked first, since only what nobody
    sends can be settled: whoever dies in between leaves it to a person.
    """
    again = present.state in _GOES_AGAIN and present.attempts == claimed.attempts
    proved = verdict.state is State.DELIVERED and claimed.state is State.SENDING
    if not (again and proved):
        return False
    move = Move(
        present.id,
        present.state,
        State.PARKED,
        Fate.MAY_HAVE_LEFT,
        cause="fate_unknown",
        attempts=present.attempts,
    )
    change = Change(tools.clock.now(), present.dossier_id, moves=(move,))
    with contextlib.suppress(ChangedMeanwhile):  # it is looked at anew
        await tools.store.apply(change)
    return True


async def is_news(
    tools: Tools, transfer: Transfer, answer: Answer, purpose: str, began: datetime
) -> bool:
    """Whether the agency said what nobody has noted, whatever became of its message.

    An outcome may be written down again that a store in trouble had kept after all.
    """
    if purpose != "submit" or answer.outcome not in _SAID:
        return False
    known = await tools.overview.attempts(transfer.id)
    return all(
        (one.record.purpose, one.record.started_at) != (purpose, began) for one in known
    )
