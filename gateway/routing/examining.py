"""What the counter may do with a dossier that waits for its acceptance; pure.

An agency handed it over (decision 0037). The counter accepts it, asks for papers
first, or refuses it; whoever handed it over is told each of these.
"""

from __future__ import annotations

from datetime import datetime

from gateway.domain.case import TO_BE_ACCEPTED, Case, End, LegState, Pause, Place
from gateway.domain.procedure import Event, Procedure, Trigger
from gateway.domain.values import replace
from gateway.routing.progress import Step, on_dossier_event
from gateway.routing.taking_back import ended_unsent


def is_told(procedure: Procedure, event: Event) -> bool:
    """Whether the plan tells whoever handed the dossier over of an act of the counter."""
    rules = [rule for leg in procedure.legs if leg.tells for rule in leg.messages]
    return any(Trigger("", event) in rule.on and rule.encloses for rule in rules)


def asked_for_papers(case: Case, procedure: Procedure, at: datetime) -> Step:
    """The counter wants papers before it decides: it is the applicant's turn."""
    step = on_dossier_event(case, procedure, Event.SUPPLEMENT_REQUESTED, at)
    return replace(step, case=_awaited(step.case, Place.CITIZEN, at))


def brought(case: Case, at: datetime) -> Case:
    """The applicant added papers where the dossier came from: the counter's turn."""
    return replace(_awaited(case, Place.ONE_STOP, at), round=case.round + 1)


def refused_at_the_counter(case: Case, procedure: Procedure, at: datetime) -> Step:
    """The counter does not take it, before any office has anything of it."""
    step = on_dossier_event(case, procedure, Event.REFUSED, at)
    return replace(step, case=ended_unsent(step.case, at, End.REFUSED))


def waits_for_papers(case: Case) -> bool:
    """Whether the counter asked for papers that have not come yet."""
    return any(
        leg.asks == TO_BE_ACCEPTED and leg.pause is Pause.SUPPLEMENT
        for leg in case.legs
    )


def _awaited(case: Case, place: Place, at: datetime) -> Case:
    waits = place is Place.CITIZEN
    for leg in case.legs:
        if leg.asks == TO_BE_ACCEPTED:
            changed = replace(
                leg,
                state=LegState.PAUSED if waits else LegState.OPEN,
                pause=Pause.SUPPLEMENT if waits else Pause.NONE,
                place=place,
                since=at,
            )
            case = case.with_leg(changed)
    return case
