"""A disk's pace is that of whole days, and a disk that does not fill has no end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.watch.disk_growth import KEPT, Samples, added, days_left, read

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)


def grown(days: int, a_day: int) -> Samples:
    samples: Samples = []
    for day in range(days):
        samples = added(samples, NOW + timedelta(days=day), 1000 + day * a_day)
    return samples


def test_days_left_follow_from_the_pace_since_the_oldest_sample() -> None:
    at = NOW + timedelta(days=10)
    assert days_left(grown(10, 5), at, 1050, 500) == 100


def test_a_pace_of_less_than_a_day_or_of_a_disk_that_shrinks_is_none() -> None:
    samples = grown(1, 5)
    assert days_left(samples, NOW + timedelta(hours=23), 2000, 10) is None
    assert days_left(samples, NOW + timedelta(days=2), 900, 10) is None
    assert days_left([], NOW, 1, 1) is None


def test_one_sample_a_day_is_kept_and_no_more_than_so_many() -> None:
    samples = grown(1, 5)
    assert added(samples, NOW + timedelta(hours=5), 9) == samples
    many = grown(KEPT + 10, 5)
    assert len(many) == KEPT
    assert many[-1][1] == 1000 + (KEPT + 9) * 5


def test_a_wall_that_was_put_back_begins_anew() -> None:
    earlier = NOW - timedelta(days=5)
    assert added(grown(3, 5), earlier, 7) == [(earlier.isoformat(), 7)]


def test_what_was_never_kept_is_nothing() -> None:
    assert read(None) == {}
    assert read('{"run": [["2026-03-10T01:00:00+00:00", 5]]}') == {
        "run": [("2026-03-10T01:00:00+00:00", 5)]
    }
