"""What is answered without the core; the same for everything that is not named."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

#: Status → title, code and remedy. 404 is word for word the core's own.
_SAID = {
    400: (
        "Yêu cầu không đọc được",
        "The request cannot be read",
        "malformed_request",
        "Sửa yêu cầu theo HTTP/1.1: một độ dài, không gộp, không ký tự điều khiển.",
    ),
    401: (
        "Chưa xác thực",
        "Not signed in",
        "not_signed_in",
        "Gửi khóa trong đầu mục Authorization: Bearer.",
    ),
    404: (
        "Không tìm thấy",
        "Not found",
        "unknown_path",
        "Kiểm tra lại địa chỉ trong tài liệu kết nối.",
    ),
    408: (
        "Yêu cầu đến quá chậm",
        "The request came too slowly",
        "too_slow",
        "Gửi lại; đường truyền phải đạt ít nhất 1 KB mỗi giây.",
    ),
    413: (
        "Nội dung quá lớn",
        "Too large",
        "too_large",
        "Gửi ít hơn trong một lần; giới hạn ở tài liệu kết nối.",
    ),
    417: (
        "Không đáp ứng được Expect",
        "The expectation cannot be met",
        "malformed_request",
        "Bỏ đầu mục Expect, hoặc ghi 100-continue.",
    ),
    429: (
        "Quá nhiều lần",
        "Too many tries",
        "too_many_requests",
        "Đợi số giây ở Retry-After rồi gửi lại.",
    ),
    431: (
        "Phần đầu quá lớn",
        "Header fields too large",
        "head_too_large",
        "Bớt đầu mục hoặc rút ngắn địa chỉ.",
    ),
    503: (
        "Cổng tạm thời chưa ghi nhận được",
        "Temporarily unable to record",
        "gateway_away",
        "Gửi lại y nguyên sau số giây ở Retry-After; nhận rồi thì cổng không tính hai lần.",
    ),
}
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    408: "Request Timeout",
    413: "Content Too Large",
    417: "Expectation Failed",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}
AWAY_RETRY_S = 30


@dataclass
class Refused(Exception):
    """A call ends here; ``why`` is for the log and never told."""

    status: int
    why: str
    retry_after_s: int = 0
    closes: bool = False
    #: nothing more can be read from this connection

    def answer(self, *, head_only: bool = False) -> bytes:
        """The whole response."""
        title, title_en, code, remedy = _SAID[self.status]
        body = orjson.dumps(
            {
                "type": f"urn:lienthong:problem:{code}",
                "title": title,
                "title_en": title_en,
                "status": self.status,
                "code": code,
                "detail": remedy,
                "remedy": remedy,
                "origin": "gateway" if self.status == 503 else "sender",
            }
        )
        lines = [
            f"HTTP/1.1 {self.status} {REASONS[self.status]}",
            "Content-Type: application/problem+json",
            f"Content-Length: {len(body)}",
            f"Connection: {'close' if self.closes else 'keep-alive'}",
        ]
        if self.retry_after_s:
            lines.append(f"Retry-After: {self.retry_after_s}")
        if self.status == 401:
            lines.append("WWW-Authenticate: Bearer")
        head = "\r\n".join((*lines, "", "")).encode()
        return head if head_only else head + body


def unknown(why: str = "unknown") -> Refused:
    """The one answer for whatever the table does not name, or names with another secret."""
    return Refused(404, why)


def broken(why: str) -> Refused:
    """What was sent is no request; where the next one begins nobody can tell."""
    return Refused(400, why, closes=True)


def away(why: str) -> Refused:
    """The core has not answered: it has to come again."""
    return Refused(503, why, retry_after_s=AWAY_RETRY_S, closes=True)
