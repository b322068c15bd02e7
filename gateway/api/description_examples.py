"""An example of every small JSON body, by operation; everything in it is invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.api.description_notes import NOTE_EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Mapping

_LAND, _TAX = "land-mau-1", "tax-mau-1"
_NUMBER = "H00.01-260310-0001"
_D = "/v1/dossiers/{number}"
_BECAUSE = {"reason": "Theo đề nghị của đầu mối kỹ thuật"}
_CALENDAR = {"year": 2027, "calendar": {"day_off": ["2027-01-01"]}}
EXAMPLES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    **NOTE_EXAMPLES,
    ("post", f"{_D}/backdated/{{report}}"): {
        "counts": True,
        "reason": "Đơn vị đã trả kết quả hôm trước, có sổ giao nhận",
    },
    ("post", "/v1/find"): {"q": _NUMBER},
    ("post", "/v1/transfers/{identifier}/{action}"): _BECAUSE,
    ("post", "/v1/accounts"): {
        "account": "vi.du",
        "name": "Nguyễn Văn Ví Dụ",
        "role": "operator",
        "offices": [_LAND],
        "reason": "Quyết định phân công (ví dụ)",
    },
    ("post", "/v1/accounts/{account}/reset"): {**_BECAUSE, "second_factor": False},
    ("post", "/v1/accounts/{account}/end"): _BECAUSE,
    ("post", "/v1/accounts/{account}/unlock"): _BECAUSE,
    ("post", "/v1/accounts/{account}/sign-out"): {},
    ("post", "/v1/bulk-jobs"): {
        "action": "resend",
        "filter": {"states": ["parked"], "office": _LAND},
        "reason": "Cơ quan đã khắc phục xong",
        "per_second": 5,
        "dry_run": True,
    },
    ("post", "/v1/bulk-jobs/{identifier}/{what}"): {"per_second": 2},
    ("post", "/v1/unmatched/{identifier}/settle"): _BECAUSE,
    ("post", "/v1/unmatched/{identifier}/again"): _BECAUSE,
    ("post", "/v1/unmatched/{identifier}/assign"): {**_BECAUSE, "number": _NUMBER},
    ("post", "/v1/lanes/{office}/{what}"): _BECAUSE,
    ("post", "/v1/recordings"): {"interface": "tax", "dossiers": [_NUMBER]},
    ("post", "/v1/lanes/{office}/fallback"): {**_BECAUSE, "to": "danh-sach-mau-1"},
    ("post", "/v1/lanes/{what}"): {**_BECAUSE, "office": _LAND},
    ("post", "/v1/offices/{office}/check"): {"anyway": False},
    ("post", "/v1/maintenance"): {
        "office": _TAX,
        "reason": "Nâng cấp hệ thống của cơ quan",
        "from": "2026-03-20T22:00:00+07:00",
        "to": "2026-03-21T02:00:00+07:00",
        "announced_on": "2026-03-10",
        "reference": "01/TB",
    },
    ("post", "/v1/maintenance/{identifier}/end"): {
        "reason": "Cơ quan xong sớm",
        "whole": False,
    },
    ("post", "/v1/maintenance/{identifier}/change"): {
        "reason": "Cơ quan xin thêm giờ",
        "to": "2026-03-21T04:00:00+07:00",
    },
    ("post", "/v1/alerts/{identifier}/acknowledge"): {"note": "Đang gọi đơn vị"},
    ("post", "/v1/alerts/test"): {},
    ("post", f"{_D}/unmask"): {"reason": "Đối chiếu đơn khiếu nại của người nộp"},
    ("post", "/v1/journal/verify"): {"day": "2026-03-10"},
    ("post", "/v1/contacts"): {
        "office": _LAND,
        "role": "technical",
        "name": "Nguyễn Văn Ví Dụ",
        "phone": "0900000000",
        "email": "vi.du@example.invalid",
        "from": "2026-03-10",
        "reason": "Theo công văn cử đầu mối",
    },
    ("post", "/v1/contacts/{identifier}/end"): {
        "reason": "Chuyển công tác",
        "to": "2026-06-30",
    },
    ("post", "/v1/due-mails"): {"unit": "H00.01", "again": False},
    ("post", "/v1/offices/{office}/chases/mail"): {"dossiers": [_NUMBER]},
    ("post", f"{_D}/chases"): {
        "office": _LAND,
        "how": "call",
        "contact": "đầu mối nghiệp vụ",
        "said": "Hẹn trình ký trong tuần",
        "promised_on": "2026-03-13",
    },
    ("post", f"{_D}/chases/mail"): {"office": _LAND, "escalate": False},
    ("put", "/v1/stuck/{cause}/note"): {
        "owner": "tổ trực",
        "note": "Đã báo đầu mối kỹ thuật",
        "version": 0,
    },
    ("post", "/v1/officers"): {
        "office": "danh-sach-mau-1",
        "account": "can-bo-mau-1",
        "reason": "Phân công theo quyết định",
    },
    ("post", "/v1/officers/{account}/end"): {"reason": "Chuyển công tác"},
    ("post", "/v1/work/{office}/fetch"): {"reason": "In danh sách buổi sáng"},
    ("post", "/v1/reports/{month}/issue"): {},
    ("put", "/v1/reports/{month}/one-stop"): {
        "counts": [
            {"unit": "H00.01", "received": 40, "early": 12, "on_time": 25, "late": 3}
        ],
    },
    ("post", "/v1/calendar/check"): _CALENDAR,
    ("post", "/v1/calendar/import"): _CALENDAR,
    ("post", "/v1/configuration"): {"procedures": [], "agencies": []},
    ("post", "/v1/configuration/waiting/{identifier}/approval"): {
        "reason": "Đã gọi đầu mối của đơn vị để hỏi địa chỉ mới"
    },
    ("post", "/v1/configuration/waiting/{identifier}/refusal"): {
        "reason": "Đơn vị nói không đổi địa chỉ"
    },
    ("post", "/v1/configuration/dry-run"): {
        "configuration": {"procedures": [], "agencies": []},
        "since": "2026-03-09",
        "until": "2026-03-09",
    },
    ("post", "/v1/proposals/{identifier}/confirm"): {
        "reason": "Đã đối chiếu với sổ của đơn vị",
        "alone": False,
    },
    ("post", "/v1/proposals/{identifier}/reject"): {"reason": "Đơn vị nói chưa xong"},
    ("post", "/v1/proposals/{identifier}/undo"): {"reason": "Xác nhận nhầm hồ sơ"},
    ("post", "/v1/proposal-rules"): {
        "office": _LAND,
        "kind": "finished_there",
        "days": 3,
        "decision": "01/QĐ",
        "from": "2026-03-10",
        "to": "2026-12-31",
        "reason": "Theo quyết định của lãnh đạo trung tâm",
    },
    ("post", "/v1/proposal-rules/{identifier}/end"): {"reason": "Hết thời gian thử"},
    ("post", f"{_D}/objections"): {
        "reason": "Hồ sơ chờ phiếu của cơ quan khác",
        "paper": "01/CV",
    },
    ("post", f"{_D}/objections/term"): {"reason": "Đơn vị mất mạng hai ngày"},
    ("post", f"{_D}/objections/{{identifier}}/decision"): {
        "upheld": False,
        "reason": "Sổ giao nhận cho thấy đơn vị đã có hồ sơ",
    },
    ("post", "/v1/lateness/told"): {
        "office": _LAND,
        "dossiers": [_NUMBER],
        "paper": "01/TB",
    },
}
