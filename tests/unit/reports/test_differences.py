"""Why two counts differ is said in words, and what is not known is not said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.ports.issued import OneStopCount
from gateway.reports.differences import with_one_stop, with_portal
from gateway.reports.figures import total
from tests.unit.reports.counts import EARLY, LATE, MARCH, NO_DATE, ON_TIME, count

UNIT, OTHER = "H00.20.01", "H00.20.02"


def said(
    received: int, early: int, on_time: int, late: int, **how: str
) -> OneStopCount:
    values: dict[str, Any] = {"unit": UNIT, "procedure": "1.999001", **how}
    return OneStopCount(
        month=MARCH,
        sender=OfficeId("mot-cua-mau"),
        received=received,
        early=early,
        on_time=on_time,
        late=late,
        entered_at=datetime(2026, 4, 1, tzinfo=UTC),
        by=PrincipalId("operator"),
        **values,
    )


def test_both_figures_and_each_reason_stand_in_one_sentence() -> None:
    # 950 in time of 996; by the day of the click 30 of them are late; 4 undated.
    counts = [
        count(ON_TIME, 920),
        count(ON_TIME, 30, as_portal=LATE),
        count(LATE, 46),
        count(NO_DATE, 4),
    ]
    told = with_portal(total(counts))
    assert told["sentence"] == (
        "theo Cổng: 92,4 %; theo sự kiện: 95,4 %; chênh 3,0 điểm vì 30 hồ sơ xong trong"
        " hạn nhưng bấm kết thúc trên hệ thống sau ngày hẹn; 4 hồ sơ không có ngày hẹn:"
        " Cổng tính là đúng hạn, ở đây không tính vào tỷ lệ."
    )
    assert [one["dossiers"] for one in told["reasons"]] == [30, 4]
    assert told["difference"] == 3.0


def test_without_a_difference_none_is_made_up() -> None:
    same = with_portal(total([count(ON_TIME, 3), count(LATE, 1)]))
    assert same["sentence"] == "theo Cổng: 75,0 %; theo sự kiện: 75,0 %; không chênh."
    nothing = with_portal(total([]))
    assert (nothing["difference"], "không có tỷ lệ" in nothing["sentence"]) == (
        None,
        True,
    )


def test_where_nothing_has_a_date_the_two_cannot_be_compared() -> None:
    told = with_portal(total([count(NO_DATE, 2)]))
    assert told["difference"] is None
    assert told["sentence"].startswith(
        "theo Cổng: 100,0 %; theo sự kiện: –; không so được vì 2 hồ sơ"
    )


def test_the_one_stops_own_count_stands_beside_ours_with_the_difference() -> None:
    counts = [count(EARLY, 5), count(ON_TIME, 10), count(LATE, 5)]
    told = with_one_stop(counts, [said(60, 10, 30, 10)])
    assert told is not None
    (row,) = told["rows"]
    assert (row["one_stop"]["ended"], row["one_stop"]["percent"]) == (50, 80.0)
    assert (row["gateway"]["ended"], row["gateway"]["percent"]) == (20, 75.0)
    assert (row["ended_difference"], row["percent_difference"]) == (-30, -5.0)
    (why,) = row["reasons"]
    assert why == (
        "30 hồ sơ một cửa đếm mà cổng không đếm: không liên thông qua cổng, hoặc kết"
        " thúc ở đó vào tháng khác"
    )
    assert told["total"] == {
        key: row[key] for key in row if key not in {"unit", "procedure"}
    }


def test_what_the_one_stop_did_not_count_is_said() -> None:
    counts = [count(ON_TIME, 3, as_portal=LATE), count(ON_TIME, 4, unit=OTHER)]
    told = with_one_stop(counts, [said(2, 0, 2, 0)])
    assert told is not None
    assert told["not_said"] == 4
    fewer, moved = told["rows"][0]["reasons"]
    assert fewer == (
        "1 hồ sơ cổng đếm mà một cửa không đếm: kết thúc ở đó vào ngày của tháng khác,"
        " hoặc ở đó chưa bấm kết thúc"
    )
    assert moved == "3 hồ sơ một cửa tính theo ngày bấm, cổng theo ngày sự kiện"


@pytest.mark.parametrize("code", ["1.999001", "1.999001.H00", "1.999001.000.00.00.H00"])
def test_a_procedure_is_the_same_with_a_provinces_ending(code: str) -> None:
    told = with_one_stop([count(ON_TIME, 2)], [said(2, 0, 2, 0, procedure=code)])
    assert told is not None
    assert told["rows"][0]["gateway"]["ended"] == 2


def test_a_whole_unit_is_held_against_all_its_procedures() -> None:
    counts = [count(ON_TIME, 2), count(LATE, 1, procedure="1.999003")]
    told = with_one_stop(counts, [said(3, 0, 2, 1, procedure="")])
    assert told is not None
    assert (told["rows"][0]["gateway"]["ended"], told["rows"][0]["reasons"]) == (3, [])
    assert with_one_stop(counts, []) is None
