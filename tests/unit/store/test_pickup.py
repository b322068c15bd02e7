"""What an earlier release left behind in the list of messages that lie ready."""

from __future__ import annotations

import pytest

from gateway.conformance.store_making import OFFICE, Bench
from gateway.domain.transfer import Fate, State
from gateway.store.sqlite import SQLiteStore

pytestmark = pytest.mark.store


async def _ready(bench: Bench) -> str:
    new = bench.transfer()
    await bench.accepted(new)
    await bench.claim()
    await bench.move(new.id, State.UNCONFIRMED, fate=Fate.NOT_LEFT)
    return new.id


async def test_what_an_earlier_release_moved_on_stands_in_nobodys_way(
    store: SQLiteStore,
) -> None:
    bench = Bench(store)
    shown, unshown, kept = [await _ready(bench) for _ in range(3)]
    await store.hand_out(OFFICE, after=0, limit=1, now=bench.now)
    moved_on = (
        "UPDATE transfer SET state = 'delivered', fate = 'agency_has_it', head = NULL,"
        " ask_at = NULL, still_at = NULL, finished_at = 1 WHERE id = ?"
    )
    for one in (shown, unshown):
        await store._writer.submit(lambda tx, one=one: tx.db.execute(moved_on, (one,)))  # type: ignore[misc]
    for _ in range(2):
        page = await store.hand_out(OFFICE, after=0, limit=9, now=bench.now)
        assert [(p.number, p.claimed.transfer.id) for p in page] == [(2, kept)]
    left = await store._writer.submit(
        lambda tx: (
            tx.db.execute(
                "SELECT count(*) FROM transfer WHERE pickup IS NOT NULL"
                " OR unshown_at IS NOT NULL"
            ).get
        )
    )
    assert left == 1
