"""What is swept is what nobody can need: real store, real folder, a calendar of the test."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from gateway.clocks.clock import VirtualClock
from gateway.conformance.store_making import NOW, SENDER, Bench
from gateway.domain.errors import ChangedMeanwhile, StoreUnavailable
from gateway.domain.identifiers import DossierId
from gateway.domain.principal import EVERYTHING
from gateway.ports.store import AttachmentLink, Change, Upload
from gateway.store.sqlite import SQLiteStore
from gateway.telemetry.probe import StructlogProbe
from gateway.vault import attachments as on_disk
from gateway.vault.folder import HELD
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from gateway.watch import sweeper as module
from gateway.watch.sweeper import GRACE_S, MARK, Sweeper
from tests.files import DiskAttachments

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

from gateway.ports.attachments import StoredAttachment
from gateway.ports.nodes import Duties

pytestmark = pytest.mark.store
DAY_S = 86_400
UNIT = "UBND-XA-VI-DU"


class Alone(Duties):
    """The only node has every duty."""

    def holds(self, duty: str) -> bool:
        return bool(duty)


class Calendar(VirtualClock):
    """A clock of the test: a rest lasts no time, and may be when something happens."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.rested: list[float] = []
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def rest(self, seconds: float) -> None:
        self.rested.append(seconds)
        if self.meanwhile is not None:
            await self.meanwhile()

    def pass_days(self, days: float) -> None:
        self.set(self.now() + timedelta(days=days))


@dataclass
class Place:
    """A store, a folder of files, and who sweeps them."""

    folder: Path
    bench: Bench
    disk: DiskAttachments
    vault: LocalVault
    clock: Calendar = field(default_factory=Calendar)
    told: BytesIO = field(default_factory=BytesIO)
    blinds: dict[str, bytes] = field(default_factory=dict)

    def sweeper(self, store: Any = None) -> Sweeper:
        return Sweeper(
            store or self.bench.store,
            self.disk,
            self.clock,
            StructlogProbe(self.told),
            duties=Alone(),
            uploads_kept=timedelta(days=7),
        )

    async def put(self, days_old: float = 0.0) -> StoredAttachment:
        """A file on the disk, and no row of it."""

        async def chunks() -> AsyncIterator[bytes]:
            yield b"VI DU"

        stored = await self.disk.put(chunks(), limit_bytes=5)
        at = await self.disk.as_of() - days_old * DAY_S
        os.utime(self.path(stored), (at, at))
        return stored

    async def upload(self, blind: bytes, days_old: float = 0.0) -> StoredAttachment:
        stored = await self.put(days_old)
        at = self.clock.now() - timedelta(days=days_old)
        await self.bench.store.add_upload(Upload(stored, SENDER, blind, at))
        self.blinds[stored.id] = blind
        return stored

    def uploads(self, stored: StoredAttachment) -> tuple[Upload, ...]:
        """The upload as it was read before it is used."""
        return (Upload(stored, SENDER, self.blinds[stored.id], self.clock.now()),)

    def path(self, stored: StoredAttachment) -> Path:
        return self.folder / stored.name[:2] / stored.name

    def acceptance(self, stored: StoredAttachment, *, used: bool) -> Change:
        """A new dossier that takes the file."""
        case = self.bench.case()
        key = self.vault.new_key(case.dossier_id, UNIT)
        name = key.seal_value("file", "vi-du.pdf")
        link = AttachmentLink(key.take(stored), "input", name, stored.id.encode())
        return self.bench.acceptance(
            case=case,
            wrapped_key=key.wrapped,
            attachments=(link,),
            uploads_used=self.uploads(stored) if used else (),
        )

    async def accept(self, stored: StoredAttachment, *, used: bool) -> DossierId:
        change = self.acceptance(stored, used=used)
        await self.bench.store.apply(change)
        assert change.dossier_id is not None
        return change.dossier_id

    async def opens(self, dossier_id: DossierId) -> bool:
        """Whether every file of a dossier can be read as it came."""
        row = await self.bench.store.dossier(dossier_id, EVERYTHING)
        assert row is not None
        key = self.vault.key(dossier_id, UNIT, row.wrapped_key)
        links = await self.bench.store.attachments(dossier_id)
        assert links
        for link in links:
            opened = self.disk.open(link.attachment, key)
            if b"".join([chunk async for chunk in opened]) != b"VI DU":
                return False
        return True

    def names(self) -> set[str]:
        found = {p.name for p in self.folder.rglob("*") if p.is_file()}
        return found - {HELD}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    keyring = Keyring.open(tmp_path / "keys", may_create=True)
    vault = LocalVault(keyring)
    folder = tmp_path / "attachments"
    store = await SQLiteStore.open(tmp_path / "store.sqlite")
    disk = DiskAttachments(folder, vault)
    yield Place(folder, Bench(store), disk, vault)
    disk.close()
    await store.close()


