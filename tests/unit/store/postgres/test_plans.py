"""What statements visit, whatever the statistics say; in rows and pages, not seconds."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from gateway.conformance.store_making import NOW
from gateway.domain.bulk import Selection
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import State
from gateway.ports.watch import Stall
from gateway.store import bulk_items, claims, engine, pickup
from gateway.store.conversations import _OPEN_LOCKED
from gateway.store.dialect import POSTGRESQL, in_dollars
from gateway.store.postgres.connection import BY_INDEX
from gateway.store.rows import as_list, stamp
from tests.plans import Plans, scans_of

pytestmark = [pytest.mark.store, pytest.mark.system]

AT = stamp(NOW)
TAKE = claims._TAKE_CLAIM[POSTGRESQL]
#: A claim of twenty: each row on a page of its own, and the few pages of the index.
PAGES = 120
FILL = """
INSERT INTO transfer (id, dossier_id, agency, office, leg, conversation, position, kind,
                      state, fate, created_at, facts, revision, dependent, head, due_at,
                      finished_at, named_by)
SELECT 'x' || i, 'd' || i, 'tax', %(office)s, 'tax', 'tax', 1, 'slip_new', %(state)s,
       'not_left', %(at)s, '{}', 1, 0, %(head)s::bigint, %(due_at)s::bigint,
       %(finished_at)s::bigint, 'x'
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS i"""

DOSSIERS = (
    "INSERT INTO dossier (id, version, sender, unit, document, wrapped_key,"
    " chain_position, chain_digest, state) SELECT 'd' || i, 1, 's', 'u', 'p' || i,"
    " '', 0, '', '{}' FROM generate_series(0, 19999) AS i"
)


class Table(Plans):
    """The transfers of a database."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__(connection, "transfer")
        self.rows = 0

    def fill(self, count: int, *, office: str, due: bool) -> None:
        """So many transfers of an office, due or over."""
        values = {
            "office": office,
            "state": "due" if due else "cancelled",
            "at": AT,
            "head": 1 if due else None,
            "due_at": AT if due else None,
            "finished_at": None if due else AT,
            "first": self.rows,
            "last": self.rows + count - 1,
        }
        self.connection.execute(FILL.encode(), values)
        self.rows += count


@pytest.fixture
def table(database: dict[str, Any]) -> Iterator[Table]:
    with psycopg.connect(**database, autocommit=True) as connection:
        yield Table(connection)


def holds(table: Table) -> None:
    """A claim of twenty visits twenty rows, by the one index that there is for it."""
    for generic in (True, False):
        pages, scans = table.cost(TAKE, "busy-1", AT, 20, generic=generic)
        assert scans == ["Index Scan transfer_due 20"]
        assert pages < PAGES


def test_a_claim_after_statistics_of_when_all_was_over(table: Table) -> None:
    table.fill(20_000, office="busy-1", due=False)
    table.run("ANALYZE transfer")
    table.run(
        "UPDATE transfer SET state = 'due', head = 1, finished_at = NULL,"
        f" due_at = {AT}, named_by = NULL"
    )
    holds(table)


def test_a_claim_without_any_statistics(table: Table) -> None:
    table.fill(20_000, office="busy-1", due=True)
    holds(table)


def test_a_claim_after_statistics_of_an_empty_table(table: Table) -> None:
    table.run("VACUUM ANALYZE transfer")
    table.fill(20_000, office="busy-1", due=True)
    holds(table)


def test_a_plan_made_on_an_empty_table_serves_a_full_one(table: Table) -> None:
    """A prepared statement keeps its plan until somebody looks at the statistics."""
    table.run("VACUUM ANALYZE transfer")
    text = in_dollars(TAKE)
    table.run("SET plan_cache_mode = force_generic_plan")
    table.run(BY_INDEX.replace("LOCAL", ""))
    table.run(f"PREPARE kept (text, bigint, bigint) AS {text}")
    table.run(f"EXECUTE kept ('busy-1', {AT}, 20)")
    table.fill(20_000, office="busy-1", due=True)
    (row,) = table.connection.execute(
        f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE kept ('busy-1', {AT}, 20)".encode()
    ).fetchall()
    assert list(scans_of(row[0][0]["Plan"])) == ["Index Scan transfer_due 20"]


def test_a_claim_of_nothing_beside_an_office_that_may_not_be_sent_to(
    table: Table,
) -> None:
    table.fill(100_000, office="paused-1", due=True)
    for analysed in (False, True):
        if analysed:
            table.run("ANALYZE transfer")
        for generic in (True, False):
            for office in ("busy-1", "a-1", "z-1"):
                pages, scans = table.cost(TAKE, office, AT, 20, generic=generic)
                assert scans == ["Index Scan transfer_due 0"]
                assert pages < 10
            for each in claims.DUE_OFFICES.values():
                pages, _ = table.cost(each[POSTGRESQL], AT, generic=generic)
                assert pages < 40
            for query in claims.NEXT_MOMENT.values():
                pages, _ = table.cost(query, AT - 1, generic=generic)
                assert pages < 40


