"""What a row of an office's list says, and at which moment."""

from __future__ import annotations

from datetime import UTC, date, datetime

from gateway.calendar.working_time import working_time
from gateway.domain.identifiers import AgencyId, OfficeId
from gateway.domain.proposal import Says
from gateway.domain.report import Reference
from gateway.ports.listed import Listed
from gateway.proposing.listing import of_answer, of_list
from gateway.reconciling.one_list import read_one
from tests.lists import csv, read

OFFICE = OfficeId("land-1")
DAY = date(2026, 3, 25)
HEADS = ["Mã hồ sơ", "Ngày hoàn thành", "Tình trạng"]


def evidence(*rows: list[str]) -> dict[str, tuple[Says, datetime | None]]:
    found = read_one(read(csv([HEADS, *rows])))
    told, _ = of_list(found, OFFICE, DAY, working_time({}))
    return {one.number: (one.says, one.at) for one in told}


def unclear(*rows: list[str]) -> int:
    found = read_one(read(csv([HEADS, *rows])))
    return of_list(found, OFFICE, DAY, working_time({}))[1]


def test_a_day_without_an_hour_is_the_end_of_its_working_day() -> None:
    told = evidence(["HS1", "20/03/2026", "Đã giải quyết xong"])
    assert told["HS1"] == (Says.FINISHED, datetime(2026, 3, 20, 10, 0, tzinfo=UTC))


def test_a_day_off_on_which_somebody_worked_ends_with_its_last_minute() -> None:
    told = evidence(["HS1", "21/03/2026", "Đã giải quyết xong"])
    assert told["HS1"] == (Says.FINISHED, datetime(2026, 3, 21, 16, 59, tzinfo=UTC))


def test_a_day_that_cannot_be_true_says_nothing() -> None:
    told = evidence(
        ["HS1", "26/03/2026", "Đã giải quyết xong"],
        ["HS2", "01/01/1990", "Đã giải quyết xong"],
        ["HS3", "", "Từ chối giải quyết"],
    )
    assert told == {
        "HS1": (Says.FINISHED, None),
        "HS2": (Says.FINISHED, None),
        "HS3": (Says.REFUSED, None),
    }


def test_a_day_of_ending_beside_a_word_of_work_is_no_ending() -> None:
    told = evidence(["HS1", "20/03/2026", "Đang giải quyết"])
    assert told["HS1"][0] is Says.KNOWN


def test_what_contradicts_itself_or_nobody_explained_is_unclear() -> None:
    rows = (
        ["HS1", "20/03/2026", "Đã giải quyết xong"],
        ["HS1", "", "Đang giải quyết"],
        ["HS2", "", "Tạm gác"],
        ["HS3", "20/03/2026", "Đã giải quyết xong"],
        ["HS3", "20/03/2026", "Đã giải quyết xong"],
    )
    assert unclear(*rows) == 2
    assert set(evidence(*rows)) == {"HS3"}


def test_an_answer_tells_the_moment_of_an_end_unless_it_lies_ahead() -> None:
    now = datetime(2026, 3, 25, 3, 0, tzinfo=UTC)
    past, ahead = datetime(2026, 3, 20, 3, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    about = (Reference(AgencyId("one_stop"), "ma_ho_so", "HS1"),)
    rows = [
        Listed(about, "DA_XONG", ended=True, since=past),
        Listed(about, "DA_XONG", ended=True, since=ahead),
        Listed(about, "DANG_LAM", ended=False, since=past),
        Listed((), "DA_XONG", ended=True, since=past),
    ]
    told = [(one.says, one.at) for one in of_answer(rows, OFFICE, now)]
    assert told == [(Says.FINISHED, past), (Says.FINISHED, None), (Says.KNOWN, None)]
