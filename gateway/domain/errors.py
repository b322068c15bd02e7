"""Every error, named for what happens next.

GatewayError
├── SenderError              the caller must change something; answered at once
│   ├── DossierInvalid         fields are wrong; all of them are named
│   ├── DossierContradiction   same code, other content; says what to call
│   ├── DossierUnknown         no such dossier, or not yours: the same answer
│   ├── ActionNotPossible      the dossier's state does not allow this now
│   ├── TooLarge               refused before it is read to the end
│   ├── NotSignedIn            no principal
│   ├── SignInRefused          nothing that proves who it is, or too often
│   └── NotAllowed             the principal lacks the right
│       ├── SignInUnfinished     a password to change, a second factor to set up
│       └── ProofNeeded          the act asks for the password once more
├── DeliveryError            what an attempt found out; delivery decides
│   ├── AgencyUnavailable      nothing arrived: try again
│   ├── DeliveryUnknown        may have arrived: enquire first
│   ├── AgencyRefused          refused for good at message level
│   ├── NeedsData              cannot be sent until a person supplies data
│   ├── NeedsConfiguration     cannot be sent until an operator configures
│   └── AgencyBrokeContract    an answer that no rule recognises
├── SignInAway               the province's own sign-in does not answer
├── SlotNotOffered           the agency's system has no such operation
├── ReportRefused            an inbound message that proves nothing
├── MailNotSent              a mail server did not take a mail: try again later
│   └── MailUnanswered         it has the mail and did not answer: it may have left
├── NoticeNotTaken           an address of ours for alerts did not take one: the same
└── StoreError
    ├── StoreFateUnknown       the commit may or may not have happened: re-read
    ├── StoreUnavailable       nothing was written: try again later
    │   ├── AttachmentsAway      files lie elsewhere, or their place has gone
    │   └── FolderRefused        a shared folder lets us in no more: a person acts
    ├── ConfigurationNewer     of a version that this node takes up in a second
    ├── ChangedMeanwhile       compare-and-set failed: re-read and decide again
    ├── KeyTaken               an intake key or a number exists already
    ├── ItemSettled            an item of a bulk job has its outcome already
    └── ReportKnown            this report arrived before
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Origin(StrEnum):
    """Whose fault an error is."""

    SENDER = "sender"
    AGENCY = "agency"
    NETWORK = "network"
    OPERATOR = "operator"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field of a message that was sent to us."""

    pointer: str
    #: JSON pointer (RFC 6901) to the field; never its value
    code: str
    message: str
    #: Vietnamese
    message_en: str


class GatewayError(Exception):
    """Base of all; carries nothing personal.

    ``code`` is stable snake case, ``remedy`` one Vietnamese sentence that says
    what is to be done by whom, ``detail`` the same in one line for the log.
    """

    origin: ClassVar[Origin] = Origin.GATEWAY
    default_code: ClassVar[str] = "gateway_error"
    default_remedy: ClassVar[str] = "Báo bộ phận kỹ thuật của cổng liên thông."

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        remedy: str | None = None,
        origin: Origin | None = None,
    ) -> None:
        """Keep code, remedy and origin beside the message."""
        super().__init__(detail or self.default_code)
        self.code = code or self.default_code
        self.remedy = remedy or self.default_remedy
        self.detail = detail
        self.fault = origin or self.origin


class SenderError(GatewayError):
    """The caller must change something; nothing was kept."""

    origin = Origin.SENDER
    default_code = "request_invalid"
    default_remedy = "Sửa nội dung gửi theo danh sách lỗi rồi gửi lại."


class DossierInvalid(SenderError):
    """Fields are wrong; every wrong one is named."""

    default_code = "dossier_invalid"

    def __init__(
        self, fields: tuple[FieldError, ...], *, code: str | None = None
    ) -> None:
        """Keep the wrong fields in document order."""
        super().__init__("fields are wrong", code=code)
        self.fields = fields


class DossierContradiction(SenderError):
    """The same code came with other content."""

    default_code = "dossier_contradiction"
    default_remedy = (
        "Mã hồ sơ này đã được tiếp nhận với nội dung khác. Nếu là bản sửa, gọi"
        " PUT /v1/dossiers/{mã hồ sơ} với trường revision."
    )


