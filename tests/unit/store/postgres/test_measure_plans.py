"""Pages of what was measured visit their own rows, whatever the statistics say."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from gateway.conformance.measure_making import TAX
from gateway.conformance.store_making import NOW, OFFICE
from gateway.domain.measure import Timeliness, Whose
from gateway.domain.principal import EVERYTHING, Scope
from gateway.ports.measured import Behind, ClockCount, ShareCount
from gateway.store import measure_lists as lists
from gateway.store import projection, rungs
from gateway.store.dialect import POSTGRESQL
from gateway.store.rows import as_list, stamp
from tests.plans import Plans

pytestmark = [pytest.mark.store, pytest.mark.system]

AT = stamp(NOW)
#: The last fourth of these is open.
COUNT, OPEN_FROM = 20_000, 15_000
MONTH = "2026-02"
TABLES = ("unmeasured", "measure", "clock", "share", "told_rung")
#: A page of twenty: each row on a page of its own, and the few pages of the index.
PAGES = 120
FILL = f"""
INSERT INTO dossier (id, version, sender, unit, open, document, wrapped_key,
                     chain_position, chain_digest, state)
SELECT 'd' || i, 1, 's', 'u' || i % 50, CASE WHEN i > {OPEN_FROM} THEN 1 END,
       'p' || i, '', 0, '', '{{}}' FROM generate_series(10001, 30000) AS i;
INSERT INTO unmeasured SELECT id, 1 FROM dossier;
INSERT INTO measure
SELECT id, 1, 1, 1, {AT}, unit, sender, 'p', '{OFFICE}', {AT}, NULL,
       (date '2026-03-01' + (substr(id, 2)::int % 60))::text,
       CASE WHEN open IS NULL THEN 'finished' ELSE '' END,
       CASE WHEN open IS NULL THEN {AT} END, CASE WHEN open IS NULL THEN '2026-0' || 1 + substr(id, 2)::int % 3 END,
       'late', 'late', 'late', 1, 1, 1, 'land', 'answer', '{OFFICE}', '{MONTH}', 'late',
       CASE WHEN substr(id, 2)::int % 10 = 0 THEN {AT} END
  FROM dossier;
INSERT INTO clock
SELECT d.id, k.leg, 'answer', 'r', 'answered', 'agency', 'land', '{OFFICE}', d.unit,
       d.sender, 'p', CASE WHEN d.open IS NULL THEN 'stopped' ELSE 'running' END, {AT},
       0, 1, 1, CASE WHEN d.open = 1 THEN {AT} END, NULL,
       CASE WHEN d.open IS NULL THEN {AT} END,
       CASE WHEN d.open IS NULL THEN '2026-0' || 1 + substr(d.id, 2)::int % 3 END, 'late',
       CASE WHEN d.open = 1 THEN 50 END, CASE WHEN d.open = 1 THEN {AT} END, '[]',
       CASE WHEN d.open = 1 THEN {AT} END, NULL
  FROM dossier AS d, (VALUES ('land'), ('tax')) AS k (leg);
