"""What a report, a delivery or the counter changes in a case; pure.

Late and repeated reports change nothing but the record of their arrival. A
forward status may not move a leg that has ended, nor one that waits for the
citizen; facts (slip, notices, paid) count whenever they arrive.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.domain.case import Case, End, LegCase, LegState, Pause, Place, accepted
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.obligation import Effect
from gateway.domain.procedure import Carrier, Event, Leg, Procedure, Trigger
from gateway.domain.report import FACTUAL, AgencyReport, ReportKind, Standing
from gateway.domain.values import dataclass, replace
from gateway.routing import money
from gateway.routing.afterwards import afterwards, standing_of
from gateway.routing.joining import ENDINGS, joined_end


@dataclass(frozen=True, slots=True)
class Step:
    """A case after something happened, and what happened, in order."""

    case: Case
    happened: tuple[Trigger, ...] = ()
    standing: Standing = Standing.APPLIED
    code: str = ""
    told_by: AgencyId | None = None
    #: who reported it: an agency is never told what it told us
    answered: bool = False
    #: the one-stop learns of it by the answer to its own call
    stands_in: tuple[Trigger, ...] = ()
    #: did not happen: what only waited for it to begin begins all the same


EVENTS: dict[ReportKind, Event] = {
    ReportKind.OPENED: Event.OPENED,
    ReportKind.PROGRESS: Event.PROGRESSED,
    ReportKind.SLIP: Event.SLIP_ISSUED,
    ReportKind.SUPPLEMENT_REQUEST: Event.SUPPLEMENT_REQUESTED,
    ReportKind.PAUSED: Event.PAUSED,
    ReportKind.SUPPLEMENT_RECEIVED: Event.SUPPLEMENT_RECEIVED,
    ReportKind.NOTICES: Event.NOTICE_ISSUED,
    ReportKind.VOUCHER: Event.PAYMENT_REPORTED,
    ReportKind.PAID: Event.PAID,
    ReportKind.EXEMPTED: Event.EXEMPTED,
    ReportKind.DEFERRED: Event.DEFERRED,
    ReportKind.QUESTION: Event.QUESTION_ASKED,
    ReportKind.TAX_RETURNED: Event.TAX_RETURNED,
    ReportKind.WRONG_CASE: Event.WRONG_CASE,
    ReportKind.CORRECTION_REQUEST: Event.CORRECTION_REQUESTED,
    ReportKind.FINISHED: Event.FINISHED,
    ReportKind.REFUSED: Event.REFUSED,
    ReportKind.WITHDRAWN: Event.WITHDRAWN,
}
#: Slips that go with one before them, by what their issuer signed.
FURTHER_SLIPS = {
    "supplement": Event.SLIP_SUPPLEMENTED,
    "withdraw": Event.SLIP_WITHDRAWN,
}
_OF_THE_OBLIGATION = frozenset(
    {
        ReportKind.NOTICES,
        ReportKind.VOUCHER,
        ReportKind.PAID,
        ReportKind.EXEMPTED,
        ReportKind.DEFERRED,
        ReportKind.QUESTION,
        ReportKind.TAX_RETURNED,
    }
)
#: Their event time orders them; endings count whenever they arrive.
_ORDERED = frozenset(
    {
        ReportKind.PROGRESS,
        ReportKind.SUPPLEMENT_REQUEST,
        ReportKind.PAUSED,
        ReportKind.SUPPLEMENT_RECEIVED,
        ReportKind.WRONG_CASE,
        ReportKind.CORRECTION_REQUEST,
    }
)

#: A zone that nobody named makes hours; what lies further ahead is a wrong clock.
AHEAD = timedelta(days=1)


def subject_leg(
    case: Case, procedure: Procedure, report: AgencyReport, agency: AgencyId
) -> LegCase | None:
    """The leg that a report of an agency speaks about.

    Of the money of another's leg speak only the office from whose work that leg
    follows, or which waits for it (land, of tax), and whoever has no leg at all.
    """
    by_agency = {leg.agency: leg for leg in case.legs}
    own = by_agency.get(agency)
    if report.kind in _OF_THE_OBLIGATION:
        for leg in procedure.legs:
            if Event.PAID not in leg.ends_on or leg.agency not in by_agency:
                continue
            if own is None or leg.agency == agency or _tied(procedure, leg, own.name):
                return by_agency[leg.agency]
    return own


def _tied(procedure: Procedure, owes: Leg, name: str) -> bool:
    """Whether the leg that owes follows from another, or that one waits for it."""
    told = [trigger for rule in procedure.leg(name).messages for trigger in rule.on]
    follows = any(trigger.leg == name for trigger in owes.opens_on)
    return follows or any(trigger.leg == owes.name for trigger in told)


def on_report(
    case: Case,
    procedure: Procedure,
    report: AgencyReport,
    agency: AgencyId,
    arrived_at: datetime,
    *,
    holds: bool = True,
    effect: Effect | None = None,
) -> Step:
    """What a report of an agency changes, now that it has arrived.

    ``holds``: the signed document in it was found good. One that was not is not
    noted as issued, so that the next one is the first and not its replacement.
    ``effect``: what it changed in what is owed, if it is about money.
    """
    leg = subject_leg(case, procedure, report, agency)
    if leg is None:
        return Step(case, (), Standing.UNMATCHED, "no_such_leg")
    if effect is Effect.NOTHING_NEW:
        return Step(case, (), Standing.REPEATED, "known_by_other_road")
    owed_again = money.reopens(case, leg, effect)
    if owed_again:
        leg = replace(leg, state=LegState.OPEN)
        case = replace(case, happened=money.told_anew(case, procedure, leg.name))
    guarded = _guard(case, leg, report, agency, arrived_at)
    if guarded:
        return Step(case, (), standing_of(guarded, case, leg, report), guarded)
    event = money.EVENTS[effect] if effect else EVENTS[report.kind]
    if event is Event.SLIP_ISSUED:
        event = _event_of_slip(leg, report)
    if event is Event.REFUSED and report.facts.get("cancelled"):
        # One word for both at some agencies: whoever asked for it is not refused.
        event = Event.WITHDRAWN if case.withdrawal_requested else event
    changed = _moved(leg, event, report, arrived_at)
    if event is Event.QUESTION_ASKED:
        changed = _asked(changed, procedure)
    if not holds:
        changed = replace(changed, happened=leg.happened)
    step = after_event(
        case.with_leg(changed), procedure, changed, event, arrived_at, agency
    )
    return _owed_again(step, leg.name) if owed_again else step


def to_be_asked(case: Case) -> Step:
    """The step of news that tax is asked about before they reopen what is settled."""
    return Step(case, (), Standing.LATE, "to_be_asked")


def _owed_again(step: Step, leg_name: str) -> Step:
    """The step, and that with it a leg owes again: who heard of its end is told."""
    leg = step.case.leg(leg_name)
    leg = replace(leg, happened=once(leg.happened, Event.OWED_AGAIN))
    happened = (*step.happened, Trigger(leg_name, Event.OWED_AGAIN))
    return replace(step, case=step.case.with_leg(leg), happened=happened)


def _guard(
    case: Case,
    leg: LegCase,
    report: AgencyReport,
    agency: AgencyId,
    arrived_at: datetime,
) -> str:
    """Code of the reason why a report may not move the case; empty when it may."""
    if over := afterwards(case, leg):
        return over
    if report.kind in FACTUAL:
        by_other_road = leg.carried_by is Carrier.GATEWAY and leg.agency != agency
        settles = report.kind not in {ReportKind.SLIP, ReportKind.NOTICES}
        return "known_by_other_road" if by_other_road and settles else ""
    event_at = report.event_at
    seen = _seen(leg, event_at, arrived_at) if event_at else None
    if report.kind in _ORDERED and seen and event_at and event_at < seen:
        return "older_than_known"
    overtaken = event_at is not None and event_at < leg.since
    owed = leg.pause is Pause.FINANCIAL_OBLIGATION
    if report.kind is ReportKind.QUESTION and owed and overtaken:
        return "question_overtaken"
    if leg.step in report.never_after:
        return "step_goes_back"
    waits_for_citizen = leg.pause is Pause.SUPPLEMENT
    if waits_for_citizen and report.kind is ReportKind.PROGRESS:
        return "waits_for_citizen"
    return ""


def _moved(leg: LegCase, event: Event, report: AgencyReport, at: datetime) -> LegCase:
    state, place, pause = leg.state, leg.place, leg.pause
    match event:
        case Event.SUPPLEMENT_REQUESTED:
            state, place, pause = LegState.PAUSED, Place.CITIZEN, Pause.SUPPLEMENT
        case Event.PAUSED:
            pause = Pause(str(report.facts.get("pause", Pause.STOPPED)))
            state, place = LegState.PAUSED, _stopped_at(report, pause)
        case Event.NOTICE_ISSUED:
            state, place = LegState.PAUSED, Place.CITIZEN
            pause = Pause.FINANCIAL_OBLIGATION
        case Event.PAYMENT_COVERS:
            place = Place.AGENCY  # everything known is paid: tax has to confirm it
        case (
            Event.PROGRESSED
            | Event.SUPPLEMENT_RECEIVED
            | Event.OPENED
            | Event.NOTICE_WITHDRAWN
        ):
            state, place, pause = LegState.OPEN, Place.AGENCY, Pause.NONE
        case _ if event in money.SETTLED and pause is Pause.FINANCIAL_OBLIGATION:
            state, place, pause = LegState.OPEN, Place.AGENCY, Pause.NONE
        case Event.WRONG_CASE | Event.CORRECTION_REQUESTED:
            place = Place.ONE_STOP
        case Event.TAX_RETURNED:
            place = Place.ISSUER
        case _:
            pass
    newest = leg.reported_until
    if report.kind not in FACTUAL and report.event_at:
        seen = _seen(leg, report.event_at, at)
        newest = max(seen, report.event_at) if seen else report.event_at
    since = at if (place, state) != (leg.place, leg.state) else leg.since
    return replace(
        leg,
        state=state,
        place=place,
        pause=pause,
        since=since,
        step=str(report.facts.get("step", leg.step)),
        happened=once(leg.happened, event),
        reported_until=newest,
        notices=leg.notices + (event is Event.NOTICE_ISSUED),
    )


def _stopped_at(report: AgencyReport, pause: Pause) -> Place:
    """Who is waited for: the agency says so, or it is about the citizen's money."""
    owed = pause is Pause.FINANCIAL_OBLIGATION
    waits = owed or report.facts.get("waits_for") == "customer"
    return Place.CITIZEN if waits else Place.AGENCY


