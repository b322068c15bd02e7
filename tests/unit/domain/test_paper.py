"""A form's number carries its circular, since «05» has meant two things."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.domain.paper import SHOWS
from gateway.domain.paper_forms import CIRCULARS, LAND_FORMS, Form, form_name

NEW = date(2025, 9, 15)
OLD = date(2025, 9, 14)


def test_the_control_slip_is_06_now_and_was_05_before() -> None:
    assert form_name(Form.CONTROL_SLIP, NEW).label == (
        "Mẫu số 06, Thông tư số 03/2025/TT-VPCP"
    )
    assert form_name(Form.CONTROL_SLIP, OLD).label == (
        "Mẫu số 05, Thông tư số 01/2018/TT-VPCP"
    )


def test_the_apology_also_asks_for_an_extension_now() -> None:
    assert "gia hạn" in form_name(Form.APOLOGY, NEW).title
    assert form_name(Form.APOLOGY, OLD).title == (
        "Phiếu xin lỗi và hẹn lại ngày trả kết quả"
    )


def test_refusing_to_resolve_is_not_refusing_intake() -> None:
    intake = form_name(Form.INTAKE_REFUSAL, NEW)
    decision = form_name(Form.REFUSAL, NEW)
    assert (intake.label, decision.label) == (
        "Mẫu số 03, Thông tư số 03/2025/TT-VPCP",
        "Vận dụng Mẫu số 03, Thông tư số 03/2025/TT-VPCP",
    )
    assert intake.title != decision.title


def test_the_slip_is_numbered_by_the_forms_of_land_procedures() -> None:
    assert form_name(Form.PREFILLED_SLIP, NEW).label == (
        "Mẫu số 15, bộ biểu mẫu thủ tục hành chính về đất đai 2025-2026"
    )


#: No circular has a form for them.
OWN = {
    *(Form.HANDOVER_LIST, Form.CHASE_LETTER, Form.DUE_SOON, Form.NON_RECEIPT),
    *(Form.RECONCILIATION_MINUTES, Form.LATENESS_MINUTES),
    Form.CONFORMANCE_MINUTES,
}


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("day", [date(1990, 1, 1), OLD, NEW, date(2030, 1, 1)])
def test_every_form_has_a_name_on_every_day(form: Form, day: date) -> None:
    name = form_name(form, day)
    assert name.title
    own = form in OWN
    assert (name.number == "") == own == (name.label == "")
    assert form in SHOWS


def test_circulars_stand_newest_first_and_none_is_said_to_be_compared() -> None:
    days = [one.since for one in CIRCULARS]
    assert days == sorted(days, reverse=True)
    assert len(days) == 2
    assert {one.verified for one in (*CIRCULARS, *LAND_FORMS)} == {False}
