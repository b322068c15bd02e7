"""A hundred thousand dossiers behind a number are read in pages, and can be issued."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import apsw
import pytest
import pytest_asyncio

from gateway.domain.identifiers import DossierId, PrincipalId
from gateway.domain.journal import JournalLine
from gateway.domain.measure import Timeliness
from gateway.domain.principal import EVERYTHING
from gateway.ports.issued import Issue
from gateway.reports.behind import Asked, behind
from gateway.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.sealing.tools import Tools

pytestmark = pytest.mark.asyncio(loop_scope="module")
MONTH, MANY = "2026-03", 100_000
NOW = datetime(2026, 4, 1, tzinfo=UTC)
#: Every third late, of these every second done in time as the office tells; of the
#: others every second early.
_ROWS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
INSERT INTO measure (dossier_id, times, version, calendar, measured_at, unit, sender,
 procedure, lead, accepted_at, promised_on, due_on, ending, ended_at, month, timeliness,
 as_portal, as_told, minutes, calendar_minutes, rounds, late_leg, late_clock, late_office,
 first_month, first_timeliness, restated_at)
SELECT printf('d_%08d', i), 1, 1, 1, 1, 'H00.20.0' || (i % 7), 'mot-cua-mau', '1.999001',
 'land-mau-1', 1, '2026-03-20', '2026-03-20', 'finished', 2, '2026-03',
 CASE WHEN i % 3 = 0 THEN 'late' WHEN i % 2 THEN 'early' ELSE 'on_time' END,
 'on_time', CASE WHEN i % 6 = 3 THEN 'late' ELSE 'early' END,
 480, 1440, 1, '', '', '', '2026-03', 'on_time', NULL FROM n
"""


async def filled(path: Path) -> SQLiteStore:
    """A store with a month of a hundred thousand measured dossiers."""
    await (await SQLiteStore.open(path)).close()
    db = apsw.Connection(str(path))
    db.execute(_ROWS, (MANY,))
    db.close()
    return await SQLiteStore.open(path)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SQLiteStore]:
    """One that nobody changes."""
    store = await filled(tmp_path_factory.mktemp("many") / "store.db")
    yield store
    await store.close()


def tools_of(store: SQLiteStore) -> Tools:
    found: Any = SimpleNamespace(measures=store)
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("figure", "expected"),
    [("ended", 100_000), ("in_time", 66_666), ("falsely_late", 16_667)],
)
async def test_all_of_them_come_once_in_pages(
    store: SQLiteStore, figure: str, expected: int
) -> None:
    found: set[str] = set()
    after, rows, pages = None, 0, 0
    while True:
        page = await behind(
            tools_of(store), Asked(MONTH, figure), EVERYTHING, after=after, limit=2_000
        )
        assert len(page) <= 2_000
        found |= {one.row.dossier_id for one in page}
        rows, pages = rows + len(page), pages + 1
        if len(page) < 2_000:
            break
        after = page[-1].place
    assert (len(found), rows, pages) == (expected, expected, expected // 2_000 + 1)


async def test_a_page_in_the_middle_begins_where_the_last_one_ended(
    store: SQLiteStore,
) -> None:
    page = await behind(
        tools_of(store),
        Asked(MONTH, "late", unit="H00.20.01"),
        EVERYTHING,
        after="d_00050000",
        limit=3,
    )
    # Multiples of three whose remainder by seven is one: every twenty-first.
    assert [one.row.dossier_id for one in page] == [
        "d_00050016",
        "d_00050037",
        "d_00050058",
    ]


async def test_they_are_issued_and_what_changed_is_found_among_them(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    store = await filled(path)
    try:
        counts = await store.monthly(MONTH, MONTH, EVERYTHING)
        assert sum(one.dossiers for one in counts) == MANY
        issue = Issue(MONTH, 1, NOW, PrincipalId("head"), "{}")
        line = JournalLine("report_issued", NOW, "head", {"month": MONTH})
        await store.issue(issue, counts, line)
        assert await store.restated_count(MONTH, 1, EVERYTHING) == 0
        changed = DossierId("d_00077777")
        db = apsw.Connection(str(path))
        of = "UPDATE measure SET timeliness = 'late' WHERE dossier_id = ?"
        db.execute(of, (changed,))
        db.close()
        (one,) = await store.restated_since(MONTH, 1, EVERYTHING, after=None, limit=9)
        count = await store.restated_count(MONTH, 1, EVERYTHING)
        assert (one.dossier_id, count) == (changed, 1)
        assert one.was
        assert one.now
        assert (one.was.timeliness, one.now.timeliness) == (
            Timeliness.EARLY,
            Timeliness.LATE,
        )
    finally:
        await store.close()
