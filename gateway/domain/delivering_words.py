"""Evidence of hand-overs in words that officials read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.delivering import Evidence, Hop, Result
from gateway.domain.message_words import KINDS, REPORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What an event says.
WORDS: dict[tuple[Hop, Result], str] = {
    (Hop.SUBMISSION, Result.ACCEPTED): "Cổng đã nhận",
    (Hop.SUBMISSION, Result.REJECTED): "Cổng không nhận",
    (Hop.SUBMISSION, Result.FAILED): "Cổng đã nhận, chưa dùng được",
    (Hop.RELAY, Result.ACCEPTED): "Đã chuyển đi, chờ cơ quan nhận",
    (Hop.RELAY, Result.REJECTED): "Nơi chuyển tiếp không nhận",
    (Hop.RELAY, Result.FAILED): "Chưa gửi được, chưa rời cổng",
    (Hop.DELIVERY, Result.ACCEPTED): "Cơ quan đã nhận",
    (Hop.DELIVERY, Result.REJECTED): "Cơ quan trả lại do lỗi dữ liệu",
    (Hop.DELIVERY, Result.FAILED): "Cơ quan chưa có",
    (Hop.DELIVERY, Result.NON_DELIVERY): "Không gửi nữa",
    (Hop.DELIVERY, Result.UNKNOWN): "Chưa rõ cơ quan đã nhận hay chưa",
    (Hop.RETRIEVAL, Result.ACCEPTED): "Cơ quan đã lấy về",
    (Hop.RETRIEVAL, Result.FAILED): "Cơ quan chưa lấy được",
}
_REPORTS: dict[str, str] = {str(kind): said for kind, said in REPORTS.items()}
#: The gateway as a party.
GATEWAY = "Cổng liên thông"
#: What the counter does, by the event of its line.
COUNTER = {
    "accepted": "hồ sơ",
    "loaded": "hồ sơ đang giải quyết",
    "revised": "bản sửa của hồ sơ",
    "supplemented": "giấy tờ bổ sung",
    "extended": "hẹn lại ngày trả",
    "withdrawal_requested": "báo người nộp rút hồ sơ",
    "handed_out": "báo đã trả kết quả cho người nộp",
    "result_wrong": "báo kết quả có sai sót",
    "question_answered": "trả lời của bộ phận một cửa",
}


def said(one: Evidence) -> str:
    """What happened."""
    return WORDS.get((one.hop, one.result), one.result.value)


def what(one: Evidence) -> str:
    """Of which message."""
    if one.hop is Hop.SUBMISSION and one.message in COUNTER:
        return COUNTER[one.message]
    words = _REPORTS if one.hop is Hop.SUBMISSION else KINDS
    return words.get(one.message, one.message)


def party(code: str, names: Mapping[str, str]) -> str:
    """Who gave or got it."""
    return GATEWAY if code == "gateway" else names.get(code, code)
