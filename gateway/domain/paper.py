"""What is printed: the forms of the circulars, and the facts that each shows.

Every fact carries the words that people read for it. ``None`` and empty mean that
the gateway does not know: the paper then has a dotted line to be filled by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from gateway.domain.paper_conformance import ConformanceMinutes
from gateway.domain.paper_due import DueOffice
from gateway.domain.paper_forms import Form, FormName
from gateway.domain.paper_land import (
    Certificate,
    Conveyance,
    Exemption,
    Holder,
    Plot,
)
from gateway.domain.paper_marks import MAY_LACK
from gateway.domain.paper_missing import Missing
from gateway.domain.paper_rows import ChasedDossier, Contested, Reconciled


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


@dataclass(frozen=True, slots=True)
class LatenessMinutes:
    """Biên bản xem xét ý kiến: to whom latenesses are counted, measured and decided."""

    form: Annotated[FormName, "mẫu giấy tờ"]
    first: Annotated[date, "từ ngày"]
    last: Annotated[date, "đến ngày"]
    rows: Annotated[tuple[Contested, ...], "hồ sơ đã quyết định"]
    count: Annotated[int, "số hồ sơ"]
    upheld: Annotated[int, "số hồ sơ tính cho bên khác"]
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
    | LatenessMinutes
    | ConformanceMinutes
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
    Form.LATENESS_MINUTES: LatenessMinutes,
    Form.CONFORMANCE_MINUTES: ConformanceMinutes,
}
