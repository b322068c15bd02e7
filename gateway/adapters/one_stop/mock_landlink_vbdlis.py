"""The VBDLIS dialect, from ``docs/agencies/land_registry.md`` (its sections: §)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from gateway.adapters.one_stop.mock_contract import Answer, Office, Reply
from gateway.adapters.one_stop.mock_landlink_door import Door, OpenDoor
from gateway.adapters.one_stop.mock_landlink_fate import Fate, Verdict
from gateway.adapters.one_stop.mock_landlink_register import Dossier, Told
from gateway.adapters.one_stop.mock_landlink_vbdlis_in import MESSAGES, folded, read
from gateway.adapters.one_stop.mock_landlink_vbdlis_out import message, rows

JSON = "application/json; charset=utf-8"
OPERATIONS = {
    "hand_over": "tiepnhan",
    "supplement": "capnhattrangthaibosunghoso",
    "result_handed": "capnhattrangthaitraketquahoso",
    "result_wrong": "phanhoihososaiketqua",
}
#: §3: phrases with ``data`` 0 that stand for an earlier arrival, by message.
EARLIER = {
    "hand_over": ("already_there", "đã tồn tại"),
    "supplement": ("not_waiting", "không chờ bổ sung"),
    "result_handed": ("result_already_handed", "đã trả kết quả"),
}
#: §3: phrases that say for sure that a message was not taken.
NOT_TAKEN = (
    ("number_of_another", "đã dùng cho hồ sơ khác"),
    ("unknown_receiver", "không tìm thấy người tiếp nhận"),
    ("unknown_case", "không tìm thấy quy trình"),
    ("unknown_area", "không tìm thấy đơn vị hành chính"),
    ("missing_field", "thiếu trường bắt buộc"),
    ("wrong_type", "sai kiểu dữ liệu"),
    ("unreadable_file", "tệp không đọc được"),
    ("unknown_dossier", "không tìm thấy hồ sơ"),
    ("dossier_ended", "hồ sơ đã kết thúc"),
    ("no_result_yet", "chưa có kết quả"),
)


class Vbdlis:
    """JSON, integers, no token."""

    hosted = frozenset(MESSAGES)
    #: §2.2, §11: where the land system shows the secret.
    shown_in = "path"
    list_shown_in = "SecurityCode"
    lists = frozenset(
        {"GetDanhMucNguoiDung", "GetDanhMucThuTuc", "GetDanhMucTrangThai"}
    )

    def door(self, office: Office, settings: Mapping[str, Any]) -> Door:
        """§2.1: no token."""
        return OpenDoor(office, settings)

    def operation(self, kind: str) -> str:
        """§9: the last part of the path."""
        return OPERATIONS[kind]

    def body(
        self, kind: str, dossier: Dossier, content: Mapping[str, Any], now: datetime
    ) -> bytes:
        """§9: a message of ours."""
        return orjson.dumps(message(kind, dossier, content, now))

    def verdict(self, kind: str, answer: Answer) -> Verdict:
        """§3."""
        return answered(kind, answer, taken=(1,))

    def receipt_in(self, content: Mapping[str, Any]) -> str:
        """The receipt number, whatever else is wrong."""
        return str(content.get("SoBienNhan") or "")

    def read(self, operation: str, content: Mapping[str, Any]) -> Told:
        """§10: one message of the land system."""
        return read(operation, content)

    def reply(self, message: str, *, ok: bool) -> Reply:
        """§2.2."""
        return 200, JSON, orjson.dumps({"Result": int(ok), "Message": message})

    def list_of(self, name: str, settings: Mapping[str, Any]) -> Reply:
        """§11."""
        shown = {"Result": 1, "Message": "", "Data": rows(name, settings)}
        return 200, JSON, orjson.dumps(shown)


def answered(kind: str, answer: Answer, *, taken: tuple[Any, ...]) -> Verdict:
    """§3: ``data`` first, then the phrase; neither: nothing is known.

    ``taken``: values of ``data`` that mean it.
    """
    match answer.status:
        case 200:
            return _said(kind, answer.body, taken)
        case 400:
            return Verdict(Fate.REFUSED, "malformed")
        case 413:
            return Verdict(Fate.REFUSED, "too_large")
        case 401 | 403 | 429:
            return Verdict(Fate.LATER, f"http_{answer.status}")
        case 503 if any(name.lower() == "retry-after" for name in answer.headers):
            return Verdict(Fate.LATER, "busy")
    return Verdict(Fate.UNCLEAR, f"http_{answer.status}")


def _said(kind: str, body: bytes, taken: tuple[Any, ...]) -> Verdict:
    try:
        said = orjson.loads(body)
        data, phrase = said["data"], str(said["status"]["message"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return Verdict(Fate.UNCLEAR, "no_answer_of_the_land_system")
    if data in taken:
        return Verdict(Fate.TAKEN, "accepted")
    text = folded(phrase)
    rule, earlier = EARLIER.get(kind, ("", ""))
    if earlier and earlier in text:
        return Verdict(Fate.TAKEN, rule)
    for name, words in NOT_TAKEN:
        if words in text:
            return Verdict(Fate.REFUSED, name)
    return Verdict(Fate.UNCLEAR, "unknown_phrase")
