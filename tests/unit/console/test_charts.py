"""Bars are as long as their counts, the longest is whole, and none that is there is unseen."""

from __future__ import annotations

from typing import Any

from gateway.console.charts import MOST, late_bars


def bars(*counts: tuple[int, int], **more: Any) -> list[tuple[float, float]]:
    rows = [
        {"id": str(n), "late": late, "falsely_late": falsely}
        for n, (late, falsely) in enumerate(counts)
    ]
    made = late_bars(
        rows,
        name=lambda row: row["id"],
        to=lambda row, figure: f"{row['id']}/{figure}",
        **more,
    )
    return [(one.late.percent, one.falsely.percent) for one in made]


def test_the_longest_bar_is_whole_and_others_in_proportion() -> None:
    assert bars((8, 2), (4, 4), (1, 0)) == [(100.0, 25.0), (50.0, 50.0), (12.5, 0.0)]


def test_what_has_nothing_late_has_no_bar() -> None:
    assert bars((0, 0), (3, 0), (0, 0)) == [(100.0, 0.0)]
    assert bars() == []
    assert bars((0, 0)) == []


def test_one_of_very_many_can_still_be_seen() -> None:
    assert bars((100_000, 1), (1, 1)) == [(100.0, 0.5), (0.5, 0.5)]


def test_the_most_come_first_where_asked_and_so_many_at_most() -> None:
    counts = [(n + 1, 0) for n in range(MOST + 5)]
    shown = bars(*counts, sort=True)
    assert len(shown) == MOST
    assert shown == sorted(shown, reverse=True)
    assert bars((1, 0), (2, 0)) == [(50.0, 0.0), (100.0, 0.0)]


def test_each_bar_leads_to_its_own_list() -> None:
    (row,) = late_bars(
        [{"id": "a", "late": 2, "falsely_late": 1}],
        name=lambda row: row["id"],
        to=lambda row, figure: f"{row['id']}/{figure}",
    )
    assert (row.name, row.late.to, row.falsely.to) == ("a", "a/late", "a/falsely_late")
