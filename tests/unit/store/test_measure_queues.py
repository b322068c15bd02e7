"""Pages of what was measured begin where the last one ended, on the embedded store."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import apsw
import pytest

from gateway.conformance.store_making import NOW, OFFICE
from gateway.domain.legal_day import legal_day
from gateway.domain.measure import Timeliness, Whose
from gateway.domain.principal import EVERYTHING
from gateway.ports.contests import LATENESS_SINCE
from gateway.ports.measured import Behind, ClockCount, ShareCount
from gateway.store import measure_counts as counts
from gateway.store import measure_lists as lists
from gateway.store import projection, rungs
from gateway.store.dialect import SQLITE
from gateway.store.migrate import migrations
from gateway.store.sqlite import SQLiteStore

pytestmark = pytest.mark.store

#: The migration that makes the queue.
MEASURED_SINCE = 10
VERSIONS = (
    "CREATE TABLE schema_version"
    " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL) STRICT"
)
DOSSIERS = (
    "INSERT INTO dossier (id, version, sender, unit, document, wrapped_key,"
    " chain_position, chain_digest, state) VALUES"
    " ('d_1', 1, 's', 'u', 'p', x'', 0, x'', x'7b7d'),"
    " ('d_2', 1, 's', 'u', 'p', x'', 0, x'', x'7b7d')"
)
#: The migration from which on offices are told of latenesses.
TOLD_SINCE = 16
#: One that ended late, as the release before measured it.
ENDED = (
    "INSERT INTO measure (dossier_id, times, version, calendar, measured_at, unit,"
    " sender, procedure, lead, accepted_at, ending, ended_at, month, timeliness,"
    " as_portal, as_told, minutes, calendar_minutes, rounds, late_leg, late_clock,"
    " late_office, first_month, first_timeliness) VALUES"
    " ('d_1', 1, 1, 1, 9, 'u', 's', '1.999001', '', 1, 'finished', 5, '2026-02',"
    " 'late', 'late', 'late', 0, 0, 0, '', '', '', '2026-02', 'late')"
)
MONTH, DAY = "2026-02", date(2026, 3, 10)
COUNTED = ClockCount(MONTH, OFFICE, "answer", Timeliness.LATE, 0, 0, 0)
PART = ShareCount(MONTH, Whose.AGENCY, OFFICE, 0, 0)
BY_DUE = "clock_due ((due_at,dossier_id,leg,name)>(?,?,?,?) AND due_at<?)"
PAGES = {
    BY_DUE: lists.due_page(EVERYTHING, NOW, {"office": OFFICE}, None, 5),
    "measure_open ((due_on,dossier_id)>(?,?) AND due_on<?)": lists.days_page(
        EVERYTHING, (DAY, DAY), {}, None, 5
    ),
    "measure_open (due_on=? AND dossier_id>?)": lists.without_day_page(
        EVERYTHING, {}, None, 5
    ),
    "measure_month ((month,dossier_id)>(?,?) AND month<?)": lists.behind_page(
        Behind(MONTH), EVERYTHING, None, 5
    ),
    "clock_month ((month,office,name,timeliness,dossier_id,leg)>(?,?,?,?,?,?)": (
        lists.clocks_page(COUNTED, EVERYTHING, None, 5)
    ),
    "share_month ((month,whose,office,dossier_id,leg)>(?,?,?,?,?)": (
        lists.shares_page(PART, EVERYTHING, None, 5)
    ),
    "measure_first ((first_month,dossier_id)>(?,?) AND first_month<?)": (
        lists.restated_page("first_month", MONTH, EVERYTHING, None, 5)
    ),
    "clock_rung (rung_at>? AND rung_at<?)": (rungs.RUNGS, [1, 5]),
    "clock_hard (hard_at>? AND hard_at<?)": (rungs.HARD_DUE, [1, 5]),
    "clock_rung (rung_at>?)": (rungs.NEXT[0], []),
    "clock_hard (hard_at>?)": (rungs.NEXT[1], []),
}


def plan(store: SQLiteStore, query: str, *values: Any) -> list[str]:
    rows = store._reader.execute("EXPLAIN QUERY PLAN " + query, values).fetchall()
    return [str(row[3]) for row in rows]


@pytest.mark.parametrize("index", PAGES)
async def test_a_page_begins_where_the_last_one_ended(
    store: SQLiteStore, index: str
) -> None:
    query, values = PAGES[index]
    (found,) = plan(store, query, *values)
    assert index in found


@pytest.mark.parametrize("statement", [projection.UNMEASURED, projection.ALL])
async def test_what_is_to_be_measured_is_read_from_its_place_on(
    store: SQLiteStore, statement: str
) -> None:
    first, *_, last = plan(store, statement, "d", 5)
    assert first.startswith("SEARCH ")
    assert last == "SEARCH m USING PRIMARY KEY (dossier_id=?)"


@pytest.mark.parametrize(
    "statement",
    [
        projection._QUEUED,
        projection._BEFORE,
        projection._CLOCKS,
        projection._SHARES,
        projection._TOLD,
    ],
)
async def test_rows_of_dossiers_are_read_by_their_keys(
    store: SQLiteStore, statement: dict[Any, str]
) -> None:
    first, *rest = plan(store, statement[SQLITE], "[]")
    assert first.endswith("USING PRIMARY KEY (dossier_id=?)")
    assert not [one for one in rest if "TEMP B-TREE" in one]


@pytest.mark.parametrize(
    ("statement", "index"),
    [(counts._MONTHLY_CLOCKS, "clock_month"), (counts._MONTHLY_SHARES, "share_month")],
)
async def test_a_month_of_clocks_or_shares_is_counted_from_its_index(
    store: SQLiteStore, statement: str, index: str
) -> None:
    query = statement.format(within=counts._WITHIN)
    found = plan(store, query, MONTH, MONTH)
    assert found == [f"SEARCH d USING COVERING INDEX {index} (month>? AND month<?)"]


async def test_every_dossier_of_the_release_before_is_to_be_measured(
    tmp_path: Path,
) -> None:
    path = tmp_path / "old.db"
    with apsw.Connection(str(path)) as db:
        db.execute(VERSIONS)
        for number, name, sql in migrations():
            if number < MEASURED_SINCE:
                db.execute(sql)
                db.execute(
                    "INSERT INTO schema_version VALUES (?, ?, 0)", (number, name)
                )
        db.execute(DOSSIERS)
    db.close()
    store = await SQLiteStore.open(path)
    assert await store.unmeasured(9) == [("d_1", 1), ("d_2", 1)]
    await store.close()


@pytest.mark.parametrize("history", [True, False])
async def test_offices_are_told_of_what_ends_from_the_day_of_the_upgrade_on(
    tmp_path: Path, *, history: bool
) -> None:
    path = tmp_path / "old.db"
    with apsw.Connection(str(path)) as db:
        db.execute(VERSIONS)
        for number, name, sql in migrations():
            if number < TOLD_SINCE:
                db.execute(sql)
                db.execute(
                    "INSERT INTO schema_version VALUES (?, ?, 0)", (number, name)
                )
        if history:
            db.execute(ENDED)
    db.close()
    before = legal_day(datetime.now(UTC))
    store = await SQLiteStore.open(path)
    marked = await store.mark(LATENESS_SINCE)
    await store.close()
    assert (marked is not None) == history
    if marked is not None:
        assert before <= date.fromisoformat(marked) <= legal_day(datetime.now(UTC))
