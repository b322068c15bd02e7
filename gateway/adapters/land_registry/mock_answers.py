"""Answers of the land system: a name, and the phrase that tells it."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from gateway.adapters.land_registry.mock_contract import Reply

JSON = "application/json; charset=utf-8"

#: name → (data, code, type, phrase)
ANSWERS: dict[str, tuple[int, int, str, str]] = {
    "accepted": (1, 0, "success", "Tiếp nhận thành công"),
    "accepted_paid": (1, 0, "success", "Đã ghi nhận hoàn thành nghĩa vụ tài chính"),
    "accepted_owed_again": (
        1,
        0,
        "success",
        "Đã ghi nhận nghĩa vụ tài chính phát sinh",
    ),
    "accepted_withdrawal": (1, 0, "success", "Đã ghi nhận yêu cầu rút hồ sơ"),
    "corrected": (1, 0, "success", "Cập nhật hồ sơ thành công"),
    "already_there": (0, 1, "warning", "Hồ sơ đã tồn tại trên hệ thống"),
    "not_waiting": (0, 1, "warning", "Hồ sơ không chờ bổ sung"),
    "result_already_handed": (0, 1, "warning", "Hồ sơ đã trả kết quả"),
    "paid_already_noted": (
        0,
        1,
        "warning",
        "Hồ sơ đã ghi nhận hoàn thành nghĩa vụ tài chính",
    ),
    "owed_again_already_noted": (
        0,
        1,
        "warning",
        "Hồ sơ đã ghi nhận nghĩa vụ tài chính phát sinh",
    ),
    "withdrawal_already_noted": (0, 1, "warning", "Hồ sơ đã ghi nhận yêu cầu rút"),
    "number_of_another": (0, 2, "error", "Số biên nhận đã dùng cho hồ sơ khác"),
    "unknown_receiver": (0, 2, "error", "Không tìm thấy người tiếp nhận"),
    "unknown_case": (0, 2, "error", "Không tìm thấy quy trình"),
    "unknown_area": (0, 2, "error", "Không tìm thấy đơn vị hành chính"),
    "missing_field": (0, 2, "error", "Thiếu trường bắt buộc"),
    "wrong_type": (0, 2, "error", "Sai kiểu dữ liệu"),
    "unreadable_file": (0, 2, "error", "Tệp không đọc được"),
    "unknown_dossier": (0, 2, "error", "Không tìm thấy hồ sơ có số biên nhận này"),
    "dossier_ended": (0, 2, "error", "Hồ sơ đã kết thúc"),
    "no_result_yet": (0, 2, "error", "Hồ sơ chưa có kết quả"),
    "malformed": (0, 400, "error", "Nội dung không phải JSON"),
}


class NotTaken(Exception):
    """The message has no effect; ``name`` is a row of ``ANSWERS``."""

    def __init__(self, name: str, detail: str = "") -> None:
        """``detail`` names a field or a value after the phrase."""
        super().__init__(name)
        self.name = name
        self.detail = detail


def unmarked_utc(moment: datetime) -> str:
    """How the land system writes every moment: UTC, and not a word about it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def answer(name: str, now: datetime, detail: str = "") -> Reply:
    """HTTP 200 whatever it says, except for what could not be read at all."""
    data, code, kind, phrase = ANSWERS[name]
    status = {
        "success": data == 1,
        "code": code,
        "type": kind,
        "time": unmarked_utc(now),
        "message": f"{phrase}: {detail}" if detail else phrase,
    }
    http_status = 400 if name == "malformed" else 200
    return http_status, JSON, orjson.dumps({"data": data, "status": status})
