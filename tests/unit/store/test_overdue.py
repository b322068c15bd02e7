"""Looking for what is overdue follows the queues' own indexes."""

import pytest

from gateway.conformance.store_making import NOW, OFFICE
from gateway.ports.watch import Stall
from gateway.store import engine
from gateway.store.rows import stamp
from gateway.store.sqlite import SQLiteStore

pytestmark = pytest.mark.store


def plan(store: SQLiteStore, query: str, *values: object) -> str:
    rows = store._reader.execute("EXPLAIN QUERY PLAN " + query, values).fetchall()
    return "\n".join(str(row[3]) for row in rows)


@pytest.mark.parametrize("what", Stall)
async def test_what_is_overdue_is_found_by_the_index_of_its_moment(
    store: SQLiteStore, what: Stall
) -> None:
    offices, first, count = engine._QUERIES[what]
    index = "transfer_" + engine._MOMENTS[what].split("_", maxsplit=1)[0]
    found = plan(store, offices)
    assert f"SEARCH transfer USING COVERING INDEX {index} (office>?)" in found
    one = plan(store, first, OFFICE, stamp(NOW))
    assert f"USING INDEX {index} (office=?" in one
    assert "TEMP B-TREE" not in one
    many = plan(store, count, OFFICE, stamp(NOW), 9)
    assert f"USING COVERING INDEX {index} (office=?" in many
    beside = plan(store, engine._ON_THEIR_WAY, OFFICE, stamp(NOW), 9)
    assert "USING COVERING INDEX transfer_lease (office=?" in beside