class DossierUnknown(SenderError):
    """No such dossier, or not the caller's: the answer is the same."""

    default_code = "dossier_unknown"
    default_remedy = "Kiểm tra lại mã hồ sơ; chỉ đơn vị gửi hồ sơ mới xem được."


class ActionNotPossible(SenderError):
    """The present state does not allow the action."""

    default_code = "action_not_possible"
    default_remedy = "Xem trạng thái hiện tại của hồ sơ rồi chọn thao tác phù hợp."


class TooLarge(SenderError):
    """Over a limit; refused before it is read to the end."""

    default_code = "too_large"
    default_remedy = "Tải tệp lên trước bằng POST /v1/attachments rồi gửi hồ sơ kèm mã sha256 của tệp."


class NotSignedIn(SenderError):
    """No known principal made the call."""

    default_code = "not_signed_in"
    default_remedy = "Gửi kèm mã truy cập hợp lệ trong tiêu đề Authorization."


class NotAllowed(SenderError):
    """The principal lacks the right."""

    default_code = "not_allowed"
    default_remedy = "Đề nghị quản trị cấp quyền cho tài khoản này."


class SignInRefused(SenderError):
    """Nothing that proves who it is; the same whatever was wrong."""

    default_code = "sign_in_refused"
    default_remedy = (
        "Tên, mật khẩu hoặc mã xác thực không đúng. Thử lại, hoặc hỏi quản trị."
    )


class SignInUnfinished(NotAllowed):
    """Something is to be done before anything else."""

    default_code = "sign_in_unfinished"
    default_remedy = "Đổi mật khẩu hoặc đặt xác thực hai lớp trước khi làm việc khác."


class ProofNeeded(NotAllowed):
    """It was too long ago that a password or code was shown."""

    default_code = "proof_needed"
    default_remedy = "Việc này cần xác nhận lại mật khẩu."


class SignInAway(GatewayError):
    """The province's own sign-in does not answer, or answers nonsense."""

    origin = Origin.OPERATOR
    default_code = "sign_in_away"
    default_remedy = "Hệ thống đăng nhập chung không trả lời: thử lại sau ít phút."


class DeliveryError(GatewayError):
    """What one attempt found out."""

    origin = Origin.NETWORK


class AgencyUnavailable(DeliveryError):
    """Nothing arrived at the agency; trying again is safe."""

    default_code = "agency_unavailable"
    default_remedy = (
        "Cổng tự gửi lại; nếu kéo dài, gọi đầu mối kỹ thuật của cơ quan nhận."
    )

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        remedy: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """``retry_after_s``: seconds the agency asked us to wait."""
        super().__init__(detail, code=code, remedy=remedy)
        self.retry_after_s = retry_after_s


class DeliveryUnknown(DeliveryError):
    """It may have arrived; nobody knows before asking."""

    default_code = "delivery_unknown"
    default_remedy = "Cổng hỏi lại cơ quan nhận trước khi gửi lại; không gửi tay."


class AgencyRefused(DeliveryError):
    """The agency returned the message for good."""

    origin = Origin.AGENCY
    default_code = "agency_refused"
    default_remedy = "Cơ quan trả lại do lỗi dữ liệu: sửa hồ sơ theo lý do trả lại."


class NeedsData(DeliveryError):
    """A value is missing or ambiguous and must not be invented."""

    origin = Origin.SENDER
    default_code = "needs_data"
    default_remedy = "Bộ phận một cửa bổ sung dữ liệu còn thiếu rồi gửi bản sửa."


class NeedsConfiguration(DeliveryError):
    """A code list, area map or address is missing here."""

    origin = Origin.OPERATOR
    default_code = "needs_configuration"
    default_remedy = "Quản trị bổ sung cấu hình còn thiếu rồi bấm «Gửi lại»."


class AgencyBrokeContract(DeliveryError):
    """An answer that no rule recognises; never taken for success."""

    origin = Origin.AGENCY
    default_code = "agency_broke_contract"
    default_remedy = "Cơ quan trả lời ngoài tài liệu kết nối: gọi đầu mối của cơ quan, xem đã nhận hay chưa."


