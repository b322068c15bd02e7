"""What somebody typed or sent that something shall end by hand, read field by field."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.domain.closing import OUTCOMES, WAYS, WHOLE, Closing, Outcome, Way
from gateway.domain.errors import ActionNotPossible, SenderError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Characters of a reason, and of a paper's number.
REASON_AT_MOST, NUMBER_AT_MOST = 500, 100
_WHY = {
    "dossier_ended": "Hồ sơ đã kết thúc, không còn gì để kết thúc bằng tay.",
    "closing_of_whole": "Đóng hồ sơ là đóng cả hồ sơ: không ghi phần việc nào.",
    "leg_not_open": "Phần việc này không đang mở: chưa bắt đầu, đã kết thúc, hoặc hồ sơ"
    " không có. Tải lại trang hồ sơ.",
    "closing_outcome": "Kết quả trên giấy không phải là kết quả mà thủ tục cho phép ở"
    " phần việc này: chọn trong danh sách.",
    "leg_decides": "Phần việc này quyết định việc kết thúc hồ sơ nên không bỏ qua được:"
    " chọn đóng cả hồ sơ, hoặc ghi kết quả trên giấy.",
}


def read_closing(content: Mapping[str, Any], today: date) -> Closing:
    """What is asked for.

    Raises:
        SenderError: something is missing or is none of what is allowed; all of it.
    """
    texts = {
        name: content.get(name) or ""
        for name in ("way", "leg", "outcome", "number", "on", "reason")
    }
    if not all(isinstance(text, str) for text in texts.values()):
        raise _invalid(["mỗi trường là một chuỗi chữ"])
    texts = {name: text.strip() for name, text in texts.items()}
    wrong = [told for told in _wrong(texts, today) if told]
    withdraws = content.get("withdraws") or []
    if not isinstance(withdraws, list) or not all(
        isinstance(one, str) for one in withdraws
    ):
        wrong.append("withdraws: danh sách tên phần việc")
    if wrong:
        raise _invalid(wrong)
    way = Way(texts["way"])
    on_paper = way is Way.PAPER
    return Closing(
        way=way,
        leg=WHOLE if way is Way.DOSSIER else texts["leg"],
        reason=texts["reason"],
        outcome=Outcome(texts["outcome"]) if on_paper else None,
        number=texts["number"] if on_paper else "",
        on=_day(texts["on"]) if on_paper else None,
        withdraws=frozenset() if on_paper else frozenset(withdraws),
    )


def _invalid(wrong: list[str]) -> SenderError:
    return SenderError(code="closing_invalid", remedy=f"Cần sửa: {'; '.join(wrong)}.")


def _wrong(texts: Mapping[str, str], today: date) -> list[str]:
    way = texts["way"]
    if way not in set(Way):
        told = ", ".join(f"{one.value} ({words})" for one, words in WAYS.items())
        return [f"way: một trong {told}"]
    wrong = []
    if way == Way.DOSSIER and texts["leg"]:
        wrong.append("leg: để trống khi đóng cả hồ sơ")
    if way != Way.DOSSIER and not texts["leg"]:
        wrong.append("leg: tên phần việc cần kết thúc")
    if not 0 < len(texts["reason"]) <= REASON_AT_MOST:
        wrong.append(f"lý do và căn cứ: 1 đến {REASON_AT_MOST} ký tự")
    return [*wrong, *(_wrong_paper(texts, today) if way == Way.PAPER else ())]


def _wrong_paper(texts: Mapping[str, str], today: date) -> list[str]:
    wrong, on = [], _day(texts["on"])
    if texts["outcome"] not in set(Outcome):
        told = ", ".join(f"{one.value} ({words})" for one, words in OUTCOMES.items())
        wrong.append(f"kết quả trên giấy: một trong {told}")
    if not 0 < len(texts["number"]) <= NUMBER_AT_MOST:
        wrong.append(f"số văn bản: 1 đến {NUMBER_AT_MOST} ký tự")
    if on is None:
        wrong.append("ngày văn bản: dạng 2026-03-12")
    elif on > today:
        wrong.append(f"ngày văn bản: không sau hôm nay, {today:%d/%m/%Y}")
    return wrong


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


def not_possible(code: str) -> ActionNotPossible:
    """What is said of something that cannot be ended so."""
    return ActionNotPossible(code=code, remedy=_WHY[code])
