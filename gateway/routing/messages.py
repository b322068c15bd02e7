"""Which messages follow from what happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from gateway.domain.case import Case, End, LegState, Place
from gateway.domain.closing import NO_DATA
from gateway.domain.identifiers import MessageKind, OfficeId, PayloadId, TransferId
from gateway.domain.procedure import (
    Carrier,
    Event,
    Leg,
    MessageRule,
    Procedure,
    Trigger,
)
from gateway.domain.transfer import (
    STATUS_CONVERSATION,
    TELLS,
    TOLD_BY_HAND,
    NewTransfer,
)
from gateway.domain.values import dataclass, replace
from gateway.ports.ids import Chance
from gateway.routing.catalogue import Catalogue, Office
from gateway.routing.joining import hears_no_more
from gateway.routing.link import is_linked
from gateway.routing.money import settled_by_hand
from gateway.routing.outcomes import on_question
from gateway.routing.progress import Step
from gateway.routing.telling import status_facts, view

STATUS = MessageKind("status")
#: Acts of the counter that go on after the dossier has ended.
AFTER_THE_END = frozenset({Event.HANDED_OUT, Event.RESULT_WRONG})
_SLIPS = frozenset(
    {
        *(Event.SLIP_ISSUED, Event.SLIP_REPLACED),
        *(Event.SLIP_SUPPLEMENTED, Event.SLIP_WITHDRAWN),
    }
)


@dataclass(frozen=True, slots=True)
class Enclosure:
    """What a message carries beside the dossier: plain facts and sealed content."""

    facts: Mapping[str, Any]
    payload: PayloadId | None = None
    parked: str | None = None
    #: why the message may not leave yet
    told: PayloadId | None = None
    #: sealed content of the report, of which the one-stop is told
    slip_number: str = ""
    #: as people quote it; to be found by, never kept in plain
    slip: str = ""
    #: what it is to those before it (``SlipKind``); empty where none holds
    event_at: str = ""
    #: when the event of the report happened, as its agency says
    lacking: bool = False
    #: there is no report: people ended something by hand


NOTHING = Enclosure({})


@dataclass(frozen=True, slots=True)
class Making:
    """What messages are made with: the rules of a dossier and of a day in Vietnam."""

    procedure: Procedure
    catalogue: Catalogue
    chance: Chance
    day: date


def follow_up(
    before: Case, step: Step, making: Making, enclosure: Enclosure = NOTHING
) -> tuple[Case, tuple[NewTransfer, ...]]:
    """The case with what was sent noted, and the transfers that are now due.

    A status to the one-stop comes last and only when what it would tell has
    changed and no answer to its own call tells it already.
    """
    case = step.case
    catalogue, chance = making.catalogue, making.chance
    transfers: list[NewTransfer] = []
    for leg in making.procedure.legs:
        for rule in leg.messages:
            if not _triggered(case, leg, rule, step, _hits(before, leg, rule, step)):
                continue
            road = catalogue.road(case.leg(leg.name).office, making.day)
            if road is None:
                case = _observed(case, leg)
                continue
            before_any = not _sent_any(case, leg)
            case, new = _message(case, leg, rule, road, making, enclosure)
            transfers.append(new)
            if new.shadow and before_any:
                case = _observed(case, leg)
    case = replace(case, happened=_without_anew(case, making.procedure, step))
    # Each question has a text of its own, though the dossier stays where it is.
    asked = any(t.event is Event.QUESTION_ASKED for t in step.happened)
    changed = asked or view(before) != view(case)
    if changed and not step.answered and not is_linked(catalogue, case.sender):
        case = replace(case, told=case.told + 1)
        transfers.append(_status(case, catalogue, chance, enclosure.told))
    return case, tuple(transfers)


def _without_anew(case: Case, procedure: Procedure, step: Step) -> tuple[str, ...]:
    """What was sent, without what is to be sent anew after what happened now."""
    anew = {
        mark(leg, rule)
        for leg in procedure.legs
        for rule in leg.messages
        if any(t in rule.anew_on for t in step.happened)
    }
    return tuple(one for one in case.happened if one not in anew)


def tell_again(
    case: Case, catalogue: Catalogue, chance: Chance
) -> tuple[Case, NewTransfer]:
    """A further status of a state that has not changed: its results have come."""
    case = replace(case, told=case.told + 1)
    return case, _status(case, catalogue, chance, None)


def _hits(before: Case, leg: Leg, rule: MessageRule, step: Step) -> list[Trigger]:
    """What of a step a message waited for; what only stands in, where its leg began."""
    waited = before.leg(leg.name).state is LegState.WAITING
    begun = step.stands_in if waited else ()
    return [t for t in (*step.happened, *begun) if t in rule.on]


def _triggered(
    case: Case, leg: Leg, rule: MessageRule, step: Step, hits: list[Trigger]
) -> bool:
    if leg.carried_by is not Carrier.GATEWAY or leg.agency == step.told_by:
        return False
    if not hits:
        return False
    here = case.leg(leg.name)
    if here.state is LegState.SKIPPED or not here.office:
        return False
    if here.carried_by is not Carrier.GATEWAY or hears_no_more(case, leg, here, hits):
        return False
    ended = case.end is not End.OPEN and not leg.tells
    if ended and not all(t.event in AFTER_THE_END for t in hits):
        return False
    return not (rule.once and mark(leg, rule) in case.happened)


def mark(leg: Leg, rule: MessageRule) -> str:
    """How a case notes that a leg's message of this kind was sent."""
    return sent_mark(leg.name, rule.kind)


