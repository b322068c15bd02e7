"""The case of a dossier that has just come, from a counter or from an agency."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.case import TO_BE_ACCEPTED, Case, LegState, Pause, Place
from gateway.domain.legal_day import VIETNAM
from gateway.domain.procedure import Carrier, Event, Trigger
from gateway.routing.messages import mark
from gateway.routing.progress import Step, fresh_leg, once, open_legs

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from gateway.domain.identifiers import AgencyId, DossierId, OfficeId
    from gateway.domain.procedure import Procedure
    from gateway.routing.route import Route


@dataclass(frozen=True, slots=True)
class Begun:
    """A leg that is under way at its agency when its dossier is taken over."""

    leg: str
    since: datetime
    pause: Pause = Pause.NONE
    numbers: tuple[tuple[str, str], ...] = ()
    #: (kind, value) of numbers that its agency gave


def _received_at(document: Mapping[str, Any]) -> dict[str, str]:
    """The moment on the receipt, from which the dossier's time counts."""
    try:
        at = datetime.fromisoformat(str(document.get("received_at")))
    except ValueError:
        return {}
    at = at if at.tzinfo else at.replace(tzinfo=VIETNAM)
    return {"received_at": at.isoformat()}


def fresh_case(
    dossier_id: DossierId,
    sender: OfficeId,
    route: Route,
    document: Mapping[str, Any],
    *,
    configuration: int,
    fingerprint: str,
    now: datetime,
) -> Case:
    """A case of version 0 in which no leg has begun.

    The due day is the one that the counter gave; nothing is computed here.
    """
    due_on = document.get("due_on")
    legs = tuple(
        fresh_leg(p.leg, p.office, now, skipped=bool(p.skipped)) for p in route.legs
    )
    return Case(
        dossier_id=dossier_id,
        version=0,
        procedure=route.procedure.code,
        procedure_version=route.procedure.version,
        configuration=configuration,
        sender=sender,
        unit=str(document["units"]["intake"]),
        revision=1,
        round=int(document.get("round", 1)),
        accepted_at=now,
        due_on=date.fromisoformat(due_on) if due_on else None,
        due_reason="theo giấy tiếp nhận" if due_on else "",
        legs=legs,
        unrouted=route.unrouted,
        facts={
            "fingerprint": fingerprint,
            **_received_at(document),
            **route.facts,
            "rules": [v.rule for p in route.legs for v in p.verdicts if v.chosen],
        },
    )


def opened_by(
    case: Case,
    procedure: Procedure,
    agency: AgencyId,
    office: OfficeId,
    at: datetime,
) -> Step:
    """The case after an agency said that it opened the dossier itself.

    Its own leg is under way at the office that said so; what acceptance would
    have sent to it counts as sent. Who only wants to be told hands the dossier over
    to the counter, which accepts it first.
    """
    marks: list[str] = []
    happened = []
    for rule in procedure.legs:
        if rule.agency != agency:
            continue
        if rule.tells:
            return _handed_over_to_the_counter(case, rule.name, office, at)
        begun = replace(
            case.leg(rule.name),
            office=office,
            state=LegState.OPEN,
            place=Place.AGENCY,
            since=at,
            happened=(Event.HANDED_OVER.value, Event.OPENED.value),
        )
        case = case.with_leg(begun)
        marks += [
            mark(rule, message)
            for message in rule.messages
            if Trigger("", Event.ACCEPTED) in message.on
        ]
        happened += [
            Trigger(rule.name, Event.HANDED_OVER),
            Trigger(rule.name, Event.OPENED),
        ]
    case = replace(case, happened=(*case.happened, Event.ACCEPTED.value, *marks))
    return Step(open_legs(case, procedure, happened, at), tuple(happened))


def _handed_over_to_the_counter(
    case: Case, leg_name: str, office: OfficeId, at: datetime
) -> Step:
    waits = replace(
        case.leg(leg_name),
        office=office,
        state=LegState.OPEN,
        place=Place.ONE_STOP,
        since=at,
        asks=TO_BE_ACCEPTED,
    )
    return Step(case.with_leg(waits), (Trigger(leg_name, Event.OPENED),))


def under_way(
    case: Case, procedure: Procedure, begun: Sequence[Begun], observed: Container[str]
) -> Step:
    """The case of a dossier that is taken over as it stands; nothing is sent for it.

    ``observed``: legs whose agency is not written to by the gateway. What a leg
    waits for before it opens has happened where it is under way.
    """
    marks: list[str] = []
    for one in begun:
        rule = procedure.leg(one.leg)
        waits = one.pause in {Pause.SUPPLEMENT, Pause.FINANCIAL_OBLIGATION}
        here = replace(
            case.leg(one.leg),
            state=LegState.PAUSED if one.pause else LegState.OPEN,
            place=Place.CITIZEN if waits else Place.AGENCY,
            pause=one.pause,
            since=one.since,
            happened=(Event.HANDED_OVER.value,),
        )
        if one.leg in observed:
            here = replace(here, carried_by=Carrier.AGENCIES)
        case = _with_causes(case.with_leg(here), rule.opens_on)
        marks += [
            mark(rule, message)
            for message in rule.messages
            if set(message.on) & set(rule.opens_on)
        ]
    happened = (*case.happened, Event.ACCEPTED.value, *marks)
    case = replace(case, happened=happened)
    return Step(case, (Trigger("", Event.LOADED),), answered=True)


def _with_causes(case: Case, causes: Iterable[Trigger]) -> Case:
    for cause in causes:
        if cause.leg:
            leg = case.leg(cause.leg)
            case = case.with_leg(replace(leg, happened=once(leg.happened, cause.event)))
    return case