def _event_of_slip(leg: LegCase, report: AgencyReport) -> Event:
    """What a slip is to those before it: ``slip`` as its issuer signed it."""
    signed = FURTHER_SLIPS.get(str(report.facts.get("slip", "")))
    if signed is not None:
        return signed
    if Event.SLIP_ISSUED.value in leg.happened:
        return Event.SLIP_REPLACED
    return Event.SLIP_ISSUED


def _asked(leg: LegCase, procedure: Procedure) -> LegCase:
    """The leg once tax has asked whoever issued its slip."""
    issuer = procedure.leg(leg.name).issuer
    if any(other.agency == issuer for other in procedure.legs):
        return replace(leg, place=Place.ISSUER)
    return replace(leg, place=Place.ONE_STOP, asks="tax_question")


def _seen(leg: LegCase, event_at: datetime, arrived_at: datetime) -> datetime | None:
    """The newest event time known of a leg, unless a wrong clock told it.

    Else one report dated years ahead would make all that follow older than known.
    """
    seen, soon = leg.reported_until, arrived_at + AHEAD
    return None if seen and seen > soon >= event_at else seen


def once(happened: tuple[str, ...], event: Event) -> tuple[str, ...]:
    """Events in the order of their first application, with this one among them."""
    return happened if event.value in happened else (*happened, event.value)


