"""What reports, deliveries and the counter change in a case."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.case import Case, End, LegState, Pause, Place, pause_of, portal_code
from gateway.domain.identifiers import AgencyId, DossierId, OfficeId
from gateway.domain.obligation import Effect
from gateway.domain.procedure import Event, Procedure
from gateway.domain.report import AgencyReport, ReportKind, Standing
from gateway.routing.catalogue import Catalogue, read
from gateway.routing.messages import Enclosure, Making, follow_up
from gateway.routing.outcomes import on_delivered, on_question, on_refused_message
from gateway.routing.progress import (
    fresh_leg,
    on_dossier_event,
    on_report,
    subject_leg,
)
from gateway.routing.telling import questions, sentence, view

LAND, TAX = AgencyId("land_registry"), AgencyId("tax")
T0 = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
DAY = T0.date()


def hours(count: float) -> datetime:
    return T0 + timedelta(hours=count)


def content(tax_carried_by: str = "gateway") -> dict[str, Any]:
    return {
        "procedures": [
            {
                "code": "1.000001",
                "version": "2026",
                "name": "Chuyển nhượng (ví dụ)",
                "valid_from": "2026-01-01",
                "leg": [
                    {
                        "name": "land",
                        "agency": "land_registry",
                        "carried_by": "gateway",
                        "ends_dossier": True,
                        "opens_on": ["accepted"],
                        "ends_on": ["finished", "refused", "withdrawn"],
                        "message": [
                            {
                                "kind": "hand_over",
                                "on": ["accepted", "revised"],
                                "overtakes": ["hand_over"],
                            },
                            {"kind": "supplement", "on": ["supplemented"]},
                            {
                                "kind": "paid",
                                "on": ["tax.paid", "tax.exempted"],
                                "once": True,
                            },
                            {
                                "kind": "withdraw",
                                "on": ["withdrawal_requested"],
                                "overtakes": ["hand_over"],
                            },
                            {"kind": "result_handed", "on": ["handed_out"]},
                        ],
                    },
                    {
                        "name": "tax",
                        "agency": "tax",
                        "carried_by": tax_carried_by,
                        "issuer": "land_registry",
                        "polls": True,
                        "opens_on": ["land.slip_issued"],
                        "ends_on": ["paid", "exempted"],
                        "message": [
                            {"kind": "slip_new", "on": ["land.slip_issued"]},
                            {
                                "kind": "slip_replace",
                                "on": ["land.slip_replaced"],
                                "overtakes": ["slip_new"],
                            },
                        ],
                    },
                ],
            }
        ],
        "agencies": [
            {
                "agency": {"id": "one_stop"},
                "office": [{"id": "mc-1", "name": "Một cửa ví dụ"}],
            },
            {
                "agency": {"id": "land_registry"},
                "office": [{"id": "land-1", "name": "VPĐKĐĐ ví dụ"}],
            },
            {
                "agency": {"id": "tax"},
                "office": [{"id": "tax-1", "name": "Thuế cơ sở ví dụ"}],
            },
        ],
    }


def making(procedure: Procedure, catalogue: Catalogue, day: date = DAY) -> Making:
    return Making(procedure, catalogue, Counting(), day)


@pytest.fixture
def catalogue() -> Catalogue:
    return read(1, content())


@pytest.fixture
def procedure(catalogue: Catalogue) -> Procedure:
    return catalogue.procedures[0]


class Counting:
    """Identifiers in order."""

    def __init__(self) -> None:
        self.n = 0

    def identifier(self, prefix: str) -> str:
        self.n += 1
        return f"{prefix}{self.n}"

    def draw(self) -> float:
        return 0.5


def a_case(procedure: Procedure) -> Case:
    offices = {"land": "land-1", "tax": "tax-1"}
    return Case(
        dossier_id=DossierId("d1"),
        version=0,
        procedure=procedure.code,
        procedure_version=procedure.version,
        configuration=1,
        sender=OfficeId("mc-1"),
        unit="H00",
        revision=1,
        round=1,
        accepted_at=T0,
        due_on=date(2026, 3, 30),
        due_reason="theo giấy tiếp nhận",
        legs=tuple(
            fresh_leg(leg, offices.get(leg.name, ""), T0, skipped=False)
            for leg in procedure.legs
        ),
    )


def accepted(procedure: Procedure) -> Case:
    return on_dossier_event(a_case(procedure), procedure, Event.ACCEPTED, T0).case


def at_land(procedure: Procedure) -> Case:
    return on_delivered(
        accepted(procedure), procedure, "land", "hand_over", hours(1)
    ).case


def a_report(kind: ReportKind, at: float, **facts: Any) -> AgencyReport:
    return AgencyReport(
        kind=kind, about=(), fingerprint=f"{kind}{at}", event_at=hours(at), facts=facts
    )


def reported(
    case: Case,
    procedure: Procedure,
    kind: ReportKind,
    at: float,
    agency: AgencyId = LAND,
    **facts: Any,
) -> Case:
    step = on_report(case, procedure, a_report(kind, at, **facts), agency, hours(at))
    assert step.standing is Standing.APPLIED, step.code
    return step.case


def test_an_agency_speaks_of_its_own_money_unless_its_work_led_to_the_other() -> None:
    """The land office tells of tax; the fire brigade, beside it, of its own fee."""
    plan = content("agencies")
    fire: dict[str, Any] = {"name": "fire", "agency": "fire", "carried_by": "gateway"}
    fire |= {"opens_on": ["accepted"], "ends_on": ["finished"], "message": []}
    (described,) = plan["procedures"]
    described["leg"].append(fire)
    procedure = read(1, plan).procedures[0]
    case = a_case(procedure)
    for agency, kind, leg in (
        (LAND, ReportKind.NOTICES, "tax"),
        (TAX, ReportKind.PAID, "tax"),
        (AgencyId("portal"), ReportKind.PAID, "tax"),
        (AgencyId("fire"), ReportKind.NOTICES, "fire"),
        (AgencyId("fire"), ReportKind.PAID, "fire"),
        (LAND, ReportKind.PROGRESS, "land"),
    ):
        found = subject_leg(case, procedure, a_report(kind, 1), agency)
        assert found is not None
        assert (agency, found.name) == (agency, leg)


@pytest.mark.parametrize("kind", [ReportKind.PAID, ReportKind.EXEMPTED])
def test_a_leg_that_does_not_end_once_it_is_paid_goes_on_then(kind: ReportKind) -> None:
    plan = content()
    plan["procedures"][0]["leg"] = plan["procedures"][0]["leg"][:1]
    plan["procedures"][0]["leg"][0]["message"] = []
    procedure = read(1, plan).procedures[0]
    case = reported(a_case(procedure), procedure, ReportKind.NOTICES, 1)
    assert case.leg("land").place is Place.CITIZEN
    paid = reported(case, procedure, kind, 2).leg("land")
    assert (paid.state, paid.place, paid.pause) == (
        LegState.OPEN,
        Place.AGENCY,
        Pause.NONE,
    )


def test_an_accepted_dossier_is_on_its_way_to_the_first_office(
    procedure: Procedure,
) -> None:
    case = accepted(procedure)
    assert (case.leg("land").state, case.leg("land").place) == (
        LegState.OPEN,
        Place.GATEWAY,
    )
    assert case.leg("tax").state is LegState.WAITING
    assert portal_code(case) == 2


def test_a_delivered_hand_over_puts_the_dossier_on_the_agencys_desk(
    procedure: Procedure,
) -> None:
    case = at_land(procedure)
    assert (case.leg("land").place, portal_code(case)) == (Place.AGENCY, 4)


def test_a_slip_opens_the_tax_leg_while_the_land_leg_goes_on(
    procedure: Procedure,
) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.SLIP, 30)
    assert case.leg("tax").state is LegState.OPEN
    assert case.leg("land").state is LegState.OPEN


def test_a_second_slip_replaces_the_first(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.SLIP, 30)
    step = on_report(case, procedure, a_report(ReportKind.SLIP, 31), LAND, hours(31))
    _, transfers = follow_up(case, step, making(procedure, catalogue))
    assert [t.kind for t in transfers] == ["slip_replace"]
    assert transfers[0].overtakes == {"slip_new"}


@pytest.mark.parametrize(
    ("kind", "facts", "pause", "code"),
    [
        (ReportKind.SUPPLEMENT_REQUEST, {}, Pause.SUPPLEMENT, 5),
        (
            ReportKind.PAUSED,
            {"pause": "financial_obligation"},
            Pause.FINANCIAL_OBLIGATION,
            6,
        ),
        (ReportKind.PAUSED, {"pause": "stopped"}, Pause.STOPPED, 8),
    ],
)
def test_pause_kinds_are_kept_apart(
    procedure: Procedure,
    kind: ReportKind,
    facts: dict[str, Any],
    pause: Pause,
    code: int,
) -> None:
    case = reported(at_land(procedure), procedure, kind, 5, **facts)
    assert (pause_of(case), portal_code(case)) == (pause, code)


def test_a_stop_that_waits_for_the_applicant_lies_with_them_until_work_goes_on(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    stopped = reported(at_land(procedure), procedure, ReportKind.PAUSED, 5)
    waits: dict[str, Any] = {"waits_for": "customer", "pause": "stopped"}
    absent = reported(stopped, procedure, ReportKind.PAUSED, 6, **waits)
    leg = absent.leg("land")
    assert (leg.state, leg.place, leg.since) == (
        LegState.PAUSED,
        Place.CITIZEN,
        hours(6),
    )
    assert (pause_of(absent), portal_code(absent)) == (Pause.STOPPED, 8)
    assert view(stopped) != view(absent)
    assert sentence(absent, catalogue) == (
        "Hồ sơ đang ở: người nộp hồ sơ. Cơ quan giải quyết chờ người nộp hồ sơ."
    )
    back = reported(absent, procedure, ReportKind.PROGRESS, 7)
    leg = back.leg("land")
    assert (leg.state, leg.place, leg.pause, leg.since) == (
        LegState.OPEN,
        Place.AGENCY,
        Pause.NONE,
        hours(7),
    )
    assert portal_code(back) == 4


def test_a_stop_of_the_agencys_own_lies_with_the_agency(procedure: Procedure) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.PAUSED, 5)
    assert case.leg("land").place is Place.AGENCY


@pytest.mark.parametrize(
    ("asked", "facts", "end"),
    [
        (True, {"cancelled": True}, End.WITHDRAWN),
        (False, {"cancelled": True}, End.REFUSED),
        (True, {}, End.REFUSED),
    ],
)
def test_a_cancellation_that_the_citizen_asked_for_is_no_refusal(
    procedure: Procedure, *, asked: bool, facts: dict[str, Any], end: End
) -> None:
    case = at_land(procedure)
    if asked:
        event = Event.WITHDRAWAL_REQUESTED
        case = on_dossier_event(case, procedure, event, hours(2)).case
    assert reported(case, procedure, ReportKind.REFUSED, 3, **facts).end is end


def test_an_older_status_that_arrives_late_changes_nothing(
    procedure: Procedure,
) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.PROGRESS, 10, step="12")
    step = on_report(
        case, procedure, a_report(ReportKind.SUPPLEMENT_REQUEST, 5), LAND, hours(11)
    )
    assert (step.standing, step.case) == (Standing.LATE, case)


@pytest.mark.parametrize("ahead_h", [25 * 365 * 24, 200])
def test_a_report_dated_years_ahead_does_not_make_all_that_follow_older(
    procedure: Procedure, ahead_h: int
) -> None:
    case = at_land(procedure)
    wrong_clock = a_report(ReportKind.PROGRESS, ahead_h, step="11")
    case = on_report(case, procedure, wrong_clock, LAND, hours(2)).case
    assert case.leg("land").step == "11"
    case = reported(case, procedure, ReportKind.PROGRESS, 3, step="12")
    assert case.leg("land").step == "12"
    late = on_report(
        case, procedure, a_report(ReportKind.PROGRESS, 2.5), LAND, hours(4)
    )
    assert (late.standing, late.code) == (Standing.LATE, "older_than_known")


def test_of_two_reports_by_one_wrong_clock_the_older_changes_nothing(
    procedure: Procedure,
) -> None:
    newer = a_report(ReportKind.PROGRESS, 500)
    case = on_report(at_land(procedure), procedure, newer, LAND, hours(2)).case
    older = a_report(ReportKind.PROGRESS, 400)
    assert on_report(case, procedure, older, LAND, hours(2)).standing is Standing.LATE


def test_a_step_that_an_agency_takes_back_changes_nothing(
    procedure: Procedure,
) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.PROGRESS, 3, step="3")
    back = replace(
        a_report(ReportKind.PROGRESS, 5, step="1"), never_after=frozenset({"3"})
    )
    step = on_report(case, procedure, back, LAND, hours(6))
    assert (step.standing, step.code) == (Standing.LATE, "step_goes_back")
    assert step.case == case
    first = on_report(at_land(procedure), procedure, back, LAND, hours(6))
    assert first.case.leg("land").step == "1"


def test_a_forward_step_does_not_move_a_dossier_that_waits_for_the_citizen(
    procedure: Procedure,
) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.SUPPLEMENT_REQUEST, 5)
    step = on_report(case, procedure, a_report(ReportKind.PROGRESS, 6), LAND, hours(6))
    assert (step.standing, step.code) == (Standing.LATE, "waits_for_citizen")


def test_the_counter_is_asked_in_words_whatever_code_an_agency_has(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    case = on_question(at_land(procedure), "land", "code_of_an_agency", hours(2)).case
    (asked,) = questions(case, catalogue)
    assert asked["code"] == "code_of_an_agency"
    assert " " in asked["reason"]
    assert "kỹ thuật" not in asked["remedy"]


def test_an_ended_dossier_is_moved_by_no_report(procedure: Procedure) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.FINISHED, 50)
    for kind in ReportKind:
        step = on_report(case, procedure, a_report(kind, 60), LAND, hours(60))
        assert (step.standing, step.case) == (Standing.LATE, case), kind


def test_finishing_counts_even_when_dated_before_the_last_step(
    procedure: Procedure,
) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.PROGRESS, 10)
    case = reported(case, procedure, ReportKind.FINISHED, 8)
    assert (case.end, portal_code(case)) == (End.FINISHED, 9)


def test_a_late_slip_still_counts(procedure: Procedure) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.PROGRESS, 40)
    case = reported(case, procedure, ReportKind.SLIP, 30)
    assert case.leg("tax").state is LegState.OPEN


def test_paid_ends_the_tax_leg_and_tells_the_land_office_once(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.SLIP, 30)
    case = reported(case, procedure, ReportKind.NOTICES, 60, TAX)
    assert portal_code(case) == 6
    step = on_report(case, procedure, a_report(ReportKind.PAID, 90), TAX, hours(90))
    after, transfers = follow_up(case, step, making(procedure, catalogue))
    assert [t.kind for t in transfers] == ["paid", "status"]
    assert (after.leg("tax").state, portal_code(after)) == (LegState.ENDED, 4)
    again = on_report(after, procedure, a_report(ReportKind.PAID, 91), TAX, hours(91))
    assert again.standing is Standing.LATE


def test_an_agency_is_never_told_what_it_told_us(catalogue: Catalogue) -> None:
    observed = read(1, content("agencies"))
    procedure = observed.procedures[0]
    case = reported(at_land(procedure), procedure, ReportKind.SLIP, 30)
    case = reported(case, procedure, ReportKind.NOTICES, 60)
    step = on_report(case, procedure, a_report(ReportKind.PAID, 90), LAND, hours(90))
    assert step.case.leg("tax").state is LegState.ENDED
    _, transfers = follow_up(case, step, making(procedure, observed))
    assert [t.kind for t in transfers] == ["status"]


def test_that_the_money_is_paid_is_for_tax_to_say_not_for_the_land_office(
    procedure: Procedure,
) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.SLIP, 30)
    step = on_report(case, procedure, a_report(ReportKind.PAID, 60), LAND, hours(60))
    assert (step.standing, step.code) == (Standing.LATE, "known_by_other_road")


def test_notices_that_another_road_told_change_nothing(procedure: Procedure) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.SLIP, 30)
    step = on_report(
        case,
        procedure,
        a_report(ReportKind.NOTICES, 60),
        LAND,
        hours(60),
        effect=Effect.NOTHING_NEW,
    )
    assert (step.standing, step.code) == (Standing.REPEATED, "known_by_other_road")
    assert step.case == case


def test_a_supplement_that_reached_the_office_ends_the_wait(
    procedure: Procedure,
) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.SUPPLEMENT_REQUEST, 5)
    case = on_dossier_event(case, procedure, Event.SUPPLEMENTED, hours(20)).case
    assert (case.round, portal_code(case)) == (2, 5)
    case = on_delivered(case, procedure, "land", "supplement", hours(21)).case
    assert (case.leg("land").place, portal_code(case)) == (Place.AGENCY, 4)


def test_a_status_is_sent_only_when_it_would_tell_something_new(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    case = at_land(procedure)
    step = on_report(
        case, procedure, a_report(ReportKind.PROGRESS, 10, step="12"), LAND, hours(10)
    )
    _, transfers = follow_up(case, step, making(procedure, catalogue))
    assert transfers == ()
    step = on_report(case, procedure, a_report(ReportKind.SLIP, 11), LAND, hours(11))
    after, transfers = follow_up(case, step, making(procedure, catalogue))
    assert [t.kind for t in transfers] == ["slip_new", "status"]
    assert (after.told, transfers[-1].facts["sequence"]) == (1, 1)


def test_handing_out_tells_the_office_but_not_the_one_stop(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    case = reported(at_land(procedure), procedure, ReportKind.FINISHED, 50)
    handed = replace(case, handed_out_on=date(2026, 3, 20))
    step = on_dossier_event(handed, procedure, Event.HANDED_OUT, hours(80))
    _, transfers = follow_up(case, step, making(procedure, catalogue))
    assert [t.kind for t in transfers] == ["result_handed"]
    assert portal_code(step.case) == 10


def test_a_message_that_an_office_does_not_take_waits_for_a_person(
    procedure: Procedure,
) -> None:
    told_by_hand = content()
    told_by_hand["agencies"][1]["office"][0]["operations_off"] = ["withdraw"]
    catalogue = read(1, told_by_hand)
    case = at_land(procedure)
    step = on_dossier_event(case, procedure, Event.WITHDRAWAL_REQUESTED, hours(2))
    _, transfers = follow_up(case, step, making(procedure, catalogue), Enclosure({}))
    assert [(t.kind, t.parked) for t in transfers] == [("withdraw", "told_by_hand")]


def test_a_refused_hand_over_returns_the_dossier_to_the_counter(
    procedure: Procedure,
) -> None:
    case = on_refused_message(
        accepted(procedure), procedure, "land", "hand_over", hours(1)
    ).case
    assert (case.leg("land").place, case.correction_requested, case.end) == (
        Place.ONE_STOP,
        True,
        End.OPEN,
    )


@pytest.mark.parametrize(("worked_on", "code"), [(False, 3), (True, 8)])
def test_refusing_to_take_and_refusing_to_settle_are_two_acts(
    procedure: Procedure, worked_on: bool, code: int
) -> None:
    case = at_land(procedure)
    if worked_on:
        case = reported(case, procedure, ReportKind.PROGRESS, 10)
    assert portal_code(reported(case, procedure, ReportKind.REFUSED, 20)) == code
