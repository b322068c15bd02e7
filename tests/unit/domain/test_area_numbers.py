"""An office's own numbers: by day, by type, in both directions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.domain.area_numbers import commune_by, day_of, meant_on, numbers_on

ROWS: list[dict[str, Any]] = [
    {"commune": "99101", "xa": 9101, "from": "2025-07-01", "to": "2026-06-30"},
    {"commune": "99101", "xa": 9111, "from": "2026-07-01"},
    {"commune": "99102", "xa": "09103", "from": "2025-07-01"},
    {"commune": "99103", "xa": 9103, "from": "2025-07-01"},
    # The number that 99101 had until then.
    {"commune": "99104", "xa": 9101, "from": "2026-07-01"},
    {"commune": "99105", "xa": "99.0.7", "huyen": ".", "from": "2025-07-01"},
    {"commune": "99106", "xa": 1, "from": "2025-07-01"},
    {"commune": "99107", "xa": 1, "from": "2025-07-01"},
]


@pytest.mark.parametrize(
    ("day", "xa"),
    [
        (date(2025, 6, 30), None),
        (date(2025, 7, 1), 9101),
        (date(2026, 6, 30), 9101),
        (date(2026, 7, 1), 9111),
    ],
)
def test_a_commune_has_the_numbers_of_the_day(day: date, xa: int | None) -> None:
    row = numbers_on(ROWS, "99101", day)
    assert (row and row["xa"]) == xa


def test_days_read_from_a_file_are_days_too() -> None:
    rows = [{"commune": "1", "xa": 2, "from": date(2026, 1, 1)}]
    assert numbers_on(rows, "1", date(2026, 1, 1)) == rows[0]
    assert numbers_on(rows, "1", date(2025, 12, 31)) is None


@pytest.mark.parametrize(
    ("numbers", "day", "commune"),
    [
        ({"xa": 9101}, date(2026, 6, 30), "99101"),
        ({"xa": 9101}, date(2026, 7, 1), "99104"),
        # Without a day it could be either.
        ({"xa": 9101}, None, None),
        # Told on a day before any row: only one commune ever had it.
        ({"xa": 9111}, date(2025, 1, 1), "99101"),
        ({"xa": "09103"}, None, "99102"),
        ({"xa": 9103}, None, "99103"),
        ({"xa": "9103"}, None, None),
        ({"xa": "99.0.7", "huyen": "."}, None, "99105"),
        ({"xa": "99.0.7", "huyen": None}, None, None),
        ({"xa": 9103, "huyen": None}, None, None),
        ({"xa": 1}, date(2026, 1, 1), None),
    ],
)
def test_numbers_lead_back_to_the_one_commune_or_to_none(
    numbers: dict[str, Any], day: date | None, commune: str | None
) -> None:
    assert commune_by(ROWS, numbers, day) == commune


def test_a_message_has_the_numbers_of_its_dossiers_day() -> None:
    later = date(2026, 3, 10)
    assert day_of({"commune_on": "2025-06-30"}, later) == date(2025, 6, 30)
    assert day_of({"commune": "99101"}, later) == later


@pytest.mark.parametrize(
    ("commune", "day", "meant"),
    [
        ("99101", date(2026, 6, 30), date(2026, 6, 30)),
        ("99101", date(2025, 6, 30), date(2025, 7, 1)),
        ("99101", date(2030, 1, 1), date(2030, 1, 1)),
        ("99104", date(2026, 6, 30), date(2026, 7, 1)),
        ("nobody", date(2026, 6, 30), date(2026, 6, 30)),
    ],
)
def test_a_commune_is_meant_as_of_the_nearest_day_of_its_rows(
    commune: str, day: date, meant: date
) -> None:
    assert meant_on(ROWS, commune, day) == meant
