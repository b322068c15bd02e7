"""Reason and next action of what goes wrong on the way, before an agency has a word in it."""

from __future__ import annotations

_AGAIN = "Cổng tự gửi lại; nếu kéo dài, gọi đầu mối kỹ thuật của cơ quan."
#: Code → reason and next action; part of ``words.WORDS``.
WAY_WORDS: dict[str, tuple[str, str]] = {
    "session_unavailable": (
        "Không đăng nhập được hệ thống của cơ quan nhận; chưa gửi gì đi",
        _AGAIN,
    ),
    "session_unreadable": (
        "Trang đăng nhập của cơ quan nhận trả lời khác tài liệu kết nối; chưa gửi gì đi",
        _AGAIN,
    ),
    "login_refused": (
        "Tài khoản hoặc mật khẩu của cổng bị hệ thống của cơ quan nhận từ chối",
        "Quản trị hỏi cơ quan, sửa secrets.json, khởi động lại cổng rồi bấm «Gửi lại».",
    ),
}
