"""Rows as text that a spreadsheet opens as a table, and in which nothing is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

#: What programs of spreadsheets begin a formula, a link or a command with.
_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe_cell(text: str) -> str:
    """Text that stays text: an apostrophe stands before what could be a formula.

    NUL ends files for some programs, and is no text.
    """
    plain = text.replace("\0", "")
    shown = plain.lstrip(" \u00a0\ufeff\u200b")
    return f"'{plain}" if shown.startswith(_BEGINS) else plain


def comma_text(rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with its mark, which programs know Vietnamese by; semicolons between."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + target.getvalue().encode()
