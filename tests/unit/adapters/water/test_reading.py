"""Tables as companies and clerks write them: what counts, and what is told back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.adapters.water.reading import Came, Row, fingerprint, in_order, report
from gateway.adapters.water.tables import FileRefused, lines_of
from gateway.domain.identifiers import AgencyId
from gateway.domain.report import Reference, ReportKind
from gateway.sheets.spreadsheets import FileSpreadsheets
from tests.unit.adapters.water.published import (
    CONTRACT,
    FAULTY,
    NOW,
    READABLE,
    SAMPLES,
    said_by,
    table,
)

AGENCY = AgencyId("water")
PUT_DOWN = datetime(2026, 3, 12, 9, tzinfo=UTC)
DIGESTS = {"hợp đồng.pdf": "a" * 64, "ảnh": "b" * 64}
D1 = "H00.99.01-260310-0001"


def mistakes(content: bytes, *, there: bool = True) -> list[tuple[int, str, str]]:
    said = said_by(content, there=there)
    return [(one.line, one.column, one.code) for one in said.mistakes]


@pytest.mark.parametrize("file", READABLE, ids=lambda file: str(file["name"]))
def test_a_table_is_read_however_odd_it_is(file: dict[str, Any]) -> None:
    said = said_by((SAMPLES / "doc-duoc" / file["name"]).read_bytes())
    assert said.mistakes == ()
    assert [row.values for row in said.rows] == file["rows"]


@pytest.mark.parametrize(
    "file",
    [one for one in FAULTY["file"] if ".json" not in one["name"]],
    ids=lambda file: str(file["name"]),
)
def test_a_table_that_cannot_be_read_is_refused_by_its_code(
    file: dict[str, Any],
) -> None:
    with pytest.raises(FileRefused) as refused:
        said_by((SAMPLES / "doc-loi" / file["name"]).read_bytes())
    assert refused.value.code == file["code"]


def test_the_column_that_is_missing_is_named() -> None:
    with pytest.raises(FileRefused) as refused:
        said_by((SAMPLES / "doc-loi/thieu-cot.csv").read_bytes())
    assert (refused.value.code, refused.value.column) == ("T07", "TRANG_THAI")


@pytest.mark.parametrize("file", FAULTY["table"], ids=lambda file: str(file["name"]))
def test_a_bad_row_is_told_and_the_others_are_read(file: dict[str, Any]) -> None:
    said = said_by((SAMPLES / "doc-loi" / file["name"]).read_bytes())
    assert [row.line for row in said.rows] == file["good"]
    assert [(one.line, one.column, one.code) for one in said.mistakes] == [
        (one["line"], one["column"], one["code"]) for one in file["bad"]
    ]


def test_a_table_of_too_many_rows_or_bytes_is_refused() -> None:
    rows = [f"{D1};KHAO_SAT;12/03/2026;"] * 5001
    for content in (table(*rows), table(" " * 5 * 1024 * 1024)):
        with pytest.raises(FileRefused) as refused:
            lines_of(content, CONTRACT, FileSpreadsheets())
        assert refused.value.code == "T12"
    assert len(lines_of(table(*rows[:-1]), CONTRACT, FileSpreadsheets()).lines) == 5000


def test_the_separator_is_the_one_that_gives_the_headings() -> None:
    headings = "MA_HO_SO;TRANG_THAI;NGAY;NOI_DUNG"
    rows = [
        f"{D1};KHAO_SAT;12/03/2026;a, b, c, d, e, f;;;;;;;{n * ';'}" for n in (0, 1)
    ]
    said = said_by(table("x,y,z", *rows, headings=f"a,b,c\r\n{headings}"))
    assert said.rows[0].values["NOI_DUNG"] == "a, b, c, d, e, f"


def test_an_unknown_encoding_without_headings_is_no_missing_column() -> None:
    with pytest.raises(FileRefused) as refused:
        said_by(b"a\xec;b\r\n1;2\r\n")
    assert refused.value.code == "T08"


def test_an_apostrophe_that_kept_excel_from_computing_is_taken_away() -> None:
    headings = "MA_HO_SO;TRANG_THAI;NGAY;NOI_DUNG"
    (one, two) = said_by(
        table(
            f"{D1};KHAO_SAT;12/03/2026;'=1+1",
            f"{D1};KHAO_SAT;12/03/2026;'tôi'",
            headings=headings,
        )
    ).rows
    assert (one.values["NOI_DUNG"], two.values["NOI_DUNG"]) == ("=1+1", "'tôi'")


@pytest.mark.parametrize(
    ("day", "hour", "found"),
    [
        ("12/3/2026", "8:05", ("2026-03-12", "08:05")),
        ("12.03.2026", "14h", ("2026-03-12", "14:00")),
        ("2026-03-12T00:00:00", "", ("2026-03-12", None)),
        ("2026-03-12T14:30:00", "14h30", ("2026-03-12", "14:30")),
        ("12/03/2026 00:00", "", ("2026-03-12", "00:00")),
    ],
)
def test_days_and_hours_are_read_in_every_form(
    day: str, hour: str, found: tuple[str, str | None]
) -> None:
    (row,) = said_by(table(f"{D1};KHAO_SAT;{day};{hour}")).rows
    assert (row.values["NGAY"], row.values.get("GIO")) == found


@pytest.mark.parametrize(
    ("day", "hour", "wrong"),
    [
        ("31/02/2026", "", ("NGAY", "D04")),
        ("12-03/2026", "", ("NGAY", "D04")),
        ("12/03/1999", "", ("NGAY", "D04")),
        ("hôm qua", "", ("NGAY", "D04")),
        ("-", "", ("NGAY", "D04")),
        ("12/03/2026 14:30", "15:30", ("GIO", "D04")),
        ("12/03/2026", "24:00", ("GIO", "D04")),
        ("11/04/2026", "", ("NGAY", "D05")),
        ("10/04/2026", "08:01", ("GIO", "D05")),
    ],
)
def test_a_day_or_hour_that_cannot_be_is_told(
    day: str, hour: str, wrong: tuple[str, str]
) -> None:
    assert mistakes(table(f"{D1};KHAO_SAT;{day};{hour}")) == [(2, *wrong)]


@pytest.mark.parametrize(
    ("amount", "found"),
    [("1250000", "1250000"), ("1.250.000đ", "1250000"), ("1 250 000 đồng", "1250000")],
)
def test_an_amount_is_its_digits(amount: str, found: str) -> None:
    headings = "MA_HO_SO;TRANG_THAI;NGAY;SO_TIEN"
    content = table(f"{D1};BAO_GIA;12/03/2026;{amount}", headings=headings)
    assert said_by(content).rows[0].values["SO_TIEN"] == found


@pytest.mark.parametrize("amount", ["1.25", "1.250,000", "-5", "1250000.5", "9" * 16])
def test_an_amount_that_says_two_things_is_told(amount: str) -> None:
    headings = "MA_HO_SO;TRANG_THAI;NGAY;SO_TIEN"
    content = table(f"{D1};BAO_GIA;12/03/2026;{amount}", headings=headings)
    assert mistakes(content) == [(2, "SO_TIEN", "D06")]


def test_a_row_with_two_errors_is_told_twice() -> None:
    content = table(f"{D1};;12/03/26;")
    assert mistakes(content) == [(2, "NGAY", "D04"), (2, "TRANG_THAI", "D01")]


def test_a_cell_beyond_its_limit_is_told() -> None:
    assert mistakes(table(f"{'9' * 51};KHAO_SAT;12/03/2026;")) == [
        (2, "MA_HO_SO", "D02")
    ]


def test_a_result_that_is_not_there_is_told_for_its_row_alone() -> None:
    headings = "MA_HO_SO;TRANG_THAI;NGAY;TEP"
    content = table(
        f'{D1};HOAN_THANH;12/03/2026;"D:\\scan\\hd.pdf; anh/b.jpg ;"',
        f"{D1};KHAO_SAT;11/03/2026;",
        headings=headings,
    )
    assert mistakes(content, there=False) == [(2, "TEP", "D07")]
    assert [row.line for row in said_by(content, there=False).rows] == [3]
    assert said_by(content).rows[0].files == ("hd.pdf", "b.jpg")


# ---------------------------------------------------------------- reports


def only(state: str, **cells: str) -> Any:
    row = Row(2, {"MA_HO_SO": D1, "TRANG_THAI": state, "NGAY": "2026-03-12", **cells})
    return report(row, CONTRACT, Came(PUT_DOWN, AGENCY, DIGESTS))


def test_a_state_becomes_the_report_that_the_list_says() -> None:
    for state in CONTRACT.states.values():
        told = only(state.code)
        assert told.kind is state.report
        assert told.content["step_name"] == state.text
        assert told.about == (Reference(AgencyId("one_stop"), "ma_ho_so", D1),)
    assert only("CHO_KHACH_HANG").facts == {
        "step": "CHO_KHACH_HANG",
        "pause": "financial_obligation",
    }
    assert only("HOAN_THANH").kind is ReportKind.FINISHED


def test_what_people_may_read_is_sealed_and_its_own_number_is_introduced() -> None:
    told = only(
        "GAN_DONG_HO",
        SO_DANH_BO="00000123456",
        SO_HO_SO="HS-1",
        NOI_DUNG="Nguyễn Văn Mẫu",
        SO_TIEN="1000",
        NGAY_HEN="2026-03-20",
    )
    assert told.facts == {"step": "GAN_DONG_HO", "agency_due_on": "2026-03-20"}
    assert told.content == {
        "step_name": "Đã gắn đồng hồ",
        "amount": "1000",
        "customer_number": "00000123456",
        "note": "Nguyễn Văn Mẫu; số tiền: 1000 đồng; số danh bộ: 00000123456",
    }
    assert told.introduces == (Reference(AGENCY, "so_ho_so", "HS-1"),)


def test_a_customers_number_is_found_by_and_is_no_dossiers_own() -> None:
    told = only("GAN_DONG_HO", SO_DANH_BO="00000123456")
    assert (told.introduces, told.found_by) == ((), ("00000123456",))


def test_a_result_gets_a_name_of_ours_and_is_known_by_its_content() -> None:
    told = only("HOAN_THANH", TEP="Hợp đồng.PDF; ảnh")
    assert [(file.name, file.link) for file in told.files] == [
        ("ket-qua-01.pdf", f"{'a' * 64}/Hợp đồng.PDF"),
        ("ket-qua-02", f"{'b' * 64}/ảnh"),
    ]


def test_the_same_row_is_the_same_report_whatever_file_it_stands_in() -> None:
    one, again = Row(2, {"A": "1", "B": "2"}), Row(99, {"B": "2", "A": "1"})
    assert fingerprint(one) == fingerprint(again)
    assert fingerprint(one) != fingerprint(Row(2, {"A": "1", "B": "3"}))


def test_a_day_alone_is_its_end_or_just_before_the_file_was_put_down() -> None:
    (of_day,) = {only("KHAO_SAT", NGAY="2026-03-11").event_at}
    assert of_day.replace(microsecond=0) == datetime(
        2026, 3, 11, 16, 59, 59, tzinfo=UTC
    )
    same_day = only("KHAO_SAT").event_at
    assert same_day.replace(microsecond=0) == datetime(
        2026, 3, 12, 8, 59, 59, tzinfo=UTC
    )


def test_rows_are_ordered_by_moment_and_then_by_step_not_by_place() -> None:
    content = table(
        f"{D1};HOAN_THANH;12/03/2026;",
        f"{D1};KHAO_SAT;12/03/2026;",
        f"{D1};THI_CONG;11/03/2026;09:00",
        f"{D1};BAO_GIA;11/03/2026;09:00",
    )
    ordered = in_order(said_by(content).rows, CONTRACT, Came(NOW, AGENCY, {}))
    assert [row.values["TRANG_THAI"] for row, _ in ordered] == [
        "BAO_GIA",
        "THI_CONG",
        "KHAO_SAT",
        "HOAN_THANH",
    ]
    moments = [told.event_at for _, told in ordered if told.event_at]
    assert moments == sorted(moments)
    assert len(set(moments)) == 4