def sent_mark(leg: str, kind: str) -> str:
    """The same, by names."""
    return f"sent:{leg}.{kind}"


def _sent_any(case: Case, leg: Leg) -> bool:
    """Whether a message of the leg was made before."""
    return any(mark.startswith(f"sent:{leg.name}.") for mark in case.happened)


def _observed(case: Case, leg: Leg) -> Case:
    """The leg as the agencies carry it themselves from now on."""
    here = case.leg(leg.name)
    place = Place.AGENCY if here.place is Place.GATEWAY else here.place
    return case.with_leg(replace(here, carried_by=Carrier.AGENCIES, place=place))


def _brings(rule: MessageRule) -> bool:
    """Whether a message carries what a report, or the slip in it, said."""
    return rule.encloses or any(t.event in _SLIPS for t in rule.on)


def withdrawal(case: Case, leg: str, making: Making) -> tuple[Case, NewTransfer] | None:
    """The message by which a leg's office is told that the dossier is taken back.

    None: its plan has none, it was made before, or the office is told by nobody here.
    """
    rule = making.procedure.leg(leg)
    asked = Trigger("", Event.WITHDRAWAL_REQUESTED)
    found = next((one for one in rule.messages if asked in one.on), None)
    road = making.catalogue.road(case.leg(leg).office, making.day)
    if found is None or road is None or rule.carried_by is not Carrier.GATEWAY:
        return None
    if mark(rule, found) in case.happened or not _sent_any(case, rule):
        return None
    return _message(case, rule, found, road, making, NOTHING)


def _message(
    case: Case,
    leg: Leg,
    rule: MessageRule,
    road: Office,
    making: Making,
    enclosure: Enclosure,
) -> tuple[Case, NewTransfer]:
    here = case.leg(leg.name)
    facts = {**case.facts.get("leg_facts", {}), **enclosure.facts}
    if leg.agency in making.procedure.cases:
        facts["case"] = making.procedure.cases[leg.agency]
    if road.id != here.office:
        facts["competent"] = here.office
    if leg.tells:
        facts[TELLS] = True
    payload = enclosure.payload
    if rule.encloses:
        payload = payload or enclosure.told
        facts |= {"event_at": enclosure.event_at} if enclosure.event_at else {}
    parked = enclosure.parked
    if enclosure.lacking and _brings(rule):
        parked = NO_DATA
    in_shadow = road.id in making.catalogue.shadow
    # An agency that has the dossier from us has to be told; now only by hand.
    by_hand = in_shadow and _sent_any(case, leg)
    off = road.operations_off
    if rule.kind in off or by_hand or settled_by_hand(case, leg, rule, off):
        parked = TOLD_BY_HAND
    new = NewTransfer(
        id=TransferId(making.chance.identifier("t")),
        agency=leg.agency,
        office=road.id,
        leg=leg.name,
        conversation=leg.name,
        kind=rule.kind,
        revision=case.revision,
        facts=facts,
        payload=payload,
        overtakes=rule.overtakes,
        dependent=rule.dependent,
        parked=parked,
        shadow=in_shadow and not by_hand,
    )
    if enclosure.parked:
        case = on_question(case, leg.name, enclosure.parked, here.since).case
    sent = mark(leg, rule)
    if sent not in case.happened:
        case = replace(case, happened=(*case.happened, sent))
    return case, new


def _status(
    case: Case, catalogue: Catalogue, chance: Chance, told: PayloadId | None
) -> NewTransfer:
    sender = catalogue.offices[OfficeId(case.sender)]
    return NewTransfer(
        id=TransferId(chance.identifier("t")),
        agency=sender.agency,
        office=sender.id,
        leg=STATUS_CONVERSATION,
        conversation=STATUS_CONVERSATION,
        kind=STATUS,
        revision=case.revision,
        facts={"dossier_id": case.dossier_id, **status_facts(case, catalogue)},
        payload=told,
        dependent=False,
        shadow=sender.id in catalogue.shadow,
    )