async def test_an_upload_that_nobody_used_goes_after_its_days_and_no_other(
    place: Place,
) -> None:
    ended = await place.upload(b"ended", days_old=7.01)
    waiting = await place.upload(b"waiting", days_old=6.99)
    used = await place.upload(b"used", days_old=30)
    dossier_id = await place.accept(used, used=True)
    await place.sweeper().turn()
    assert place.names() == {waiting.name, used.name}
    assert not place.path(ended).exists()
    found = await place.bench.store.uploads(SENDER, [b"ended", b"waiting"])
    assert set(found) == {b"waiting"}
    assert await place.opens(dossier_id)
    again = [chunk async for chunk in place.disk.open(waiting, place.vault)]
    assert again == [b"VI DU"]


async def test_a_file_whose_row_never_came_goes_after_a_day(place: Place) -> None:
    orphan = await place.put(days_old=1.01)
    fresh = await place.put(days_old=0.99)
    linked = await place.put(days_old=400)
    dossier_id = await place.accept(linked, used=False)
    strange = place.folder / "ab" / "not-ours"
    strange.parent.mkdir(exist_ok=True)
    strange.write_bytes(b"x")
    os.utime(strange, (0, 0))
    await place.sweeper().turn()
    assert place.names() == {fresh.name, linked.name, "not-ours"}
    assert not place.path(orphan).exists()
    assert await place.opens(dossier_id)


async def test_there_is_one_turn_a_day_by_the_calendar(place: Place) -> None:
    sweeper = place.sweeper()
    await sweeper.turn()
    orphan = await place.put(days_old=2)
    place.clock.pass_days(0.99)
    await sweeper.turn()
    # Another process finds the mark of the last turn in the store.
    await place.sweeper().turn()
    assert place.path(orphan).exists()
    place.clock.pass_days(0.01)
    await place.sweeper().turn()
    assert not place.path(orphan).exists()


async def test_it_is_told_how_many_and_nothing_else(place: Place) -> None:
    await place.sweeper().turn()
    place.clock.pass_days(1)
    (upload, orphan) = await place.upload(b"1", days_old=8), await place.put(2)
    await place.sweeper().turn()
    assert place.names() == set()
    db = place.bench.store._reader.driver  # type: ignore[attr-defined]
    lines = db.execute("SELECT chain, facts FROM journal WHERE kind = 'swept'")
    found = [(chain, json.loads(facts)) for chain, facts in lines.fetchall()]
    assert found == [("sweeps:2026-03-11", {"uploads": 1, "orphans": 1})]
    told = place.told.getvalue()
    assert json.loads(told)["count"] == 2
    assert upload.name.encode() not in told
    assert orphan.name.encode() not in told


async def test_uploads_that_are_taken_while_they_end_are_whole_or_not_accepted(
    place: Place,
) -> None:
    uploads = [await place.upload(str(n).encode(), days_old=8) for n in range(60)]
    changes = [place.acceptance(stored, used=True) for stored in uploads]
    outcomes: list[object] = []
    heard = asyncio.Event()

    async def take(change: Change) -> None:
        try:
            await place.bench.store.apply(change)
            outcomes.append(change.dossier_id)
        except ChangedMeanwhile:
            outcomes.append(None)
        heard.set()

    begins, asked = asyncio.Event(), 0
    may_sweep = place.disk.sweeping

    @asynccontextmanager
    async def sweeping() -> AsyncIterator[bool]:
        nonlocal asked
        async with may_sweep() as may:
            asked += 1
            if asked == 2:  # at its first page
                begins.set()
            yield may

    setattr(place.disk, "sweeping", sweeping)  # noqa: B010
    first = asyncio.gather(*(take(change) for change in changes[:20]))
    turn = asyncio.ensure_future(place.sweeper().turn())
    await heard.wait()
    await begins.wait()
    await asyncio.gather(*(take(change) for change in changes[20:]))
    await first
    await turn
    taken = [one for one in outcomes if one is not None]
    assert 20 <= len(taken) < 60, "neither side was ever first"
    for change, stored in zip(changes, uploads, strict=True):
        is_taken = change.dossier_id in taken
        assert place.path(stored).exists() == is_taken
        if is_taken:
            assert change.dossier_id is not None
            assert await place.opens(change.dossier_id)


