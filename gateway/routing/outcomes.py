"""What becomes of a message, delivered, refused or unable to leave, in a case; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.domain.case import Case, End, LegState, Pause, Place
from gateway.domain.procedure import Event, Procedure, Trigger
from gateway.routing.progress import Step, once, open_legs

#: Messages that end a wait, once the agency has them: a replaced slip makes tax
#: determine anew what is owed.
RESUMES = {
    "supplement": Pause.SUPPLEMENT,
    "slip_replace": Pause.FINANCIAL_OBLIGATION,
    "slip_withdraw": Pause.FINANCIAL_OBLIGATION,
}


def on_delivered(
    case: Case, procedure: Procedure, leg_name: str, kind: str, at: datetime
) -> Step:
    """What the hand-over of a message to its agency changes.

    A supplement that reached the office ends the wait for the citizen; a fresh
    hand-over after a correction ends the counter's turn.
    """
    leg = case.leg(leg_name)
    if case.end is not End.OPEN or leg.state in {LegState.ENDED, LegState.SKIPPED}:
        return Step(case)
    resumes = RESUMES.get(kind) is leg.pause
    taken = resumes or leg.place in {Place.GATEWAY, Place.ONE_STOP, Place.ISSUER}
    owed = kind == "question_answer" and leg.pause is Pause.FINANCIAL_OBLIGATION
    if owed:
        # Tax asked after its notice: answered, it is the citizen's turn again.
        asked = replace(leg, place=Place.CITIZEN, since=at, asks="")
        return Step(case.with_leg(asked))
    first = Event.HANDED_OVER.value not in leg.happened
    changed = replace(
        leg,
        state=LegState.OPEN if taken else leg.state,
        place=Place.AGENCY if taken else leg.place,
        pause=Pause.NONE if taken else leg.pause,
        since=at if taken else leg.since,
        happened=once(leg.happened, Event.HANDED_OVER),
        asks="",
    )
    after = case.with_leg(changed)
    if kind == "hand_over" and after.correction_requested:
        after = replace(after, correction_requested=False)
    happened = [Trigger(leg_name, Event.HANDED_OVER)] if first else []
    after = open_legs(after, procedure, happened, at)
    return Step(after, tuple(happened))


def on_refused_message(
    case: Case, procedure: Procedure, leg_name: str, kind: str, at: datetime
) -> Step:
    """What a message-level refusal changes: whoever made the first message has it back.

    That is the counter, or the office that issued and signed it; the one-stop is
    told that something is asked for.
    """
    leg, rule = case.leg(leg_name), procedure.leg(leg_name)
    if case.end is not End.OPEN or Event.HANDED_OVER.value in leg.happened:
        return Step(case)
    if kind not in {m.kind for m in rule.messages}:
        return Step(case)
    back = replace(leg, since=at, asks="agency_refused")
    if any(other.agency == rule.issuer for other in procedure.legs):
        return Step(case.with_leg(replace(back, place=Place.ISSUER)))
    changed = case.with_leg(replace(back, place=Place.ONE_STOP))
    return Step(replace(changed, correction_requested=True))


def on_question(case: Case, leg_name: str, code: str, at: datetime) -> Step:
    """What a message that cannot leave for want of data changes: the counter is asked.

    A leg that is under way at its agency stays there; only the question is noted.
    """
    leg = case.leg(leg_name)
    if case.end is not End.OPEN or leg.state in {LegState.ENDED, LegState.SKIPPED}:
        return Step(case)
    if leg.place is Place.GATEWAY:
        leg = replace(leg, place=Place.ONE_STOP, since=at)
    return Step(case.with_leg(replace(leg, asks=code)))
