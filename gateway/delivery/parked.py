"""What a person does with a transfer that only a person can move on.

Every act has a name and a reason in the journal. Sending again needs that
nothing left, or that the agency deduplicates the kind; otherwise the transfer
is asked about first, or the person settles its fate in words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from gateway.delivery.needless import WITHDRAWAL, end_withdrawn, outward_after
from gateway.domain.bulk import stands_as_selected
from gateway.domain.case import End
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, DossierUnknown
from gateway.domain.identifiers import TransferId
from gateway.domain.journal import JournalLine
from gateway.domain.transfer import (
    TO_ONE_STOP,
    TOLD_BY_HAND,
    Action,
    Fate,
    Move,
    State,
    may_become_due,
    only_tells,
)
from gateway.ports.store import Change
from gateway.routing.outcomes import on_delivered
from gateway.sealing.advance import advance, cancelled
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.domain.bulk import Item
    from gateway.domain.principal import Principal
    from gateway.domain.transfer import Transfer
    from gateway.ports.agency import KindTraits
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

TRIES = 20

_STANDS_STILL = frozenset({State.PARKED, State.UNCONFIRMED})
_MAY_CANCEL = frozenset({State.WAITING, State.DUE, State.PARKED, State.UNCONFIRMED})


class Standing(Protocol):
    """How a transfer stands, as far as what can be done hangs on it."""

    @property
    def state(self) -> State:
        """Its state."""

    @property
    def fate(self) -> Fate:
        """What is known of the message."""

    @property
    def cause(self) -> str | None:
        """Why it stands still."""


def possible(transfer: Standing, traits: KindTraits | None) -> tuple[Action, ...]:
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


def excluded(
    transfer: Standing, traits: KindTraits | None, action: Action
) -> str | None:
    """Code why an action is not possible; None: it is."""
    if action in possible(transfer, traits):
        return None
    told = transfer.state is State.PARKED and transfer.cause == TOLD_BY_HAND
    by_fate = transfer.state is State.PARKED and not told
    return "fate_excludes_action" if by_fate else "state_excludes_action"


def leads_to(action: Action, fate: Fate, traits: KindTraits | None) -> State:
    """The state that an action gives, before the order of the conversation is settled."""
    match action:
        case Action.CANCEL:
            return State.CANCELLED
        case Action.AGENCY_HAS_IT:
            return State.DELIVERED
        case Action.AGENCY_HAS_IT_NOT:
            return State.DUE
        case Action.RESEND:
            repeats = traits is not None and traits.deduplicates
            again = may_become_due(fate, deduplicates=repeats)
            return State.DUE if again else State.UNCONFIRMED


async def act(
    tools: Tools,
    principal: Principal,
    transfer_id: str,
    action: Action,
    *,
    reason: str,
) -> Transfer:
    """Do it, or say why not; the transfer afterwards.

    Raises:
        DossierUnknown: no such transfer within the caller's scope.
        ActionNotPossible: the state or fate does not allow it.
    """
    before = await carry_out(tools, principal, transfer_id, action, reason=reason)
    return await tools.store.transfer(before.id, principal.scope) or before


async def carry_out(
    tools: Tools,
    principal: Principal,
    transfer_id: str,
    action: Action,
    *,
    reason: str,
    item: Item | None = None,
) -> Transfer:
    """The same; the transfer as it was before.

    ``item``: of a bulk job, settled in the same unit, if the transfer still stands
    as it stood when it was selected.

    Raises:
        DossierUnknown: no such transfer within the caller's scope.
        ActionNotPossible: the state or fate does not allow it, or it has moved.
        ItemSettled: the item has its outcome already; nothing was done.
    """
    for _ in range(TRIES):
        transfer = await tools.store.transfer(TransferId(transfer_id), principal.scope)
        if transfer is None:
            raise DossierUnknown
        if item is not None and not stands_as_selected(item, transfer):
            raise ActionNotPossible(code="moved_meanwhile")
        row = await tools.store.dossier(transfer.dossier_id, principal.scope)
        if row is None:
            raise DossierUnknown
        traits = _traits(tools, transfer, action)
        if action not in possible(transfer, traits):
            raise ActionNotPossible(code=_code(transfer, traits, action, item))
        change = await _change(tools, principal, row, transfer, traits, action, reason)
        try:
            await tools.store.apply(_of_job(change, item))
        except ChangedMeanwhile:
            continue
        tools.probe.action(
            action=action.value,
            actor=principal.id,
            transfer_id=transfer.id,
            job_id=item.key.job if item else None,
        )
        return transfer
    raise ChangedMeanwhile


def _traits(tools: Tools, transfer: Transfer, action: Action) -> KindTraits | None:
    """Cancelling hangs on none: it is possible where no adapter can be made.

    Raises:
        NeedsConfiguration: anything else waits for the office's entry to be right.
    """
    if action is Action.CANCEL:
        return tools.traits(transfer.office, transfer.kind)
    return tools.adapters.of(transfer.office).traits.get(transfer.kind)


def _code(
    transfer: Transfer, traits: KindTraits | None, action: Action, item: Item | None
) -> str | None:
    return excluded(transfer, traits, action) if item else None


def _of_job(change: Change, item: Item | None) -> Change:
    """The change settles the item, and its line names the job."""
    if item is None:
        return change
    line, *others = change.journal
    named = replace(line, facts={**line.facts, "job": item.key.job})
    return replace(change, item=item.key, journal=(named, *others))


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
            "office": transfer.office,
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
    was, fate = transfer.state, transfer.fate
    state = leads_to(action, fate, traits)
    after = tools.clock.now()
    match action:
        case Action.CANCEL:
            return cancelled(transfer, principal.id)
        case Action.AGENCY_HAS_IT:
            polled = traits is not None and traits.answer_awaited
            moment = after if polled else None
            return Move(transfer.id, was, state, Fate.AGENCY_HAS_IT, after=moment)
        case Action.AGENCY_HAS_IT_NOT:
            return Move(transfer.id, was, state, Fate.NOT_LEFT, after=after)
        case Action.RESEND:
            return Move(transfer.id, was, state, fate, after=after)


def _as_delivered(
    tools: Tools, row: DossierRow, transfer: Transfer, principal: Principal
) -> Change:
    case, now = row.case, tools.clock.now()
    told = transfer.conversation in TO_ONE_STOP or only_tells(transfer)
    if told or case.end is not End.OPEN:
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
