"""CSV files in any encoding that proves itself, with any of the usual separators."""

from __future__ import annotations

import contextlib
import csv
import io
import unicodedata
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from gateway.domain.encodings import decode
from gateway.domain.errors import SenderError

if TYPE_CHECKING:
    from gateway.domain.old_letters import Encoding

SEPARATORS = (";", ",", "\t")
#: Rows that show which separator is meant.
_LOOKED_AT = 50
_BOM_16 = (b"\xff\xfe", b"\xfe\xff")
_VOWELS = "aăâeêioôơuưy"
#: No mark, then grave, acute, hook above, tilde, dot below.
_TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
_LETTERS = frozenset(
    unicodedata.normalize("NFC", letter + tone)
    for vowel in _VOWELS
    for letter in (vowel, vowel.upper())
    for tone in _TONES
) | {"đ", "Đ"}


def rows_of(text: str, separator: str = "") -> list[list[str]]:
    """All rows of a file's text.

    ``separator``: the one to try where the file names none; empty: the likeliest.

    Raises:
        SenderError: it is no table.
    """
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        separator, text = first.strip()[-1], rest
    elif not separator:
        separator = max(SEPARATORS, key=lambda sign: _regularity(text, sign))
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as wrong:
        raise SenderError(
            code="sheet_broken",
            remedy="Tệp CSV hỏng: có ô quá dài hoặc dấu nháy không đóng. Xuất lại"
            " danh sách, tốt nhất ở dạng .xlsx.",
        ) from wrong


def text_of(content: bytes) -> tuple[str, Encoding]:
    """The text of a file in Unicode, and what it was.

    Raises:
        SenderError: nobody can tell its encoding.
    """
    try:
        found = decode(content)
    except ValueError as wrong:
        raise old_encoding() from wrong
    return found.text, found.encoding


def unicode_or_1258(content: bytes) -> tuple[str, bool]:
    """The text of a file that may be of these two only; whether it was no Unicode.

    For documents that say so: a word or two need not prove the encoding then.

    Raises:
        SenderError: it is of another one.
    """
    wide = content.startswith(_BOM_16)
    try:
        return content.decode("utf-16" if wide else "utf-8-sig"), False
    except UnicodeDecodeError as wrong:
        if wide:
            raise old_encoding() from wrong
    try:
        text = unicodedata.normalize("NFC", content.decode("cp1258"))
    except UnicodeDecodeError as wrong:
        raise old_encoding() from wrong
    # TCVN3 and VNI decode too, to letters that no Vietnamese word has.
    if any(_is_foreign(sign) for sign in set(text)):
        raise old_encoding()
    return text, True


def _is_foreign(sign: str) -> bool:
    if sign.isascii() or sign in _LETTERS:
        return False
    return unicodedata.category(sign)[0] in "LM"


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