def after_event(
    case: Case,
    procedure: Procedure,
    leg: LegCase,
    event: Event,
    at: datetime,
    told_by: AgencyId | None,
) -> Step:
    """Ends, openings and flags that follow from one event of one leg."""
    rule = procedure.leg(leg.name)
    happened = [Trigger(leg.name, event)]
    if event in {Event.WRONG_CASE, Event.CORRECTION_REQUESTED}:
        case = replace(case, correction_requested=True)
    if event in rule.ends_on:
        case = case.with_leg(end_leg(leg, at))
        happened.append(Trigger(leg.name, Event.ENDED))
        end = joined_end(case, procedure) if event in ENDINGS else End.OPEN
        if rule.ends_dossier and end is not End.OPEN:
            case = end_case(case, end, at)
    case = open_legs(case, procedure, happened, at)
    return Step(case, tuple(happened), told_by=told_by)


def end_leg(leg: LegCase, at: datetime) -> LegCase:
    """A leg that is over, by whatever ended it."""
    return replace(
        leg, state=LegState.ENDED, place=Place.NOBODY, pause=Pause.NONE, since=at
    )


def end_case(case: Case, end: End, at: datetime) -> Case:
    """A dossier that is over, with all that follows for its legs."""
    legs = tuple(leg if _goes_on(leg, end) else end_leg(leg, at) for leg in case.legs)
    return replace(case, end=end, ended_at=at, legs=legs)


