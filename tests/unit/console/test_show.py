"""Moments, spans and sizes as people in Vietnam write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.console import show

LATE_EVENING = datetime(2026, 3, 9, 17, 30, tzinfo=UTC)


def test_a_moment_is_told_in_vietnam_time_whatever_zone_it_came_in() -> None:
    assert show.moment(LATE_EVENING) == "10/03/2026 00:30"
    assert show.moment("2026-03-09T17:30:00+00:00") == "10/03/2026 00:30"
    assert show.hour(LATE_EVENING) == "00:30"


def test_a_day_is_told_as_the_day_in_vietnam() -> None:
    assert show.day(date(2026, 4, 1)) == "01/04/2026"
    assert show.day("2026-04-01") == "01/04/2026"
    assert show.day(LATE_EVENING) == "10/03/2026"
    assert show.day("2026-03-09T17:30:00+00:00") == "10/03/2026"


def test_no_moment_shows_nothing() -> None:
    assert (show.moment(None), show.moment(""), show.day(None)) == ("", "", "")


def test_a_weekday_has_its_vietnamese_name() -> None:
    assert show.weekday(LATE_EVENING) == "Thứ Ba, 10/03/2026"
    assert show.weekday(LATE_EVENING - timedelta(days=2)) == "Chủ Nhật, 08/03/2026"


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(seconds=30), "0 phút"),
        (timedelta(minutes=59), "59 phút"),
        (timedelta(hours=1), "1 giờ"),
        (timedelta(hours=1, minutes=5), "1 giờ 5 phút"),
        (timedelta(days=1), "1 ngày"),
        (timedelta(days=3, hours=2), "3 ngày 2 giờ"),
        (timedelta(days=4, hours=2), "4 ngày"),
        (timedelta(seconds=-5), "0 phút"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(length: timedelta, told: str) -> None:
    assert show.span(length) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 byte"), (1023, "1023 byte"), (2048, "2 KB"), (31_457_280, "30,0 MB")],
)
def test_a_size_has_a_unit_and_a_decimal_comma(count: int, told: str) -> None:
    assert show.size(count) == told
