"""What is known of a store without asking it: who waits, and whether it takes anything."""

import asyncio
import threading
from pathlib import Path

import apsw
import pytest

from gateway.conformance.store_making import Bench
from gateway.domain.errors import (
    ChangedMeanwhile,
    StoreError,
    StoreFateUnknown,
    StoreUnavailable,
)
from gateway.domain.principal import EVERYTHING
from gateway.ports.pulse import Backlog, Turn, is_pressed
from gateway.store.pulse import QUIET_S, Beat, Waiting
from gateway.store.sqlite import SQLiteStore

pytestmark = pytest.mark.store


class Mono:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_oldest_that_waits_is_known_however_others_come_and_go() -> None:
    mono = Mono()
    waiting = Waiting(mono)
    assert waiting.backlog() == Backlog(0, 0.0)
    first, second = waiting.come(), waiting.come()
    mono.now += 3
    waiting.come()
    assert waiting.backlog() == Backlog(3, 3.0)
    waiting.go(second)
    assert waiting.backlog() == Backlog(2, 3.0)
    waiting.go(first)
    waiting.go(first)
    assert waiting.backlog() == Backlog(1, 0.0)


@pytest.mark.parametrize(
    ("backlog", "pressed"),
    [
        (Backlog(), False),
        (Backlog(2_000, 10.0), False),
        (Backlog(2_001, 0.1), True),
        (Backlog(1, 10.1), True),
    ],
)
def test_nobody_joins_a_queue_that_is_long_or_old(
    backlog: Backlog, *, pressed: bool
) -> None:
    assert is_pressed(backlog) is pressed


def test_a_store_that_goes_and_comes_back_is_told_of_once_each() -> None:
    mono, told = Mono(), list[Turn]()
    beat = Beat(mono)
    beat.on_turn(told.append)
    beat.ended([None])
    assert told == []
    for error in (StoreFateUnknown(), StoreUnavailable(), StoreUnavailable()):
        beat.ended([error, error])
        beat.ended([None])  # every second commit is taken
        mono.now += 1
    assert told == [Turn("store_fate_unknown")]
    mono.now += QUIET_S
    beat.ended([None])
    assert told[1:] == [Turn("", 3 + QUIET_S, 6)]
    beat.ended([None])
    assert len(told) == 2


@pytest.mark.parametrize("error", [ChangedMeanwhile(), KeyError(), StoreError()])
def test_what_is_wrong_with_a_unit_says_nothing_of_the_store(error: Exception) -> None:
    told = list[Turn]()
    beat = Beat()
    beat.on_turn(told.append)
    beat.ended([error])
    beat.ended([StoreUnavailable(), error])
    assert told == []


class Slow(apsw.VFSFile):
    """A file whose log becomes durable when the test lets it."""

    def __init__(self, name: object, flags: list[int], may: threading.Event) -> None:
        super().__init__("", name, flags)  # type: ignore[arg-type]
        self._may = may

    def xSync(self, flags: int) -> None:
        self._may.wait(20)
        super().xSync(flags)


class SlowDisk(apsw.VFS):
    """The system's files, until it is told to wait."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.may = threading.Event()
        self.may.set()

    def xOpen(self, name: object, flags: list[int]) -> Slow:
        return Slow(name, flags, self.may)


async def test_what_waits_for_a_slow_disk_is_counted_until_it_is_durable(
    tmp_path: Path,
) -> None:
    disk = SlowDisk("slow")
    store = await SQLiteStore.open(tmp_path / "store.db", vfs="slow")
    bench = Bench(store)
    await bench.accepted()
    assert store.backlog() == Backlog()
    disk.may.clear()
    work = [asyncio.ensure_future(bench.accepted()) for _ in range(5)]
    await asyncio.wait(work, timeout=0.2)
    backlog = store.backlog()
    assert backlog.count == 5
    assert backlog.longest_s >= 0.1
    disk.may.set()
    await asyncio.gather(*work)
    assert store.backlog() == Backlog()
    await store.close()
    disk.unregister()


class Gone(apsw.VFSFile):
    """A file of which nothing can be read while its disk is gone."""

    def __init__(self, name: object, flags: list[int], gone: list[bool]) -> None:
        super().__init__("", name, flags)  # type: ignore[arg-type]
        self._gone = gone

    def xRead(self, amount: int, offset: int) -> bytes:
        if self._gone[0]:
            raise apsw.IOError("no disk")
        return super().xRead(amount, offset)


class GoneDisk(apsw.VFS):
    """The system's files, until they are gone."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.gone = [False]

    def xOpen(self, name: object, flags: list[int]) -> Gone:
        return Gone(name, flags, self.gone)


async def test_a_disk_that_gives_nothing_is_told_as_a_store_that_is_away(
    tmp_path: Path,
) -> None:
    disk = GoneDisk("gone")
    path = tmp_path / "store.db"
    first = await SQLiteStore.open(path)
    dossier_id = await Bench(first).accepted()
    await first.close()
    store = await SQLiteStore.open(path, vfs="gone")
    disk.gone[0] = True
    with pytest.raises(StoreUnavailable):
        await store.dossier(dossier_id, EVERYTHING)
    with pytest.raises(StoreUnavailable):
        await store.counts(EVERYTHING)
    disk.gone[0] = False
    assert await store.dossier(dossier_id, EVERYTHING)
    assert (await store.counts(EVERYTHING))["open"] == 1
    await store.close()
    disk.unregister()
