"""What waits for an office is told from a few rows of its own, however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from gateway.store import line_counts
from tests.plans import Plans

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.store, pytest.mark.system]
MOST = 200
#: Twenty thousand due for each of two offices, twenty thousand parked, forty thousand done.
FILL = """
INSERT INTO transfer (id, dossier_id, agency, office, leg, conversation, position,
                      kind, state, fate, created_at, facts, revision, dependent, head,
                      due_at, still_at, finished_at, cause)
SELECT 't' || i, 'd' || i, 'land', 'o' || i % 2, 'land', 'land', 1, 'k',
       CASE WHEN i <= 40000 THEN 'due' WHEN i <= 60000 THEN 'parked' ELSE 'answered' END,
       CASE WHEN i <= 60000 THEN 'not_left' ELSE 'agency_has_it' END, i, '{}', 1, 0,
       CASE WHEN i <= 40000 THEN 1 END, CASE WHEN i <= 40000 THEN i END,
       CASE WHEN i > 40000 AND i <= 60000 THEN i END,
       CASE WHEN i > 60000 THEN i END, 'c' FROM generate_series(1, 100000) AS i"""
#: Pages for two hundred rows that may lie anywhere, and for ten times as many.
PAGES, PAGES_OF_PARKED = 3 * MOST, 3 * 10 * MOST


@pytest.fixture(params=["never", "before", "after"])
def plans(database: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Plans]:
    """Many rows: without statistics, with those of an empty table, with their own."""
    with psycopg.connect(**database, autocommit=True) as connection:
        found = Plans(connection, "transfer")
        if request.param == "before":
            found.run("VACUUM ANALYZE")
        found.run(FILL)
        if request.param == "after":
            found.run("VACUUM ANALYZE")
        yield found


@pytest.mark.parametrize("column", ["due_at", "ask_at", "lease_until"])
def test_no_more_is_visited_than_is_told(plans: Plans, column: str) -> None:
    query = line_counts._OLDEST.format(column)
    found, scans = plans.cost(query, "o1", MOST, generic=True)
    assert not [one for one in scans if one.startswith("Seq Scan")], scans
    assert found < PAGES, scans


def test_what_waits_for_people_is_looked_through_up_to_its_limit(plans: Plans) -> None:
    query = line_counts._PARKED.format("?, ?")
    found, scans = plans.cost(query, 10 * MOST, "o0", "o1", generic=True)
    assert not [one for one in scans if one.startswith("Seq Scan")], scans
    assert found < PAGES_OF_PARKED, scans
