"""Why a text cannot be read, in words; readers of formats say it in English."""

from __future__ import annotations

import json
import re
import tomllib

#: How the reader of TOML begins what it says, and what it means.
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
_OTHERWISE = (
    "không đúng cú pháp",
    "Sửa cho đúng cú pháp TOML: khóa = giá trị, chữ trong dấu ngoặc kép.",
)
_AT_LINE = re.compile(r"at line (\d+)")
NOT_UTF_8 = "không lưu bằng mã UTF-8"
SAVE_AS_UTF_8 = "Trong Notepad: Save as, mục Encoding chọn UTF-8, rồi lưu đè."

Unreadable = (UnicodeDecodeError, json.JSONDecodeError, tomllib.TOMLDecodeError)


def toml_line(wrong: tomllib.TOMLDecodeError) -> int | None:
    """The line that is wrong; None: the file ends too early."""
    at = _AT_LINE.search(str(wrong))
    return int(at[1]) if at else None


def toml_words(wrong: tomllib.TOMLDecodeError) -> tuple[str, str]:
    """What is wrong and what to do."""
    said = str(wrong)
    for begin, why, todo in _SYNTAX:
        if said.startswith(begin):
            return why, todo
    return _OTHERWISE


def unreadable(wrong: ValueError) -> str:
    """What is wrong with the text, where, and what to do, in one line."""
    if isinstance(wrong, tomllib.TOMLDecodeError):
        line = toml_line(wrong)
        why, todo = toml_words(wrong)
        where = f"dòng {line}" if line else "cuối tệp"
        return f"không phải TOML: {where}, {why}. {todo}"
    if isinstance(wrong, json.JSONDecodeError):
        return (
            f"không phải JSON: dòng {wrong.lineno}, cột {wrong.colno} sai cú pháp."
            " Xuất lại tệp, hoặc sửa chỗ ấy."
        )
    return f"{NOT_UTF_8}, hoặc không phải tệp chữ. Chọn đúng tệp. {SAVE_AS_UTF_8}"