async def test_a_file_that_gets_its_row_at_the_last_moment_stays(place: Place) -> None:
    halted = await place.put(days_old=3)
    orphan = await place.put(days_old=3)
    accepted: list[DossierId] = []

    async def goes_on() -> None:
        accepted.append(await place.accept(halted, used=False))

    place.clock.meanwhile = goes_on
    await place.sweeper().turn()
    assert place.clock.rested == [GRACE_S]
    assert place.names() == {halted.name}
    assert await place.opens(accepted[0])
    assert not place.path(orphan).exists()


@pytest.mark.parametrize("days_old", [8, 9.9])
async def test_an_upload_whose_row_went_and_whose_file_did_not_is_found_again(
    place: Place, days_old: float
) -> None:
    first = await place.upload(b"first", days_old=1.5)
    await place.sweeper().turn()
    assert place.path(first).exists()
    place.clock.pass_days(1)
    left = await place.upload(b"left", days_old)

    class Dying(DiskAttachments):
        async def delete(self, name: str) -> None:
            raise StoreUnavailable("the process dies here")

    place.disk, whole = Dying(place.folder, place.vault), place.disk
    with pytest.raises(StoreUnavailable):
        await place.sweeper().turn()
    place.disk.close()
    assert place.path(left).exists()
    assert await place.bench.store.uploads(SENDER, [b"left"]) == {}
    place.disk = whole
    await place.sweeper().turn()
    assert not place.path(left).exists()
    assert place.path(first).exists()


async def test_files_are_looked_at_in_pages_and_old_ones_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_disk, "PAGE_NAMES", 4)
    monkeypatch.setattr(module, "PAGE", 3)
    asked: list[int] = []
    store: Any = place.bench.store

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        async def unnamed(self, names: Sequence[str]) -> Sequence[str]:
            asked.append(len(names))
            unnamed: Sequence[str] = await store.unnamed(names)
            return unnamed

    linked = [await place.put(days_old=20) for _ in range(30)]
    for stored in linked:
        await place.accept(stored, used=False)
    for _ in range(7):
        await place.put(days_old=2)
    await place.sweeper(Counting()).turn()
    assert place.names() == {stored.name for stored in linked}
    assert sum(asked) == 30 + 7 + 7
    assert max(asked) <= 2 * 4
    asked.clear()
    place.clock.pass_days(1)
    await place.sweeper(Counting()).turn()
    assert asked == []


async def test_more_orphans_than_one_turn_takes_wait_for_the_next(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_disk, "PAGE_NAMES", 4)
    monkeypatch.setattr(module, "MOST_ORPHANS", 4)
    for _ in range(10):
        await place.put(days_old=90)
    left = []
    for _ in range(3):
        await place.sweeper().turn()
        left.append(len(place.names()))
        place.clock.pass_days(1)
    assert left[0] > 0
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    mark = json.loads(await place.bench.store.mark(MARK) or "{}")
    assert mark["until"] > 0


async def test_names_are_looked_for_in_one_pass_over_the_rows(place: Place) -> None:
    db = place.bench.store._reader.driver  # type: ignore[attr-defined]
    from gateway.store.remnants import _NAMED

    query = f"EXPLAIN QUERY PLAN {_NAMED[db.dialect]}"
    plan = [row[3] for row in db.execute(query, ("[]",))]
    assert [line for line in plan if line.startswith("SCAN")] != []
    assert sum(line == "SCAN attachment" for line in plan) == 1
    assert not [line for line in plan if "CORRELATED" in line]