def test_looking_for_what_is_overdue_reads_no_more_than_is_counted(
    table: Table,
) -> None:
    table.fill(50_000, office="paused-1", due=True)
    table.fill(50_000, office="paused-1", due=False)
    table.run("ANALYZE transfer")
    offices, first, count = engine._QUERIES[Stall.SEND]
    for generic in (True, False):
        pages, _ = table.cost(offices, generic=generic)
        assert pages < 40
        pages, scans = table.cost(first, "paused-1", AT, generic=generic)
        assert scans == ["Index Scan transfer_due 1"]
        assert pages < 10
        pages, scans = table.cost(count, "paused-1", AT, 1_000, generic=generic)
        assert [one.rsplit(" ", 1)[1] for one in scans] == ["1000"]
        assert pages < 1_100
        pages, _ = table.cost(engine._ON_THEIR_WAY, "paused-1", AT, 9, generic=generic)
        assert pages < 10


def test_what_is_claimed_is_read_by_its_keys(table: Table) -> None:
    table.run(DOSSIERS)
    table.fill(20_000, office="busy-1", due=True)
    (rows,) = zip(
        *table.connection.execute(b"SELECT seq FROM transfer LIMIT 20").fetchall(),
        strict=True,
    )
    for analysed in (False, True):
        if analysed:
            table.run("ANALYZE")
        for generic in (True, False):
            query = claims._CLAIMED[POSTGRESQL]
            pages, scans = table.cost(query, as_list(rows), generic=generic)
            assert pages < 400
            assert not [one for one in scans if one.startswith("Seq Scan")]


def test_a_conversation_is_read_by_its_key(table: Table) -> None:
    table.fill(20_000, office="busy-1", due=False)
    table.run("ANALYZE transfer")
    table.run(
        "UPDATE transfer SET state = 'waiting', finished_at = NULL, named_by = NULL"
    )
    query = _OPEN_LOCKED[POSTGRESQL]
    for generic in (True, False):
        pages, scans = table.cost(query, "d77", "tax", "tax", generic=generic)
        assert scans == ["Index Scan transfer_order 1"]
        assert pages < 20


def test_a_page_of_a_selection_visits_its_own_rows_only(table: Table) -> None:
    table.run(DOSSIERS)
    table.fill(20_000, office="busy-1", due=True)
    table.run("VACUUM ANALYZE")
    table.run(
        "UPDATE transfer SET state = 'parked', due_at = NULL, head = NULL,"
        f" still_at = {AT} + seq"
    )
    selection = Selection((State.PARKED,))
    source = bulk_items._SOURCES[0]
    query, values = bulk_items._query(
        source, selection, EVERYTHING, [State.PARKED], NOW.replace(year=2030), 10**9
    )
    for start in (0, AT + 10_000):
        for generic in (True, False):
            pages, scans = table.cost(query, *values, start, "", 50, generic=generic)
            assert "Index Scan transfer_still 50" in scans
            assert not [one for one in scans if one.startswith("Seq Scan")]
            assert pages < 400


def test_items_that_are_left_are_found_past_those_that_are_not(table: Table) -> None:
    table.run(
        "INSERT INTO bulk_item (job, position, transfer_id, dossier_id, state, fate,"
        " attempts, open, outcome, code) SELECT 'b_1', i, 't', 'd', 'parked',"
        " 'not_left', 0, 1, 'left', '' FROM generate_series(1, 20000) AS i"
    )
    table.run("VACUUM ANALYZE bulk_item")
    table.run(
        "UPDATE bulk_item SET open = NULL, outcome = 'done' WHERE position <= 19000"
    )
    query = (
        f"SELECT {bulk_items._ITEM} FROM bulk_item"
        " WHERE job = ? AND open IS NOT NULL AND position > ? ORDER BY position LIMIT ?"
    )
    for generic in (True, False):
        pages, scans = table.cost(query, "b_1", 19_000, 50, generic=generic)
        assert scans == ["Index Scan bulk_item_open 50"]
        assert pages < 60


@pytest.mark.parametrize("analysed", ["never", "before", "after"])
def test_a_look_at_what_lies_ready_reads_its_page_and_no_more(
    table: Table, analysed: str
) -> None:
    """Of an office that has not acknowledged for long, beside one that is asked about."""
    table.fill(20_000, office="fetches-1", due=False)
    table.fill(20_000, office="asked-1", due=False)
    if analysed == "before":
        table.run("ANALYZE transfer")
    table.run(
        "UPDATE transfer SET state = 'unconfirmed', head = 1, finished_at = NULL,"
        f" named_by = NULL, ask_at = {AT}, still_at = {AT},"
        " pickup = CASE WHEN office = 'fetches-1' AND seq % 2 = 0 THEN seq END,"
        f" unshown_at = CASE WHEN office <> 'fetches-1' OR seq % 2 = 1 THEN {AT} END"
    )
    if analysed == "after":
        table.run("ANALYZE transfer")
    for generic in (True, False):
        values = ("fetches-1", 10_000, 20)
        pages, scans = table.cost(pickup._SHOWN, *values, generic=generic)
        assert scans == ["Index Scan transfer_pickup 20"]
        assert pages < PAGES
        unshown = pickup._TAKE_UNSHOWN[POSTGRESQL]
        pages, scans = table.cost(unshown, "fetches-1", 20, generic=generic)
        assert scans == ["Index Scan transfer_unshown 20"]
        assert pages < PAGES
        pages, scans = table.cost(unshown, "nobody-1", 20, generic=generic)
        assert scans == ["Index Scan transfer_unshown 0"]
        assert pages < 10
