"""Messages that an office comes for: what it is shown, and its word that it has them.

An attempt at such a message ends as *on its way*: it lies ready. Showing it is what
sends it; from then on it may have left. The office's acknowledgement settles it like
the answer of an office that was called, and a person may settle it all the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.delivery.deliver import write
from gateway.delivery.settle import Verdict
from gateway.domain.attempt import Outcome
from gateway.domain.errors import StoreUnavailable
from gateway.domain.principal import EVERYTHING
from gateway.domain.ready import ACKNOWLEDGES, FETCHES
from gateway.domain.transfer import Fate, State
from gateway.ports.agency import Answer, answer_of
from gateway.ports.store import Claimed

if TYPE_CHECKING:
    from gateway.domain.errors import DeliveryError
    from gateway.domain.identifiers import OfficeId, TransferId
    from gateway.domain.transfer import Transfer
    from gateway.sealing.tools import Tools

#: Real seconds that a message under way is waited for, at most.
TRIES, PAUSE_S = 20, 0.1
_ARRIVED = frozenset({State.DELIVERED, State.ANSWERED, State.WITHDRAWN, State.REFUSED})


class Acknowledged(StrEnum):
    """What became of an acknowledgement."""

    TAKEN = "taken"
    ALREADY = "already"
    CANCELLED = "cancelled"
    #: taken back before; nobody should work on it
    UNKNOWN = "unknown"
    #: not this office's, not shown to it, or none at all


def was_given(transfer: Transfer, office: OfficeId, *, pushed: bool = False) -> bool:
    """Whether a message is the office's and was shown or brought to it.

    ``pushed``: an attempt under way is a call of the office, which may ask for what
    it is just being given.
    """
    under_way = pushed and transfer.state is State.SENDING
    gone = transfer.fate is not Fate.NOT_LEFT or under_way
    return transfer.office == office and gone


async def given(
    tools: Tools, office: OfficeId, transfer_id: TransferId, *, pushed: bool = False
) -> Transfer | None:
    """The message, if it was given to this office; another's is like none.

    PostgreSQL cannot even be asked for a text with a NUL in it.
    """
    if "\0" in transfer_id:
        return None
    found = await tools.store.transfer(transfer_id, EVERYTHING)
    if found is None or not was_given(found, office, pushed=pushed):
        return None
    return found


async def acknowledge(
    tools: Tools, office: OfficeId, transfer_id: TransferId, *, by: str
) -> Acknowledged:
    """Note that the office has a message; durable when it returns, and once.

    ``by``: who says so, for the journal: the office, or an officer of it.

    Raises:
        StoreUnavailable: an attempt at it is under way; it is to be said again.
    """
    for _ in range(TRIES):
        transfer = await given(tools, office, transfer_id)
        if transfer is None:
            return Acknowledged.UNKNOWN
        if transfer.state in _ARRIVED:
            return Acknowledged.ALREADY
        if transfer.state is State.CANCELLED:
            return Acknowledged.CANCELLED
        if transfer.state in {State.UNCONFIRMED, State.PARKED}:
            if await _settled(tools, transfer, by):
                _tell(tools, transfer)
                return Acknowledged.TAKEN
        else:
            await tools.clock.rest(PAUSE_S)
    raise StoreUnavailable("the message is being sent")


async def not_shown(tools: Tools, claimed: Claimed, error: DeliveryError) -> None:
    """Have a person look at a message that can no longer be made.

    Its office was not given it, and would be called for nothing.
    """
    answer, fate = answer_of(error), claimed.transfer.fate
    await write(
        tools,
        claimed,
        Verdict(State.PARKED, fate, None, answer.code),
        answer,
        purpose=FETCHES,
        started_at=tools.clock.now(),
    )


async def _settled(tools: Tools, transfer: Transfer, by: str) -> bool:
    """Write it down; False when somebody else moved the message meanwhile."""
    row = await tools.store.dossier(transfer.dossier_id, EVERYTHING)
    if row is None:
        return False
    applied = await write(
        tools,
        Claimed(transfer, row),
        Verdict(State.DELIVERED, Fate.AGENCY_HAS_IT, None, None),
        Answer(Outcome.DELIVERED, "acknowledged"),
        purpose=ACKNOWLEDGES,
        started_at=tools.clock.now(),
        actor=by,
    )
    return applied is not None


def _tell(tools: Tools, transfer: Transfer) -> None:
    tools.probe.attempt(
        transfer_id=transfer.id,
        agency=transfer.agency,
        office=transfer.office,
        kind=transfer.kind,
        purpose=ACKNOWLEDGES,
        outcome=Outcome.DELIVERED.value,
        code="acknowledged",
    )


async def contents(tools: Tools, transfer: Transfer) -> Claimed | None:
    """A message's own contents, read by key: for one that was shown before."""
    row = await tools.store.dossier(transfer.dossier_id, EVERYTHING)
    if row is None:
        return None
    return Claimed(
        transfer,
        row,
        tuple(await tools.store.references(transfer.dossier_id)),
        await tools.store.document(transfer.dossier_id, transfer.revision),
        tuple(await tools.store.attachments(transfer.dossier_id)),
    )
