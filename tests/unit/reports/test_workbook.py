"""The workbook of a report, and a one-stop's own table read out of a file."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from python_calamine import CalamineWorkbook

from gateway.domain.errors import SenderError
from gateway.domain.measure import Timeliness, Whose
from gateway.ports.measured import CauseCount, ClockCount, OpenCount, ShareCount
from gateway.ports.sheets import Sheet, Table
from gateway.reports.figures import total
from gateway.reports.monthly import Counted, report
from gateway.reports.months import before, in_words, is_over, month_asked
from gateway.reports.one_stop_sheet import rows_of
from gateway.reports.workbook import pages
from gateway.sheets.writing import workbook
from tests.unit.reports.counts import EARLY, LATE, MARCH, ON_TIME, count

if TYPE_CHECKING:
    from gateway.reports.naming import Names

#: What somebody may call a unit, an office, a procedure.
EVIL = (
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\x01=1",
)
TODAY = date(2026, 3, 27)


class Plain:
    """Every name is its code."""

    answering = frozenset({"answer"})

    def __getattr__(self, _: str) -> Any:
        return lambda *codes: " ".join(filter(None, map(str, codes[-1:])))


def names() -> Names:
    found: Any = Plain()
    return found  # type: ignore[no-any-return]


def a_report(unit: str = "H00.20.01", **changed: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "month": MARCH,
        "at": datetime(2026, 3, 27, tzinfo=UTC),
        "counts": [count(EARLY, 2, unit=unit), count(LATE, 1), count(ON_TIME, 4)],
        "clocks": [ClockCount(MARCH, unit, "answer", ON_TIME, 3, 100, 200)],
        "shares": [ShareCount(MARCH, Whose.AGENCY, unit, 7, 421)],
        "causes": [CauseCount(MARCH, unit, "answer", 1)],
        "open": [OpenCount(unit, "1.999001", unit, Timeliness.OVERDUE, 5)],
        "one_stop": [],
    }
    return report(Counted(**{**values, **changed}), names())


@pytest.mark.parametrize("text", EVIL)
def test_text_that_looks_like_a_formula_stays_text(text: str) -> None:
    content = workbook(pages(a_report(text)))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        sheets = [name for name in packed.namelist() if "worksheets/sheet" in name]
        assert len(sheets) >= 7
        assert not any(b"<f>" in packed.read(name) for name in sheets)
        assert not any("hyperlink" in name.lower() for name in packed.namelist())
        assert b'quotePrefix="1"' in packed.read("xl/styles.xml")
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_name("Theo đơn vị").to_python()
    codes = {str(row[0]) for row in rows}
    plain = text.replace("\r", "\n")
    assert codes & {text, plain, text.replace("\x01", "_x0001_")}, codes


def test_numbers_are_numbers_and_sums_are_those_of_the_rows() -> None:
    content = workbook(pages(a_report()))
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for sheet, first in (("Theo đơn vị", 2), ("Theo thủ tục", 2), ("Theo cơ quan", 2)):
        rows = book.get_sheet_by_name(sheet).to_python()
        start = next(i for i, row in enumerate(rows) if row[0] == "Mã")
        *parts, whole = rows[start + 1 :]
        assert whole[0] == "Cộng"
        for column in range(first, first + 5):
            values = [row[column] for row in parts]
            counted = [value for value in values if isinstance(value, float | int)]
            assert (len(counted), sum(counted)) == (len(values), whole[column])
    assert total([count(EARLY, 2), count(LATE, 1), count(ON_TIME, 4)]).ended == 7


def test_a_clock_that_is_no_answer_is_not_among_the_offices_own_parts() -> None:
    other = ClockCount(MARCH, "land", "receipt", LATE, 9, 1, 1)
    assert a_report(clocks=[other])["clocks"] == []


def a_table(*rows: list[Any]) -> Table:
    return Table((Sheet("Trang 1", rows),))


def test_a_one_stops_table_is_read_below_its_title_and_without_its_sums() -> None:
    found = rows_of(
        a_table(
            ["BÁO CÁO THÁNG 3"],
            [],
            [
                "STT",
                "Mã đơn vị",
                "Mã TTHC",
                "Tiếp nhận",
                "Trước hạn",
                "Đúng hạn",
                "Quá hạn",
            ],
            [1, "H00.20.01", "1.999001", "1.200", 3.0, 4, ""],
            [2, "H00.20.02", "", 5, 1, 1, 1],
            ["", "Tổng cộng", "", 1205, 4, 5, 1],
            ["", "", "", "", "", "", ""],
        )
    )
    assert found == [
        {
            "unit": "H00.20.01",
            "procedure": "1.999001",
            "received": 1200,
            "early": 3,
            "on_time": 4,
            "late": 0,
        },
        {
            "unit": "H00.20.02",
            "procedure": "",
            "received": 5,
            "early": 1,
            "on_time": 1,
            "late": 1,
        },
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [["Đơn vị", "Trước hạn", "Đúng hạn"], ["a", 1, 1]],
        [["Đơn vị", "Trước hạn", "Đúng hạn", "Quá hạn"], ["a", "một", 1, 1]],
        [["Đơn vị", "Trước hạn", "Đúng hạn", "Quá hạn"], ["a", 1.5, 1, 1]],
        [["Đơn vị", "Trước hạn", "Đúng hạn", "Quá hạn"], ["a", "²", 1, 1]],
        [["Đơn vị", "Trước hạn", "Đúng hạn", "Quá hạn"], ["a", "1.5", 1, 1]],
        [["Đơn vị", "Trước hạn", "Đúng hạn", "Quá hạn"], ["a", True, 1, 1]],
        [],
    ],
)
def test_a_table_that_is_none_is_refused(rows: list[list[Any]]) -> None:
    with pytest.raises(SenderError) as refused:
        rows_of(a_table(*rows))
    assert refused.value.code == "one_stop_counts_invalid"


def test_months_are_counted_over_years() -> None:
    assert (before("2026-01", 1), before("2025-12", -1)) == ("2025-12", "2026-01")
    assert before("2026-03", 26) == "2024-01"
    assert in_words("2026-03") == "03/2026"
    assert (is_over("2026-02", TODAY), is_over("2026-03", TODAY)) == (True, False)
    assert month_asked("2026-03", TODAY) == "2026-03"


@pytest.mark.parametrize("text", ["2026-3", "2026-03-01", "2026-03\n", "", "1999-12"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(SenderError) as refused:
        month_asked(text, TODAY)
    assert refused.value.code == "month_invalid"
