"""What a message about money does to a dossier: who waits, who is told, what reopens."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.case import Case, LegState, Pause, Place, portal_code
from gateway.domain.identifiers import OfficeId
from gateway.domain.obligation import Effect, Ledger
from gateway.domain.procedure import Event, Procedure, Trigger
from gateway.domain.report import ReportKind, Standing
from gateway.routing import money
from gateway.routing.catalogue import Catalogue, read
from gateway.routing.messages import follow_up
from gateway.routing.outcomes import on_delivered
from gateway.routing.progress import Step, on_dossier_event, on_report
from gateway.routing.telling import questions, sentence
from tests.unit.routing.test_progress import (
    LAND,
    TAX,
    a_report,
    at_land,
    content,
    hours,
    making,
    reported,
)


def with_all_ends(**tax: Any) -> dict[str, Any]:
    """The procedure with every end of the tax leg, and who waits for them."""
    changed = content()
    land, of_tax = changed["procedures"][0]["leg"]
    of_tax["ends_on"] = ["paid", "exempted", "deferred"]
    of_tax.update(tax)
    paid = next(m for m in land["message"] if m["kind"] == "paid")
    paid["on"] = ["tax.paid", "tax.exempted", "tax.deferred"]
    again = {"kind": "owed_again", "on": ["tax.owed_again"], "dependent": False}
    land["message"].append(again)
    answer = {"kind": "question_answer", "on": ["question_answered"]}
    of_tax["message"].append({**answer, "dependent": False})
    return changed


@pytest.fixture
def catalogue() -> Catalogue:
    return read(1, with_all_ends())


@pytest.fixture
def procedure(catalogue: Catalogue) -> Procedure:
    return catalogue.exact("1.000001", "2026")


def at_tax(procedure: Procedure) -> Case:
    case = reported(at_land(procedure), procedure, ReportKind.SLIP, 30)
    return on_delivered(case, procedure, "tax", "slip_new", hours(31)).case


def told(
    case: Case, procedure: Procedure, kind: ReportKind, at: float, effect: Effect | None
) -> Step:
    report = a_report(kind, at)
    return on_report(case, procedure, report, TAX, hours(at), effect=effect)


def kinds(
    case: Case, step: Step, procedure: Procedure, catalogue: Catalogue
) -> list[str]:
    return [t.kind for t in follow_up(case, step, making(procedure, catalogue))[1]]


def test_a_notice_puts_the_wait_on_the_citizen(procedure: Procedure) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.NOTICES, 60, Effect.DUE).case
    leg = case.leg("tax")
    assert (leg.place, leg.pause) == (Place.CITIZEN, Pause.FINANCIAL_OBLIGATION)
    assert portal_code(case) == 6


def test_vouchers_for_everything_give_the_wait_back_to_tax_and_end_nothing(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.NOTICES, 60, Effect.DUE).case
    part = told(case, procedure, ReportKind.VOUCHER, 70, Effect.PARTLY).case
    assert part.leg("tax").place is Place.CITIZEN
    step = told(part, procedure, ReportKind.VOUCHER, 80, Effect.COVERED)
    leg = step.case.leg("tax")
    assert (leg.state, leg.place) == (LegState.PAUSED, Place.AGENCY)
    assert kinds(part, step, procedure, catalogue) == ["status"]
    assert "chờ thuế xác nhận" in sentence(step.case, catalogue)


@pytest.mark.parametrize(
    ("kind", "effect"),
    [
        (ReportKind.PAID, Effect.PAID),
        (ReportKind.EXEMPTED, Effect.NOTHING_DUE),
        (ReportKind.NOTICES, Effect.NOTHING_DUE),
        (ReportKind.DEFERRED, Effect.DEFERRED),
        (ReportKind.NOTICES, Effect.DEFERRED),
    ],
)
def test_each_way_of_having_nothing_left_to_pay_is_told_to_the_land_office(
    procedure: Procedure, catalogue: Catalogue, kind: ReportKind, effect: Effect
) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.NOTICES, 60, Effect.DUE).case
    step = told(case, procedure, kind, 90, effect)
    assert step.case.leg("tax").state is LegState.ENDED
    assert kinds(case, step, procedure, catalogue) == ["paid", "status"]


def test_a_confirmation_of_some_notices_only_ends_nothing(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.NOTICES, 60, Effect.DUE).case
    step = told(case, procedure, ReportKind.PAID, 90, Effect.PARTLY)
    assert step.case.leg("tax").state is LegState.PAUSED
    assert "paid" not in kinds(case, step, procedure, catalogue)


@pytest.mark.parametrize(
    ("news", "effect"), [(True, "withdrawn"), (False, "nothing_due")]
)
def test_amounts_of_zero_settle_nothing_where_they_come_without_a_reason(
    news: bool,
    effect: str,
) -> None:
    row = {"number": "1/TB", "kind": "Lệ phí trước bạ", "amount": "0"}
    report = replace(
        a_report(ReportKind.NOTICES, 60),
        facts={"news": news},
        content={"notices": [row]},
    )
    _, told_effect = money.told(Ledger(), report, OfficeId("tax-cong"))
    assert told_effect is not None
    assert told_effect.value == effect


def test_a_second_question_is_told_though_the_dossier_stays_where_it_is() -> None:
    catalogue = read(1, with_all_ends(issuer="one_stop"))
    procedure = catalogue.exact("1.000001", "2026")
    first = told(at_tax(procedure), procedure, ReportKind.QUESTION, 40, None)
    again = told(first.case, procedure, ReportKind.QUESTION, 41, None)
    assert kinds(first.case, again, procedure, catalogue) == ["status"]


def test_an_answer_after_the_notice_leaves_the_wait_for_the_money() -> None:
    catalogue = read(1, with_all_ends(issuer="one_stop"))
    procedure = catalogue.exact("1.000001", "2026")
    case = told(at_tax(procedure), procedure, ReportKind.NOTICES, 60, Effect.DUE).case
    case = told(case, procedure, ReportKind.QUESTION, 65, None).case
    assert case.leg("tax").place is Place.ONE_STOP
    step = on_dossier_event(case, procedure, Event.QUESTION_ANSWERED, hours(70))
    done = on_delivered(step.case, procedure, "tax", "question_answer", hours(71)).case
    leg = done.leg("tax")
    assert (leg.place, leg.pause) == (Place.CITIZEN, Pause.FINANCIAL_OBLIGATION)
    assert leg.state is LegState.PAUSED


def test_withdrawn_notices_give_the_leg_back_to_tax(procedure: Procedure) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.NOTICES, 60, Effect.DUE).case
    case = told(case, procedure, ReportKind.NOTICES, 70, Effect.WITHDRAWN).case
    leg = case.leg("tax")
    assert (leg.state, leg.place, leg.pause) == (
        LegState.OPEN,
        Place.AGENCY,
        Pause.NONE,
    )
    assert portal_code(case) == 4


def test_more_to_pay_after_all_was_paid_reopens_the_leg_and_is_settled_once_more(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.NOTICES, 60, Effect.DUE).case
    paid = told(case, procedure, ReportKind.PAID, 90, Effect.PAID)
    case = follow_up(case, paid, making(procedure, catalogue))[0]
    step = told(case, procedure, ReportKind.NOTICES, 95, Effect.DUE)
    assert step.standing is Standing.APPLIED
    leg = step.case.leg("tax")
    assert (leg.state, leg.place) == (LegState.PAUSED, Place.CITIZEN)
    assert [t.event for t in step.happened] == [Event.NOTICE_ISSUED, Event.OWED_AGAIN]
    assert kinds(case, step, procedure, catalogue) == ["owed_again", "status"]
    again = told(step.case, procedure, ReportKind.PAID, 99, Effect.PAID)
    assert kinds(step.case, again, procedure, catalogue) == ["paid", "status"]


def test_a_notice_before_everything_was_paid_is_no_reopening(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.NOTICES, 60, Effect.DUE).case
    step = told(case, procedure, ReportKind.NOTICES, 70, Effect.DUE)
    assert [t.event for t in step.happened] == [Event.NOTICE_ISSUED]
    assert kinds(case, step, procedure, catalogue) == ["status"]


def test_a_land_office_that_told_of_the_notice_itself_is_not_told_of_it(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.PAID, 90, Effect.PAID).case
    report = a_report(ReportKind.NOTICES, 95)
    step = on_report(case, procedure, report, LAND, hours(95), effect=Effect.DUE)
    assert Trigger("tax", Event.OWED_AGAIN) in step.happened
    assert kinds(case, step, procedure, catalogue) == ["status"]


MONEY = {
    Effect.DUE: ReportKind.NOTICES,
    Effect.PARTLY: ReportKind.VOUCHER,
    Effect.COVERED: ReportKind.VOUCHER,
    Effect.WITHDRAWN: ReportKind.NOTICES,
    Effect.PAID: ReportKind.PAID,
    Effect.NOTHING_DUE: ReportKind.EXEMPTED,
    Effect.DEFERRED: ReportKind.DEFERRED,
}


@given(st.lists(st.sampled_from(list(MONEY)), max_size=12))
def test_the_land_office_knows_at_every_moment_whether_it_may_print(
    effects: list[Effect],
) -> None:
    catalogue = read(1, with_all_ends())
    procedure = catalogue.exact("1.000001", "2026")
    case = at_tax(procedure)
    heard: list[str] = []
    for at, effect in enumerate(effects, start=60):
        step = told(case, procedure, MONEY[effect], at, effect)
        case, transfers = follow_up(case, step, making(procedure, catalogue))
        heard += [t.kind for t in transfers if t.leg == "land"]
        settled = case.leg("tax").state is LegState.ENDED
        assert (heard[-1:] == ["paid"]) is settled
    turns = ["paid", "owed_again"] * len(effects)
    assert heard == turns[: len(heard)]


@pytest.mark.parametrize(
    ("off", "by_hand"),
    [
        ([], []),
        (["owed_again"], ["owed_again", "paid"]),
        (["paid"], ["paid", "paid"]),
        (["paid", "owed_again"], ["paid", "owed_again", "paid"]),
    ],
)
def test_who_was_told_by_a_person_that_more_is_owed_is_told_the_end_by_one(
    off: list[str], by_hand: list[str]
) -> None:
    content_of = with_all_ends()
    content_of["agencies"][1]["office"][0]["operations_off"] = off
    catalogue = read(1, content_of)
    procedure = catalogue.exact("1.000001", "2026")
    case = at_tax(procedure)
    told_to_land = []
    for at, effect in enumerate([Effect.PAID, Effect.DUE, Effect.PAID], start=90):
        step = told(case, procedure, MONEY[effect], at, effect)
        case, transfers = follow_up(case, step, making(procedure, catalogue))
        told_to_land += [t for t in transfers if t.leg == "land"]
    assert [t.kind for t in told_to_land] == ["paid", "owed_again", "paid"]
    assert [t.kind for t in told_to_land if t.parked] == by_hand
    assert {t.parked for t in told_to_land} <= {None, "told_by_hand"}


def test_nothing_reopens_a_dossier_that_has_ended(procedure: Procedure) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.PAID, 90, Effect.PAID).case
    case = reported(case, procedure, ReportKind.FINISHED, 95)
    step = told(case, procedure, ReportKind.NOTICES, 99, Effect.DUE)
    assert (step.standing, step.code) == (Standing.LATE, "dossier_ended")


def test_a_slip_in_place_of_another_makes_tax_determine_anew(
    procedure: Procedure,
) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.NOTICES, 60, Effect.DUE).case
    case = on_delivered(case, procedure, "tax", "slip_replace", hours(70)).case
    leg = case.leg("tax")
    assert (leg.state, leg.place, leg.pause) == (
        LegState.OPEN,
        Place.AGENCY,
        Pause.NONE,
    )


def test_tax_asks_the_office_that_issued_the_slip(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.QUESTION, 40, None).case
    assert case.leg("tax").place is Place.ISSUER
    assert questions(case, catalogue) == []


def test_tax_asks_the_counter_where_the_counter_issued_the_slip() -> None:
    catalogue = read(1, with_all_ends(issuer="one_stop"))
    procedure = catalogue.exact("1.000001", "2026")
    case = told(at_tax(procedure), procedure, ReportKind.QUESTION, 40, None).case
    assert case.leg("tax").place is Place.ONE_STOP
    assert [asked["code"] for asked in questions(case, catalogue)] == ["tax_question"]
    step = on_dossier_event(case, procedure, Event.QUESTION_ANSWERED, hours(50))
    assert questions(step.case, catalogue) == []
    sent = follow_up(case, step, making(procedure, catalogue))[1]
    assert [t.kind for t in sent if t.leg == "tax"] == ["question_answer"]
    done = on_delivered(step.case, procedure, "tax", "question_answer", hours(51)).case
    assert done.leg("tax").place is Place.AGENCY


def test_a_question_dated_before_the_notice_that_has_come_asks_nothing(
    procedure: Procedure,
) -> None:
    case = told(at_tax(procedure), procedure, ReportKind.NOTICES, 60, Effect.DUE).case
    late = replace(a_report(ReportKind.QUESTION, 50))
    step = on_report(case, procedure, late, TAX, hours(61))
    assert (step.standing, step.code) == (Standing.LATE, "question_overtaken")
    newer = on_report(
        case, procedure, a_report(ReportKind.QUESTION, 65), TAX, hours(66)
    )
    assert newer.case.leg("tax").place is Place.ISSUER