def _goes_on(leg: LegCase, end: End) -> bool:
    """Whether a leg stays as it is when the dossier ends.

    One that its agencies carry themselves and have not begun may follow from what
    was finished: residence from a birth. Nothing here says that it is done.
    """
    if leg.state in {LegState.ENDED, LegState.SKIPPED}:
        return True
    theirs = leg.carried_by is not Carrier.GATEWAY
    return end is End.FINISHED and theirs and leg.state is LegState.WAITING


def open_legs(
    case: Case, procedure: Procedure, happened: list[Trigger], at: datetime
) -> Case:
    """The case with every waiting leg opened that waited for what happened."""
    if case.end is not End.OPEN:
        return case
    for leg in case.legs:
        rule = procedure.leg(leg.name)
        if leg.state is LegState.WAITING and any(t in rule.opens_on for t in happened):
            place = Place.GATEWAY if leg.carried_by is Carrier.GATEWAY else Place.AGENCY
            case = case.with_leg(
                replace(leg, state=LegState.OPEN, place=place, since=at)
            )
    return case


def on_dossier_event(
    case: Case, procedure: Procedure, event: Event, at: datetime
) -> Step:
    """What the counter's own act changes (accepted, revised, supplemented …)."""
    happened = [Trigger("", event)]
    if event.value not in case.happened:
        case = replace(case, happened=(*case.happened, event.value))
    if event is Event.WITHDRAWAL_REQUESTED:
        case = replace(case, withdrawal_requested=True)
    if event is Event.ACCEPTED:
        case = accepted(case, at)
    if event is Event.SUPPLEMENTED:
        case = _supplemented(case, at)
    if event is Event.QUESTION_ANSWERED:
        case = _question_answered(case, at)
    case = open_legs(case, procedure, happened, at)
    return Step(case, tuple(happened))


def _supplemented(case: Case, at: datetime) -> Case:
    for leg in case.legs:
        if leg.pause is Pause.SUPPLEMENT and leg.place is Place.CITIZEN:
            case = case.with_leg(replace(leg, place=Place.GATEWAY, since=at))
    return replace(case, round=case.round + 1)


def _question_answered(case: Case, at: datetime) -> Case:
    for leg in case.legs:
        if leg.asks == "tax_question":
            case = case.with_leg(replace(leg, place=Place.GATEWAY, since=at, asks=""))
    return case


def fresh_leg(leg: Leg, office: str | None, at: datetime, *, skipped: bool) -> LegCase:
    """A leg at intake: waiting, or left out because its condition does not hold."""
    state = LegState.SKIPPED if skipped else LegState.WAITING
    return LegCase(
        name=leg.name,
        agency=leg.agency,
        office=OfficeId(office or ""),
        carried_by=leg.carried_by,
        state=state,
        place=Place.NOBODY,
        since=at,
    )
