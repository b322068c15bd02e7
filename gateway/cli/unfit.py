"""What a model says of values that do not fit it, in words; never the values."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

_NUMBER, _WHOLE = "cần một số", "cần một số nguyên"
_TEXT, _LIST = "cần chữ trong dấu ngoặc kép", "cần danh sách trong dấu [ ]"
_TABLE = "cần một bảng [tên] gồm các khóa, không phải một giá trị"
_YES_NO = "chỉ nhận true hoặc false"
_TIME = 'cần giờ, ví dụ "07:00"'
_DAY = 'cần ngày, ví dụ "2026-03-10"'
_MOMENT = 'cần ngày giờ, ví dụ "2026-03-10T07:30:00+07:00"'
#: Kind of misfit → what is wanted; the longest beginning that fits counts.
_WANTED = {
    "string": _TEXT,
    "int": _WHOLE,
    "float": _NUMBER,
    "finite_number": _NUMBER,
    "bool": _YES_NO,
    "tuple": _LIST,
    "list": _LIST,
    "dict": _TABLE,
    "model": _TABLE,
    "path": "cần đường dẫn trong dấu ngoặc kép",
    "time": _TIME,
    "date": _DAY,
    "datetime": _MOMENT,
    "timezone": _MOMENT,
    "greater_than": "phải lớn hơn {gt}",
    "greater_than_equal": "phải từ {ge} trở lên",
    "less_than": "phải nhỏ hơn {lt}",
    "less_than_equal": "nhiều nhất là {le}",
    "string_too_short": "cần ít nhất {min_length} ký tự",
    "string_too_long": "nhiều nhất {max_length} ký tự",
    "too_short": "cần ít nhất {min_length} mục",
    "too_long": "nhiều nhất {max_length} mục",
}
#: What a pattern begins with → what is wanted.
_PATTERNS = (
    ("^[^@", "cần địa chỉ thư, ví dụ truc@tinh.gov.vn"),
    ("^https?://", "cần địa chỉ bắt đầu bằng http:// hoặc https://"),
    ("^$|^https?://", "cần địa chỉ bắt đầu bằng http:// hoặc https://"),
    ("^https://", "cần địa chỉ bắt đầu bằng https://"),
    ("^[0-9A-Za-z._-]", "chỉ gồm chữ không dấu, số và . _ -"),
)
_CHOICES = re.compile(r"\^\(([\w|]+)\)\$")


@runtime_checkable
class Unfit(Protocol):
    """An error of a model; pydantic itself is slow to import."""

    @abstractmethod
    def error_count(self) -> int:
        """How many."""

    @abstractmethod
    def errors(self) -> Sequence[Mapping[str, Any]]:
        """One for each: where, which kind, and why."""


def misfits(wrong: Unfit) -> str:
    """Everything that does not fit, by its key."""
    return "; ".join(_misfit(one) for one in wrong.errors())


def _misfit(one: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in one["loc"])
    if one["type"] == "extra_forbidden":
        return f"không có khóa {key}"
    if one["type"] == "missing":
        return f"thiếu khóa {key}"
    return f"{key}: {wanted(one)}" if key else wanted(one)


def wanted(one: Mapping[str, Any]) -> str:
    """What would fit."""
    kind, about = str(one["type"]), one.get("ctx", {})
    if kind == "value_error":  # our own words
        return str(about["error"])
    if kind in {"enum", "literal_error"}:
        choices = str(about["expected"]).replace("'", "").replace(" or ", ", ")
        return f"chỉ nhận {choices}"
    if kind == "string_pattern_mismatch":
        return _of_pattern(str(about["pattern"]))
    fitting = [begin for begin in _WANTED if kind.startswith(begin)]
    if not fitting:
        return "giá trị không hợp lệ"
    return _WANTED[max(fitting, key=len)].format(**about)


def _of_pattern(pattern: str) -> str:
    choices = _CHOICES.fullmatch(pattern)
    if choices:
        return f"chỉ nhận {choices[1].replace('|', ', ')}"
    for begin, words in _PATTERNS:
        if pattern.startswith(begin):
            return words
    return "giá trị không đúng dạng"
