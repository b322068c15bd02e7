"""No mail leaves, nothing is deleted until somebody has looked at a restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.conformance.store_making import NOW
from gateway.domain.journal import JournalLine
from gateway.ports.incarnations import Incarnation
from gateway.ports.nodes import DIGEST, DUTIES, EXPIRE, Duties
from gateway.store.sqlite import SQLiteStore
from gateway.watch.restored import Restored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.store


class Alone(Duties):
    """The only node has every duty."""

    def holds(self, duty: str) -> bool:
        return bool(duty)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SQLiteStore]:
    store = await SQLiteStore.open(tmp_path / "store.sqlite")
    yield store
    await store.close()


def held_back(restored: Restored) -> set[str]:
    return {duty for duty in DUTIES if not restored.holds(duty)}


async def test_a_store_that_was_never_restored_mails_and_deletes_once_it_has_looked(
    store: SQLiteStore,
) -> None:
    restored = Restored(store, Alone())
    assert held_back(restored) == {DIGEST, EXPIRE}
    await restored.look()
    assert held_back(restored) == set()


async def test_mails_wait_until_the_restore_is_acknowledged(store: SQLiteStore) -> None:
    noted = Incarnation(0, "b-1", NOW, by="quan-tri", why="thử", marked_at=NOW)
    await store.note_incarnation(noted)
    await store.begin_incarnation(NOW, {})
    restored = Restored(store, Alone())
    await restored.look()
    assert held_back(restored) == {DIGEST, EXPIRE}
    line = JournalLine("restore_acknowledged", NOW, "quan-tri", {})
    await store.acknowledge_incarnation(1, "quan-tri", line)
    await restored.look()
    assert held_back(restored) == set()
    assert restored.open is None
