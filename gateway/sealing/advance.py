"""From a step of routing to the change that the store applies in one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.case import End
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.transfer import Fate, Move, State
from gateway.domain.values import replace
from gateway.ports.store import Change
from gateway.routing.messages import NOTHING, STATUS, Enclosure, Making, follow_up
from gateway.sealing.appointment import appointed, with_supplement_day
from gateway.sealing.stands import with_stands

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.case import Case
    from gateway.domain.procedure import Procedure
    from gateway.domain.transfer import NewTransfer, Transfer
    from gateway.ports.ids import Chance
    from gateway.routing.catalogue import Catalogue
    from gateway.routing.progress import Step

#: Fact of an end: the configuration whose calendar the dossier is measured by from then on.
CALENDAR = "calendar"


def advance(
    before: Case,
    step: Step,
    *,
    procedure: Procedure,
    catalogue: Catalogue,
    chance: Chance,
    now: datetime,
    actor: str,
    enclosure: Enclosure = NOTHING,
) -> Change:
    """The change of one step: new case, its transfers, its journal lines.

    The case's version grows by one; an unchanged case makes a change without
    case, so that it collides with nobody.
    """
    day = legal_day(now)
    making = Making(procedure, catalogue, chance, day)
    step = appointed(step, procedure, catalogue, day)
    enclosure = with_supplement_day(enclosure, step, procedure, catalogue, day)
    case, transfers = follow_up(before, step, making, enclosure)
    lines = [
        JournalLine(
            kind="happened",
            at=now,
            actor=actor,
            facts={"leg": trigger.leg, "event": trigger.event.value},
        )
        for trigger in step.happened
    ]
    lines = with_stands(lines, before, case, now, actor)
    lines += [_status_line(new, now) for new in transfers if new.kind == STATUS]
    if case == before and not transfers:
        return Change(now=now, dossier_id=before.dossier_id, journal=tuple(lines))
    if case.end is not End.OPEN and before.end is End.OPEN:
        facts: dict[str, Any] = {"end": case.end.value, CALENDAR: catalogue.version}
        lines.append(JournalLine(kind="ended", at=now, actor=actor, facts=facts))
    return Change(
        now=now,
        dossier_id=before.dossier_id,
        case=replace(case, version=before.version + 1),
        transfers=transfers,
        journal=tuple(lines),
    )


def _status_line(new: NewTransfer, now: datetime) -> JournalLine:
    return JournalLine(kind="status", at=now, actor="gateway", facts=dict(new.facts))


def cancellable(transfers: Sequence[Transfer]) -> list[Transfer]:
    """Transfers that have not left and need not leave any more.

    One that lies ready until its office fetches it is one of them until then.
    """
    unsent = {State.WAITING, State.DUE, State.PARKED, State.UNCONFIRMED}
    return [t for t in transfers if t.state in unsent and t.fate is Fate.NOT_LEFT]


def cancelled(transfer: Transfer, named_by: str) -> Move:
    """The end of one that has not arrived; what lies ready may leave meanwhile."""
    return Move(
        transfer.id,
        transfer.state,
        State.CANCELLED,
        transfer.fate,
        named_by=named_by,
        unshown=transfer.fate is Fate.NOT_LEFT,
    )


def lies_nowhere(case: Case, outward: Sequence[Transfer]) -> bool:
    """Whether no agency has, or may have, anything of a dossier.

    ``outward``: all its transfers but the statuses. One that a person gave up on
    may have arrived all the same.
    """
    worked_on = any(leg.happened for leg in case.legs)
    return not worked_on and _nothing_left(outward)


def parts_nowhere(case: Case, outward: Sequence[Transfer]) -> frozenset[str]:
    """Legs with messages of which no agency has, or may have, anything.

    ``outward`` as for ``lies_nowhere``.
    """
    made: dict[str, list[Transfer]] = {}
    for transfer in outward:
        made.setdefault(transfer.leg, []).append(transfer)
    return frozenset(
        leg.name
        for leg in case.legs
        if not leg.happened and leg.name in made and _nothing_left(made[leg.name])
    )


def _nothing_left(outward: Sequence[Transfer]) -> bool:
    doubtful = any(t.fate is Fate.MAY_HAVE_LEFT for t in outward)
    live = [t for t in outward if t.finished_at is None or t.state is State.DELIVERED]
    return not doubtful and len(cancellable(outward)) == len(live)
