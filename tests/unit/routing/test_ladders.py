"""A leg that only tells: rungs in their order, none left out, to the end and after it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.case import (
    Case,
    End,
    LegState,
    Place,
    awaits_acceptance,
    portal_code,
)
from gateway.domain.identifiers import AgencyId, DossierId, OfficeId, PayloadId
from gateway.domain.procedure import Event, Procedure
from gateway.domain.report import AgencyReport, ReportKind, Standing
from gateway.domain.transfer import NewTransfer
from gateway.domain.values import replace
from gateway.routing.catalogue import Catalogue, read
from gateway.routing.finding import Known
from gateway.routing.lint_plans import broken_plans
from gateway.routing.messages import Enclosure, Making, follow_up
from gateway.routing.opening import opened_by
from gateway.routing.progress import (
    Step,
    fresh_leg,
    on_dossier_event,
    on_report,
)
from gateway.routing.taking_back import ended_unsent
from gateway.sealing.advance import advance
from tests.unit.routing.test_progress import Counting

REGISTRY, DVCLT = AgencyId("civil_registry"), AgencyId("dvclt")
T0 = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
DAY = T0.date()
#: What every later rung proves to have happened.
LATER = ["registry.handed_over", "registry.progressed", "registry.finished"]


def content() -> dict[str, Any]:
    """A birth: the registry works, DVCLT is told each rung in its order."""
    asked = "registry.supplement_requested"
    anew = {"once": True, "anew_on": [asked]}
    return {
        "procedures": [
            {
                "code": "2.999201",
                "version": "2026",
                "name": "Khai sinh (ví dụ)",
                "valid_from": "2026-01-01",
                "supplement_days": 7,
                "leg": [
                    {
                        "name": "registry",
                        "agency": "civil_registry",
                        "carried_by": "gateway",
                        "opens_on": ["accepted"],
                        "ends_on": ["finished", "refused"],
                        "ends_dossier": True,
                        "message": [
                            {"kind": "hand_over", "on": ["accepted"]},
                            {"kind": "supplement", "on": ["supplemented"]},
                        ],
                    },
                    {
                        "name": "dvclt",
                        "agency": "dvclt",
                        "carried_by": "gateway",
                        "tells": True,
                        "message": [
                            {
                                "kind": "told_received",
                                "on": ["accepted", *LATER, asked, "registry.refused"],
                                "once": True,
                            },
                            {
                                "kind": "told_accepted",
                                "on": ["accepted", "supplemented", *LATER],
                                **anew,
                            },
                            {"kind": "told_sent_on", "on": [*LATER, asked], **anew},
                            {
                                "kind": "told_supplement",
                                "on": [asked],
                                "encloses": True,
                            },
                            {
                                "kind": "told_registered",
                                "on": ["registry.finished"],
                                "encloses": True,
                            },
                            {
                                "kind": "told_refused",
                                "on": ["registry.refused"],
                                "encloses": True,
                            },
                            {"kind": "told_handed_out", "on": ["handed_out"]},
                        ],
                    },
                ],
            }
        ],
        "agencies": [
            {
                "agency": {"id": agency},
                "office": [{"id": f"{agency}-1", "name": "Đơn vị ví dụ"}],
            }
            for agency in ("one_stop", "civil_registry", "dvclt")
        ],
        "calendar": {"2026": {"weekend": ["saturday", "sunday"]}},
    }


class Journey:
    """A dossier, and all that was sent for it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.procedure: Procedure = catalogue.procedures[0]
        self.case = Case(
            dossier_id=DossierId("d1"),
            version=0,
            procedure=self.procedure.code,
            procedure_version=self.procedure.version,
            configuration=1,
            sender=OfficeId("one_stop-1"),
            unit="H00",
            revision=1,
            round=1,
            accepted_at=T0,
            due_on=date(2026, 3, 13),
            due_reason="",
            legs=tuple(
                fresh_leg(leg, f"{leg.agency}-1", T0, skipped=False)
                for leg in self.procedure.legs
            ),
        )
        self.sent: list[NewTransfer] = []
        self.hour = 0

    def _after(self, step: Step, enclosure: Enclosure) -> list[str]:
        making = Making(self.procedure, self.catalogue, Counting(), DAY)
        self.case, new = follow_up(self.case, step, making, enclosure)
        self.sent += new
        return [str(one.kind) for one in new if one.agency != "one_stop"]

    def act(self, event: Event) -> list[str]:
        """An act of the counter; the messages that follow."""
        step = on_dossier_event(self.case, self.procedure, event, T0)
        return self._after(step, Enclosure({}))

    def report(self, kind: ReportKind, **facts: Any) -> list[str]:
        """A report of the registry."""
        self.hour += 1
        at = T0 + timedelta(hours=self.hour)
        report = AgencyReport(kind, (), f"{kind}{self.hour}", at, facts=facts)
        step = on_report(self.case, self.procedure, report, REGISTRY, at)
        assert step.standing is Standing.APPLIED, step.code
        payload = PayloadId(f"p{self.hour}")
        enclosure = Enclosure(facts, told=payload, event_at=at.isoformat())
        return self._after(step, enclosure)


