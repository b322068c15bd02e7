"""Which files are read, and which are refused before they cost anything."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter

from gateway.domain.errors import SenderError, TooLarge
from gateway.domain.old_letters import Encoding
from gateway.sheets import forms, spreadsheets
from gateway.sheets.comma_text import rows_of, unicode_or_1258
from gateway.sheets.spreadsheets import FileSpreadsheets
from tests.lists import csv, open_document, read, xlsx
from tests.old_text import ENCODERS
from tests.unit.sheets.old_workbook import old_workbook

ROWS = [("Mã hồ sơ", "Trạng thái"), ("H00.01-260310-0001", "Đang xử lý")]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def refused(content: bytes, code: str) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(SenderError) as caught:
        read(content)
    assert caught.value.code == code
    assert caught.value.remedy.endswith(".")
    return caught.value.remedy


def archive(**entries: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, content in entries.items():
            file.writestr(name.replace("__", "/"), content)
    return target.getvalue()


def stream(name: str) -> bytes:
    return OLE + name.encode("utf-16-le") + bytes(64)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
def test_csv_is_read_with_any_usual_separator(separator: str, mark: bytes) -> None:
    (sheet,) = read(mark + csv(ROWS, separator)).sheets
    assert [tuple(row) for row in sheet.rows] == ROWS


def test_the_unicode_text_of_excel_is_read() -> None:
    (sheet,) = read(
        "\ufeff".encode("utf-16-le") + csv(ROWS, "\t").decode().encode("utf-16-le")
    ).sheets
    assert [tuple(row) for row in sheet.rows] == ROWS


def test_a_file_is_told_by_its_bytes_not_by_a_comma_inside_a_cell() -> None:
    rows = [("Mã hồ sơ", "Ghi chú"), ("H00.01-260310-0001", '"a, b, c, d"')]
    (sheet,) = read(csv(rows)).sheets
    assert sheet.rows[1] == ["H00.01-260310-0001", "a, b, c, d"]


@pytest.mark.parametrize("encoding", sorted(ENCODERS))
def test_csv_in_an_old_encoding_that_tells_itself_is_read_and_says_so(
    encoding: Encoding,
) -> None:
    rows = [("Mã hồ sơ", "Trạng thái"), ("H00.01-260310-0001", "Đang xử lý")]
    old = ENCODERS[encoding](csv(rows).decode()).encode("latin-1")
    table = read(old)
    assert [tuple(row) for row in table.sheets[0].rows] == rows
    assert table.encoding is encoding


def test_csv_in_unicode_says_so() -> None:
    assert read(csv(ROWS)).encoding is Encoding.UNICODE


@pytest.mark.parametrize(
    "encoded",
    [
        "Mã hồ sơ;Trạng thái\nH00;Đang xử lý".encode("cp1258", "replace"),
        b"H00;Caf\xe9",
    ],
    ids=["letters were lost", "another language"],
)
def test_csv_in_an_old_encoding_is_refused_and_not_guessed(encoded: bytes) -> None:
    assert "windows-1258" in refused(encoded, "sheet_encoding")


def test_windows_1258_is_read_where_it_is_asked_for_and_said_to_be_a_guess() -> None:
    encoded = b"Ma\xde h\xf4\xcc s\xf5;\xd0a\xde kha\xd2o sa\xect\r\n1;\xdd"
    text, guessed = unicode_or_1258(encoded)
    assert rows_of(text) == [["Mã hồ sơ", "Đã khảo sát"], ["1", "Ư"]]
    assert guessed
    assert unicode_or_1258("Mã hồ sơ".encode()) == ("Mã hồ sơ", False)


def test_a_separator_that_is_asked_for_yields_to_the_one_that_the_file_names() -> None:
    assert rows_of("a,b;c", ",") == [["a", "b;c"]]
    assert rows_of("sep=;\na,b;c", ",") == [["a,b", "c"]]


@pytest.mark.parametrize(
    "encoded",
    [
        b"M\xb7 h\xe5 s\xac;Tr\xb9ng th\xb8i\nH00;\xa7ang x\xf6 l\xfd",
        b"M\xe3 h\xf8 s\xf4",
        b"M\xd2;b",
        b"\xff\xfeM",
        b"a;\x9d",
    ],
    ids=["TCVN3", "a letter of Danish", "a mark alone", "half UTF-16", "no sign"],
)
def test_what_windows_1258_makes_foreign_letters_of_is_refused(encoded: bytes) -> None:
    with pytest.raises(SenderError) as caught:
        unicode_or_1258(encoded)
    assert caught.value.code == "sheet_encoding"


@pytest.mark.parametrize("content", [b"", b"\r\n \t\n"], ids=["nothing", "blanks"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert "trống" in refused(content, "sheet_empty")


@pytest.mark.parametrize(
    "content",
    [
        archive(**{"word__document.xml": b"<w/>", "[Content_Types].xml": b"<t/>"}),
        b"%PDF-1.7 ...",
        stream("WordDocument"),
        bytes(range(1, 256)) + bytes(20),
    ],
    ids=["docx", "pdf", "doc", "noise"],
)
def test_what_is_no_spreadsheet_is_refused_whatever_it_is_called(
    content: bytes,
) -> None:
    assert "không phải bảng tính" in refused(content, "sheet_not_a_sheet")


def test_a_web_page_that_is_called_a_spreadsheet_is_refused_with_the_way_out() -> None:
    page = b"<html><table><tr><td>M\xc3\xa3 h\xe1\xbb\x93 s\xc6\xa1</td></tr></table></html>"
    assert "Lưu thành .xlsx" in refused(page, "sheet_is_web_page")


def test_a_file_with_a_password_is_refused_with_the_way_out() -> None:
    assert "bỏ mật khẩu" in refused(stream("EncryptedPackage"), "sheet_protected")


def test_an_old_workbook_is_read() -> None:
    (sheet,) = read(old_workbook([*ROWS, ("260310", 260310.0)])).sheets
    assert [list(row) for row in sheet.rows] == [*map(list, ROWS), ["260310", 260310.0]]


def test_an_old_workbook_with_a_password_is_refused_with_the_way_out() -> None:
    locked = old_workbook(ROWS, password=True)
    assert "bỏ mật khẩu" in refused(locked, "sheet_protected")


def test_an_open_document_that_repeats_a_cell_a_million_times_is_refused() -> None:
    cell = 'office:value-type="string"><text:p>x</text:p></table:table-cell>'
    row = (
        '<table:table-row table:number-rows-repeated="1000000">'
        f'<table:table-cell table:number-columns-repeated="100" {cell}'
        "</table:table-row>"
    )
    with pytest.raises(TooLarge) as caught:
        read(open_document(row))
    assert caught.value.code == "sheet_beyond_limits"


def test_an_old_workbook_that_is_broken_is_refused() -> None:
    refused(stream("Workbook"), "sheet_broken")


def test_half_a_file_is_refused() -> None:
    whole = xlsx(ROWS)
    refused(whole[: len(whole) // 2], "sheet_broken")


def test_a_zip_bomb_is_refused_before_anything_is_unpacked() -> None:
    zeros = bytes(8 * 1024 * 1024)
    entries = {f"xl__a{n}.xml": zeros for n in range(70)}
    bomb = archive(**{"xl__workbook.xml": b"<w/>"}, **entries)
    assert 100 * len(bomb) < forms.MAX_UNPACKED_BYTES
    with pytest.raises(TooLarge) as caught:
        forms.form_of(bomb)
    assert caught.value.code == "sheet_too_large"


def test_a_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    zeros = bytes(4 * 1024 * 1024)
    bomb = bytearray(archive(**{"xl__workbook.xml": b"<w/>", "xl__b.xml": zeros}))
    real, claimed = struct.pack("<I", len(zeros)), struct.pack("<I", 100)
    assert real in bomb
    refused(bytes(bomb).replace(real, claimed), "sheet_broken")


def test_an_entry_with_a_wrong_checksum_is_refused() -> None:
    whole = archive(**{"xl__workbook.xml": b"<w/>"})
    checksum = struct.pack("<I", zlib.crc32(b"<w/>"))
    assert checksum in whole
    refused(whole.replace(checksum, b"abcd"), "sheet_broken")


def patched(whole: bytes, *, flags: int, method: int) -> bytes:
    """An archive whose every entry says this of itself, in both places."""
    changed = bytearray(whole)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = changed.find(mark)
        while start >= 0:
            struct.pack_into("<HH", changed, start + at, flags, method)
            start = changed.find(mark, start + 4)
    return bytes(changed)


@pytest.mark.parametrize("name", ["xl/workbook.xml", "mimetype"])
@pytest.mark.parametrize(
    ("flags", "method", "code"),
    [
        (1, zipfile.ZIP_STORED, "sheet_protected"),
        (0, 97, "sheet_broken"),
        (0, zipfile.ZIP_DEFLATED, "sheet_broken"),
        (0, zipfile.ZIP_LZMA, "sheet_broken"),
    ],
    ids=["password", "unknown packing", "bad deflate", "bad lzma"],
)
def test_an_archive_that_cannot_be_unpacked_is_refused_for_what_it_is(
    name: str, flags: int, method: int, code: str
) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as file:
        file.writestr(name, b"\xff" * 40)
    refused(patched(target.getvalue(), flags=flags, method=method), code)


def test_two_cells_at_opposite_corners_end_the_reading_and_nothing_else() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Mã hồ sơ")
        sheet.write(1_048_575, 16_383, "xa")
    with pytest.raises(TooLarge) as caught:
        read(target.getvalue())
    assert caught.value.code == "sheet_beyond_limits"


def test_more_rows_than_allowed_are_refused_with_their_number() -> None:
    rows = [("Mã hồ sơ",), *((f"H00.01-260310-{n:04}",) for n in range(50))]
    with pytest.raises(TooLarge) as caught:
        read(xlsx(rows), max_rows=50)
    assert "51 hàng" in caught.value.remedy


def test_more_text_than_a_comparison_needs_is_refused() -> None:
    word = "chữ " * 8_000
    rows = [("Mã hồ sơ", "Ghi chú"), *((str(n), word) for n in range(4_500))]
    with pytest.raises(TooLarge) as caught:
        read(xlsx(rows), max_rows=5_000)
    assert caught.value.code == "sheet_too_large"
    assert "Bỏ các cột" in caught.value.remedy


def test_a_file_over_the_limit_of_bytes_is_refused_unread() -> None:
    with pytest.raises(TooLarge):
        FileSpreadsheets().read(b"a" * (64 * 1024 * 1024 + 1), max_rows=10)


def test_the_reading_process_sees_no_secret_and_no_module_beside_the_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Were the folder looked into, this module would be taken for Python's own.
    (tmp_path / "csv.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIENTHONG_TOKEN", "bi-mat-vi-du")
    (sheet,) = read(csv(ROWS)).sheets
    assert len(sheet.rows) == 2
    assert "LIENTHONG_TOKEN" not in spreadsheets._environment()
