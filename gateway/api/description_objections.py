"""JSON bodies of the calls about contested latenesses, by operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.contesting.objecting import KEY_AT_MOST, REASON_AT_MOST
from gateway.contesting.telling import PAPER_AT_MOST

if TYPE_CHECKING:
    from collections.abc import Mapping

_REASON: Mapping[str, Any] = {"type": "string", "minLength": 1}
_PAPER: Mapping[str, Any] = {"type": "string", "maxLength": PAPER_AT_MOST}
_D = "/v1/dossiers/{number}/objections"
OBJECTIONS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("post", _D): {
        "required": ["reason"],
        "properties": {
            "reason": {**_REASON, "maxLength": REASON_AT_MOST},
            "paper": {
                **_PAPER,
                "description": "Số văn bản của đơn vị; ghi thay: bắt buộc",
            },
            "office": {"type": "string", "description": "Ghi thay đơn vị nào"},
            "key": {
                "type": "string",
                "maxLength": KEY_AT_MOST,
                "description": "Gọi lại với cùng key là cùng một ý kiến",
            },
        },
    },
    ("post", f"{_D}/term"): {"required": ["reason"], "properties": {"reason": _REASON}},
    ("post", f"{_D}/{{identifier}}/decision"): {
        "required": ["upheld", "reason"],
        "properties": {
            "upheld": {"type": "boolean", "description": "true: chấp nhận ý kiến"},
            "party": {
                "type": "string",
                "description": "Chấp nhận thì tính chậm cho bên nào, theo parties",
            },
            "reason": _REASON,
        },
    },
    ("post", "/v1/lateness/told"): {
        "required": ["office", "dossiers", "paper"],
        "properties": {
            "office": {"type": "string"},
            "dossiers": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "paper": {**_PAPER, "description": "Số văn bản đã gửi đơn vị"},
        },
    },
}
