"""An invented paper of each form, on which an edited template is tried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from gateway.domain.paper import (
    Apology,
    Applicant,
    ChaseLetter,
    ControlSlip,
    DueSoonList,
    HandoverList,
    LatenessMinutes,
    Mark,
    NonReceipt,
    PrefilledSlip,
    ReconciliationMinutes,
    Refusal,
    Request,
    Sheet,
    Subject,
    SupplementRequest,
    Turn,
)
from gateway.domain.paper_conformance import (
    Attested,
    ConformanceMinutes,
    Message,
    MessageField,
    Result,
)
from gateway.domain.paper_due import DueDossier, DueOffice
from gateway.domain.paper_forms import Form, form_name
from gateway.domain.paper_land import (
    Certificate,
    Conveyance,
    Exemption,
    Holder,
    Plot,
)
from gateway.domain.paper_missing import Missing, Question, SentMessage
from gateway.domain.paper_rows import ChasedDossier, Contested, Reconciled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.domain.paper import Paper
    from gateway.domain.paper_forms import FormName

_AT = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
_DUE = date(2026, 4, 10)
_OFFICE = "Chi nhánh Văn phòng đăng ký đất đai Ví Dụ"
_COUNTER = "Bộ phận Một cửa xã Ví Dụ"
_REASON = "Thiếu bản sao giấy tờ (ví dụ).\nĐơn chưa ký tên (ví dụ)."
_TAX = "Thuế cơ sở Ví Dụ"
_SUBJECT = Subject(
    number="H00.01-260310-0000",
    qr="H00.01-260310-0000",
    procedure="Thủ tục ví dụ",
    applicant=Applicant("Nguyễn Văn Ví Dụ", "Xã Ví Dụ", "0900000000", "vd@example.org"),
    received_by=_COUNTER,
    received_at=_AT,
    due_on=_DUE,
    due_before=date(2026, 4, 3),
    sheets=(Sheet("Đơn ví dụ", 1, 0), Sheet("Giấy tờ chưa ghi số bản", None, None)),
    originals=1,
    copies=0,
    uncounted=1,
)


def sample(form: Form) -> Paper:
    """A paper that fills every field of its template."""
    name = form_name(form, _DUE)
    match form:
        case Form.HANDOVER_LIST:
            return HandoverList(
                *(name, _COUNTER, _OFFICE, "Bà Đầu Mối", _DUE, (_SUBJECT,)),
                *(1, 1, 0, 1, 0),
                printed_at=_AT,
            )
        case Form.CONTROL_SLIP:
            turn = Turn(_COUNTER, "Bà Giao", _OFFICE, "Ông Nhận", _AT, _DUE, "Ví dụ")
            return ControlSlip(
                form=name,
                dossier=_SUBJECT,
                lead=_OFFICE,
                others=(_TAX,),
                turns=(turn,),
                marks=(Mark(_AT, _OFFICE, "Việc ví dụ"),),
                open=True,
                ending="Ví dụ",
                printed_at=_AT,
            )
        case Form.SUPPLEMENT_REQUEST:
            asked = (Request(_OFFICE, _AT, _REASON, "Ông Yêu Cầu"),)
            return SupplementRequest(name, _SUBJECT, _OFFICE, "Bà Đầu Mối", asked, _AT)
        case Form.INTAKE_REFUSAL | Form.REFUSAL:
            return Refusal(name, _SUBJECT, _OFFICE, _AT, _REASON, "Ông Từ Chối", _AT)
        case Form.APOLOGY:
            return Apology(name, _SUBJECT, _OFFICE, _REASON, date(2026, 4, 20), _AT)
        case _:
            return _MORE[form](name)


def _latenesses(name: FormName) -> LatenessMinutes:
    row = Contested(
        number="H00.01-260310-0000",
        office=_OFFICE,
        due_on=_DUE,
        ended_on=_DUE,
        said="Lý do đơn vị ví dụ",
        paper="17/VD",
        hours="12,5",
        measured=_OFFICE,
        decided="bộ phận một cửa",
        by="Bà Quyết Định",
        decided_at=_AT,
        reason="Lý do ví dụ",
    )
    return LatenessMinutes(name, _DUE, _DUE, (row,), 1, 1, _AT)


def _conformance(name: FormName) -> ConformanceMinutes:
    message = Message(
        name="ThongDiepViDu",
        title="Thông điệp ví dụ",
        rows=(MessageField("TRUONG_VI_DU", "chữ ≤ 50", True, "ý nghĩa ví dụ"),),  # noqa: FBT003
    )
    result = Result(
        *("VD-101", "2.1", "phải", "Yêu cầu ví dụ", "không đạt", "Lý do ví dụ")
    )
    word = Attested("VD-102", "Yêu cầu ví dụ", "Bà Xác Nhận", _DUE, "Ghi chú ví dụ")
    return ConformanceMinutes(
        form=name,
        agency=_OFFICE,
        system="Hệ thống thử ví dụ",
        place="Phòng ví dụ",
        purpose="Mục đích ví dụ",
        document="docs/agencies/vi_du.md",
        version="1",
        digest="00ff",
        role="được gọi (server)",
        address="https://thu.example.org",
        callback="http://127.0.0.1:9000",
        subject="CN=thu.example.org",
        issuer="CN=Nơi cấp ví dụ",
        ends=_AT,
        contacts=("Bà Đầu Mối, 0900000000",),
        by="Ông Người Thử",
        tried_at=_AT,
        messages=(message,),
        results=(result,),
        attested=(word,),
        held=1,
        broken=1,
        confirmed=1,
        untried=0,
        overall="không đạt",
        first="H00.01-260310-0001",
        last="H00.01-260310-0009",
        printed_at=_AT,
    )


def _minutes(name: FormName) -> ReconciliationMinutes:
    row = Reconciled(
        number="H00.01-260310-0000",
        kind="đã xong ở cơ quan, còn mở ở cổng",
        evidence="Danh sách ví dụ ngày 25/03/2026, hàng 2",
        office_at=_AT,
        due_on=_DUE,
        as_shown="quá hạn",
        as_counted="trước hạn",
        state="đã xác nhận",
        by="Bà Xác Nhận",
        decided_at=_AT,
        rule="ru_vi_du",
        reason="Lý do ví dụ",
    )
    return ReconciliationMinutes(name, _OFFICE, _DUE, _DUE, (row,), 1, 1, _AT)


def _slip(name: FormName) -> PrefilledSlip:
    deed = Conveyance("chuyển nhượng", "1.000 đồng", "01/HĐ", _DUE, "Công chứng Ví Dụ")
    return PrefilledSlip(
        form=name,
        dossier=_SUBJECT,
        issuer=_OFFICE,
        receiver=_TAX,
        complete_on=_DUE,
        basis="Quyết định ví dụ",
        holders=(Holder("Trần Thị Ví Dụ", "Xã Ví Dụ", "012345678901", "", "1957"),),
        parcels=(Plot("101", "7", "Thôn Ví Dụ", "Xã Ví Dụ", "120,5"),),
        certificates=(Certificate("VD 000101", "CH 01", _DUE, "UBND huyện Ví Dụ"),),
        transfers=(deed,),
        exemptions=(Exemption("người có công", "Lý do ví dụ"),),
        printed_at=_AT,
    )


def _non_receipt(name: FormName) -> NonReceipt:
    record = Missing(
        office=_OFFICE,
        expected="xác nhận đã nhận hồ sơ",
        term="1 ngày làm việc",
        hard="1 ngày làm việc",
        source="thỏa thuận kết nối (ví dụ)",
        verified=False,
        due_at=_AT,
        hard_at=_AT,
        noted_at=_AT,
        sent=(SentMessage("Chuyển hồ sơ", "t_vi_du", _AT, "cơ quan đã có", "00ff"),),
        asked=(Question("Chuyển hồ sơ", _AT, 2, "cơ quan đã nhận"),),
        answered="Chuyển bước xử lý (ví dụ)",
        chain="d:vi_du",
        position=3,
        number=7,
        previous="00ff",
        digest="ff00",
        line="{}",
    )
    number = "H00.01-260310-0000"
    return NonReceipt(name, number, "Thủ tục ví dụ", _COUNTER, (record,), 1, _AT)


def _letter(name: FormName) -> ChaseLetter:
    chased = ChasedDossier(
        number="H00.01-260310-0000",
        procedure="Thủ tục ví dụ",
        since=_DUE,
        due_on=_DUE,
        late=True,
        waits_for="đơn vị giải quyết và báo kết quả",
        promised_on=_DUE,
        chased=2,
    )
    return ChaseLetter(name, _COUNTER, _OFFICE, "Bà Đầu Mối", (chased,), 1, 1, _AT)


def _due_soon(name: FormName) -> DueSoonList:
    due = DueDossier(
        number="H00.01-260310-0000",
        procedure="Thủ tục ví dụ",
        due_on=_DUE,
        late=True,
        place=_TAX,
        since=_DUE,
    )
    here = DueOffice(f"{_TAX} (đầu mối: Bà Đầu Mối)", (due,))
    return DueSoonList(name, _COUNTER, _DUE, 5, 2, 1, 1, (here,), _AT)


_MORE: Mapping[Form, Callable[[FormName], Paper]] = {
    Form.PREFILLED_SLIP: _slip,
    Form.NON_RECEIPT: _non_receipt,
    Form.CHASE_LETTER: _letter,
    Form.DUE_SOON: _due_soon,
    Form.RECONCILIATION_MINUTES: _minutes,
    Form.LATENESS_MINUTES: _latenesses,
    Form.CONFORMANCE_MINUTES: _conformance,
}
