"""A finding with its line in a file; a file that is no TOML has one by itself."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.routing.finding import Finding
from gateway.wiring.files import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_AT_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with its place in a file."""

    file: str
    line: int
    finding: Finding


def no_toml(file: Path) -> Iterable[Located]:
    """Why a file cannot be read: nothing else can be told before it can."""
    try:
        tomllib.loads(text_of(file))
    except UnicodeDecodeError as wrong:
        before = file.read_bytes()[: wrong.start]
        line = before.count(b"\n") + 1
        todo = "Trong Notepad: Save as, mục Encoding chọn UTF-8, rồi lưu đè."
        yield _unread(file, line, "không lưu bằng mã UTF-8", todo)
    except tomllib.TOMLDecodeError as wrong:
        at = _AT_LINE.search(str(wrong))
        last = text_of(file).count("\n") + 1
        yield _unread(file, int(at[1]) if at else last, *_in_words(str(wrong)))


#: How the reader of the language begins what it says, and what it means.
_SYNTAX = (
    ("Cannot overwrite", "khóa hoặc bảng này đã ghi ở trên", "Bỏ bớt một chỗ."),
    ("Cannot declare", "bảng này đã ghi ở trên", "Gộp hai bảng thành một."),
    (
        "Invalid value",
        "giá trị không đúng",
        'Chữ để trong dấu ngoặc kép thẳng "…", không phải “…”; số và ngày thì không.',
    ),
    ("Unclosed array", "danh sách thiếu dấu ] ở trên dòng này", "Thêm dấu ]."),
    ("Unterminated string", "chữ thiếu dấu ngoặc kép đóng", 'Thêm dấu ".'),
    ("Illegal character", "có ký tự không được phép", "Viết lại dòng này."),
    ("Expected ']'", "tên bảng thiếu dấu ]", "Thêm dấu ]."),
    ("Expected '='", "thiếu dấu = sau tên khóa", "Viết khóa = giá trị."),
    ("Expected newline", "thừa chữ ở cuối dòng", "Mỗi dòng một khóa; ghi chú sau #."),
    ("Invalid statement", "dòng không đúng cú pháp", "Viết khóa = giá trị."),
)


def _in_words(said: str) -> tuple[str, str]:
    """What is wrong and what to do; what nobody put into words stays as it was said."""
    for begin, why, todo in _SYNTAX:
        if said.startswith(begin):
            return why, todo
    return said, "Sửa cho đúng cú pháp TOML: khóa = giá trị, chữ trong dấu ngoặc kép."


def _unread(file: Path, line: int, why: str, todo: str) -> Located:
    return Located(str(file), line, Finding((), f"Tệp không đọc được: {why}", todo))
