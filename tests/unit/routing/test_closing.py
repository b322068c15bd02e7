"""What ending a part or a dossier by hand leads to, and what it leads to no more."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.case import BY_HAND, Case, End, LegState, portal_code
from gateway.domain.closing import (
    AFTERWARDS,
    NO_DATA,
    Closing,
    Outcome,
    Way,
    may_speak_of,
    outcomes,
)
from gateway.domain.identifiers import OfficeId
from gateway.domain.obligation import Effect
from gateway.domain.principal import EVERYTHING, Scope
from gateway.domain.procedure import Event, Procedure
from gateway.domain.report import ReportKind, Standing
from gateway.domain.values import replace
from gateway.routing.catalogue import Catalogue, read
from gateway.routing.closing import on_closed, why_not
from gateway.routing.messages import Enclosure, Making, follow_up, withdrawal
from gateway.routing.progress import on_dossier_event, on_report
from gateway.routing.telling import sentence, view
from tests.unit.routing.test_ladders import Journey
from tests.unit.routing.test_ladders import content as birth
from tests.unit.routing.test_progress import (
    DAY,
    LAND,
    TAX,
    Counting,
    a_report,
    at_land,
    catalogue,
    content,
    hours,
    procedure,
    reported,
)

__all__ = ["catalogue", "procedure"]


def closing(way: Way, leg: str = "", outcome: Outcome | None = None) -> Closing:
    return Closing(way, leg, "ví dụ", outcome)


def closed(case: Case, plan: Procedure, wanted: Closing) -> Case:
    assert why_not(case, plan, wanted) == ""
    return on_closed(case, plan, wanted, {}, hours(5)).case


def with_tax(plan: Procedure) -> Case:
    """Land has issued its slip, and tax has notices out."""
    case = reported(at_land(plan), plan, ReportKind.SLIP, 2)
    step = on_report(
        case, plan, a_report(ReportKind.NOTICES, 3), TAX, hours(3), effect=Effect.DUE
    )
    return step.case


FINISHED = closing(Way.PAPER, "land", Outcome.FINISHED)


def test_a_paper_ends_a_part_by_the_event_that_it_tells(procedure: Procedure) -> None:
    case = closed(with_tax(procedure), procedure, FINISHED)
    assert (case.end, portal_code(case)) == (End.FINISHED, 9)
    assert "finished" in case.leg("land").happened
    told = case.facts[BY_HAND]["land"]
    assert (told["way"], told["outcome"]) == ("paper", "finished")


def test_what_waited_for_tax_hears_that_its_paper_says_paid(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    before = with_tax(procedure)
    wanted = closing(Way.PAPER, "tax", Outcome.PAID)
    step = on_closed(before, procedure, wanted, {}, hours(5))
    making = Making(procedure, catalogue, Counting(), DAY)
    _, made = follow_up(before, step, making, Enclosure({}, lacking=True))
    assert [one.kind for one in made] == ["paid", "status"]
    assert step.case.leg("tax").state is LegState.ENDED


def test_a_refusal_is_two_acts_and_of_what_was_worked_on_only_one(
    procedure: Procedure,
) -> None:
    case = at_land(procedure)
    both = {Outcome.REFUSED_TO_ACCEPT, Outcome.REFUSED}
    assert both < set(outcomes(procedure.leg("land"), case.leg("land")))
    codes = [
        portal_code(closed(case, procedure, closing(Way.PAPER, "land", one)))
        for one in (Outcome.REFUSED_TO_ACCEPT, Outcome.REFUSED)
    ]
    assert codes == [3, 8]
    worked_on = reported(case, procedure, ReportKind.PROGRESS, 2)
    there = outcomes(procedure.leg("land"), worked_on.leg("land"))
    assert Outcome.REFUSED_TO_ACCEPT not in there
    assert outcomes(procedure.leg("tax"), case.leg("tax")) == (
        Outcome.PAID,
        Outcome.EXEMPTED,
    )


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (closing(Way.SKIP, "land"), "leg_decides"),
        (closing(Way.SKIP, "tax"), "leg_not_open"),
        (closing(Way.SKIP, "gone"), "leg_not_open"),
        (closing(Way.PAPER, "land", Outcome.PAID), "closing_outcome"),
        (closing(Way.PAPER, "land"), "closing_outcome"),
        (closing(Way.DOSSIER, "land"), "closing_of_whole"),
    ],
)
def test_what_cannot_be_ended_so_is_named(
    procedure: Procedure, wanted: Closing, code: str
) -> None:
    assert why_not(at_land(procedure), procedure, wanted) == code


def test_a_skipped_part_lets_begin_what_waited_for_it_and_tells_nobody_it_was_done(
    catalogue: Catalogue,
) -> None:
    """Land is not the one that decides: tax begins, without a slip to carry."""
    plan = content()
    plan["procedures"][0]["leg"][0]["ends_dossier"] = False
    catalogue = read(1, plan)
    procedure = catalogue.procedures[0]
    before = at_land(procedure)
    step = on_closed(before, procedure, closing(Way.SKIP, "land"), {}, hours(5))
    assert step.case.leg("tax").state is LegState.OPEN
    assert [one.event for one in step.happened] == [Event.ENDED]
    making = Making(procedure, catalogue, Counting(), DAY)
    case, made = follow_up(before, step, making, Enclosure({}, lacking=True))
    (slip, status) = made
    assert (slip.kind, slip.parked, slip.payload) == ("slip_new", NO_DATA, None)
    assert status.kind == "status"
    # What the citizen does later is no news for a part that nobody does.
    later = on_dossier_event(case, procedure, Event.WITHDRAWAL_REQUESTED, hours(6))
    _, more = follow_up(case, later, making)
    assert "withdraw" not in {one.kind for one in more}


def test_a_ladder_is_not_told_of_a_registration_without_its_certificate() -> None:
    journey = Journey(read(1, birth()))
    journey.act(Event.ACCEPTED)
    wanted = closing(Way.PAPER, "registry", Outcome.FINISHED)
    step = on_closed(journey.case, journey.procedure, wanted, {}, hours(5))
    journey._after(step, Enclosure({}, lacking=True))
    (told,) = [one for one in journey.sent if one.kind == "told_registered"]
    assert (told.parked, told.payload) == (NO_DATA, None)
    # The rungs before it carry nothing of a report.
    assert {one.parked for one in journey.sent if one.kind != told.kind} == {None}


def test_a_whole_dossier_ends_as_what_it_is(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    before = with_tax(procedure)
    case = closed(before, procedure, closing(Way.DOSSIER))
    assert (case.end, portal_code(case)) == (End.CLOSED, 8)
    assert set(case.facts[BY_HAND]) == {"land", "tax", ""}
    assert {leg.state for leg in case.legs} == {LegState.ENDED}
    assert sentence(case, catalogue) == "Hồ sơ được đóng bằng tay ngày 10/03/2026."
    assert view(case) != view(before)
    assert why_not(case, procedure, closing(Way.DOSSIER)) == "dossier_ended"


@pytest.mark.parametrize(
    ("kind", "standing"),
    [
        (ReportKind.REFUSED, Standing.UNMATCHED),
        (ReportKind.SUPPLEMENT_REQUEST, Standing.UNMATCHED),
        (ReportKind.WITHDRAWN, Standing.UNMATCHED),
        (ReportKind.PROGRESS, Standing.LATE),
        (ReportKind.FINISHED, Standing.LATE),
    ],
)
def test_what_comes_afterwards_moves_nothing_and_what_is_news_waits(
    procedure: Procedure, kind: ReportKind, standing: Standing
) -> None:
    case = closed(with_tax(procedure), procedure, FINISHED)
    step = on_report(case, procedure, a_report(kind, 9), LAND, hours(9))
    assert (step.case, step.standing, step.code) == (case, standing, AFTERWARDS)


def test_more_to_pay_does_not_reopen_what_was_settled_on_paper(
    procedure: Procedure,
) -> None:
    wanted = closing(Way.PAPER, "tax", Outcome.PAID)
    case = closed(with_tax(procedure), procedure, wanted)
    case = replace(case, happened=(*case.happened, "sent:land.paid"))
    more: dict[str, Any] = {"effect": Effect.DUE}
    report = a_report(ReportKind.NOTICES, 9)
    step = on_report(case, procedure, report, TAX, hours(9), **more)
    assert (step.case, step.standing) == (case, Standing.UNMATCHED)


def test_an_office_gives_back_once_what_it_was_sent(
    procedure: Procedure, catalogue: Catalogue
) -> None:
    making = Making(procedure, catalogue, Counting(), DAY)
    before = at_land(procedure)
    assert withdrawal(before, "land", making) is None
    sent = replace(before, happened=(*before.happened, "sent:land.hand_over"))
    found = withdrawal(sent, "land", making)
    assert found is not None
    case, new = found
    assert (new.kind, new.overtakes) == ("withdraw", frozenset({"hand_over"}))
    assert withdrawal(case, "land", making) is None
    assert withdrawal(case, "tax", making) is None


def test_an_account_of_agencies_speaks_of_its_own_parts_alone() -> None:
    own = Scope(offices=(OfficeId("land-1"),))
    assert may_speak_of(own, OfficeId("land-1"))
    assert not may_speak_of(own, OfficeId("tax-1"))
    assert not may_speak_of(own, None)
    assert may_speak_of(EVERYTHING, None)
    assert may_speak_of(Scope(units=("H00",)), None)
