"""Cells that a reader of values alone would lose or invent."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest

from gateway.ports.sheets import Page
from gateway.sheets.spreadsheets import FileSpreadsheets
from tests.lists import open_document, read, workbook, xlsx


def only(content: bytes) -> Any:
    (sheet,) = read(content).sheets
    return sheet


def test_a_merged_area_has_its_value_in_every_cell() -> None:
    def draw(book: Any, _: Mapping[str, Any]) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "DANH SÁCH")
        sheet.merge_range(1, 1, 3, 1, "chung")
        sheet.write_row(4, 0, ["cuối", "hàng", "này"])

    rows = only(workbook(draw)).rows
    assert rows[0] == ["DANH SÁCH"] * 3
    assert [row[1] for row in rows[1:4]] == ["chung"] * 3


def test_a_formula_gives_what_was_computed_and_else_its_address() -> None:
    def draw(book: Any, _: Mapping[str, Any]) -> None:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, '="H00"&"1"', None, "H001")
        sheet.write_formula(1, 0, "=A1", None, "")
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        sheet.write_string(3, 0, "xong")

    sheet = only(workbook(draw))
    assert sheet.rows[0] == ["H001"]
    assert sheet.unreadable == {"A2": "formula", "B3": "error"}


def test_an_empty_cell_with_a_format_hides_no_formula_behind_it() -> None:
    def draw(book: Any, formats: Mapping[str, Any]) -> None:
        sheet = book.add_worksheet()
        sheet.write_blank(0, 0, None, formats["day"])
        sheet.write_formula(0, 1, "=A1", None, "")

    assert only(workbook(draw)).unreadable == {"B1": "formula"}


def test_a_sheet_that_begins_to_the_right_keeps_its_letters() -> None:
    def draw(book: Any, _: Mapping[str, Any]) -> None:
        sheet = book.add_worksheet()
        sheet.write(3, 2, "Mã hồ sơ")

    sheet = only(workbook(draw))
    assert (sheet.first_column, sheet.rows[3]) == (2, ["Mã hồ sơ"])


def test_days_and_moments_come_as_iso_text() -> None:
    rows = [(date(2026, 3, 10),), (datetime(2026, 3, 10, 16, 30),)]  # noqa: DTZ001  as Excel has it
    assert [row[0][:10] for row in only(xlsx(rows)).rows] == ["2026-03-10"] * 2


@pytest.mark.parametrize(
    "form", ["dd/mm/yyyy", "[$-1010000]d/m/yyyy;@", "[$-42A]dd mmmm yyyy", "m/d/yy"]
)
def test_a_day_is_a_day_in_every_form_that_excel_shows_it_in(form: str) -> None:
    def draw(book: Any, _: Mapping[str, Any]) -> None:
        shown = book.add_format({"num_format": form})
        book.add_worksheet().write_datetime(0, 0, date(2026, 3, 10), shown)

    assert only(workbook(draw)).rows == [["2026-03-10"]]


def test_hidden_rows_are_read_and_counted_and_hidden_sheets_are_named() -> None:
    def draw(book: Any, _: Mapping[str, Any]) -> None:
        sheet = book.add_worksheet("Hiện & rõ")
        for number in range(5):
            sheet.write(number, 0, f"hàng {number}")
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_row(3, None, None, {"hidden": True})
        other = book.add_worksheet("Ẩn")
        other.write(0, 0, "không đọc")
        other.hide()

    table = read(workbook(draw))
    (sheet,) = table.sheets
    assert (len(sheet.rows), sheet.hidden_rows) == (5, 2)
    assert table.hidden == ("Ẩn",)


def test_an_open_document_is_read() -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    row = "<table:table-row>" + cell.format("Mã hồ sơ") + cell.format("Trạng thái")
    trailing = (
        '<table:table-row table:number-rows-repeated="1048574">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    content = open_document(f"{row}</table:table-row>{trailing}")
    assert only(content).rows == [["Mã hồ sơ", "Trạng thái"]]


def test_nothing_that_is_written_can_become_a_formula_or_a_link() -> None:
    signs = ["=1+1", "+84900", "-1", "@SUM(A1)", "http://example.invalid", "\t=1"]
    page = Page("Trang", ["Mã"], [[sign] for sign in signs], ["=Tiêu đề"])
    content = FileSpreadsheets().write([page])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "hyperlink" not in xml
    assert "<f>" not in xml
    assert [row[0] for row in only(content).rows if row] == ["=Tiêu đề", "Mã", *signs]
