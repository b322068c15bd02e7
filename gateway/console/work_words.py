"""Words of a work list: acts, states, and fields of a dossier by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.console import show
from gateway.console.language import say

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
ACTS: dict[str, str] = {
    "receive": "Đã nhận",
    "step": "Đã làm một bước",
    "supplement": "Yêu cầu bổ sung",
    "supplement_received": "Đã nhận giấy tờ bổ sung",
    "slip": "Gửi phiếu chuyển đã ký",
    "notice": "Thông báo khoản phải nộp",
    "paid": "Xác nhận đã nộp đủ",
    "exempted": "Không phải nộp (miễn, bằng 0)",
    "deferred": "Được ghi nợ",
    "return_slip": "Trả lại phiếu chuyển",
    "refuse": "Từ chối giải quyết",
    "finish": "Trả kết quả",
    "withdrawn": "Người nộp rút hồ sơ",
}
#: What the words of an act are asked for as, where they are needed.
NOTES: dict[str, str] = {
    "supplement": "Thiếu gì, cần gì",
    "return_slip": "Phiếu sai, thiếu gì",
    "refuse": "Lý do, căn cứ",
}
STATES: dict[str, str] = {
    "new": "chưa xác nhận đã nhận",
    "open": "đang làm",
    "waiting": "chờ người nộp bổ sung",
    "ended": "đã xong phần việc",
}
_FIELDS: dict[str, str] = {
    "applicant": "Người nộp",
    "name": "họ tên",
    "kind": "loại",
    "identity": "giấy tờ tùy thân",
    "number": "số",
    "issued_on": "ngày cấp",
    "issued_by": "nơi cấp",
    "birth": "ngày sinh",
    "address": "địa chỉ",
    "phone": "điện thoại",
    "email": "thư điện tử",
    "area": "Địa điểm",
    "commune": "mã xã",
    "received_at": "Tiếp nhận lúc",
    "due_on": "Hẹn trả",
    "case": "Trường hợp",
    "receiver": "Người nhận",
    "parcels": "Thửa đất",
    "sheet": "tờ bản đồ",
    "area_m2": "diện tích (m²)",
    "certificate": "Giấy chứng nhận",
    "serial": "số phát hành",
    "owners": "Chủ sở hữu",
    "transfer": "Việc chuyển quyền",
    "exemption": "Đề nghị miễn, giảm",
    "note": "ghi chú",
}


def said_fields(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an office may see, as names and texts; a list's rows are numbered."""
    return [row for name, value in fields.items() for row in _said(_word(name), value)]


def _said(name: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _said(f"{name}: {_word(key)}", inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value, start=1):
            yield from _said(f"{name} {place}", inner)
    elif value not in {None, ""}:
        yield name, _text(value)


def _text(value: Any) -> str:
    """Days and moments as people write them; all else as it stands."""
    text = str(value)
    try:
        if _DAY.fullmatch(text):
            return show.day(text)
        return show.moment(text) if _MOMENT.match(text) else text
    except ValueError:
        return text


def _word(name: str) -> str:
    return say(_FIELDS[name]) if name in _FIELDS else name