INSERT INTO told_rung SELECT id, 'land', 'answer', 0, 25, {AT} FROM dossier;
INSERT INTO share
SELECT d.id, 'agency', k.leg, '{OFFICE}', d.unit, d.sender, 1, 1,
       CASE WHEN d.open IS NULL THEN '2026-0' || 1 + substr(d.id, 2)::int % 3 END
  FROM dossier AS d, (VALUES ('land'), ('tax')) AS k (leg)"""
COUNTED = ClockCount(MONTH, OFFICE, "answer", Timeliness.LATE, 0, 0, 0)
PART = ShareCount(MONTH, Whose.AGENCY, OFFICE, 0, 0)
#: In the middle of the open ones, and of those that have ended.
LATER, EARLIER = "d25000", "d12000"
HALF = f"{NOW.isoformat()}~{LATER}~land~answer"
Page = tuple[str, list[Any]]


@pytest.fixture(params=["never", "before", "after"])
def plans(database: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Plans]:
    """Many rows: without statistics, with those of empty tables, with their own."""
    with psycopg.connect(**database, autocommit=True) as connection:
        found = Plans(connection, *TABLES, "dossier")
        if request.param == "before":
            found.run("VACUUM ANALYZE")
        for statement in FILL.split(";\n"):
            found.run(statement.replace(f"> {OPEN_FROM}", f"> {OPEN_FROM + 10_000}"))
        if request.param == "after":
            found.run("VACUUM ANALYZE")
        yield found


def visits(plans: Plans, page: Page, index: str, rows: int, pages: int = PAGES) -> None:
    """The statement follows this index, and reads so many rows of its table."""
    for generic in (True, False):
        found, scans = plans.cost(page[0], *page[1], generic=generic)
        assert [one.split(" ", 1)[1] for one in scans] == [f"Scan {index} {rows}"]
        assert found < pages


def test_the_queues_of_rungs_are_read_by_their_moments(plans: Plans) -> None:
    visits(plans, (rungs.RUNGS, [AT, 20]), "clock_rung", 20)
    visits(plans, (rungs.HARD_DUE, [AT, 20]), "clock_hard", 20)
    for query, index in zip(rungs.NEXT, ("clock_rung", "clock_hard"), strict=True):
        for generic in (True, False):
            found, scans = plans.cost(query, generic=generic)
            assert scans == [f"Index Only Scan {index} 1"]
            assert found < 10


def test_what_is_to_be_measured_is_read_from_its_place_on(plans: Plans) -> None:
    for query, index in (
        (projection.UNMEASURED, "unmeasured_pkey"),
        (projection.ALL, "dossier_pkey"),
    ):
        for generic in (True, False):
            found, scans = plans.cost(query, LATER, 20, generic=generic)
            assert set(scans) == {
                "Index Scan measure_pkey 1",
                f"Index Scan {index} 20",
            }
            assert found < PAGES


def test_a_page_of_due_clocks_visits_its_own_rows(plans: Plans) -> None:
    for scope in (EVERYTHING, Scope(sender=OFFICE)):
        rows = 20 if scope is EVERYTHING else 0
        for after in (None, HALF):
            page = lists.due_page(scope, NOW, {}, after, 20)
            visits(plans, page, "clock_due", rows, 400)
    page = lists.due_page(EVERYTHING, NOW, {"office": OFFICE}, HALF, 20)
    visits(plans, page, "clock_due", 20)
    page = lists.due_page(EVERYTHING, NOW, {"office": TAX, "unit": "u1"}, None, 20)
    visits(plans, page, "clock_due", 0, 400)


def test_a_page_of_days_begins_at_its_day(plans: Plans) -> None:
    day = date(2026, 3, 20)
    for after in (None, f"{day}~{LATER}"):
        page = lists.days_page(EVERYTHING, (day, None), {}, after, 20)
        visits(plans, page, "measure_open", 20)
    page = lists.without_day_page(EVERYTHING, {}, None, 20)
    visits(plans, page, "measure_open", 0)


def test_a_page_behind_a_number_begins_where_the_last_one_ended(plans: Plans) -> None:
    behind = Behind(MONTH, timeliness=Timeliness.LATE)
    for after in (None, EARLIER):
        page = lists.behind_page(behind, EVERYTHING, after, 20)  # type: ignore[arg-type]
        visits(plans, page, "measure_month", 20)
    for after in (None, f"{EARLIER}~land"):
        page = lists.clocks_page(COUNTED, EVERYTHING, after, 20)
        visits(plans, page, "clock_month", 20)
        page = lists.shares_page(PART, EVERYTHING, after, 20)
        visits(plans, page, "share_month", 20)
    page = lists.restated_page("first_month", MONTH, EVERYTHING, None, 20)
    visits(plans, page, "measure_first", 20)


def test_rows_of_dossiers_are_read_and_removed_by_their_keys(plans: Plans) -> None:
    ids = as_list([f"d{number}" for number in range(12_000, 12_020)])
    for statement, index, rows in (
        (projection._QUEUED, "unmeasured_pkey", 20),
        (projection._BEFORE, "measure_pkey", 20),
        (projection._CLOCKS, "clock_pkey", 40),
        (projection._SHARES, "share_pkey", 40),
        (projection._TOLD, "told_rung_pkey", 20),
    ):
        for generic in (True, False):
            found, scans = plans.cost(statement[POSTGRESQL], ids, generic=generic)
            assert len(scans) == 1
            assert scans[0].startswith(f"Index Scan {index} ")
            assert int(scans[0].rsplit(" ", 1)[1]) <= rows
            assert found < 400
    for generic in (True, False):
        done = projection._DONE[POSTGRESQL]
        found, scans = plans.cost(done, 1, ids, generic=generic)
        assert not [one for one in scans if one.startswith("Seq Scan")]
        assert found < 400
