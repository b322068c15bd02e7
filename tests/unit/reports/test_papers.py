"""Which paper fits which state, and what it leaves open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, cast

import pytest

from gateway.domain.case import Case, End, LegState, Pause, Place
from gateway.domain.errors import ActionNotPossible
from gateway.domain.paper import Apology, ControlSlip, Refusal, SupplementRequest
from gateway.domain.paper_forms import Form
from gateway.domain.report import ReportKind
from gateway.domain.written import blanks
from gateway.reports.papers import OF_A_DOSSIER, choices, paper
from gateway.reports.reading import rules_day, subject
from tests.unit.reports.dossiers import (
    DIRECTORY,
    LAND,
    TAX,
    at,
    case,
    leg,
    opened,
    told,
)

SOON, LATE = at(1), at(24 * 40)
WAITS: dict[str, Any] = {"state": LegState.PAUSED, "place": Place.CITIZEN}
ASKED = leg(pause=Pause.SUPPLEMENT, **WAITS)
PAYING = leg("tax", pause=Pause.FINANCIAL_OBLIGATION, **WAITS)
STOPPED = leg(state=LegState.PAUSED, pause=Pause.STOPPED)


def possible(state: Case, now: Any = SOON) -> set[Form]:
    found = choices(opened(case=state), DIRECTORY, now)
    assert [one.form for one in found] == list(OF_A_DOSSIER)
    return {one.form for one in found if not one.why_not}


@pytest.mark.parametrize(
    ("state", "now", "forms"),
    [
        (case(), SOON, {Form.APOLOGY}),
        (case(due_on=None), SOON, set()),
        (case(unrouted="area_ambiguous", legs=()), SOON, {Form.APOLOGY}),
        (case(ASKED), SOON, {Form.SUPPLEMENT_REQUEST}),
        (case(ASKED), LATE, {Form.SUPPLEMENT_REQUEST, Form.APOLOGY}),
        (case(replace(ASKED, place=Place.GATEWAY)), SOON, {Form.APOLOGY}),
        (case(leg(), PAYING), SOON, {Form.APOLOGY}),
        (case(STOPPED), SOON, {Form.APOLOGY}),
        (case(leg(), end=End.FINISHED), SOON, set()),
        (case(leg(), end=End.WITHDRAWN), LATE, set()),
        (case(leg(), end=End.REFUSED), SOON, {Form.INTAKE_REFUSAL}),
        (
            case(leg(happened=("handed_over", "progressed")), end=End.REFUSED),
            SOON,
            {Form.REFUSAL},
        ),
    ],
)
def test_each_state_has_its_forms_beside_the_control_slip(
    state: Case, now: Any, forms: set[Form]
) -> None:
    assert possible(state, now) == {Form.CONTROL_SLIP, *forms}


def test_a_form_that_is_not_possible_is_not_made_either() -> None:
    for choice in choices(opened(), DIRECTORY, SOON):
        if choice.why_not:
            with pytest.raises(ActionNotPossible) as refused:
                paper(opened(), choice.form, DIRECTORY, SOON)
            assert refused.value.remedy == choice.why_not
    with pytest.raises(ActionNotPossible) as refused:
        paper(opened(), Form.HANDOVER_LIST, DIRECTORY, SOON)
    assert refused.value.code == "paper_unknown"


def test_the_newest_request_counts_and_only_of_who_waits() -> None:
    one = opened(
        case=case(ASKED),
        told=(
            told(ReportKind.SUPPLEMENT_REQUEST, 2, note="Thiếu đơn"),
            told(ReportKind.SUPPLEMENT_REQUEST, 30, note="Thiếu bản vẽ", officer="CB2"),
            told(ReportKind.SUPPLEMENT_REQUEST, 40, TAX, note="Của nơi khác"),
        ),
    )
    made = paper(one, Form.SUPPLEMENT_REQUEST, DIRECTORY, SOON)
    assert isinstance(made, SupplementRequest)
    (request,) = made.requests
    assert (request.reason, request.asked_at) == ("Thiếu bản vẽ", at(30))
    assert made.agency == DIRECTORY.office(LAND)


def test_two_offices_that_ask_share_a_form_that_neither_heads() -> None:
    both = case(ASKED, leg("tax", pause=Pause.SUPPLEMENT, **WAITS))
    one = opened(
        case=both, told=(told(ReportKind.SUPPLEMENT_REQUEST, 2, note="Thiếu đơn"),)
    )
    made = paper(one, Form.SUPPLEMENT_REQUEST, DIRECTORY, SOON)
    assert isinstance(made, SupplementRequest)
    assert [request.reason for request in made.requests] == ["Thiếu đơn", ""]
    assert (made.agency, made.contact) == ("", "")
    assert "nội dung yêu cầu theo lời cơ quan" in blanks(made)


def test_a_refusal_whose_words_were_deleted_leaves_lines_for_the_pen() -> None:
    one = opened(case=case(leg(), end=End.REFUSED), told=(told(ReportKind.REFUSED, 3),))
    made = cast("Refusal", paper(one, Form.INTAKE_REFUSAL, DIRECTORY, SOON))
    assert (made.reason, made.refused_at) == ("", at(3))
    assert "lý do theo lời cơ quan" in blanks(made)


def test_an_apology_has_the_reason_of_who_stopped_and_of_nobody_else() -> None:
    paused = told(ReportKind.PAUSED, 5, note="Chờ đo đạc lại")
    stopped = opened(case=case(STOPPED), told=(paused,))
    made = cast("Apology", paper(stopped, Form.APOLOGY, DIRECTORY, LATE))
    assert (made.reason, made.new_due_on) == ("Chờ đo đạc lại", None)
    running = opened(case=case(leg()), told=(paused,))
    made = cast("Apology", paper(running, Form.APOLOGY, DIRECTORY, LATE))
    assert made.reason == ""


def test_nobody_is_named_to_apologise_where_the_dossier_lies_at_two_offices() -> None:
    both = opened(case=case(leg(), leg("tax")))
    made = cast("Apology", paper(both, Form.APOLOGY, DIRECTORY, LATE))
    assert made.agency == ""


def test_who_is_late_is_told_what_to_look_at_before_signing() -> None:
    def notes(state: Case, now: Any) -> str:
        found = choices(opened(case=state), DIRECTORY, now)
        (sorry,) = [one for one in found if one.form is Form.APOLOGY]
        return " ".join(sorry.notes)

    assert "một lần" in notes(case(leg()), SOON)
    assert "quá ngày hẹn" not in notes(case(leg()), SOON)
    assert "quá ngày hẹn" in notes(case(leg()), LATE)
    assert "đang chờ người nộp" in notes(case(leg(), PAYING), SOON)


def test_the_slip_names_who_leads_and_who_works_beside() -> None:
    skipped = leg("tax", state=LegState.SKIPPED)
    made = cast("ControlSlip", paper(opened(), Form.CONTROL_SLIP, DIRECTORY, SOON))
    assert (made.lead, made.others) == (
        DIRECTORY.office(LAND),
        (DIRECTORY.office(TAX),),
    )
    alone = opened(case=case(leg(), skipped))
    made = cast("ControlSlip", paper(alone, Form.CONTROL_SLIP, DIRECTORY, SOON))
    assert made.others == ()


def test_all_who_decide_together_lead() -> None:
    one = opened()
    both = tuple(replace(rule, ends_dossier=True) for rule in one.procedure.legs)
    joined = replace(one, procedure=replace(one.procedure, legs=both))
    made = cast("ControlSlip", paper(joined, Form.CONTROL_SLIP, DIRECTORY, SOON))
    assert made.lead == f"{DIRECTORY.office(LAND)}, {DIRECTORY.office(TAX)}"
    assert made.others == ()


@pytest.mark.parametrize("end", [End.OPEN, End.FINISHED])
def test_one_of_several_that_refused_is_told_of_whatever_the_others_do(
    end: End,
) -> None:
    over = leg("tax", state=LegState.ENDED, happened=("refused",))
    one = opened(
        case=case(leg(), over, end=end),
        told=(told(ReportKind.REFUSED, 5, TAX, note="Chưa có mạng cấp nước"),),
    )
    made = cast("Refusal", paper(one, Form.REFUSAL, DIRECTORY, SOON))
    assert made.agency == DIRECTORY.office(TAX)
    assert made.reason == "Chưa có mạng cấp nước"
    with pytest.raises(ActionNotPossible):
        paper(one, Form.INTAKE_REFUSAL, DIRECTORY, SOON)


def test_a_dossier_keeps_the_forms_of_the_day_of_its_receipt() -> None:
    old = opened(document={"received_at": "2025-09-14T23:59:00+07:00"})
    assert rules_day(old) == date(2025, 9, 14)
    (slip, *_) = choices(old, DIRECTORY, SOON)
    assert slip.name.label == "Mẫu số 05, Thông tư số 01/2018/TT-VPCP"
    assert rules_day(opened(document={})) == date(2026, 3, 10)


def test_papers_without_a_count_are_counted_as_such() -> None:
    one = opened(
        document={
            "documents": [
                {"name": "Đơn", "originals": 0},
                {"name": "Bản vẽ"},
                {"name": "Hợp đồng", "originals": 2, "copies": 3},
            ]
        },
        brought=[(at(1), {"documents": [{"name": "Sau", "originals": 1}]})],
    )
    made = subject(one, DIRECTORY)
    assert (made.originals, made.copies, made.uncounted) == (3, 3, 1)
    assert [sheet.name for sheet in made.sheets][-1] == "Bổ sung: Sau"
    before = subject(one, DIRECTORY, date(2026, 3, 9))
    assert (len(before.sheets), before.originals) == (3, 2)


@pytest.mark.parametrize("told_at", ["2026-13-01T00:00:00+07:00", "hôm qua", None])
def test_a_receipt_that_cannot_be_read_is_not_known(told_at: Any) -> None:
    assert (
        subject(opened(document={"received_at": told_at}), DIRECTORY).received_at
        is None
    )


@pytest.mark.parametrize(
    ("first", "before"),
    [
        ({"due_on": "2026-04-03"}, date(2026, 4, 3)),
        ({"due_on": "2026-04-10"}, None),
        ({}, None),
    ],
)
def test_the_day_that_was_promised_first_stays_beside_the_new_one(
    first: dict[str, str], before: date | None
) -> None:
    made = subject(opened(first=first), DIRECTORY)
    assert (made.due_on, made.due_before) == (date(2026, 4, 10), before)
