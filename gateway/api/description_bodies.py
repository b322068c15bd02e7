"""Small JSON bodies that need no schema file, by operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.api.description_notes import NOTES
from gateway.api.description_objections import OBJECTIONS
from gateway.chasing.adding import CONTACT_AT_MOST, SAID_AT_MOST
from gateway.domain.bulk import MOST_PER_SECOND, PER_SECOND, SELECTABLE
from gateway.domain.chase import How
from gateway.domain.contact import ContactRole
from gateway.domain.opening import WEEKDAYS
from gateway.domain.proposal import CHANGING
from gateway.domain.transfer import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILTER = {
    "type": "object",
    "required": ["states"],
    "additionalProperties": False,
    "properties": {
        "states": {
            "type": "array",
            "minItems": 1,
            "items": {"enum": sorted(state.value for state in SELECTABLE)},
        },
        "office": {"type": "string", "description": "Mã đơn vị nhận"},
        "agency": {"type": "string", "description": "Mã ngành"},
        "kind": {"type": "string", "description": "Loại thông điệp"},
        "cause": {"type": "string", "description": "Mã lý do đứng yên"},
        "still_before": {
            "type": "string",
            "format": "date-time",
            "description": "Đứng yên từ trước thời điểm này",
        },
    },
}
_REASON: Mapping[str, Any] = {"type": "string", "minLength": 1}
_TEXT: Mapping[str, Any] = {"type": "string"}
_MAY_SAY: Mapping[str, Any] = {"properties": {"reason": _TEXT}}
_BECAUSE: Mapping[str, Any] = {
    "required": ["reason"],
    "properties": {"reason": _REASON},
}
_WINDOW: Mapping[str, Any] = {
    "required": ["reason"],
    "properties": {
        "office": {**_TEXT, "description": "Một đơn vị; hoặc agency: cả ngành"},
        "agency": _TEXT,
        "reason": _REASON,
        "from": {**_TEXT, "description": "Một lần: lúc bắt đầu; trống là bây giờ"},
        "to": {**_TEXT, "description": "Một lần: lúc kết thúc"},
        "rule": {
            "type": "object",
            "description": "Định kỳ",
            "required": ["hours"],
            "properties": {
                "weekdays": {"type": "array", "items": {"enum": [*WEEKDAYS]}},
                "weeks": {"type": "array", "items": {"enum": [1, 2, 3, 4, -1]}},
                "days": {"type": "array", "items": {"type": "integer"}},
                "hours": {**_TEXT, "description": "22:00-02:00, giờ Việt Nam"},
                "from": {**_TEXT, "description": "Hiệu lực từ ngày"},
                "to": {**_TEXT, "description": "Hiệu lực đến hết ngày"},
            },
        },
        "announced_on": {**_TEXT, "description": "Ngày cơ quan báo"},
        "announced_by": _TEXT,
        "reference": {**_TEXT, "description": "Số văn bản báo"},
    },
}
_CONTACT: Mapping[str, Any] = {
    "required": ["office", "name", "reason"],
    "properties": {
        "office": _TEXT,
        "role": {"enum": [role.value for role in ContactRole]},
        "name": _TEXT,
        "phone": {**_TEXT, "description": "phone hoặc email phải có"},
        "email": _TEXT,
        "from": {**_TEXT, "description": "Từ ngày; trống là hôm nay"},
        "to": {**_TEXT, "description": "Đến hết ngày"},
        "reason": _REASON,
    },
}
_CALENDAR: Mapping[str, Any] = {
    "required": ["year", "calendar"],
    "properties": {
        "year": {"type": ["integer", "string"], "description": "Năm: 2026"},
        "calendar": {
            "type": "object",
            "description": "Nội dung tệp lịch của năm, xem docs/lich-lam-viec.vi.md",
        },
    },
}
_IMPORT: Mapping[str, Any] = {
    "required": ["year", "calendar"],
    "properties": {
        **_CALENDAR["properties"],
        "confirm": {**_TEXT, "description": "digest đã xem; thiếu thì chỉ cho xem"},
        "reason": {**_TEXT, "description": "Bắt buộc khi có confirm"},
    },
}
_CHASE: Mapping[str, Any] = {
    "required": ["office", "how"],
    "properties": {
        "office": _TEXT,
        "how": {"enum": [how.value for how in How if how is not How.MAIL]},
        "contact": {**_TEXT, "maxLength": CONTACT_AT_MOST, "description": "Gặp ai"},
        "said": {
            **_TEXT,
            "maxLength": SAID_AT_MOST,
            "description": "Đã trao đổi gì; bắt buộc với call, escalation",
        },
        "promised_on": {
            "type": "string",
            "format": "date",
            "description": "Đơn vị hẹn xong ngày nào; một ngày làm việc",
        },
        "corrects": {**_TEXT, "description": "Mã lần đôn đốc ghi nhầm"},
        "key": {**_TEXT, "maxLength": 200, "description": "Khóa chống ghi trùng"},
    },
}
_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0}
_ONE_STOP: Mapping[str, Any] = {
    "required": ["counts"],
    "properties": {
        "sender": {**_TEXT, "description": "Một cửa nào; một cửa tự gửi thì không ghi"},
        "counts": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["unit"],
                "properties": {
                    "unit": {**_TEXT, "description": "Mã đơn vị tiếp nhận"},
                    "procedure": {
                        **_TEXT,
                        "description": "Mã thủ tục; trống: mọi thủ tục",
                    },
                    "received": _COUNT,
                    "early": _COUNT,
                    "on_time": _COUNT,
                    "late": _COUNT,
                },
            },
        },
    },
}
_RULE: Mapping[str, Any] = {
    "required": ["office", "kind", "days", "decision", "to", "reason"],
    "properties": {
        "office": _TEXT,
        "kind": {"enum": sorted(kind.value for kind in CHANGING)},
        "days": {"type": "integer", "minimum": 1, "maximum": 30},
        "decision": {**_TEXT, "description": "Số văn bản"},
        "from": {**_TEXT, "description": "Từ ngày; trống là hôm nay"},
        "to": {**_TEXT, "description": "Đến hết ngày, không quá một năm"},
        "reason": _REASON,
    },
}
#: Operation → small JSON bodies that need no schema file.
SMALL: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("post", "/v1/dossiers/{number}/backdated/{report}"): {
        "required": ["counts", "reason"],
        "properties": {
            "counts": {
                "type": "boolean",
                "description": "true: tính theo ngày cơ quan ghi; false: theo lúc đến",
            },
            "reason": _REASON,
        },
    },
    ("post", "/v1/find"): {"required": ["q"], "properties": {"q": {"type": "string"}}},
    ("post", "/v1/transfers/{identifier}/{action}"): {
        "required": ["reason"],
        "properties": {"reason": {"type": "string", "minLength": 1}},
    },
    ("post", "/v1/bulk-jobs"): {
        "required": ["action", "filter"],
        "properties": {
            "action": {"enum": [action.value for action in Action]},
            "filter": _FILTER,
            "reason": {
                "type": "string",
                "description": "Bắt buộc, trừ khi dry_run; được niêm phong.",
            },
            "per_second": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_PER_SECOND,
                "default": PER_SECOND,
            },
            "dry_run": {
                "type": "boolean",
                "description": "Chỉ đếm, không lập việc.",
            },
            "idempotency_key": {"type": "string", "maxLength": 200},
        },
    },
    ("post", "/v1/bulk-jobs/{identifier}/{what}"): {
        "properties": {
            "per_second": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_PER_SECOND,
            }
        }
    },
    ("post", "/v1/unmatched/{identifier}/settle"): {
        "required": ["reason"],
        "properties": {"reason": {"type": "string", "minLength": 1}},
    },
    ("post", "/v1/unmatched/{identifier}/again"): {
        "required": ["reason"],
        "properties": {"reason": {"type": "string", "minLength": 1}},
    },
    ("post", "/v1/unmatched/{identifier}/assign"): {
        "required": ["reason", "number"],
        "properties": {
            "reason": {"type": "string", "minLength": 1},
            "number": {"type": "string", "minLength": 1},
        },
    },
    ("post", "/v1/lanes/{office}/{what}"): {
        "properties": {"reason": {"type": "string"}}
    },
    ("post", "/v1/recordings"): {
        "required": ["interface"],
        "properties": {
            "interface": {**_TEXT, "description": "Như lệnh agency list ghi"},
            "dossiers": {
                "type": "array",
                "items": _TEXT,
                "description": "Mã hồ sơ: lấy trả lời của cơ quan mà cổng đã lưu",
            },
            "exchanges": {
                "type": "array",
                "items": {"type": "object"},
                "description": "Hoặc các dòng nhật ký của bộ giả lập",
            },
        },
    },
    ("post", "/v1/lanes/{office}/fallback"): {
        "required": ["reason"],
        "properties": {
            "reason": _REASON,
            "to": {**_TEXT, "description": "Kênh làm tay nhận thay; không ghi khi end"},
            "end": {"type": "boolean", "description": "Trở lại kênh của chính đơn vị"},
        },
    },
    ("post", "/v1/lanes/{what}"): {
        "required": ["reason"],
        "properties": {
            "reason": _REASON,
            "office": {"type": "string"},
            "agency": {"type": "string"},
            "all": {"type": "boolean"},
        },
    },
    ("post", "/v1/offices/{office}/check"): {
        "properties": {
            "anyway": {
                "type": "boolean",
                "description": "Cả khi đơn vị đang bảo trì hoặc dừng khẩn cấp",
            }
        }
    },
    ("post", "/v1/maintenance"): _WINDOW,
    ("post", "/v1/maintenance/{identifier}/end"): {
        "required": ["reason"],
        "properties": {"reason": _REASON, "whole": {"type": "boolean"}},
    },
    ("post", "/v1/maintenance/{identifier}/change"): {
        "required": ["reason", "to"],
        "properties": {"reason": _REASON, "to": {"type": "string"}},
    },
    ("post", "/v1/alerts/{identifier}/acknowledge"): {
        "properties": {"note": {**_TEXT, "description": "Ghi chú, được niêm phong"}}
    },
    ("post", "/v1/alerts/test"): {},
    ("post", "/v1/dossiers/{number}/unmask"): {
        "required": ["reason"],
        "properties": {"reason": _REASON},
    },
    ("post", "/v1/journal/verify"): {
        "required": ["day"],
        "properties": {
            "day": {"type": "string", "description": "Ngày, dạng 2026-03-10"},
            "after": {"type": ["integer", "null"], "description": "Của lần trước"},
        },
    },
    ("post", "/v1/contacts"): _CONTACT,
    ("post", "/v1/contacts/{identifier}/end"): {
        "required": ["reason"],
        "properties": {"reason": _REASON, "to": {**_TEXT, "description": "Ngày cuối"}},
    },
    ("post", "/v1/due-mails"): {
        "type": "object",
        "properties": {
            "unit": {"type": "string", "description": "mã đơn vị tiếp nhận"},
            "one_stop": {"type": "string", "description": "hoặc mã hệ thống một cửa"},
            "again": {"type": "boolean", "description": "gửi lại dù có thể đã đi"},
        },
    },
    ("post", "/v1/offices/{office}/chases/mail"): {
        "properties": {
            "dossiers": {"type": "array", "items": {"type": "string"}},
            "again": {"type": "boolean", "description": "phải có reason"},
            "reason": _TEXT,
        },
    },
    ("post", "/v1/dossiers/{number}/chases"): _CHASE,
    ("post", "/v1/dossiers/{number}/chases/mail"): {
        "required": ["office"],
        "properties": {
            "office": _TEXT,
            "escalate": {"type": "boolean", "description": "Gửi lãnh đạo đơn vị"},
            "again": {
                "type": "boolean",
                "description": "Gửi lại trong cùng ngày làm việc, phải có reason",
            },
            "reason": _TEXT,
        },
    },
    ("put", "/v1/stuck/{cause}/note"): {
        "properties": {
            "owner": {**_TEXT, "description": "Người phụ trách, được niêm phong"},
            "note": {**_TEXT, "description": "Đã làm gì, đến đâu; được niêm phong"},
            "version": {"type": "integer", "description": "Lần ghi đã đọc; 0: chưa có"},
        },
    },
    ("post", "/v1/officers"): {
        "required": ["office", "account", "reason"],
        "properties": {"office": _TEXT, "account": _TEXT, "reason": _REASON},
    },
    ("post", "/v1/officers/{account}/end"): _BECAUSE,
    ("post", "/v1/accounts"): {
        "required": ["account", "name", "role", "reason"],
        "properties": {
            "account": _TEXT,
            "name": {**_TEXT, "description": "Họ tên, hiện trên các trang"},
            "role": {"enum": ["administrator", "operator", "head", "reader"]},
            "offices": {
                "type": "array",
                "items": _TEXT,
                "description": "Chỉ hồ sơ của các đơn vị này; trống: mọi hồ sơ",
            },
            "reason": _REASON,
        },
    },
    ("post", "/v1/accounts/{account}/reset"): {
        "required": ["reason"],
        "properties": {
            "reason": _REASON,
            "second_factor": {
                "type": "boolean",
                "description": "Bỏ cả xác thực hai lớp",
            },
        },
    },
    ("post", "/v1/accounts/{account}/end"): _BECAUSE,
    ("post", "/v1/accounts/{account}/unlock"): _BECAUSE,
    ("post", "/v1/accounts/{account}/sign-out"): {"properties": {}},
    ("post", "/v1/work/{office}/fetch"): _BECAUSE,
    ("put", "/v1/reports/{month}/one-stop"): _ONE_STOP,
    ("post", "/v1/reports/{month}/issue"): {"properties": {}},
    ("post", "/v1/calendar/check"): _CALENDAR,
    ("post", "/v1/calendar/import"): _IMPORT,
    ("post", "/v1/configuration"): {},
    ("post", "/v1/configuration/waiting/{identifier}/approval"): _MAY_SAY,
    ("post", "/v1/configuration/waiting/{identifier}/refusal"): _MAY_SAY,
    ("post", "/v1/configuration/dry-run"): {
        "required": ["configuration"],
        "properties": {
            "configuration": {"type": "object", "description": "Cấu hình cần thử"},
            "since": {**_TEXT, "format": "date", "description": "Trống: hôm qua"},
            "until": {**_TEXT, "format": "date", "description": "Trống: như since"},
        },
    },
    ("post", "/v1/proposals/{identifier}/confirm"): {
        "required": ["reason"],
        "properties": {
            "reason": _REASON,
            "alone": {
                "type": "boolean",
                "description": "Đơn vị một người: có hiệu lực sau 24 giờ làm việc",
            },
        },
    },
    ("post", "/v1/proposals/{identifier}/reject"): _BECAUSE,
    ("post", "/v1/proposals/{identifier}/undo"): _BECAUSE,
    ("post", "/v1/proposal-rules"): _RULE,
    **OBJECTIONS,
    **NOTES,
    ("post", "/v1/proposal-rules/{identifier}/end"): _BECAUSE,
}
