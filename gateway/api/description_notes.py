"""JSON bodies of calls about notes, postponements and saved views, each with an example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT: Mapping[str, Any] = {"type": "string"}
_D = "/v1/dossiers/{number}"
_POSTPONED: Mapping[str, Any] = {
    "properties": {
        "until": {**_TEXT, "description": "Thời điểm, không quá 60 ngày; trống: thôi"},
        "reason": {**_TEXT, "description": "Đang chờ gì; phải có khi hoãn"},
    },
}
NOTES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("post", f"{_D}/notes"): {
        "required": ["text"],
        "properties": {"text": {**_TEXT, "description": "Không quá 2.000 ký tự"}},
    },
    ("post", f"{_D}/notes/{{note}}/withdrawal"): {},
    ("put", f"{_D}/owner"): {
        "required": ["owner"],
        "properties": {"owner": {**_TEXT, "description": "Trống: không còn ai"}},
    },
    ("put", f"{_D}/postponement"): _POSTPONED,
    ("put", "/v1/stuck/{cause}/postponement"): _POSTPONED,
    ("post", "/v1/saved-views"): {
        "required": ["name", "page", "query"],
        "properties": {
            "name": _TEXT,
            "page": {"enum": ["/console/dung-yen", "/console/luot-gui"]},
            "query": {**_TEXT, "description": "Phần sau dấu hỏi của địa chỉ"},
            "shared": {"type": "boolean", "description": "Dùng chung cho mọi người"},
        },
    },
}
_UNTIL: Mapping[str, Any] = {
    "until": "2026-03-20T07:30:00+07:00",
    "reason": "Chờ đơn vị gửi lại tệp",
}
NOTE_EXAMPLES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("post", f"{_D}/notes"): {"text": "Đơn vị hứa gửi lại tệp trong sáng thứ Sáu"},
    ("post", f"{_D}/notes/{{note}}/withdrawal"): {},
    ("put", f"{_D}/owner"): {"owner": "tổ trực"},
    ("put", f"{_D}/postponement"): _UNTIL,
    ("put", "/v1/stuck/{cause}/postponement"): _UNTIL,
    ("post", "/v1/saved-views"): {
        "name": "Chờ xử lý ở Văn phòng đăng ký đất đai",
        "page": "/console/luot-gui",
        "query": "trang-thai=parked&don-vi=land-mau-1",
        "shared": True,
    },
}
