"""The result as people open it."""

from __future__ import annotations

import io
import zipfile

from gateway.reconciling.telling import pages
from gateway.sheets.spreadsheets import FileSpreadsheets
from tests.lists import OURS, THEIRS, held, read, xlsx

CODE, OTHER = "H00.01-260310-0001", "H00.01-260310-0002"
FORMULA = '=HYPERLINK("http://vi-du.invalid","xem")'
LISTS = (
    xlsx(
        [
            (*OURS, "Chủ hồ sơ"),
            (CODE, "", "20/03/2026", "", "Đang xử lý", FORMULA),
            (OTHER, "", "", "", "Đang xử lý", "+84900"),
        ]
    ),
    xlsx(
        [
            THEIRS,
            (CODE, "", "", "19/03/2026", "Đã xong"),
            (OTHER, "", "", "", "Đang xử lý"),
            (OTHER, "", "", "", "Chờ bổ sung"),
        ]
    ),
)


def written() -> bytes:
    return FileSpreadsheets().write(pages(held(*LISTS)))


def test_what_a_list_says_never_becomes_a_formula_or_a_link() -> None:
    with zipfile.ZipFile(io.BytesIO(written())) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        assert len(sheets) == 3
        for name in sheets:
            assert b"<f>" not in archive.read(name)
            assert b"hyperlink" not in archive.read(name)
    assert any(FORMULA in row for s in read(written()).sheets for row in s.rows)


def test_each_class_with_rows_has_a_sheet_with_both_sides_and_days_that_can_be_sorted() -> (
    None
):
    counts, forgotten, twice = read(written()).sheets
    assert counts.rows[0][0] == "Đối soát hồ sơ, tính đến ngày 25/03/2026"
    heading, row = forgotten.rows[3], forgotten.rows[4]
    shown = dict(zip(map(str, heading), row, strict=False))
    assert shown["Mã hồ sơ"] == CODE
    assert shown["Quá hạn trên hệ thống, đã xong (ngày)"] == 5
    assert shown["Một cửa: trạng thái"] == "Đang xử lý"
    assert shown["Cơ quan: kết thúc"] == "19/03/2026"
    assert "Cơ quan: chủ hồ sơ" not in shown
    assert [row[0] for row in twice.rows[4:]] == [OTHER, OTHER]
