"""What stands still, and by what cause: one definition for pages, calls and alerts.

A dossier stands still when one of its messages waits for a person or for certainty,
when nobody knows whose it is, or when it is open and somebody's time is over, an
acknowledgement did not come, an office that has it says nothing, or the counter was
asked and does not answer. What waits by right, and an office that is merely shut, is
none of it.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

from gateway.domain.measure import Whose
from gateway.domain.values import dataclass


class Kind(StrEnum):
    """In which way something stands still."""

    PARKED = "parked"
    UNSURE = "unsure"
    #: parked, and nobody knows whether the office has it
    UNCONFIRMED = "unconfirmed"
    UNREAD = "unread"
    #: the office has it; its answer cannot be read
    UNROUTED = "unrouted"
    COUNTER = "counter"
    #: the one-stop was asked and does not answer
    OVERDUE = "overdue"
    NOT_RECEIVED = "not_received"
    #: its hard moment is over, too
    SILENT = "silent"


#: Those whose members are transfers, so that a bulk job can move them on.
OF_TRANSFERS = frozenset({Kind.PARKED, Kind.UNSURE, Kind.UNCONFIRMED, Kind.UNREAD})
#: Those whose members are clocks.
OF_CLOCKS = frozenset({Kind.OVERDUE, Kind.NOT_RECEIVED})
#: In which order they are told: what people have to decide first.
ORDER = tuple(Kind)
_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something stands still: codes only, so that a cause is the same tomorrow.

    ``code``: of a message its error, of a clock its name, of the counter what is asked.
    """

    kind: Kind
    agency: str
    office: str
    code: str

    @property
    def id(self) -> str:
        """What it is called in addresses; the same on every node and day."""
        parts = (self.kind.value, self.agency, self.office, self.code)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_LENGTH]


#: Of whose clock it is: who is to act, and what is to be done.
TURNS: dict[Whose, tuple[str, str]] = {
    Whose.AGENCY: (
        "cơ quan giải quyết",
        "Đôn đốc đơn vị: gọi đầu mối, ghi lại ngày đơn vị hẹn.",
    ),
    Whose.GATEWAY: (
        "bộ phận vận hành cổng",
        "Mở hồ sơ, xem vì sao lượt gửi chưa đi được.",
    ),
    Whose.NETWORK: (
        "bộ phận vận hành cổng",
        "Xem đường gửi đến đơn vị ở trang Đơn vị; gọi đầu mối kỹ thuật.",
    ),
    Whose.ISSUER: (
        "đơn vị lập phiếu chuyển",
        "Nhắc đơn vị lập phiếu trả lời yêu cầu của cơ quan thuế.",
    ),
    Whose.ONE_STOP: ("một cửa", "Nhắc một cửa làm việc đang chờ ở hồ sơ."),
}
#: The rest, by the way in which it stands: whose turn it is.
WHOSE_TURN: dict[Kind, str] = {
    Kind.PARKED: "cán bộ vận hành",
    Kind.UNSURE: "cán bộ vận hành",
    Kind.UNCONFIRMED: "cổng đang hỏi; cán bộ vận hành nếu hỏi mãi không rõ",
    Kind.UNREAD: "cán bộ vận hành",
    Kind.UNROUTED: "quản trị",
    Kind.COUNTER: "một cửa",
    Kind.SILENT: "cơ quan giải quyết",
}
#: Of dossiers without an office those that wait for the counter: it names the commune.
COUNTER_ROUTES = frozenset({"area_ambiguous"})
NAMES: dict[Kind, str] = {
    Kind.PARKED: "chờ cán bộ xử lý",
    Kind.UNSURE: "chờ cán bộ xử lý, chưa rõ cơ quan đã nhận hay chưa",
    Kind.UNCONFIRMED: "chưa rõ cơ quan đã nhận hay chưa",
    Kind.UNREAD: "không đọc được câu trả lời",
    Kind.UNROUTED: "chưa xác định cơ quan",
    Kind.COUNTER: "chờ một cửa trả lời",
    Kind.OVERDUE: "quá hạn",
    Kind.NOT_RECEIVED: "quá hạn chót, chưa có xác nhận",
    Kind.SILENT: "đơn vị im lặng",
}
#: What is printed wherever the list is: the same words as docs/dung-yen.vi.md.
DEFINITION = (
    "Đứng yên là: một lượt gửi của hồ sơ chờ cán bộ xử lý, chưa rõ cơ quan đã nhận hay"
    " chưa, hoặc câu trả lời không đọc được; hồ sơ chưa xác định cơ quan; và trong các hồ"
    " sơ đang giải quyết: thời hạn đã qua mà không phải thời gian của người nộp; quá hạn"
    " chót vẫn chưa có xác nhận; đơn vị có hồ sơ mà {silence} ngày làm việc không có tin"
    " gì (đơn vị có số ngày riêng thì theo số đó); một cửa được hỏi mà {question} ngày làm"
    " việc chưa trả lời. Thời hạn đang ngừng tính (chờ bổ sung, chờ nộp tiền) không phải"
    " đứng yên; đơn vị chỉ đang ngoài giờ hoặc bảo trì cũng không."
)
