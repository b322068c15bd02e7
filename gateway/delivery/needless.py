"""Messages that prove not to have left when nobody needs them any more.

While an attempt is under way nobody cancels it. Once it is known that nothing
left, a withdrawn or refused dossier must not send it after all, and a withdrawal
that waited behind it has no office to tell.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain.case import End
from gateway.domain.transfer import (
    CLOSED,
    TO_ONE_STOP,
    Fate,
    State,
    only_tells,
)
from gateway.ports.store import Change
from gateway.routing.progress import Step
from gateway.routing.taking_back import ended_unsent, told_of_it, without_parts
from gateway.sealing.advance import (
    advance,
    cancellable,
    cancelled,
    lies_nowhere,
    parts_nowhere,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.delivery.settle import Verdict
    from gateway.domain.case import Case
    from gateway.domain.transfer import Transfer
    from gateway.sealing.tools import Tools

#: What a transfer's ``named_by`` says of a dossier that ended meanwhile.
ENDED = "dossier_ended"
WITHDRAWAL = "withdrawal"
_CUT_SHORT = frozenset({End.REFUSED, End.WITHDRAWN})


def has_not_left(transfer: Transfer, verdict: Verdict) -> bool:
    """Whether a verdict says that the agency has nothing of a dossier's message."""
    unsent = verdict.state in {State.DUE, State.PARKED, State.UNCONFIRMED}
    nothing = (unsent and verdict.fate is Fate.NOT_LEFT) or (
        verdict.state is State.REFUSED
    )
    return nothing and transfer.conversation not in TO_ONE_STOP


def outlived(case: Case, transfer: Transfer) -> bool:
    """Whether the dossier was refused or withdrawn after the message was made.

    What the counter does later (the result is handed out) is made afterwards.
    """
    before = case.ended_at is not None and transfer.created_at <= case.ended_at
    return before and case.end in _CUT_SHORT and not only_tells(transfer)


async def outward_after(
    tools: Tools, case: Case, changed: Transfer, state: State, fate: Fate
) -> list[Transfer]:
    """What a withdrawn dossier has on its way to agencies once one has changed.

    Empty while nobody has withdrawn it.
    """
    if not case.withdrawal_requested or case.end is not End.OPEN:
        return []
    finished_at = tools.clock.now() if state in CLOSED else None
    return [
        replace(one, state=state, fate=fate, finished_at=finished_at)
        if one.id == changed.id
        else one
        for one in await tools.store.transfers(case.dossier_id)
        if one.conversation not in TO_ONE_STOP and not only_tells(one)
    ]


def end_withdrawn(
    tools: Tools,
    case: Case,
    outward: Sequence[Transfer],
    changed: Transfer,
    *,
    now: datetime,
    actor: str,
) -> Change | None:
    """The end of a withdrawn dossier of which no agency has anything, else None.

    Where others have theirs, the end of the part that the changed one belonged to.
    ``outward`` is what ``outward_after`` told; what has not left is cancelled by
    name, but for the one that changes by itself.
    """
    if not outward:
        return None
    procedure = tools.versions.procedure_of(case)
    if lies_nowhere(case, outward):
        after, needless = ended_unsent(case, now), outward
    elif changed.leg in parts_nowhere(case, outward) & told_of_it(case, procedure):
        after = without_parts(case, procedure, {changed.leg}, now)
        needless = [t for t in outward if t.leg == changed.leg]
    else:
        return None
    change = advance(
        case,
        Step(after),
        procedure=procedure,
        catalogue=tools.versions.current,
        chance=tools.chance,
        now=now,
        actor=actor,
    )
    moves = tuple(
        cancelled(t, WITHDRAWAL) for t in cancellable(needless) if t.id != changed.id
    )
    return replace(change, moves=moves)
