"""Which papers a dossier can have now, why another cannot, and their facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.case import End, LegState, Pause, Place, portal_code
from gateway.domain.errors import ActionNotPossible
from gateway.domain.legal_day import legal_day
from gateway.domain.paper import (
    Apology,
    ControlSlip,
    Refusal,
    Request,
    SupplementRequest,
)
from gateway.domain.paper_forms import Form, circular_on, form_name
from gateway.domain.procedure import Event
from gateway.domain.report import ReportKind
from gateway.reports.custody import marks, turns
from gateway.reports.non_receipt import no_record, non_receipt
from gateway.reports.reading import Directory, rules_day, subject
from gateway.reports.slip_form import no_slip, prefilled_slip, slip_notes
from gateway.routing.joining import end_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from gateway.domain.case import Case, LegCase
    from gateway.domain.paper import Paper
    from gateway.domain.paper_forms import FormName
    from gateway.reports.reading import Opened, Told

#: The forms of one dossier, in the order in which offices meet them.
OF_A_DOSSIER = (
    Form.CONTROL_SLIP,
    Form.SUPPLEMENT_REQUEST,
    Form.INTAKE_REFUSAL,
    Form.REFUSAL,
    Form.APOLOGY,
    Form.PREFILLED_SLIP,
    Form.NON_RECEIPT,
)
NOT_ACCEPTED = 3
_ENDED = {
    End.FINISHED: "Hồ sơ đã giải quyết xong.",
    End.REFUSED: "Hồ sơ đã bị từ chối.",
    End.WITHDRAWN: "Người nộp đã rút hồ sơ.",
    End.CLOSED: "Hồ sơ đã được đóng bằng tay.",
}
_ENDINGS = {
    End.OPEN: "",
    End.FINISHED: "Đã giải quyết xong",
    End.REFUSED: "Từ chối",
    End.WITHDRAWN: "Người nộp rút hồ sơ",
    End.CLOSED: "Đóng bằng tay",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One form of a dossier; ``why_not`` is empty when it can be printed."""

    form: Form
    name: FormName
    verified: bool
    #: whether the wording was compared with the circular
    why_not: str
    notes: tuple[str, ...] = ()
    #: what to look at before signing


def choices(one: Opened, directory: Directory, now: datetime) -> tuple[Choice, ...]:
    """Every form, possible or not."""
    day = rules_day(one)
    return tuple(
        Choice(
            form,
            form_name(form, day),
            circular_on(form, day).verified,
            why_not := _why_not(form, one, directory, legal_day(now)),
            () if why_not else _notes(form, one, legal_day(now)),
        )
        for form in OF_A_DOSSIER
    )


def paper(one: Opened, form: Form, directory: Directory, now: datetime) -> Paper:
    """The facts of one form.

    Raises:
        ActionNotPossible: the dossier's state has no such paper; says why.
    """
    if form not in _BUILDERS:
        raise paper_unknown()
    why_not = _why_not(form, one, directory, legal_day(now))
    if why_not:
        raise ActionNotPossible(code="paper_not_possible", remedy=why_not)
    return _BUILDERS[form](one, form_name(form, rules_day(one)), directory, now)


def paper_unknown() -> ActionNotPossible:
    """The error of a form that nobody has."""
    return ActionNotPossible(
        code="paper_unknown",
        remedy="Không có loại giấy tờ này; xem danh sách giấy tờ của hồ sơ.",
    )


def _why_not(form: Form, one: Opened, directory: Directory, today: date) -> str:
    match form:
        case Form.SUPPLEMENT_REQUEST:
            return _no_supplement(one)
        case Form.INTAKE_REFUSAL | Form.REFUSAL:
            return _no_refusal(form, one.case)
        case Form.APOLOGY:
            return _no_apology(one.case, today)
        case Form.PREFILLED_SLIP:
            return no_slip(one, directory)
        case Form.NON_RECEIPT:
            return no_record(one)
        case _:
            return ""


def _no_supplement(one: Opened) -> str:
    if one.case.end is not End.OPEN:
        return f"{_ENDED[one.case.end]} Không còn yêu cầu bổ sung."
    if _asking(one.case):
        return ""
    if any(leg.pause is Pause.SUPPLEMENT for leg in one.case.legs):
        return "Giấy tờ bổ sung đã nộp, đang chuyển đến cơ quan yêu cầu."
    return "Không có cơ quan nào đang yêu cầu bổ sung."


def _no_refusal(form: Form, case: Case) -> str:
    # One of several refused: what it did not do is told of it, whatever the others do.
    in_part = any(end_of(leg) is End.REFUSED for leg in case.legs)
    if in_part and case.end is not End.REFUSED and form is Form.REFUSAL:
        return ""
    if case.end is not End.REFUSED:
        return _ENDED.get(case.end, "Chưa có cơ quan nào từ chối hồ sơ.")
    at_intake = portal_code(case) == NOT_ACCEPTED
    if at_intake and form is Form.REFUSAL:
        return "Cơ quan từ chối khi chưa thụ lý: dùng phiếu từ chối tiếp nhận."
    if not at_intake and form is Form.INTAKE_REFUSAL:
        return "Cơ quan từ chối sau khi đã thụ lý: dùng thông báo từ chối giải quyết."
    return ""


def _no_apology(case: Case, today: date) -> str:
    if case.end is not End.OPEN:
        return _ENDED[case.end]
    if case.due_on is None:
        return "Hồ sơ chưa có ngày hẹn trả nên chưa có gì để hẹn lại."
    if case.due_on >= today and _waits_for_citizen(case):
        return "Hồ sơ đang chờ người nộp và chưa đến hạn: chưa chậm do cơ quan."
    return ""


