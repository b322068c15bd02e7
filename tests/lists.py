"""Spreadsheets as offices export them, made on the spot; all of it invented."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from gateway.ports.sheets import Table
from gateway.reconciling.reconcile import Reconciliation, reconcile
from gateway.sheets.spreadsheets import FileSpreadsheets

OURS = ("Mã hồ sơ", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc", "Trạng thái")
THEIRS = ("Mã hồ sơ", "Ngày nhận", "Ngày hẹn trả", "Ngày hoàn thành", "Tình trạng")
#: On this day everything is held against each other, unless a test says otherwise.
DAY = date(2026, 3, 25)
_OPEN_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="Bảng">{rows}</table:table>
</office:spreadsheet></office:body></office:document-content>"""
Draw = Callable[[Any, Mapping[str, Any]], None]


def workbook(draw: Draw) -> bytes:
    """An .xlsx file that ``draw`` fills, given the book and two formats."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        formats = {
            "day": book.add_format({"num_format": "dd/mm/yyyy"}),
            "moment": book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        }
        draw(book, formats)
    return target.getvalue()


def xlsx(rows: Iterable[Sequence[Any]], *, name: str = "Trang1") -> bytes:
    """An .xlsx file with one sheet; dates are written as Excel keeps them."""

    def draw(book: Any, formats: Mapping[str, Any]) -> None:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            fill(sheet, number, row, formats)

    return workbook(draw)


def fill(
    sheet: Any, number: int, row: Sequence[Any], formats: Mapping[str, Any]
) -> None:
    """One row; text stays text, whatever it looks like."""
    for place, value in enumerate(row):
        if isinstance(value, date):
            sheet.write_datetime(number, place, value, formats["day"])
        elif isinstance(value, str):
            sheet.write_string(number, place, value)
        elif value is not None:
            sheet.write(number, place, value)


def csv(rows: Iterable[Sequence[str]], separator: str = ";") -> bytes:
    """A .csv file."""
    return "\r\n".join(separator.join(row) for row in rows).encode()


def read(content: bytes, max_rows: int = 1000) -> Table:
    """The file as the gateway reads it."""
    return FileSpreadsheets().read(content, max_rows=max_rows)


def held(
    ours: bytes,
    theirs: bytes,
    *,
    day: date = DAY,
    mapping: str | None = None,
    remembered: bool = False,
) -> Reconciliation:
    """Two files held against each other."""
    return reconcile(
        read(ours), read(theirs), day=day, mapping=mapping, remembered=remembered
    )


def classes(result: Reconciliation) -> dict[str, str]:
    """Code → class; asserts that no code stands in two."""
    found = {finding.code: str(finding.kind) for finding in result.findings}
    assert len(found) == len(result.findings)
    return found


def problems(result: Reconciliation) -> dict[str, str]:
    """Where something was unreadable → what is said of it."""
    return {problem.at: problem.what for problem in result.problems}


def open_document(rows: str) -> bytes:
    """An .ods file with one sheet, its rows as XML."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", _OPEN_DOCUMENT.format(rows=rows))
    return target.getvalue()
