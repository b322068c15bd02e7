"""What a case becomes once people end a leg, or the dossier, by hand; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.case import BY_HAND, INFERRED, Case, End, LegState
from gateway.domain.closing import (
    EVENTS,
    GOING,
    WHOLE,
    Closing,
    Outcome,
    Way,
    outcomes,
    skipped,
)
from gateway.domain.procedure import Event, Trigger
from gateway.domain.values import replace
from gateway.routing.joining import joined_end
from gateway.routing.progress import (
    Step,
    after_event,
    end_case,
    end_leg,
    once,
    open_legs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.domain.procedure import Leg, Procedure


def why_not(case: Case, procedure: Procedure, closing: Closing) -> str:
    """Code of why something cannot be ended so; empty: it can."""
    if case.end is not End.OPEN:
        return "dossier_ended"
    if closing.way is Way.DOSSIER:
        return "" if closing.leg == WHOLE else "closing_of_whole"
    leg = next((one for one in case.legs if one.name == closing.leg), None)
    if leg is None or leg.state not in GOING:
        return "leg_not_open"
    rule = procedure.leg(leg.name)
    if rule.tells:
        return "leg_not_open"
    if closing.way is Way.PAPER and closing.outcome not in outcomes(rule, leg):
        return "closing_outcome"
    if closing.way is Way.SKIP and _decides_alone(case, procedure, rule):
        return "leg_decides"
    return ""


def _decides_alone(case: Case, procedure: Procedure, rule: Leg) -> bool:
    """Whether nobody would be left who decides how the dossier ends."""
    others = (
        one
        for one in case.legs
        if one.name != rule.name
        and procedure.leg(one.name).ends_dossier
        and one.state is not LegState.SKIPPED
        and not skipped(case, one.name)
    )
    return rule.ends_dossier and next(others, None) is None


def on_closed(
    case: Case,
    procedure: Procedure,
    closing: Closing,
    said: Mapping[str, Any],
    at: datetime,
) -> Step:
    """The step; ``said`` is what the case keeps of it, beside way, outcome, moment."""
    told = {"way": closing.way.value, "at": at.isoformat(), **said}
    match closing.way:
        case Way.DOSSIER:
            legs = {one.name: told for one in case.legs if one.state in GOING}
            noted = replace(_noted(case, {**legs, WHOLE: told}), unrouted="")
            return Step(end_case(noted, End.CLOSED, at))
        case Way.SKIP:
            return _skipped(_noted(case, {closing.leg: told}), procedure, closing, at)
        case Way.PAPER:
            outcome = closing.outcome or Outcome.FINISHED
            told = {**told, "outcome": outcome.value}
            event = EVENTS[outcome]
            noted = _noted(case, {closing.leg: told})
            if event is Event.FINISHED:
                # Its office may yet send the result: that is the first one.
                theirs = [*case.facts.get(INFERRED, ()), closing.leg]
                noted = replace(noted, facts={**noted.facts, INFERRED: theirs})
            leg = noted.leg(closing.leg)
            leg = replace(leg, happened=once(leg.happened, event))
            return after_event(noted.with_leg(leg), procedure, leg, event, at, None)


def _noted(case: Case, told: Mapping[str, Mapping[str, Any]]) -> Case:
    before = case.facts.get(BY_HAND, {})
    return replace(case, facts={**case.facts, BY_HAND: {**before, **told}})


def _skipped(case: Case, procedure: Procedure, closing: Closing, at: datetime) -> Step:
    """What begins with an event of the leg begins, though the event did not happen."""
    rule = procedure.leg(closing.leg)
    case = case.with_leg(end_leg(case.leg(closing.leg), at))
    end = joined_end(case, procedure) if rule.ends_dossier else End.OPEN
    if end is not End.OPEN:
        case = end_case(case, end, at)
    stand_in = [
        trigger
        for one in case.legs
        if one.state is LegState.WAITING
        for trigger in procedure.leg(one.name).opens_on
        if trigger.leg == closing.leg
    ]
    case = open_legs(case, procedure, stand_in, at)
    happened = (Trigger(closing.leg, Event.ENDED),)
    return Step(case, happened, stands_in=tuple(stand_in))