def _waits_for_citizen(case: Case) -> bool:
    open_legs = [
        leg for leg in case.legs if leg.state in {LegState.OPEN, LegState.PAUSED}
    ]
    waiting = [leg for leg in open_legs if leg.place is Place.CITIZEN]
    # A leg that waits for another's payment lies still, too.
    own = {Pause.SUPPLEMENT, Pause.STOPPED}
    return bool(waiting) and any(leg.pause in own for leg in waiting)


def _notes(form: Form, one: Opened, today: date) -> tuple[str, ...]:
    if form is Form.PREFILLED_SLIP:
        return slip_notes(one)
    if form is not Form.APOLOGY:
        return ()
    due_on = one.case.due_on
    notes = ["Ngày hẹn mới do cơ quan giải quyết ấn định, cổng không tính."]
    if _extended(one.case):
        notes.append("Hồ sơ đã hẹn lại một lần: không hẹn lại nữa.")
    else:
        notes.append("Chỉ được hẹn lại một lần; ghi ngày mới vào cổng khi đã ký.")
    if due_on is not None and due_on <= today:
        notes.append("Đã đến hoặc quá ngày hẹn: lẽ ra phải xin lỗi trước hạn.")
    if any(leg.place is Place.CITIZEN for leg in one.case.legs):
        notes.append("Hồ sơ đang chờ người nộp ở một phần việc: xem lại lý do chậm.")
    return tuple(notes)


def _extended(case: Case) -> bool:
    """Whether another day was promised with an apology."""
    return Event.EXTENDED.value in case.happened


def _asking(case: Case) -> list[LegCase]:
    """Legs whose office waits for papers that the applicant has not brought yet."""
    return [
        leg
        for leg in case.legs
        if leg.pause is Pause.SUPPLEMENT and leg.place is Place.CITIZEN
    ]


def _newest(one: Opened, kind: ReportKind, office: str) -> Told | None:
    found = [t for t in one.told if t.kind is kind and t.office == office]
    return found[-1] if found else None


def _control_slip(
    one: Opened, name: FormName, directory: Directory, now: datetime
) -> Paper:
    lead, others = _leading(one, directory)
    return ControlSlip(
        form=name,
        dossier=subject(one, directory),
        lead=lead,
        others=others,
        turns=turns(one, directory),
        marks=marks(one, directory),
        open=one.case.end is End.OPEN,
        ending=_ENDINGS[one.case.end],
        printed_at=now,
    )


def _leading(one: Opened, directory: Directory) -> tuple[str, tuple[str, ...]]:
    """The offices whose end is the dossier's, and those that work beside them."""
    leading, others = [], []
    for leg in one.case.legs:
        if leg.state is LegState.SKIPPED or not leg.office:
            continue
        rule = one.procedure.leg(leg.name)
        if rule.tells:
            continue  # it is told what others do
        if rule.ends_dossier:
            leading.append(directory.office(leg.office))
        else:
            others.append(directory.office(leg.office))
    return ", ".join(dict.fromkeys(leading)), tuple(dict.fromkeys(others))


def _asker(one: Opened, leg: LegCase) -> str:
    """Who asks for papers; before acceptance that is the counter itself."""
    return one.case.sender if one.procedure.leg(leg.name).tells else leg.office


def _supplement_request(
    one: Opened, name: FormName, directory: Directory, now: datetime
) -> Paper:
    requests = []
    asking = _asking(one.case)
    for leg in asking:
        office = _asker(one, leg)
        told = _newest(one, ReportKind.SUPPLEMENT_REQUEST, office)
        requests.append(
            Request(
                agency=directory.office(office),
                asked_at=told.at if told else None,
                reason=told.text("note") if told else "",
                officer=directory.person(told.text("officer")) if told else "",
            )
        )
    alone = _asker(one, asking[0]) if len(asking) == 1 else ""
    return SupplementRequest(
        form=name,
        dossier=subject(one, directory),
        agency=directory.office(alone),
        contact=directory.contact(alone),
        requests=tuple(requests),
        printed_at=now,
    )


def _refusal(one: Opened, name: FormName, directory: Directory, now: datetime) -> Paper:
    refused = [told for told in one.told if told.kind is ReportKind.REFUSED]
    told = refused[-1] if refused else None
    return Refusal(
        form=name,
        dossier=subject(one, directory),
        agency=directory.office(told.office) if told else "",
        refused_at=told.at if told else None,
        reason=told.text("note") if told else "",
        officer=directory.person(told.text("officer")) if told else "",
        printed_at=now,
    )


def _apology(one: Opened, name: FormName, directory: Directory, now: datetime) -> Paper:
    here = {
        leg.office
        for leg in one.case.legs
        if leg.state in {LegState.OPEN, LegState.PAUSED}
        and leg.place is not Place.CITIZEN
    }
    alone = next(iter(here)) if len(here) == 1 else ""
    stopped = any(
        leg.pause is Pause.STOPPED and leg.office == alone for leg in one.case.legs
    )
    told = _newest(one, ReportKind.PAUSED, alone) if stopped else None
    return Apology(
        form=name,
        dossier=subject(one, directory),
        agency=directory.office(alone),
        reason=told.text("note") if told else "",
        new_due_on=one.case.due_on if _extended(one.case) else None,
        printed_at=now,
    )


_BUILDERS: Mapping[Form, Callable[[Opened, FormName, Directory, datetime], Paper]] = {
    Form.CONTROL_SLIP: _control_slip,
    Form.SUPPLEMENT_REQUEST: _supplement_request,
    Form.INTAKE_REFUSAL: _refusal,
    Form.REFUSAL: _refusal,
    Form.APOLOGY: _apology,
    Form.PREFILLED_SLIP: prefilled_slip,
    Form.NON_RECEIPT: non_receipt,
}