@pytest.fixture
def journey() -> Journey:
    return Journey(read(1, content()))


def test_each_rung_is_told_when_it_happens_and_once(journey: Journey) -> None:
    assert journey.act(Event.ACCEPTED) == [
        "hand_over",
        "told_received",
        "told_accepted",
    ]
    assert journey.report(ReportKind.PROGRESS, step="1") == ["told_sent_on"]
    assert journey.report(ReportKind.PROGRESS, step="3") == []
    assert journey.report(ReportKind.FINISHED, step="4") == ["told_registered"]
    assert journey.case.end is End.FINISHED
    assert journey.act(Event.HANDED_OUT) == ["told_handed_out"]


def test_rungs_that_were_left_out_are_supplied_before_the_later_one(
    journey: Journey,
) -> None:
    journey.act(Event.ACCEPTED)
    assert journey.report(ReportKind.FINISHED, step="4") == [
        "told_sent_on",
        "told_registered",
    ]


def test_of_a_dossier_that_was_never_told_of_all_rungs_are_supplied(
    journey: Journey,
) -> None:
    leg = replace(journey.case.leg("registry"), state=LegState.OPEN, place=Place.AGENCY)
    journey.case = journey.case.with_leg(leg)
    assert journey.report(ReportKind.FINISHED, step="4") == [
        "told_received",
        "told_accepted",
        "told_sent_on",
        "told_registered",
    ]


def test_after_a_supplement_the_rungs_before_it_are_told_anew(
    journey: Journey,
) -> None:
    journey.act(Event.ACCEPTED)
    journey.report(ReportKind.PROGRESS, step="1")
    asked = journey.report(ReportKind.SUPPLEMENT_REQUEST, step="2")
    assert asked == ["told_supplement"]
    assert journey.act(Event.SUPPLEMENTED) == ["supplement", "told_accepted"]
    leg = replace(journey.case.leg("registry"), pause=journey.case.leg("dvclt").pause)
    journey.case = journey.case.with_leg(leg)
    assert journey.report(ReportKind.PROGRESS, step="1") == ["told_sent_on"]
    again = journey.report(ReportKind.SUPPLEMENT_REQUEST, step="2")
    assert again == ["told_supplement"]


def test_a_supplement_asked_before_anybody_knew_of_the_push_supplies_it(
    journey: Journey,
) -> None:
    journey.act(Event.ACCEPTED)
    assert journey.report(ReportKind.SUPPLEMENT_REQUEST, step="2") == [
        "told_sent_on",
        "told_supplement",
    ]


def test_a_refusal_is_told_though_it_ends_the_dossier(journey: Journey) -> None:
    journey.act(Event.ACCEPTED)
    assert journey.report(ReportKind.REFUSED, step="6") == ["told_refused"]
    assert journey.case.end is End.REFUSED


def test_rungs_are_one_conversation_in_their_order(journey: Journey) -> None:
    journey.act(Event.ACCEPTED)
    journey.report(ReportKind.FINISHED, step="4")
    told = [one for one in journey.sent if one.agency == DVCLT]
    assert {one.conversation for one in told} == {"dvclt"}
    assert all(one.facts["tells"] for one in told)


def test_what_a_rung_encloses_is_what_was_reported_and_when(journey: Journey) -> None:
    journey.act(Event.ACCEPTED)
    journey.report(ReportKind.FINISHED, step="4")
    by_kind = {str(one.kind): one for one in journey.sent}
    registered, sent_on = by_kind["told_registered"], by_kind["told_sent_on"]
    assert registered.payload == "p1"
    assert registered.facts["event_at"] == "2026-03-10T01:30:00+00:00"
    assert (sent_on.payload, sent_on.facts.get("event_at")) == (None, None)


