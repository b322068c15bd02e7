"""A refusal of what a one-stop was told to be accepted: it is told by a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import TransferId
from gateway.domain.journal import JournalLine
from gateway.domain.transfer import (
    CORRECTION_CONVERSATION,
    TOLD_BY_HAND,
    NewTransfer,
)
from gateway.domain.values import replace
from gateway.domain.words import words_of
from gateway.routing.link import CORRECTION_ASKED, late_mark, link_between

if TYPE_CHECKING:
    from gateway.domain.case import Case
    from gateway.domain.transfer import Transfer
    from gateway.ports.agency import Answer
    from gateway.ports.store import Change
    from gateway.sealing.tools import Tools

_REFUSALS = frozenset(
    {Outcome.REFUSED, Outcome.NEEDS_DATA, Outcome.NEEDS_CONFIGURATION}
)


def with_late_refusal(
    tools: Tools, case: Case, transfer: Transfer, answer: Answer, change: Change
) -> Change:
    """The change of an outcome with what the one-stop is told of it, if anything.

    Only what the office itself answered; what keeps a message here is ours to mend.
    """
    refused = answer.outcome in _REFUSALS and answer.response is not None
    if not refused or late_mark(transfer.id) not in case.happened:
        return change
    catalogue = tools.versions.current
    link = link_between(catalogue, case.sender, transfer.office)
    tools.probe.action(
        action="late_refusal",
        office=transfer.office,
        kind=transfer.kind,
        code=answer.code,
        transfer_id=transfer.id,
    )
    line = JournalLine(
        "late_refusal",
        change.now,
        "gateway",
        {"transfer": transfer.id, "code": answer.code},
    )
    change = replace(change, journal=(*change.journal, line))
    by_telephone = link is not None and not link.late_refusals
    if link is None or (by_telephone and answer.outcome is not Outcome.REFUSED):
        # What stays parked stands still, and says itself who is to be called.
        return change
    said = words_of(answer.code, tools.adapters.of(transfer.office).words)
    new = NewTransfer(
        id=TransferId(tools.chance.identifier("t")),
        agency=catalogue.offices[link.one_stop].agency,
        office=link.one_stop,
        leg=CORRECTION_CONVERSATION,
        conversation=CORRECTION_CONVERSATION,
        kind=CORRECTION_ASKED,
        revision=case.revision,
        facts={
            "operation": CORRECTION_ASKED,
            "office": link.office,
            "note": said.reason,
        },
        dependent=False,
        parked=TOLD_BY_HAND if by_telephone else None,
    )
    return replace(change, transfers=(*change.transfers, new))
