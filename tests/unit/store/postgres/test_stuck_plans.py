"""What stands still is counted from its own rows, whatever the statistics say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from gateway.conformance.store_making import NOW, OFFICE
from gateway.domain.principal import EVERYTHING, Scope
from gateway.ports.stuck import Bounds
from gateway.store import stuck
from gateway.store.rows import stamp
from tests.plans import Plans

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.store, pytest.mark.system]

AT = stamp(NOW - timedelta(days=9))
#: Of twenty thousand so many stand still, in every way.
STAND = 200
FILL = f"""
INSERT INTO dossier (id, version, sender, unit, open, unrouted, unrouted_at, asks,
                     asks_at, document, wrapped_key, chain_position, chain_digest, state)
SELECT 'd' || i, 1, 's', 'u' || i % 2, CASE WHEN i <= 10000 + {STAND} THEN 1 END,
       CASE WHEN i <= 10000 + {STAND} THEN 'c' END,
       CASE WHEN i <= 10000 + {STAND} THEN {AT} END,
       CASE WHEN i <= 10000 + {STAND} THEN 'c' END,
       CASE WHEN i <= 10000 + {STAND} THEN {AT} END,
       'p' || i, '', 0, '', '{{}}' FROM generate_series(10001, 30000) AS i;
INSERT INTO transfer (id, dossier_id, agency, office, leg, conversation, position,
                      kind, state, fate, created_at, facts, revision, dependent,
                      still_at, finished_at, cause)
SELECT 't' || id, id, 'land', '{OFFICE}', 'land', 'land', 1, 'k',
       CASE WHEN open = 1 THEN 'parked' ELSE 'answered' END,
       CASE WHEN open = 1 THEN 'not_left' ELSE 'agency_has_it' END, {AT}, '{{}}', 1, 0,
       CASE WHEN open = 1 THEN {AT} END, CASE WHEN open IS NULL THEN {AT} END, 'c'
  FROM dossier;
INSERT INTO clock
SELECT id, 'land', 'answer', 'r', 'answered', 'gateway', 'land', '{OFFICE}', unit,
       sender, 'p', CASE WHEN open IS NULL THEN 'stopped' ELSE 'running' END, {AT},
       0, 1, 1, CASE WHEN open = 1 THEN {AT} END, NULL,
       CASE WHEN open IS NULL THEN {AT} END, CASE WHEN open IS NULL THEN '2026-02' END,
       'late', NULL, NULL, '[]', NULL, NULL
  FROM dossier;
INSERT INTO held
SELECT id, 'land', 'land', '{OFFICE}', unit, sender, {AT} FROM dossier WHERE open = 1"""
BOUNDS = Bounds(NOW, NOW, {str(OFFICE): NOW})
#: Pages of two hundred rows that lie anywhere, with what is looked up for each.
PAGES = 3_000
FOUND_BY = (
    "transfer_still",
    "dossier_unrouted",
    "dossier_asks",
    "clock_due",
    "held_",
)


@pytest.fixture(params=["never", "before", "after"])
def plans(database: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Plans]:
    """Many rows: without statistics, with those of empty tables, with their own."""
    with psycopg.connect(**database, autocommit=True) as connection:
        found = Plans(connection, "dossier", "transfer", "clock", "held")
        if request.param == "before":
            found.run("VACUUM ANALYZE")
        for statement in FILL.split(";\n"):
            found.run(statement)
        if request.param == "after":
            found.run("VACUUM ANALYZE")
        yield found


@pytest.mark.parametrize("scope", [EVERYTHING, Scope(units=("u1", "u9"))])
def test_every_count_visits_what_stands_and_nothing_that_ended(
    plans: Plans, scope: Scope
) -> None:
    for (query, values), index in zip(
        stuck.counting(scope, BOUNDS), FOUND_BY, strict=True
    ):
        found, scans = plans.cost(query, *values, generic=False)
        assert any(f" {index}" in one for one in scans), (index, scans)
        assert not [one for one in scans if one.startswith("Seq Scan")], scans
        assert found < PAGES, (index, found)
