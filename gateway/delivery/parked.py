"""What a person does with a transfer that only a person can move on.

Every act has a name and a reason in the journal. Sending again needs that
nothing left, or that the agency deduplicates the kind; otherwise the transfer
is asked about first, or the person settles its fate in words.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.delivery.needless import WITHDRAWAL, end_withdrawn, outward_after
from gateway.domain.case import End
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, DossierUnknown
from gateway.domain.identifiers import TransferId
from gateway.domain.journal import JournalLine
from gateway.domain.transfer import (
    STATUS_CONVERSATION,
    Fate,
    Move,
    State,
    may_become_due,
)
from gateway.ports.store import Change
from gateway.routing.outcomes import on_delivered
from gateway.sealing.advance import advance
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.domain.transfer import Transfer
    from gateway.ports.agency import KindTraits
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

TRIES = 20


class Action(StrEnum):
    """What can be done with a transfer that stands still."""

    RESEND = "resend"
    #: send again when that is safe, else ask first
    CANCEL = "cancel"
    AGENCY_HAS_IT = "agency_has_it"
    #: the agency said so, by telephone or letter
    AGENCY_HAS_IT_NOT = "agency_has_it_not"


#: Why a transfer is parked whose office is told by letter or telephone.
TOLD_BY_HAND = "told_by_hand"
_STANDS_STILL = frozenset({State.PARKED, State.UNCONFIRMED})
_MAY_CANCEL = frozenset({State.WAITING, State.DUE, State.PARKED, State.UNCONFIRMED})


def possible(transfer: Transfer, traits: KindTraits | None) -> tuple[Action, ...]:
    """Actions that the transfer's state and fate allow, safest first."""
    if transfer.state is State.PARKED and transfer.cause == TOLD_BY_HAND:
        # The office's system has no such operation: there is nothing to send.
        return (Action.AGENCY_HAS_IT, Action.CANCEL)
    if transfer.state in _STANDS_STILL:
        settled = (Action.AGENCY_HAS_IT, Action.AGENCY_HAS_IT_NOT)
        if transfer.state is State.UNCONFIRMED:
            return (*settled, Action.CANCEL)
        if transfer.fate is Fate.NOT_LEFT:
            return (Action.RESEND, Action.CANCEL)
        safe = traits is not None and (traits.enquirable or traits.deduplicates)
        return ((Action.RESEND, *settled) if safe else settled) + (Action.CANCEL,)
    return (Action.CANCEL,) if transfer.state in _MAY_CANCEL else ()


async def act(
    tools: Tools,
    principal: Principal,
    transfer_id: str,
    action: Action,
    *,
    reason: str,
) -> Transfer:
    """Do it, or say why not.

    Raises:
        DossierUnknown: no such transfer within the caller's scope.
        ActionNotPossible: the state or fate does not allow it.
    """
    for _ in range(TRIES):
        transfer = await tools.store.transfer(TransferId(transfer_id), principal.scope)
        if transfer is None:
            raise DossierUnknown
        row = await tools.store.dossier(transfer.dossier_id, principal.scope)
        if row is None:
            raise DossierUnknown
        traits = tools.adapters.of(transfer.office).traits.get(transfer.kind)
        if action not in possible(transfer, traits):
            raise ActionNotPossible
        change = await _change(tools, principal, row, transfer, traits, action, reason)
        try:
            await tools.store.apply(change)
        except ChangedMeanwhile:
            continue
        tools.probe.action(
            action=action.value, actor=principal.id, transfer_id=transfer.id
        )
        moved = await tools.store.transfer(transfer.id, principal.scope)
        return moved or transfer
    raise ChangedMeanwhile


async def _change(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    transfer: Transfer,
    traits: KindTraits | None,
    action: Action,
    reason: str,
) -> Change:
    now = tools.clock.now()
    move = _move(tools, principal, transfer, traits, action)
    change = Change(now=now, dossier_id=transfer.dossier_id, expects=row.case.version)
    outward = await outward_after(tools, row.case, transfer, move.now, move.fate)
    ended = end_withdrawn(
        tools, row.case, outward, transfer, now=now, actor=principal.id
    )
    if move.now is State.DELIVERED:
        change = _as_delivered(tools, row, transfer, principal)
    elif ended is not None:
        change = ended
        if move.now is not State.CANCELLED:
            move = replace(move, now=State.CANCELLED, after=None, named_by=WITHDRAWAL)
    # A reason is typed by a person and may name people: it is payload.
    sealed = Folder.of(tools, row).seal_json("reason", {"reason": reason})
    line = JournalLine(
        kind="action",
        at=now,
        actor=principal.id,
        facts={
            "transfer": transfer.id,
            "action": action.value,
            "was": transfer.state.value,
            "now": move.now.value,
            "fate": move.fate.value,
        },
        payload=sealed.id,
        payload_digest=sealed.digest,
    )
    return replace(
        change,
        moves=(move, *change.moves),
        payloads=(*change.payloads, sealed),
        journal=(line, *change.journal),
    )


def _move(
    tools: Tools,
    principal: Principal,
    transfer: Transfer,
    traits: KindTraits | None,
    action: Action,
) -> Move:
    now = tools.clock.now()
    was, fate = transfer.state, transfer.fate
    match action:
        case Action.CANCEL:
            return Move(transfer.id, was, State.CANCELLED, fate, named_by=principal.id)
        case Action.AGENCY_HAS_IT:
            polled = traits is not None and traits.answer_awaited
            return Move(
                transfer.id,
                was,
                State.DELIVERED,
                Fate.AGENCY_HAS_IT,
                after=now if polled else None,
            )
        case Action.AGENCY_HAS_IT_NOT:
            return Move(transfer.id, was, State.DUE, Fate.NOT_LEFT, after=now)
        case Action.RESEND:
            repeats = traits is not None and traits.deduplicates
            if may_become_due(fate, deduplicates=repeats):
                return Move(transfer.id, was, State.DUE, fate, after=now)
            return Move(transfer.id, was, State.UNCONFIRMED, fate, after=now)


def _as_delivered(
    tools: Tools, row: DossierRow, transfer: Transfer, principal: Principal
) -> Change:
    case, now = row.case, tools.clock.now()
    if transfer.conversation == STATUS_CONVERSATION or case.end is not End.OPEN:
        return Change(now=now, dossier_id=case.dossier_id)
    procedure = tools.versions.procedure_of(case)
    return advance(
        case,
        on_delivered(case, procedure, transfer.leg, transfer.kind, now),
        procedure=procedure,
        catalogue=tools.versions.current,
        chance=tools.chance,
        now=now,
        actor=principal.id,
    )
