"""Plans that could never go on: legs that nothing opens, events that nobody tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.domain.identifiers import AgencyId
from gateway.domain.procedure import Carrier, Event, Leg, Procedure, Trigger
from gateway.domain.report import ReportKind
from gateway.routing import money
from gateway.routing.catalogue import Catalogue
from gateway.routing.finding import Finding, Known, Where
from gateway.routing.lint import Places, said_of
from gateway.routing.progress import EVENTS, FURTHER_SLIPS

#: What happens to the dossier itself, by the counter.
_OF_THE_DOSSIER = frozenset(
    {
        Event.ACCEPTED,
        Event.LOADED,
        Event.REVISED,
        Event.SUPPLEMENTED,
        Event.WITHDRAWAL_REQUESTED,
        Event.HANDED_OUT,
        Event.RESULT_WRONG,
        Event.QUESTION_ANSWERED,
        Event.EXTENDED,
    }
)
#: What the counter may do besides with what a telling leg's agency handed over to it.
_BEFORE_ACCEPTANCE = frozenset({Event.SUPPLEMENT_REQUESTED, Event.REFUSED})
#: What follows from what is told of money, beside the event of the report itself.
_OF_MONEY = frozenset({*money.EVENTS.values(), Event.OWED_AGAIN})
_ABOUT_MONEY = frozenset(
    {
        ReportKind.NOTICES,
        ReportKind.VOUCHER,
        ReportKind.PAID,
        ReportKind.EXEMPTED,
        ReportKind.DEFERRED,
    }
)
#: Told of the leg that is about money, whoever tells it.
_OF_THE_OBLIGATION = _ABOUT_MONEY | {ReportKind.QUESTION, ReportKind.TAX_RETURNED}


def broken_plans(
    content: Mapping[str, Any], catalogue: Catalogue, known: Known
) -> Iterable[Finding]:
    """Of every procedure: triggers that never fire, legs that never open or end."""
    places = Places(content)
    for procedure in catalogue.procedures:
        where = places.procedure(procedure.code, procedure.version)
        name = f"Thủ tục {procedure.code} bản {procedure.version}"
        yield from _dead_triggers(
            procedure, where, name, _reports(catalogue, procedure, known)
        )
        yield from _closed_legs(procedure, where, name)
        yield from _shared_agencies(procedure, where, name)


Reports = Mapping[str, frozenset[ReportKind] | None]


def _reports(catalogue: Catalogue, procedure: Procedure, known: Known) -> Reports:
    """What each agency of a plan may tell; None: nobody says."""
    agencies = {leg.agency for leg in procedure.legs}
    return {one: said_of(catalogue, known.reports, one) for one in agencies}


def _tellable(
    leg: Leg, procedure: Procedure, reports: Reports
) -> frozenset[Event] | None:
    """Events that may happen to a leg; None where its agency does not say."""
    agencies = {one.agency for one in procedure.legs}
    owes = Event.PAID in leg.ends_on
    told = {one: reports[one] for one in (agencies if owes else {leg.agency})}
    own = told[leg.agency]
    if own is None or any(kinds is None for kinds in told.values()):
        return None
    others = {kind for kinds in told.values() for kind in kinds or ()}
    kinds = own | (others & _OF_THE_OBLIGATION if owes else frozenset())
    events = {EVENTS[kind] for kind in kinds}
    if ReportKind.SLIP in kinds:
        events |= {Event.SLIP_REPLACED, *FURTHER_SLIPS.values()}
    if kinds & _ABOUT_MONEY and owes:
        events |= _OF_MONEY
    if leg.carried_by is Carrier.GATEWAY and leg.messages:
        events.add(Event.HANDED_OVER)
    if events & leg.ends_on:
        events.add(Event.ENDED)
    return frozenset(events)


def _dead_triggers(
    procedure: Procedure, where: Where, name: str, reports: Reports
) -> Iterable[Finding]:
    tellable = {leg.name: _tellable(leg, procedure, reports) for leg in procedure.legs}
    handed_over = any(leg.tells for leg in procedure.legs)
    tellable[""] = _OF_THE_DOSSIER | (
        _BEFORE_ACCEPTANCE if handed_over else frozenset()
    )
    for i, leg in enumerate(procedure.legs):
        here: Where = (*where, "leg", i)
        waits = [((*here, "opens_on"), trigger) for trigger in leg.opens_on]
        waits += [
            ((*here, "message", j, "on"), trigger)
            for j, message in enumerate(leg.messages)
            for trigger in (*message.on, *message.anew_on)
        ]
        for at, trigger in waits:
            yield from _dead(at, trigger, tellable, f"{name}, phần việc {leg.name}")
        events = tellable[leg.name]
        if events is not None and leg.ends_on and not events & leg.ends_on:
            yield Finding(
                (*here, "ends_on"),
                f"{name}: phần việc {leg.name} không bao giờ kết thúc:"
                f" {leg.agency} không báo {_names(leg.ends_on)}",
                f"Ghi ends_on trong số {leg.agency} báo được: {_names(events)}.",
            )
    for trigger in procedure.second_date.on if procedure.second_date else ():
        yield from _dead((*where, "second_date", "on"), trigger, tellable, name)


def _dead(
    at: Where,
    trigger: Trigger,
    tellable: Mapping[str, frozenset[Event] | None],
    name: str,
) -> Iterable[Finding]:
    possible = tellable[trigger.leg]
    whose = f"phần việc {trigger.leg}" if trigger.leg else "hồ sơ"
    if possible is not None and trigger.event not in possible:
        dotted = f"{trigger.leg}.{trigger.event}" if trigger.leg else trigger.event
        yield Finding(
            at,
            f"{name}: chờ sự kiện «{dotted}» không bao giờ xảy ra",
            f"Dùng sự kiện mà {whose} có: {_names(possible)}.",
        )


def _closed_legs(procedure: Procedure, where: Where, name: str) -> Iterable[Finding]:
    """Legs that no event opens: directly, or since what they wait for never opens."""
    opened: set[str] = set()
    while True:
        more = {
            leg.name
            for leg in procedure.legs
            if leg.name not in opened
            and any(not t.leg or t.leg in opened for t in leg.opens_on)
        }
        if not more:
            break
        opened |= more
    for i, leg in enumerate(procedure.legs):
        if leg.name not in opened and not leg.tells:
            yield Finding(
                (*where, "leg", i, *(("opens_on",) if leg.opens_on else ())),
                f"{name}: phần việc {leg.name} không bao giờ bắt đầu",
                'Ghi opens_on, ví dụ ["accepted"] hoặc sự kiện của phần việc khác.',
            )


def _shared_agencies(
    procedure: Procedure, where: Where, name: str
) -> Iterable[Finding]:
    """Two legs of one agency: its reports name a dossier, so one would never end."""
    seen: set[AgencyId] = set()
    for i, leg in enumerate(procedure.legs):
        if leg.agency in seen:
            yield Finding(
                (*where, "leg", i, "agency"),
                f"{name}: {leg.agency} có hơn một phần việc,"
                " phản hồi của cơ quan không phân biệt được",
                "Gộp thành một phần việc, hoặc khai phần việc sau cho một cơ quan khác.",
            )
        seen.add(leg.agency)


def _names(events: Iterable[Event]) -> str:
    return ", ".join(sorted(one.value for one in events)) or "không có"
