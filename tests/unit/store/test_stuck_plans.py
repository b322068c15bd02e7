"""What stands still is found by moments that only such rows have, whatever the scope."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.conformance.store_making import LAND, NOW, OFFICE, SENDER, UNIT
from gateway.domain.principal import EVERYTHING, Scope
from gateway.domain.stuck import Cause, Kind
from gateway.ports.stuck import Bounds
from gateway.store import stuck
from tests.unit.store.test_measure_queues import plan

if TYPE_CHECKING:
    from gateway.store.sqlite import SQLiteStore

pytestmark = pytest.mark.store
BOUNDS = Bounds(NOW, NOW - timedelta(days=2), {str(OFFICE): NOW - timedelta(days=5)})
FOUND_BY = (
    "transfer_still (still_at>?)",
    "dossier_unrouted (unrouted_at>? AND unrouted_at<?)",
    "dossier_asks (asks_at>? AND asks_at<?)",
    "clock_due (due_at>? AND due_at<?)",
    "held_heard (office=? AND heard_at<?)",
)
SCOPES = {
    "everything": EVERYTHING,
    "units": Scope(units=(UNIT, "unit-2")),
    "sender": Scope(sender=SENDER),
}


@pytest.mark.parametrize("scope", SCOPES)
async def test_every_count_begins_at_the_moments_of_what_stands(
    store: SQLiteStore, scope: str
) -> None:
    statements = stuck.counting(SCOPES[scope], BOUNDS)
    first = [plan(store, query, *values)[0] for query, values in statements]

    assert [found.split(" INDEX ")[1] for found in first] == list(FOUND_BY)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("kind", list(Kind))
async def test_every_list_begins_there_too(
    store: SQLiteStore, kind: Kind, scope: str
) -> None:
    cause = Cause(kind, LAND, OFFICE, "code")
    asked = stuck.listing(cause, SCOPES[scope], BOUNDS, None, 50)
    assert asked is not None
    first = plan(store, asked[0], *asked[1])[0]

    indexes = [one.split(" (")[0] for one in FOUND_BY]
    assert any(f"INDEX {one} " in first for one in indexes), first
