"""Percentages, sums and roundings, each worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reports.definitions import decimal, percent_words
from gateway.reports.figures import (
    Tally,
    apportioned,
    as_json,
    difference,
    grouped,
    hours_of,
    parts_of_hundred,
    percent,
    total,
)
from tests.unit.reports.counts import EARLY, LATE, NO_DATE, ON_TIME, count

#: 3 early, 4 on time, 2 late of which 1 was done in time, 1 without a date.
MIXED = (
    count(EARLY, 3),
    count(ON_TIME, 4),
    count(LATE, 1),
    count(LATE, 1, as_told=ON_TIME),
    count(NO_DATE, 1),
)


def test_each_dossier_is_counted_once_in_each_way_of_counting() -> None:
    tally = total(MIXED)
    assert (tally.early, tally.on_time, tally.late, tally.no_date) == (3, 4, 2, 1)
    assert (tally.ended, tally.judged, tally.in_time) == (10, 9, 7)
    assert (tally.portal_in_time, tally.portal_late) == (8, 2)
    assert (tally.falsely_late, tally.portal_undated) == (1, 1)


def test_what_people_ended_in_time_is_neither_in_time_nor_without_a_date() -> None:
    tally = total([*MIXED, count(NO_DATE, 2, by_hand=True, as_portal=ON_TIME)])
    assert (tally.by_hand, tally.no_date, tally.in_time) == (2, 1, 7)
    assert (tally.ended, tally.judged) == (12, 9)
    assert (tally.portal_in_time, tally.portal_undated) == (10, 1)


def test_a_percentage_is_of_those_that_had_a_date_and_the_portals_of_all() -> None:
    shown = as_json(total(MIXED))
    # 7 of 9, and 8 of 10.
    assert (shown["percent"], shown["portal_percent"]) == (77.8, 80.0)


def test_the_percentage_of_nothing_is_a_dash_and_never_0_or_100() -> None:
    nothing = as_json(Tally())
    names = ("percent", "portal_percent", "early_percent", "late_percent")
    assert [nothing[name] for name in names] == [None] * 4
    undated = as_json(total([count(NO_DATE, 5)]))
    assert (undated["percent"], undated["portal_percent"]) == (None, 100.0)
    assert (percent_words(None), percent_words(0.0)) == ("–", "0,0 %")


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 3, 33.3), (2, 3, 66.7), (1, 2000, 0.1), (1, 2001, 0.0), (1999, 2000, 100.0)],
)
def test_percentages_have_one_decimal_and_halves_go_up(
    part: int, whole: int, expected: float
) -> None:
    assert percent(part, whole) == expected


def test_a_difference_is_that_of_the_figures_that_are_printed() -> None:
    # 95.44 and 92.05 are printed as 95.4 and 92.1 (halves up): their difference is 3.3.
    assert difference(95.4, 92.1) == 3.3
    assert difference(None, 92.1) is None
    assert decimal(abs(difference(92.1, 95.4) or 0)) == "3,3"


def test_three_thirds_are_printed_as_a_hundred() -> None:
    assert parts_of_hundred([1, 1, 1]) == [33.4, 33.3, 33.3]
    assert parts_of_hundred([0, 0]) == [None, None]


def test_hours_add_up_to_the_hours_of_all_minutes() -> None:
    # 20 minutes are 0.33 hours each; all three are one hour.
    assert hours_of([20, 20, 20]) == [0.4, 0.3, 0.3]
    assert hours_of([3]) == [0.1]
    assert hours_of([2]) == [0.0]
    assert hours_of([]) == []


@given(st.lists(st.integers(0, 10**7), max_size=30), st.integers(0, 10**7))
def test_parts_always_give_their_whole(parts: list[int], whole: int) -> None:
    found = apportioned(parts, whole)
    assert sum(found) == (whole if sum(parts) else 0)
    for part, share in zip(parts, found, strict=True):
        exact = part * whole / sum(parts) if sum(parts) else 0
        assert abs(share - exact) < 1 + 1e-6


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_printed_hours_and_percentages_add_up(minutes: list[int]) -> None:
    tenths = sum(round(hours * 10) for hours in hours_of(minutes))
    assert abs(tenths - sum(minutes) / 6) <= 0.5
    if sum(minutes):
        assert sum(round((p or 0) * 10) for p in parts_of_hundred(minutes)) == 1_000


def test_groups_add_up_to_the_whole() -> None:
    counts = [*MIXED, count(LATE, 2, unit="H00.20.02"), count(EARLY, 1, unit="")]
    groups = grouped(counts, lambda one: one.unit)
    assert list(groups) == ["", "H00.20.01", "H00.20.02"]
    assert sum(groups.values(), Tally()) == total(counts)


def test_rounds_after_the_first_are_supplements() -> None:
    asked = count(ON_TIME, 2, rounds=5)
    assert as_json(total([asked]))["supplements"] == 3
