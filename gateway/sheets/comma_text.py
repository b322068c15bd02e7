"""CSV files in any encoding that proves itself, with any of the usual separators."""

from __future__ import annotations

import contextlib
import csv
import io
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from gateway.domain.encodings import decode
from gateway.domain.errors import SenderError

if TYPE_CHECKING:
    from gateway.domain.old_letters import Encoding

_SEPARATORS = (";", ",", "\t")
#: Rows that show which separator is meant.
_LOOKED_AT = 50


def rows_of(content: bytes) -> tuple[list[list[str]], Encoding]:
    """All rows of a file in Unicode, and what its text was.

    Raises:
        SenderError: nobody can tell the encoding of the text, or it is no table.
    """
    try:
        found = decode(content)
    except ValueError as wrong:
        raise old_encoding() from wrong
    text, encoding = found.text, found.encoding
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        separator, text = first.strip()[-1], rest
    else:
        separator = max(_SEPARATORS, key=lambda sign: _regularity(text, sign))
    try:
        cells = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return list(cells), encoding
    except csv.Error as wrong:
        raise SenderError(
            code="sheet_broken",
            remedy="Tệp CSV hỏng: có ô quá dài hoặc dấu nháy không đóng. Xuất lại"
            " danh sách, tốt nhất ở dạng .xlsx.",
        ) from wrong


def old_encoding() -> SenderError:
    """Text of windows-1258, TCVN3 or VNI: which one, it does not tell beyond doubt."""
    return SenderError(
        code="sheet_encoding",
        remedy="Chữ trong tệp dùng bảng mã cũ (windows-1258, TCVN3 hoặc VNI), không"
        " phải Unicode UTF-8. Xuất lại ở dạng .xlsx, hoặc lưu CSV với mã UTF-8.",
    )


def _regularity(text: str, separator: str) -> tuple[int, int]:
    """How many of the first rows have the same several columns, and how many columns."""
    rows = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=separator)
    widths: Counter[int] = Counter()
    with contextlib.suppress(csv.Error):
        widths.update(len(row) for row in islice(rows, _LOOKED_AT) if len(row) > 1)
    return max(((count, width) for width, count in widths.items()), default=(0, 0))
