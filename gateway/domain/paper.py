"""What is printed: the forms of the circulars, and the facts that each shows.

Every fact carries the words that people read for it. ``None`` and empty mean that
the gateway does not know: the paper then has a dotted line to be filled by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from gateway.domain.paper_due import DueOffice
from gateway.domain.paper_land import (
    Certificate,
    Conveyance,
    Exemption,
    Holder,
    Plot,
)
from gateway.domain.paper_marks import MAY_LACK
from gateway.domain.paper_missing import Missing
from gateway.domain.paper_rows import ChasedDossier, Reconciled


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


@dataclass(frozen=True, slots=True)
class Sheet:
    """One paper inside a dossier (thành phần hồ sơ)."""

    name: Annotated[str, "tên giấy tờ"]
    originals: Annotated[int | None, "số bản chính"]
    copies: Annotated[int | None, "số bản sao"]


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who handed the dossier in."""

    name: Annotated[str, "họ tên hoặc tên tổ chức nộp hồ sơ"]
    address: Annotated[str, "địa chỉ người nộp"]
    phone: Annotated[str, "điện thoại người nộp"]
    email: Annotated[str, "thư điện tử người nộp", MAY_LACK]


@dataclass(frozen=True, slots=True)
class Subject:
    """The dossier that a paper is about."""

    number: Annotated[str, "mã hồ sơ"]
    qr: Annotated[str, "ảnh mã QR, chỉ chứa mã hồ sơ", MAY_LACK]
    procedure: Annotated[str, "tên thủ tục"]
    applicant: Annotated[Applicant, "người nộp hồ sơ"]
    received_by: Annotated[str, "nơi tiếp nhận"]
    received_at: Annotated[datetime | None, "lúc tiếp nhận tại một cửa"]
    due_on: Annotated[date | None, "ngày hẹn trả kết quả"]
    due_before: Annotated[
        date | None, "ngày hẹn trả lúc tiếp nhận (chỉ khi nay đã khác)", MAY_LACK
    ]
    sheets: Annotated[tuple[Sheet, ...], "giấy tờ trong hồ sơ"]
    originals: Annotated[int, "cộng số bản chính đã ghi"]
    copies: Annotated[int, "cộng số bản sao đã ghi"]
    uncounted: Annotated[int, "số giấy tờ chưa ghi số bản chính"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One hand-over: who gave the dossier to whom, and how long it stayed there."""

    giver: Annotated[str, "bên giao"]
    giver_person: Annotated[str, "người giao", MAY_LACK]
    receiver: Annotated[str, "bên nhận"]
    receiver_person: Annotated[str, "người nhận", MAY_LACK]
    at: Annotated[datetime | date | None, "lúc giao, nhận"]
    until: Annotated[datetime | date | None, "lúc bên nhận giao tiếp", MAY_LACK]
    note: Annotated[str, "ghi chú", MAY_LACK]
    outcome: Annotated[
        str, "bên nhận xong trước hạn, đúng hạn hay quá hạn", MAY_LACK
    ] = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened where the dossier lay, without handing it over."""

    at: Annotated[datetime | date | None, "lúc xảy ra"]
    office: Annotated[str, "cơ quan báo"]
    what: Annotated[str, "việc đã xảy ra"]


@dataclass(frozen=True, slots=True)
class Request:
    """What one agency asks the applicant to bring or to correct."""

    agency: Annotated[str, "cơ quan yêu cầu"]
    asked_at: Annotated[datetime | None, "lúc yêu cầu"]
    reason: Annotated[str, "nội dung yêu cầu theo lời cơ quan"]
    officer: Annotated[str, "cán bộ yêu cầu", MAY_LACK]


@dataclass(frozen=True, slots=True)
class HandoverList:
    """Danh sách bàn giao hồ sơ: what goes to one office on paper."""

    form: Annotated[FormName, "mẫu giấy tờ"]
    giver: Annotated[str, "bên giao"]
    receiver: Annotated[str, "bên nhận"]
    contact: Annotated[str, "đầu mối của bên nhận", MAY_LACK]
    day: Annotated[date | None, "ngày bàn giao"]
    dossiers: Annotated[tuple[Subject, ...], "hồ sơ bàn giao"]
    count: Annotated[int, "số hồ sơ"]
    originals: Annotated[int, "tổng số bản chính đã ghi"]
    copies: Annotated[int, "tổng số bản sao đã ghi"]
    uncounted: Annotated[int, "số giấy tờ chưa ghi số bản chính"]
    unlisted: Annotated[int, "số hồ sơ một cửa không gửi danh mục giấy tờ"]
    printed_at: Annotated[datetime, "lúc in"]


@dataclass(frozen=True, slots=True)
class ControlSlip:
    """Phiếu kiểm soát quá trình giải quyết hồ sơ."""

    form: Annotated[FormName, "mẫu giấy tờ"]
    dossier: Annotated[Subject, "hồ sơ"]
    lead: Annotated[str, "cơ quan giải quyết"]
    others: Annotated[tuple[str, ...], "cơ quan phối hợp"]
    turns: Annotated[tuple[Turn, ...], "các lần giao, nhận"]
    marks: Annotated[tuple[Mark, ...], "các mốc khác"]
    open: Annotated[bool, "hồ sơ chưa kết thúc"]
    ending: Annotated[str, "hồ sơ kết thúc thế nào", MAY_LACK]
    printed_at: Annotated[datetime, "lúc in"]


@dataclass(frozen=True, slots=True)
class SupplementRequest:
    """Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ."""

    form: Annotated[FormName, "mẫu giấy tờ"]
    dossier: Annotated[Subject, "hồ sơ"]
    agency: Annotated[str, "cơ quan yêu cầu (trống khi có nhiều cơ quan)"]
    contact: Annotated[str, "đầu mối hướng dẫn", MAY_LACK]
    requests: Annotated[tuple[Request, ...], "các yêu cầu"]
    printed_at: Annotated[datetime, "lúc in"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Phiếu từ chối: of intake, or to resolve."""

    form: Annotated[FormName, "mẫu giấy tờ"]
    dossier: Annotated[Subject, "hồ sơ"]
    agency: Annotated[str, "cơ quan từ chối"]
    refused_at: Annotated[datetime | None, "lúc từ chối"]
    reason: Annotated[str, "lý do theo lời cơ quan"]
    officer: Annotated[str, "cán bộ ghi từ chối", MAY_LACK]
    printed_at: Annotated[datetime, "lúc in"]


@dataclass(frozen=True, slots=True)
class Apology:
    """Văn bản xin lỗi; the new day is promised by the agency, never computed here."""

    form: Annotated[FormName, "mẫu giấy tờ"]
    dossier: Annotated[Subject, "hồ sơ"]
    agency: Annotated[str, "cơ quan chậm (trống khi hồ sơ ở nhiều nơi)"]
    reason: Annotated[str, "lý do theo lời cơ quan (trống khi chưa nêu)"]
    new_due_on: Annotated[date | None, "ngày hẹn mới (cổng không tự tính)"]
    printed_at: Annotated[datetime, "lúc in"]


@dataclass(frozen=True, slots=True)
class PrefilledSlip:
    """Phiếu chuyển thông tin, for an issuer without a system: to be completed by hand.

    Number and day are the issuer's; what a dossier need not have is a list, so that
    its absence is no blank.
    """

    form: Annotated[FormName, "mẫu giấy tờ"]
    dossier: Annotated[Subject, "hồ sơ"]
    issuer: Annotated[str, "nơi lập phiếu (trống khi có nhiều nơi)"]
    receiver: Annotated[str, "cơ quan thuế nhận phiếu"]
    complete_on: Annotated[date | None, "ngày nhận đủ hồ sơ"]
    basis: Annotated[str, "căn cứ của thủ tục"]
    holders: Annotated[tuple[Holder, ...], "người sử dụng đất, chủ sở hữu"]
    parcels: Annotated[tuple[Plot, ...], "thửa đất"]
    certificates: Annotated[
        tuple[Certificate, ...], "Giấy chứng nhận đã cấp (không có khi hồ sơ không ghi)"
    ]
    transfers: Annotated[
        tuple[Conveyance, ...], "việc chuyển quyền (không có khi hồ sơ không ghi)"
    ]
    exemptions: Annotated[
        tuple[Exemption, ...], "đề nghị miễn, giảm (không có khi hồ sơ không ghi)"
    ]
    printed_at: Annotated[datetime, "lúc in"]


@dataclass(frozen=True, slots=True)
class NonReceipt:
    """Biên bản không nhận được phản hồi: what an office did not acknowledge in time."""

    form: Annotated[FormName, "mẫu giấy tờ"]
    number: Annotated[str, "mã hồ sơ"]
    procedure: Annotated[str, "tên thủ tục"]
    received_by: Annotated[str, "nơi tiếp nhận"]
    records: Annotated[tuple[Missing, ...], "từng phản hồi không nhận được"]
    count: Annotated[int, "số phản hồi không nhận được"]
    printed_at: Annotated[datetime, "lúc in"]


@dataclass(frozen=True, slots=True)
class ChaseLetter:
    """Công văn đôn đốc: to one office; number, day and signer are the clerk's."""

    form: Annotated[FormName, "mẫu giấy tờ"]
    sender: Annotated[str, "cơ quan gửi (trống khi có nhiều nơi)"]
    receiver: Annotated[str, "đơn vị được đôn đốc"]
    contact: Annotated[str, "đầu mối của đơn vị", MAY_LACK]
    dossiers: Annotated[tuple[ChasedDossier, ...], "hồ sơ đôn đốc"]
    count: Annotated[int, "số hồ sơ"]
    late: Annotated[int, "số hồ sơ đã quá hẹn trả"]
    printed_at: Annotated[datetime, "lúc in"]


@dataclass(frozen=True, slots=True)
class DueSoonList:
    """What a unit has due within the coming days, and overdue, by where it lies."""

    form: Annotated[FormName, "mẫu giấy tờ"]
    unit: Annotated[str, "đơn vị tiếp nhận"]
    until: Annotated[date, "ngày hẹn trả cuối cùng trong danh sách"]
    days: Annotated[int, "số ngày làm việc tới"]
    count: Annotated[int, "số hồ sơ"]
    overdue: Annotated[int, "số hồ sơ đã quá hẹn trả"]
    left_out: Annotated[int, "số hồ sơ không in vì danh sách quá dài"]
    offices: Annotated[tuple[DueOffice, ...], "hồ sơ theo nơi đang ở"]
    printed_at: Annotated[datetime, "lúc in"]


@dataclass(frozen=True, slots=True)
class ReconciliationMinutes:
    """Biên bản đối soát: what was confirmed about one office's list."""

    form: Annotated[FormName, "mẫu giấy tờ"]
    office: Annotated[str, "cơ quan có danh sách"]
    first: Annotated[date, "từ ngày"]
    last: Annotated[date, "đến ngày"]
    rows: Annotated[tuple[Reconciled, ...], "hồ sơ đã xác nhận"]
    count: Annotated[int, "số hồ sơ"]
    counted: Annotated[int, "số hồ sơ mà ngày cơ quan ghi được tính"]
    printed_at: Annotated[datetime, "lúc in"]


Paper = (
    HandoverList
    | ControlSlip
    | SupplementRequest
    | Refusal
    | Apology
    | PrefilledSlip
    | NonReceipt
    | ChaseLetter
    | DueSoonList
    | ReconciliationMinutes
)

#: Form → the facts that its template is given.
SHOWS: dict[Form, type[Paper]] = {
    Form.HANDOVER_LIST: HandoverList,
    Form.CONTROL_SLIP: ControlSlip,
    Form.SUPPLEMENT_REQUEST: SupplementRequest,
    Form.INTAKE_REFUSAL: Refusal,
    Form.REFUSAL: Refusal,
    Form.APOLOGY: Apology,
    Form.PREFILLED_SLIP: PrefilledSlip,
    Form.NON_RECEIPT: NonReceipt,
    Form.CHASE_LETTER: ChaseLetter,
    Form.DUE_SOON: DueSoonList,
    Form.RECONCILIATION_MINUTES: ReconciliationMinutes,
}
