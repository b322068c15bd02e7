"""What waits for an office is found by its own index in a file, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw
import pytest

from gateway.store import line_counts
from gateway.store.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def db() -> Iterator[apsw.Connection]:
    connection = apsw.Connection(":memory:")
    migrate(connection, at=0)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("column", "index"),
    [
        ("due_at", "transfer_due"),
        ("ask_at", "transfer_ask"),
        ("lease_until", "transfer_lease"),
    ],
)
def test_each_kind_is_found_by_its_index_in_its_order(
    db: apsw.Connection, column: str, index: str
) -> None:
    query = line_counts._OLDEST.format(column)
    plan = str(db.execute(f"EXPLAIN QUERY PLAN {query}", ("o", 200)).fetchall())
    assert f"INDEX {index} (office=?" in plan
    assert "TEMP B-TREE" not in plan


def test_what_waits_for_people_is_found_in_order_of_waiting(
    db: apsw.Connection,
) -> None:
    query = line_counts._PARKED.format("?")
    plan = str(db.execute(f"EXPLAIN QUERY PLAN {query}", (2000, "o")).fetchall())
    assert "transfer_still" in plan