class SlotNotOffered(GatewayError):
    """The agency's system has no such operation; its ``agency.toml`` says why."""

    origin = Origin.OPERATOR
    default_code = "slot_not_offered"
    default_remedy = "Hệ thống của cơ quan không có chức năng này; làm bằng cách khác."


class ReportRefused(GatewayError):
    """An inbound message that proves nothing; it is kept as evidence."""

    origin = Origin.AGENCY
    default_code = "report_refused"
    default_remedy = "Đề nghị cơ quan gửi lại đúng tài liệu kết nối."


class MailNotSent(GatewayError):
    """A mail server did not take a mail."""

    origin = Origin.NETWORK
    default_code = "mail_not_sent"
    default_remedy = "Quản trị kiểm tra máy chủ thư trong [mail]; cổng tự gửi lại."


class MailUnanswered(MailNotSent):
    """A mail server got all of a mail and did not say whether it takes it."""

    default_code = "mail_unanswered"
    default_remedy = (
        "Chưa rõ thư đã đi hay chưa: hỏi người nhận trước khi gửi lại; quản trị kiểm tra"
        " máy chủ thư trong [mail]."
    )


class NoticeNotTaken(GatewayError):
    """An address that is called for alerts did not take one."""

    origin = Origin.NETWORK
    default_code = "notice_not_taken"
    default_remedy = "Quản trị kiểm tra địa chỉ trong [alerts]; cổng tự gửi lại."


class StoreError(GatewayError):
    """The durable memory could not do its work."""

    default_code = "store_error"


class StoreFateUnknown(StoreError):
    """The commit may or may not have happened; re-read by key."""

    default_code = "store_fate_unknown"
    default_remedy = (
        "Gửi lại y nguyên sau ít phút; nội dung đã được ghi nhận thì không ghi hai lần."
    )


class StoreUnavailable(StoreError):
    """Nothing was written."""

    default_code = "store_unavailable"
    default_remedy = "Gửi lại sau ít phút; hồ sơ chưa được ghi nhận."


class ConfigurationNewer(StoreError):
    """The dossier runs under a version that another node has just applied."""

    default_code = "configuration_newer"
    default_remedy = "Gửi lại sau vài giây; máy này đang nạp phiên bản cấu hình mới."


class AttachmentsAway(StoreUnavailable):
    """The place of files is not the one that the node was started with."""

    default_code = "attachments_away"
    default_remedy = (
        "Kho tệp đính kèm đang không nối được: quản trị kiểm tra ổ mạng và [attachments];"
        " tệp chưa được nhận, gửi lại sau ít phút."
    )


class BackupUnreadable(StoreError):
    """A backup that cannot be used; nothing was changed by trying."""

    default_code = "backup_damaged"
    default_remedy = "Bản sao này không dùng được: lấy bản sao trước đó."


class BackupFailed(StoreError):
    """No backup was made; those that were there still are."""

    default_code = "backup_failed"
    default_remedy = "Chưa có bản sao mới; các bản cũ còn nguyên. Sửa rồi chạy lại."


class RestoreRefused(StoreError):
    """Nothing was restored, and nothing in force was touched."""

    default_code = "restore_refused"
    default_remedy = "Chỉ khôi phục vào nơi còn trống."


class FolderRefused(StoreUnavailable):
    """We are not let in, or do not know who answers; nothing was done by the call."""

    origin = Origin.OPERATOR
    default_code = "folder_refused"
    default_remedy = "Quản trị kiểm tra tài khoản và quyền ở thư mục dùng chung."


class ChangedMeanwhile(StoreError):
    """Another unit changed the row first; re-read and decide again."""

    default_code = "changed_meanwhile"


class KeyTaken(StoreError):
    """An intake key or a number exists already; ``which`` says which of them."""

    default_code = "key_taken"

    def __init__(self, which: str) -> None:
        """``which``: ``intake_key``, ``reference``, ``bulk_key``, ``chase``."""
        super().__init__(f"{which} exists already")
        self.which = which


class ItemSettled(StoreError):
    """An item of a bulk job has its outcome already: nothing more is done with it."""

    default_code = "item_settled"


class ReportKnown(StoreError):
    """This report arrived before."""

    default_code = "report_known"
