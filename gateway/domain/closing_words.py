"""What is said of what came of an end by hand, and what is to be done."""

from __future__ import annotations

#: Code → reason and next action; part of ``words.WORDS``.
BY_HAND_WORDS: dict[str, tuple[str, str]] = {
    "closed_by_hand": (
        "Cơ quan phản hồi sau khi cán bộ đã kết thúc phần việc bằng tay",
        (
            "Đối chiếu với cơ quan: nếu khác điều đã ghi, báo một cửa; hồ sơ không tự mở"
            " lại. Xong thì bấm «Đã xử lý»."
        ),
    ),
    "closed_without_data": (
        (
            "Phần việc trước được kết thúc bằng tay nên không có phiếu, thông báo hoặc kết"
            " quả của cơ quan để gửi kèm"
        ),
        (
            "Chuyển giấy tờ cho cơ quan nhận bằng cách khác rồi bấm «Cơ quan đã nhận»,"
            " hoặc hủy lượt gửi nếu không cần."
        ),
    ),
}
