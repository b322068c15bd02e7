"""Words for a message that lies ready until its office comes for it, by cause."""

from __future__ import annotations

from gateway.domain.transfer import (
    FETCHED,
    NOT_ACKNOWLEDGED,
    NOT_FETCHED,
    TO_BE_FETCHED,
)

#: Reason and next action.
READY: dict[str, tuple[str, str]] = {
    TO_BE_FETCHED: (
        "Chờ cơ quan lấy",
        "Cơ quan nhận tự đến lấy theo lịch của mình, chưa phải làm gì.",
    ),
    FETCHED: (
        "Cơ quan đã lấy về, chờ xác nhận đã nhận",
        "Hệ thống của cơ quan sẽ xác nhận, chưa phải làm gì.",
    ),
    NOT_FETCHED: (
        "Chờ cơ quan lấy: đã quá thời gian thường lệ mà cơ quan chưa lấy",
        (
            "Gọi đầu mối của cơ quan, đề nghị kiểm tra hệ thống hoặc mở danh sách việc."
            " Hồ sơ nằm sẵn ở cổng, không mất và không gửi bằng đường khác."
        ),
    ),
    NOT_ACKNOWLEDGED: (
        "Cơ quan đã lấy về nhưng quá thời gian thường lệ vẫn chưa xác nhận đã nhận",
        (
            "Gọi đầu mối của cơ quan hỏi đã nhận chưa. Đã nhận thì bấm «Cơ quan đã nhận»;"
            " chưa thì đề nghị lấy lại: hồ sơ vẫn nằm trong danh sách của cơ quan."
        ),
    ),
}
#: What an office did by itself, for a message's history.
FETCHES = "fetch"
ACKNOWLEDGES = "acknowledge"
