"""Every kind of fault: what an outsider sees of it, and what its row may say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a fault stands to the work of its call."""

    BEFORE = "before"
    #: in the place of the work: nothing took effect
    AFTER = "after"
    #: the work is done, its answer suffers
    CALL = "call"
    #: of a call that the agency itself makes
    TLS = "tls"
    #: of the listener, before there is a call


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault."""

    says: str
    #: for who reads a plan, Vietnamese
    stages: frozenset[Stage]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


def _before(says: str, *takes: str, needs: tuple[str, ...] = ()) -> Kind:
    return Kind(says, frozenset({Stage.BEFORE}), needs, takes)


def _after(says: str, *takes: str, needs: tuple[str, ...] = ()) -> Kind:
    return Kind(says, frozenset({Stage.AFTER}), needs, takes)


def _call(says: str, *takes: str) -> Kind:
    return Kind(says, frozenset({Stage.CALL}), (), takes)


def _either(says: str, *takes: str, needs: tuple[str, ...] = ()) -> Kind:
    return Kind(says, frozenset({Stage.AFTER, Stage.CALL}), needs, takes)


def _tls(says: str) -> Kind:
    return Kind(says, frozenset({Stage.TLS}))


KINDS: dict[str, Kind] = {
    "delay_s": _before("chậm rồi vẫn làm", "seconds"),
    "error_500_before": _before("lỗi 500, chưa làm gì"),
    "error_503_retry_after": _before("lỗi 503 kèm Retry-After", "seconds"),
    "unauthorized_401": _before("từ chối 401"),
    "too_many_429": _before("quá nhiều yêu cầu 429", "seconds"),
    "status": _before(
        "trả mã HTTP tùy chọn, chưa làm gì", "text", "headers", needs=("status",)
    ),
    "html_200": _before("200 là trang đăng nhập HTML"),
    "text_200": _before("200 với nội dung tùy chọn", "text", "status", "headers"),
    "empty_200": _before("200 rỗng"),
    "garbage": _before("byte vô nghĩa thay cho HTTP", "bytes"),
    "garbage_body": _before("200 với nội dung là byte vô nghĩa", "bytes"),
    "huge": _before("200 với nội dung rất lớn", "bytes"),
    "reset_before": _before("ngắt (RST) trước khi làm"),
    "half_close": _before("đóng một chiều, không trả lời"),
    "black_hole": _before("nhận rồi im lặng"),
    "lose_answer": _after("đã làm, mất câu trả lời"),
    "half_answer": _after("đã làm, trả lời một nửa rồi đóng"),
    "reset_in_head": _after("đã làm, ngắt (RST) giữa phần đầu"),
    "reset_after_head": _after("đã làm, ngắt (RST) ngay sau phần đầu"),
    "reset_in_body": _after("đã làm, ngắt (RST) giữa nội dung"),
    "error_500_after": _after("đã làm, trả lỗi 500"),
    "html_after": _after("đã làm, trả trang đăng nhập HTML"),
    "empty_after": _after("đã làm, trả 200 rỗng"),
    "text_after": _after("đã làm, trả 200 với nội dung tùy chọn", "text"),
    "length_too_short": _after("đã làm, Content-Length ngắn hơn thật", "bytes"),
    "length_too_long": _after("đã làm, Content-Length dài hơn thật", "bytes"),
    "slow_drip": _after("đã làm, trả nhỏ giọt", "bytes_per_s"),
    "answer_twice": _after("đã làm, trả lời hai lần"),
    "unknown_code": _either("một mã ngoài danh mục", "value", needs=("field",)),
    "tcvn3": _either("chữ theo bảng mã TCVN3"),
    "clock_off": _either("đồng hồ cơ quan sai", needs=("minutes",)),
    "restart": _either("khởi động lại, quên việc đã hẹn"),
    "duplicate_call": _call("cơ quan gọi hai lần"),
    "swap_with_next_call": _call("cơ quan gọi đảo thứ tự", "seconds"),
    "late_call": _call("cơ quan gọi muộn", "seconds"),
    "tls_expired": _tls("chứng thư hết hạn"),
    "tls_not_yet": _tls("chứng thư chưa có hiệu lực"),
    "tls_wrong_name": _tls("chứng thư của máy khác"),
    "tls_wrong_chain": _tls("chứng thư do nơi khác cấp"),
    "tls_old": _tls("chỉ nói TLS 1.1 trở xuống"),
}
#: In a sequence: this call goes well.
WELL = "ok"


def stages_of(do: str) -> frozenset[Stage]:
    """Stages of a kind; of ``ok`` none."""
    return KINDS[do].stages if do != WELL else frozenset()
