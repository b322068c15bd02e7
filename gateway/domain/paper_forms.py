"""Which forms there are, and what each is called by the circular that issued it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from gateway.domain.paper_marks import MAY_LACK


class Form(StrEnum):
    """Papers by the name that addresses and template files use."""

    HANDOVER_LIST = "handover-list"
    CONTROL_SLIP = "control-slip"
    SUPPLEMENT_REQUEST = "supplement-request"
    INTAKE_REFUSAL = "intake-refusal"
    REFUSAL = "refusal"
    APOLOGY = "apology"
    PREFILLED_SLIP = "prefilled-slip"
    NON_RECEIPT = "non-receipt"
    CHASE_LETTER = "chase-letter"
    DUE_SOON = "due-soon"
    RECONCILIATION_MINUTES = "reconciliation-minutes"
    LATENESS_MINUTES = "lateness-minutes"
    CONFORMANCE_MINUTES = "conformance-minutes"


@dataclass(frozen=True, slots=True)
class FormName:
    """What a form is called by the circular that issued it."""

    title: Annotated[str, "tên giấy tờ, chữ thường"]
    number: Annotated[str, "số mẫu trong thông tư", MAY_LACK] = ""
    decree: Annotated[str, "thông tư ban hành mẫu", MAY_LACK] = ""
    label: Annotated[str, "dòng ghi mẫu và thông tư ở góc trên", MAY_LACK] = ""


@dataclass(frozen=True, slots=True)
class Circular:
    """A circular that issued forms, and the first day on which they were used."""

    name: str
    since: date
    forms: dict[Form, tuple[str, str]]
    #: form → (number, title)
    verified: bool = False
    #: compared with the official text


#: Newest first. Number and title belong together: «05» was the control slip first.
CIRCULARS = (
    Circular(
        "Thông tư số 03/2025/TT-VPCP",
        date(2025, 9, 15),
        {
            Form.SUPPLEMENT_REQUEST: ("02", "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ"),
            Form.INTAKE_REFUSAL: ("03", "Phiếu từ chối tiếp nhận giải quyết hồ sơ"),
            Form.APOLOGY: (
                "04",
                "Văn bản xin lỗi và đề nghị gia hạn thời gian giải quyết",
            ),
            Form.CONTROL_SLIP: ("06", "Phiếu kiểm soát quá trình giải quyết hồ sơ"),
        },
    ),
    Circular(
        "Thông tư số 01/2018/TT-VPCP",
        date.min,
        {
            Form.SUPPLEMENT_REQUEST: ("02", "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ"),
            Form.INTAKE_REFUSAL: ("03", "Phiếu từ chối tiếp nhận giải quyết hồ sơ"),
            Form.APOLOGY: ("04", "Phiếu xin lỗi và hẹn lại ngày trả kết quả"),
            Form.CONTROL_SLIP: ("05", "Phiếu kiểm soát quá trình giải quyết hồ sơ"),
        },
    ),
)
_SLIP = (
    "Phiếu chuyển thông tin để xác định nghĩa vụ tài chính về đất đai (bản điền sẵn)"
)
#: Forms of land procedures, newest first; their numbers change with every decree.
LAND_FORMS = (
    Circular(
        "bộ biểu mẫu thủ tục hành chính về đất đai 2025-2026",
        date.min,
        {Form.PREFILLED_SLIP: ("15", _SLIP)},
    ),
)
#: No circular has a form for them.
_OWN_TITLES = {
    Form.HANDOVER_LIST: "Danh sách bàn giao hồ sơ",
    Form.REFUSAL: "Thông báo từ chối giải quyết hồ sơ",
    Form.NON_RECEIPT: "Biên bản không nhận được phản hồi",
    Form.CHASE_LETTER: "Công văn đôn đốc giải quyết hồ sơ liên thông",
    Form.DUE_SOON: "Danh sách hồ sơ sắp đến hạn và đã quá hạn",
    Form.RECONCILIATION_MINUTES: "Biên bản đối soát hồ sơ",
    Form.LATENESS_MINUTES: "Biên bản xem xét ý kiến về hồ sơ quá hạn",
    Form.CONFORMANCE_MINUTES: "Biên bản thử nghiệm kết nối",
}


def circular_on(form: Form, day: date) -> Circular:
    """The circular whose form a dossier of that day uses; the oldest before all."""
    issued = LAND_FORMS if form is Form.PREFILLED_SLIP else CIRCULARS
    return next((one for one in issued if one.since <= day), issued[-1])


def form_name(form: Form, day: date) -> FormName:
    """What a form is called for a dossier that was received on ``day``.

    A dossier keeps the rules of its intake. To refuse to resolve is another act
    than to refuse intake; it has no form of its own and follows that of intake.
    """
    circular = circular_on(form, day)
    if form is Form.REFUSAL:
        number, _ = circular.forms[Form.INTAKE_REFUSAL]
        label = f"Vận dụng Mẫu số {number}, {circular.name}"
        return FormName(_OWN_TITLES[form], number, circular.name, label)
    if form in _OWN_TITLES:
        return FormName(_OWN_TITLES[form])
    number, title = circular.forms[form]
    label = f"Mẫu số {number}, {circular.name}"
    return FormName(title, number, circular.name, label)
