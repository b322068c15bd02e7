"""JSON bodies of calls of staff about dossiers: notes, what is approved, saved views."""

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
_BECAUSE: Mapping[str, Any] = {
    "required": ["reason"],
    "properties": {"reason": _TEXT},
}
_SEEN: Mapping[str, Any] = {
    "type": "array",
    "items": _TEXT,
    "minItems": 1,
    "maxItems": 1000,
    "description": "Như nhận được khi xem trước: khác đi thì không làm gì và nói khác gì",
}
_CLOSING: Mapping[str, Any] = {
    "required": ["way", "reason"],
    "properties": {
        "way": {
            "enum": ["paper", "skip", "dossier"],
            "description": "Đã giải quyết trên giấy; không cần làm phần việc này; đóng"
            " cả hồ sơ",
        },
        "leg": {**_TEXT, "description": "Tên phần việc; trống khi đóng cả hồ sơ"},
        "outcome": {
            "enum": [
                *("", "finished", "refused_to_accept", "refused"),
                *("paid", "exempted", "deferred"),
            ],
            "description": "Kết quả ghi trên giấy, trong những gì thủ tục cho phép",
        },
        "number": {**_TEXT, "description": "Số văn bản (trên giấy)"},
        "on": {**_TEXT, "description": "Ngày văn bản, dạng 2026-03-12"},
        "reason": {**_TEXT, "description": "Lý do và căn cứ, không quá 500 ký tự"},
        "withdraws": {
            "type": "array",
            "items": _TEXT,
            "description": "Phần việc mà cơ quan được báo là rút hồ sơ, trong số cho phép",
        },
    },
}
_ON_PAPER: Mapping[str, Any] = {
    "way": "paper",
    "leg": "land",
    "outcome": "finished",
    "number": "12/TB-VPĐK",
    "on": "2026-03-10",
    "reason": "Chi nhánh trả kết quả trên giấy khi mất mạng (ví dụ)",
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
    ("post", f"{_D}/corrections"): {
        "required": ["changes", "reason"],
        "properties": {
            "changes": {
                "type": "object",
                "additionalProperties": _TEXT,
                "description": "Đường dẫn JSON đến chữ mới; trống là bỏ ô ấy",
            },
            "reason": _TEXT,
        },
    },
    ("post", f"{_D}/evidence"): {
        "required": ["reason"],
        "properties": {
            "reason": _TEXT,
            "payloads": {"type": "boolean", "description": "Kèm nội dung và tệp"},
        },
    },
    ("post", "/v1/evidence-keys/{key}/revoke"): _BECAUSE,
    ("post", "/v1/corrections/{identifier}/approval"): _BECAUSE,
    ("post", f"{_D}/closings/outlook"): _CLOSING,
    ("post", f"{_D}/closings"): {
        "required": [*_CLOSING["required"], "seen"],
        "properties": {**_CLOSING["properties"], "seen": _SEEN},
    },
    ("post", "/v1/closings/{identifier}/approval"): {
        "required": ["reason", "seen"],
        "properties": {"reason": _TEXT, "seen": _SEEN},
    },
    ("post", "/v1/closings/{identifier}/refusal"): _BECAUSE,
    ("post", "/v1/corrections/{identifier}/refusal"): _BECAUSE,
    ("post", f"{_D}/hold"): _BECAUSE,
    ("post", f"{_D}/hold/release"): {},
    ("put", "/v1/retention"): {
        "required": ["days", "basis"],
        "properties": {
            "days": {
                "type": "object",
                "additionalProperties": {"type": "integer", "minimum": 1},
                "description": "documents, files, exchanged, notes, index, dossier",
            },
            "basis": {**_TEXT, "description": "Số quyết định làm căn cứ"},
        },
    },
    ("post", "/v1/person-export"): {
        "required": ["reason"],
        "properties": {
            "identity": {**_TEXT, "description": "Số giấy tờ"},
            "name": {**_TEXT, "description": "Họ tên, cùng birth"},
            "birth": {**_TEXT, "description": "Ngày sinh"},
            "reason": _TEXT,
        },
    },
    ("post", "/v1/retention/run"): {
        "properties": {
            "dry_run": {"type": "boolean", "description": "Chỉ xem trước"},
        },
    },
    ("post", "/v1/quarantine/{identifier}/delete"): {},
    ("post", "/v1/scanner/check"): {},
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
    ("post", f"{_D}/hold"): {"reason": "Đang giải quyết khiếu nại (ví dụ)"},
    ("post", f"{_D}/hold/release"): {},
    ("put", "/v1/retention"): {
        "days": {"files": 1825, "dossier": 3650},
        "basis": "Quyết định của tỉnh (ví dụ)",
    },
    ("post", "/v1/retention/run"): {"dry_run": True},
    ("post", "/v1/quarantine/{identifier}/delete"): {},
    ("post", "/v1/scanner/check"): {},
    ("post", "/v1/person-export"): {
        "identity": "000000000001",
        "reason": "Đơn đề nghị của người có dữ liệu (ví dụ)",
    },
    ("post", f"{_D}/corrections"): {
        "changes": {"/applicant/phone": "0900000000"},
        "reason": "Người nộp gọi báo số đúng (ví dụ)",
    },
    ("post", f"{_D}/closings/outlook"): _ON_PAPER,
    ("post", f"{_D}/closings"): {**_ON_PAPER, "seen": ["ends:land"]},
    ("post", "/v1/closings/{identifier}/approval"): {
        "reason": "Đã đối chiếu văn bản (ví dụ)",
        "seen": ["ends:land"],
    },
    ("post", "/v1/closings/{identifier}/refusal"): {
        "reason": "Cơ quan vẫn đang giải quyết (ví dụ)"
    },
    ("post", f"{_D}/evidence"): {
        "reason": "Theo yêu cầu của đoàn thanh tra (ví dụ)",
        "payloads": False,
    },
    ("post", "/v1/evidence-keys/{key}/revoke"): {"reason": "Máy ký bị lấy cắp (ví dụ)"},
    ("post", "/v1/corrections/{identifier}/approval"): {
        "reason": "Đã gọi lại người nộp (ví dụ)"
    },
    ("post", "/v1/corrections/{identifier}/refusal"): {
        "reason": "Một cửa sẽ gửi bản mới (ví dụ)"
    },
    ("post", "/v1/saved-views"): {
        "name": "Chờ xử lý ở Văn phòng đăng ký đất đai",
        "page": "/console/luot-gui",
        "query": "trang-thai=parked&don-vi=land-mau-1",
        "shared": True,
    },
}
