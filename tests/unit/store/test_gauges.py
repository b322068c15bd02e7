"""Numbers for monitoring read the indexes of what is open, whatever the table holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw
import pytest

from gateway.store import gauges
from gateway.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.store


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("_DUE", "COVERING INDEX transfer_due"),
        ("_SENDING", "COVERING INDEX transfer_lease"),
        ("_WAITING", "INDEX transfer_waiting"),
        ("_STILL", "INDEX transfer_still"),
    ],
)
async def test_each_count_goes_over_an_index_of_what_is_open(
    tmp_path: Path, query: str, index: str
) -> None:
    path = tmp_path / "store.db"
    await (await SQLiteStore.open(path)).close()
    db = apsw.Connection(str(path))
    plan = db.execute(f"EXPLAIN QUERY PLAN {getattr(gauges, query)}").fetchall()
    db.close()
    first = str(plan[0][3])
    assert first.endswith(index) or f"{index} " in first