def test_whom_it_tells_never_has_the_dossier(journey: Journey) -> None:
    journey.act(Event.ACCEPTED)
    leg = journey.case.leg("dvclt")
    assert (leg.state, leg.place) == (LegState.WAITING, Place.NOBODY)
    assert portal_code(journey.case) == 2


# ------------------------------------------------------------ the last day for papers


def last_day(journey: Journey, **facts: Any) -> dict[str, Any]:
    """Facts of the rung that asks for papers, as one unit makes it."""
    at = T0 + timedelta(hours=1)
    kind = ReportKind.SUPPLEMENT_REQUEST
    report = AgencyReport(kind, (), "x", at, facts=facts)
    step = on_report(journey.case, journey.procedure, report, REGISTRY, at)
    change = advance(
        journey.case,
        step,
        procedure=journey.procedure,
        catalogue=journey.catalogue,
        chance=Counting(),
        now=at,
        actor="civil_registry-1",
        enclosure=Enclosure(facts),
    )
    return next(t.facts for t in change.transfers if t.kind == "told_supplement")


def test_the_registrys_day_counts_else_the_procedures_working_days(
    journey: Journey,
) -> None:
    journey.act(Event.ACCEPTED)
    named = last_day(journey, supplement_until="2026-03-12")
    assert named["supplement_until"] == "2026-03-12"
    counted = last_day(journey)
    assert counted["supplement_until"] == "2026-03-19"


# ------------------------------------------------------------ configuration


def test_a_leg_that_only_tells_is_no_leg_that_never_opens() -> None:
    told = content()
    catalogue = read(1, told)
    assert list(broken_plans(told, catalogue, Known({}, {}))) == []
    told["procedures"][0]["leg"][1]["tells"] = False
    findings = list(broken_plans(told, read(1, told), Known({}, {})))
    assert ["không bao giờ bắt đầu" in one.what for one in findings] == [True]


@pytest.mark.parametrize("event", ["refused", "supplement_requested"])
def test_what_the_counter_does_before_it_accepts_happens_only_where_one_is_told(
    event: str,
) -> None:
    told = content()
    legs = told["procedures"][0]["leg"]
    legs[1]["message"][5]["on"].append(event)
    assert list(broken_plans(told, read(1, told), Known({}, {}))) == []
    legs[1] |= {"tells": False, "opens_on": ["accepted"]}
    (finding,) = broken_plans(told, read(1, told), Known({}, {}))
    assert f"«{event}» không bao giờ xảy ra" in finding.what


def test_what_makes_a_rung_anew_has_to_be_an_event() -> None:
    told = content()
    rules = told["procedures"][0]["leg"][1]["message"]
    rules[1]["anew_on"] = ["registry.nothing"]
    with pytest.raises(ValueError, match="unknown event"):
        read(1, told)
    rules[1]["anew_on"] = ["stranger.finished"]
    with pytest.raises(ValueError, match="stranger"):
        read(1, told)


# ------------------------------------------------------------ handed over by whom it tells


def handed_over(journey: Journey) -> Case:
    """The case once DVCLT handed the dossier over."""
    office = OfficeId("dvclt-1")
    return opened_by(journey.case, journey.procedure, DVCLT, office, T0).case


def test_what_is_handed_over_waits_for_the_counter_alone(journey: Journey) -> None:
    case = handed_over(journey)
    assert awaits_acceptance(case)
    assert portal_code(case) == 1
    leg = case.leg("dvclt")
    assert (leg.place, leg.asks) == (Place.ONE_STOP, "to_be_accepted")
    assert case.leg("registry").state is LegState.WAITING


def test_once_accepted_it_is_as_any_other(journey: Journey) -> None:
    journey.case = handed_over(journey)
    assert journey.act(Event.ACCEPTED) == [
        "hand_over",
        "told_received",
        "told_accepted",
    ]
    assert not awaits_acceptance(journey.case)
    assert portal_code(journey.case) == 2
    leg = journey.case.leg("dvclt")
    assert (leg.state, leg.place, leg.asks) == (LegState.WAITING, Place.NOBODY, "")


def test_what_was_withdrawn_waits_for_nobody(journey: Journey) -> None:
    case = ended_unsent(handed_over(journey), T0)
    assert not awaits_acceptance(case)
    assert portal_code(case) == 7
