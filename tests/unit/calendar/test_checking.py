"""A calendar that cannot be meant is told row by row; what is only doubtful, too."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.calendar.checking import check_year

FOLDER = Path(__file__).parents[3] / "config/calendar"
OFFICES = {"land-mau-1", "tax-mau-1"}
HOURS = [{"from": "07:30", "to": "11:30"}, {"from": "13:30", "to": "17:00"}]


def shipped(year: str = "2026") -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{year}.toml").read_text("utf-8"))


def with_more(**rows: Any) -> dict[str, Any]:
    """The shipped year with rows more; a list is appended, anything else replaces."""
    table = shipped()
    return table | {
        key: [*table.get(key, []), *value] if isinstance(value, list) else value
        for key, value in rows.items()
    }


@pytest.mark.parametrize("year", ["2025", "2026"])
def test_the_shipped_years_have_nothing_wrong_or_doubtful(year: str) -> None:
    assert check_year(year, shipped(year), OFFICES) == []


def test_a_year_with_all_that_there_is_has_nothing_wrong() -> None:
    morning = [{"from": "07:30", "to": "11:30"}]
    table = with_more(
        half_day=[{"date": "2026-02-13", "hours": morning, "name": "Chiều cuối năm"}],
        closed=[
            {"date": "2026-10-06", "reason": "Lũ", "basis": "ví dụ"},
            {"from": "2026-10-07", "to": "2026-10-09", "reason": "Lũ", "verified": True}
            | {"offices": ["land-mau-1"]},
        ],
        unit=[
            {
                "offices": ["land-mau-1"],
                "weekend": ["sunday"],
                "hours": [*HOURS, {**morning[0], "days": ["saturday"]}],
            }
        ],
        swapped=[{"off": "2026-12-31", "worked": "2027-01-09", "basis": "ví dụ"}],
    )
    assert check_year("2026", table, OFFICES) == []


NOTHING: list[Any] = []
WRONG = {
    "overlapping hours": (
        with_more(hours=[{"from": "11:00", "to": "12:00"}]),
        ("hours", 2), "Giờ 11:00–12:00 chồng lên giờ ghi trước đó",
    ),
    "hours that overlap on one weekday": (
        with_more(hours=[
            {"from": "07:00", "to": "09:00", "days": ["friday", "monday"]},
            {"from": "08:59", "to": "10:00", "days": ["friday"]},
        ]),
        ("hours", 3), "Giờ 08:59–10:00 chồng lên giờ ghi trước đó",
    ),
    "hours that end before they begin": (
        with_more(hours=[{"from": "22:00", "to": "02:00"}]),
        ("hours", 2), "Giờ 22:00–02:00 kết thúc trước khi bắt đầu",
    ),
    "no time of day": (
        with_more(hours=[{"from": "17h", "to": "18:00"}]),
        ("hours", 2), "Giờ 17h–18:00 không đọc được",
    ),
    "hours of no weekday": (
        with_more(hours=[{"from": "17:00", "to": "18:00", "days": ["fryday"]}]),
        ("hours", 2, "days"), "Không có thứ nào tên «fryday»",
    ),
    "an unknown weekday of the weekend": (
        with_more(weekend=NOTHING) | {"weekend": ["saturday", "sunnday"]},
        ("weekend",), "Không có thứ nào tên «sunnday»",
    ),
    "no working hours at all": (
        with_more() | {"weekend": [
            "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        ]},
        (), "Không có giờ làm việc nào trong tuần",
    ),
    "an empty list of hours": (
        with_more() | {"hours": []}, (), "Không có giờ làm việc nào trong tuần",
    ),
    "weekdays without hours": (
        with_more() | {"hours": [{**HOURS[0], "days": ["monday", "tuesday"]}]},
        ("hours",), "Không có giờ làm việc cho: Thứ Tư, Thứ Năm, Thứ Sáu",
    ),
    "a holiday twice": (
        with_more(holiday=[{"date": "2026-09-02", "name": "Quốc khánh"}]),
        ("holiday", 13, "date"), "Ngày nghỉ 02/09/2026 ghi hai lần",
    ),
    "another year's holiday": (
        with_more(holiday=[{"date": "2027-01-01", "name": "Tết Dương lịch"}]),
        ("holiday", 13, "date"), "Ngày 01/01/2027 không thuộc năm 2026 của tệp",
    ),
    "another year's swap": (
        with_more(swapped=[{"off": "2027-04-29", "worked": "2027-05-08"}]),
        ("swapped", 2, "off"), "Ngày 29/04/2027 không thuộc năm 2026 của tệp",
    ),
    "a swap over more than a change of years": (
        with_more(swapped=[{"off": "2026-11-30", "worked": "2027-03-06"}]),
        ("swapped", 2, "worked"), "Ngày 06/03/2027 không thuộc năm 2026 của tệp",
    ),
    "a swap that works on a working day": (
        with_more(swapped=[{"off": "2026-06-05", "worked": "2026-06-08"}]),
        ("swapped", 2, "worked"), "Ngày làm bù 08/06/2026 vốn đã là ngày làm việc",
    ),
    "a swap that works on a holiday": (
        with_more(swapped=[{"off": "2026-06-05", "worked": "2026-04-26"}]),
        ("swapped", 2, "worked"), "Ngày làm bù 26/04/2026 trùng ngày nghỉ lễ",
    ),
    "a swap whose day off is a weekend": (
        with_more(swapped=[{"off": "2026-06-06", "worked": "2026-06-13"}]),
        ("swapped", 2, "off"), "Ngày nghỉ hoán đổi 06/06/2026 vốn đã là ngày nghỉ",
    ),
    "a swap whose day off is a holiday": (
        with_more(swapped=[{"off": "2026-09-02", "worked": "2026-09-12"}]),
        ("swapped", 2, "off"), "Ngày nghỉ hoán đổi 02/09/2026 vốn đã là ngày nghỉ",
    ),
    "one day worked for two": (
        with_more(swapped=[{"off": "2026-06-05", "worked": "2026-08-22"}]),
        ("swapped", 2, "worked"), "Ngày làm bù 22/08/2026 ghi hai lần",
    ),
    "half of a day off": (
        with_more(half_day=[{"date": "2026-02-16", "hours": HOURS[:1]}]),
        ("half_day", 0, "date"), "Ngày làm nửa ngày 16/02/2026 vốn đã là ngày nghỉ",
    ),
    "half of a Saturday": (
        with_more(half_day=[{"date": "2026-02-14", "hours": HOURS[:1]}]),
        ("half_day", 0, "date"), "Ngày làm nửa ngày 14/02/2026 vốn đã là ngày nghỉ",
    ),
    "a half day without hours": (
        with_more(half_day=[{"date": "2026-02-13", "hours": []}]),
        ("half_day", 0), "Ngày 13/02/2026 không ghi giờ làm việc",
    ),
    "hours of a half day that overlap": (
        with_more(half_day=[{"date": "2026-02-13", "hours": [*HOURS, HOURS[0]]}]),
        ("half_day", 0, "hours", 2), "chồng lên",
    ),
    "closed backwards": (
        with_more(closed=[{"from": "2026-10-08", "to": "2026-10-06", "reason": "Lũ"}]),
        ("closed", 0), "Thời gian đóng cửa kết thúc trước khi bắt đầu",
    ),
    "closed without an end": (
        with_more(closed=[{"from": "2026-10-08", "reason": "Lũ"}]),
        ("closed", 0), "Mục closed ghi date, hoặc from và to",
    ),
    "closed without a reason": (
        with_more(closed=[{"date": "2026-10-08", "reason": " "}]),
        ("closed", 0, "reason"), "Đóng cửa không ghi lý do",
    ),
    "closed into the next year": (
        with_more(closed=[{"from": "2026-12-30", "to": "2027-01-05", "reason": "Lũ"}]),
        ("closed", 0, "to"), "Ngày 05/01/2027 không thuộc năm 2026 của tệp",
    ),
    "an unknown unit": (
        with_more(unit=[{"offices": ["land-xa"], "weekend": ["sunday"]}]),
        ("unit", 0, "offices"), "Không có đơn vị land-xa trong cấu hình",
    ),
    "an unknown unit that is closed": (
        with_more(closed=[{"date": "2026-10-08", "reason": "Lũ", "offices": ["x"]}]),
        ("closed", 0, "offices"), "Không có đơn vị x trong cấu hình",
    ),
    "a unit in two rows": (
        with_more(unit=[{"offices": ["tax-mau-1"], "weekend": ["sunday"]}] * 2),
        ("unit", 1, "offices"), "Đơn vị tax-mau-1 ghi hai lần",
    ),
    "a unit that is as the others": (
        with_more(unit=[{"offices": ["tax-mau-1"]}]),
        ("unit", 0), "Mục unit không có giờ làm việc riêng",
    ),
    "a unit without a name": (
        with_more(unit=[{"offices": [], "weekend": ["sunday"]}]),
        ("unit", 0, "offices"), "Mục unit không ghi đơn vị nào",
    ),
    "a unit without hours": (
        with_more(unit=[
            {"offices": ["tax-mau-1"], "hours": [{**HOURS[0], "days": ["sunday"]}]}
        ]),
        ("unit", 0), "Không có giờ làm việc nào trong tuần",
    ),
    "a date that is none": (
        with_more(holiday=[{"date": "2026-02-30", "name": "x"}]),
        ("holiday", 13, "date"), "«date» không phải ngày: 2026-02-30",
    ),
    "a row without its date": (
        with_more(holiday=[{"name": "x"}]), ("holiday", 13), "Mục holiday thiếu khóa «date»",
    ),
    "a table for a list": (
        with_more() | {"holiday": {"date": "2026-02-20"}},
        ("holiday",), "«holiday» phải là danh sách các mục",
    ),
    "a word for a list": (
        with_more() | {"weekend": "sunday"}, ("weekend",), "«weekend» phải là danh sách chữ",
    ),
    "a mark in quotes": (
        with_more(holiday=[{"date": "2026-06-05", "name": "x", "verified": "true"}]),
        ("holiday", 13, "verified"), "«verified» phải là true hoặc false",
    ),
    "a strange key": (
        with_more(holidays=[]), ("holidays",), "Khóa lạ «holidays»",
    ),
    "a strange key of a row": (
        with_more(swapped=[{"off": "2026-06-05", "worked": "2026-06-06", "bais": "x"}]),
        ("swapped", 2, "bais"), "Khóa lạ «bais»",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_meant_is_told_at_its_row(name: str) -> None:
    table, where, what = WRONG[name]
    found = [one for one in check_year("2026", table, OFFICES) if not one.warning]
    assert [(one.where, what in one.what) for one in found] == [(where, True)], found
    assert found[0].todo


@pytest.mark.parametrize("year", ["26", "next", "1969", "2200"])
def test_a_file_of_no_year_says_so(year: str) -> None:
    (found,) = check_year(year, shipped(), OFFICES)
    assert "không phải năm" in found.what


def test_without_a_configuration_no_unit_is_unknown() -> None:
    table = with_more(unit=[{"offices": ["land-xa"], "weekend": ["sunday"]}])
    assert check_year("2026", table) == []


def test_a_day_that_the_law_gives_and_the_file_lacks_is_a_warning() -> None:
    table = shipped()
    table["holiday"] = [
        row for row in table["holiday"] if row["date"].isoformat() != "2026-02-18"
    ]
    (found,) = check_year("2026", table, OFFICES)
    assert found.warning
    assert "Thiếu ngày 18/02/2026, thường được nghỉ: Mùng hai Tết" in found.what


def test_a_day_off_that_the_law_does_not_give_is_a_warning_at_its_row() -> None:
    table = with_more(holiday=[{"date": "2026-12-25", "name": "Giáng sinh"}])
    (found,) = check_year("2026", table, OFFICES)
    assert found.warning
    assert found.where == ("holiday", 13)
    assert "25/12/2026 thường không được nghỉ" in found.what


def test_a_year_without_hours_says_whose_it_takes() -> None:
    table = shipped()
    del table["hours"]
    (found,) = check_year("2026", table, OFFICES)
    assert found.warning
    assert "theo giờ của năm gần nhất" in found.what


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"hours": [{"from": "07:30", "to": "11:30"}] * 10_000}, ("hours",)),
        (
            {
                "closed": [
                    {"from": "2026-01-01", "to": "2026-12-31", "reason": "Lũ (ví dụ)"}
                ]
                * 10_000
            },
            ("closed",),
        ),
    ],
)
def test_ten_thousand_lines_that_are_a_slip_are_one_finding(
    more: dict[str, Any], where: tuple[str, ...]
) -> None:
    table = {"hours": [{"from": "07:30", "to": "17:00"}], **more}
    wrong = [one for one in check_year("2026", table) if not one.warning]
    assert [one.where for one in wrong] == [where]


@pytest.mark.timeout(30)
def test_ten_thousand_lines_that_may_be_meant_are_read() -> None:
    first = date(2026, 1, 1)
    closed = [
        {
            "date": (first + timedelta(days=place % 365)).isoformat(),
            "reason": "Lũ (ví dụ)",
            "offices": [f"xa-{place}"],
        }
        for place in range(10_000)
    ]
    table = {"hours": [{"from": "07:30", "to": "17:00"}], "closed": closed}
    assert [one for one in check_year("2026", table) if not one.warning] == []
