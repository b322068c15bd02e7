"""Writes .xlsx files that people open, filter and print."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports.sheets import Page

#: What Excel takes in one cell.
MAX_CELL_CHARS = 32_767
_WIDTH = 18


def workbook(pages: Sequence[Page]) -> bytes:
    """A file with one sheet per page.

    Text is written as a string: nothing that came from a list can become a
    formula or a link, neither when it is opened nor when its cell is edited.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "font_size": 12})
        head = book.add_format(
            {"bold": True, "text_wrap": True, "bg_color": "#E7EDF2", "border": 1}
        )
        plain = {"text_wrap": True, "valign": "top", "border": 1}
        body = book.add_format(plain)
        quoted = book.add_format({**plain, "quote_prefix": True})
        for page in pages:
            sheet = book.add_worksheet(page.title)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            for place in range(len(page.headings)):
                width = page.widths[place] if place < len(page.widths) else _WIDTH
                sheet.set_column(place, place, width)
            _fill(sheet, page, (bold, head, body, quoted))
    return target.getvalue()


def _fill(
    sheet: xlsxwriter.worksheet.Worksheet, page: Page, formats: Sequence[object]
) -> None:
    bold, head, body, quoted = formats
    for number, line in enumerate(page.lines):
        sheet.write_string(number, 0, line, bold)
    top = len(page.lines) + bool(page.lines)
    for place, heading in enumerate(page.headings):
        sheet.write_string(top, place, heading, head)
    for number, row in enumerate(page.rows, start=top + 1):
        for place, value in enumerate(row):
            if isinstance(value, int | float):
                sheet.write_number(number, place, value, body)
            else:
                look = quoted if _is_formula(value) else body
                sheet.write_string(number, place, value[:MAX_CELL_CHARS], look)
    if page.rows:
        sheet.freeze_panes(top + 1, 1)
        sheet.autofilter(top, 0, top + len(page.rows), len(page.headings) - 1)
        sheet.repeat_rows(top)


def _is_formula(text: str) -> bool:
    """Whether a program would read it as one, were it typed in."""
    start = text[:1]
    return start in set("=+-@") or (start != "" and not start.isprintable())
