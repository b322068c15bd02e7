"""What the embedded store promises of its commits: shared, durable, told."""

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from gateway.conformance.store_making import NOW, Bench, following
from gateway.domain.errors import KeyTaken, StoreFateUnknown, StoreUnavailable
from gateway.domain.identifiers import DossierId
from gateway.domain.journal import chained
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import State
from gateway.ports.store import Change
from gateway.store.sqlite import SQLiteStore

Program = Callable[[str, Path], subprocess.Popen[str]]

pytestmark = pytest.mark.store


@pytest.mark.crash
async def test_a_killed_process_loses_nothing_that_it_acknowledged(
    program: Program,
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    with program("write", path) as writing:
        assert writing.stdout is not None
        acknowledged = [writing.stdout.readline().strip() for _ in range(300)]
        writing.kill()
        acknowledged += writing.stdout.read().split("\n")[:-1]
    store = await SQLiteStore.open(path)
    assert len(acknowledged) >= 300
    for identifier in acknowledged:
        assert await store.dossier(DossierId(identifier), EVERYTHING), identifier
        assert len(await store.transfers(DossierId(identifier))) == 2
        (line,) = await store.journal(DossierId(identifier))
        assert line.digest == chained(
            line.previous, line.line, line.chain, line.position
        )
    (check,) = store._reader.execute("PRAGMA integrity_check").fetchall()
    assert check == ("ok",)
    await store.close()


@pytest.mark.crash
async def test_a_full_disk_is_told_to_every_caller_and_loses_nothing(
    program: Program,
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    filling = program("fill", path)
    told, _ = filling.communicate()
    lines = [line.split() for line in told.splitlines()]
    kept = [one for outcome, one in lines if outcome == "kept"]
    failed = [one for outcome, one in lines if outcome != "kept"]
    kinds = {outcome for outcome, _ in lines} - {"kept"}
    assert filling.returncode == 0
    assert kept
    assert len(failed) >= 2
    assert kinds <= {"StoreFateUnknown", "StoreUnavailable"}
    store = await SQLiteStore.open(path)
    for identifier in kept:
        assert await store.dossier(DossierId(identifier), EVERYTHING), identifier
    await store.close()


class Hurt(apsw.VFSFile):
    """A file whose log cannot be made durable while it is told so."""

    def __init__(self, name: Any, flags: list[int], broken: list[bool]) -> None:
        super().__init__("", name, flags)
        self._is_log = bool(flags[0] & apsw.SQLITE_OPEN_WAL)
        self._broken = broken

    def xSync(self, flags: int) -> None:
        if self._is_log and self._broken[0]:
            raise apsw.IOError("no disk")
        super().xSync(flags)


class HurtDisk(apsw.VFS):
    """The system's files, until it is broken."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.broken = [False]

    def xOpen(self, name: Any, flags: list[int]) -> Hurt:
        return Hurt(name, flags, self.broken)


async def test_a_commit_that_failed_is_told_to_all_its_callers(tmp_path: Path) -> None:
    disk = HurtDisk("hurt")
    store = await SQLiteStore.open(tmp_path / "store.db", vfs="hurt")
    bench = Bench(store)
    before = await bench.accepted()
    disk.broken[0] = True
    changes = [bench.acceptance() for _ in range(5)]
    results = await asyncio.gather(
        *(store.apply(one) for one in changes), return_exceptions=True
    )
    assert [type(one) for one in results] == [StoreFateUnknown] * 5
    disk.broken[0] = False
    found = [await store.dossier(c.dossier_id or before, EVERYTHING) for c in changes]
    assert found == [None] * 5
    await asyncio.gather(*(store.apply(one) for one in changes))
    assert len(await store.dossiers(EVERYTHING, state=None, after=None, limit=9)) == 6
    await store.close()
    disk.unregister()


async def test_a_number_taken_by_what_is_not_kept_is_not_told(tmp_path: Path) -> None:
    """Its sender would give up what nobody else has."""
    disk = HurtDisk("hurt-too")
    store = await SQLiteStore.open(tmp_path / "store.db", vfs="hurt-too")
    bench = Bench(store)
    await bench.accepted()
    disk.broken[0] = True
    of = (bench.reference(b"b"),)
    changes = [bench.acceptance(references=of) for _ in range(2)]
    results = await asyncio.gather(
        *(store.apply(one) for one in changes), return_exceptions=True
    )
    disk.broken[0] = False
    assert [type(one) for one in results] == [StoreFateUnknown] * 2
    await store.close()
    disk.unregister()


async def test_one_commit_per_unit_is_possible(tmp_path: Path) -> None:
    store = await SQLiteStore.open(tmp_path / "store.db", group_max=1)
    bench = Bench(store)
    await asyncio.gather(*(store.apply(bench.acceptance()) for _ in range(20)))
    assert (await store.counts(EVERYTHING))["open"] == 20
    await store.close()


async def test_loops_hear_of_what_has_a_moment_once_per_commit(
    store: SQLiteStore, bench: Bench
) -> None:
    rung: list[bool] = []
    store.on_commit(lambda: rung.append(store.is_still()))
    assert store.is_still()
    dossier_id = await bench.accepted()
    assert rung == []
    work = [
        asyncio.ensure_future(store.apply(bench.acceptance(bench.transfer())))
        for _ in range(20)
    ]
    await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*work)
    assert 1 <= len(rung) <= 20
    assert rung[-1]
    del rung[:]
    await bench.claim(room=1)
    await store.apply(Change(NOW, dossier_id, journal=(bench.line(),)))
    assert rung == []
    (one,) = await store.transfers_in(
        EVERYTHING, states=["sending"], office=None, after=None, limit=9
    )
    await bench.move(one.id, State.UNCONFIRMED, after=bench.later(60))
    assert rung == [True]


async def test_a_loop_that_never_rests_still_gets_its_commits(
    store: SQLiteStore, bench: Bench
) -> None:
    loop, turns = asyncio.get_running_loop(), 0

    def busy() -> None:
        nonlocal turns
        turns += sum(range(500)) > 0
        if not store.is_still():
            loop.call_soon(busy)

    for _ in range(20):
        work = [store.apply(bench.acceptance(bench.transfer())) for _ in range(30)]
        gathered = asyncio.gather(*work)
        loop.call_soon(loop.call_soon, busy)
        await gathered
    assert turns > 100
    assert (await store.counts(EVERYTHING))["open"] == 600


async def test_a_large_group_leaves_turns_to_others(
    store: SQLiteStore, bench: Bench
) -> None:
    loop, turns = asyncio.get_running_loop(), 0
    changes = [bench.acceptance(bench.transfer()) for _ in range(200)]

    def another() -> None:
        nonlocal turns
        turns += 1
        if not store.is_still():
            loop.call_soon(another)

    first = asyncio.ensure_future(store.apply(changes[0]))
    rest = [asyncio.ensure_future(store.apply(one)) for one in changes[1:]]
    loop.call_soon(loop.call_soon, another)
    await first
    assert all(one.done() for one in rest)
    assert turns > 3


async def test_a_file_that_another_holds_fails_all_that_wait_at_once(
    store: SQLiteStore, bench: Bench, tmp_path: Path
) -> None:
    other = apsw.Connection(str(tmp_path / "store.db"))
    other.execute("BEGIN IMMEDIATE")
    changes = [bench.acceptance() for _ in range(300)]
    results = await asyncio.gather(
        *(store.apply(one) for one in changes), return_exceptions=True
    )
    assert {type(one) for one in results} == {StoreUnavailable}
    other.execute("ROLLBACK")
    other.close()
    applied = await asyncio.gather(*(store.apply(one) for one in changes))
    assert len(applied) == 300


async def test_a_caller_that_gave_up_harms_nobody(
    store: SQLiteStore, bench: Bench
) -> None:
    change = bench.acceptance()
    task = asyncio.ensure_future(store.apply(change))
    other = asyncio.ensure_future(bench.accepted())
    await asyncio.wait([task], timeout=0)
    task.cancel()
    await other
    assert await store.dossier(change.dossier_id or DossierId(""), EVERYTHING)
    assert store.is_still()


async def test_units_before_and_after_a_failed_one_are_kept_in_order(
    store: SQLiteStore, bench: Bench
) -> None:
    change = bench.acceptance(references=(bench.reference(b"b"),))
    first = change.case
    assert first is not None
    bad = bench.acceptance(bench.transfer(), references=(bench.reference(b"b"),))
    second = Change(NOW, first.dossier_id, following(first, told=1))
    third = Change(NOW, first.dossier_id, following(following(first), told=2))
    results = await asyncio.gather(
        *(store.apply(one) for one in (change, bad, second, third)),
        return_exceptions=True,
    )
    assert [getattr(one, "version", type(one)) for one in results] == [
        1,
        KeyTaken,
        2,
        3,
    ]
