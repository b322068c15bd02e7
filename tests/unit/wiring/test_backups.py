"""Backups of a real store and folder: whole or none, kept, tried, refused, restored."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from gateway.domain.errors import BackupFailed, BackupUnreadable, RestoreRefused
from gateway.domain.errors import StoreUnavailable as InUse
from gateway.store import snapshot as snapshots
from gateway.store.sqlite import SQLiteStore
from gateway.vault.folder import FolderShelf
from gateway.vault.keyring import Keyring
from gateway.wiring import backups, restoring
from gateway.wiring.attachments import prove
from gateway.wiring.keys import refuse_another_key
from tests.files import DiskAttachments
from tests.stored import keep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.store
FILES = [b"%PDF-1.4 VI DU", b"%PDF-1.4 " + b"VI DU " * 50_000]


@dataclass
class Place:
    """A run folder with a store that runs, and a folder for backups."""

    run: Path
    to: Path
    settings: Path
    store: SQLiteStore
    names: list[str]

    def make(self, **more: Any) -> backups.Made:
        return backups.back_up(self.settings, self.to, self.to / "backup.pub", **more)

    @property
    def key(self) -> Path:
        return self.to / "backup.key"

    def verify(self, archive: Path) -> Any:
        return restoring.verify(self.settings, archive, self.key)

    def restore(self, archive: Path, into: Path) -> Any:
        return restoring.restore(
            self.settings, archive, self.key, into=into, by="quan-tri", why="Thử"
        )

    def archives(self) -> list[str]:
        return sorted(p.name for p in self.to.iterdir() if "backup-" not in p.name)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    run, to = tmp_path / "run", tmp_path / "to"
    run.mkdir()
    settings = tmp_path / "gateway.toml"
    settings.write_text(f'profile = "mock"\nrun_dir = "{run}"\n', "utf-8")
    keyring = Keyring.open(run / "keys", may_create=True)
    store = await SQLiteStore.open(run / "store.sqlite")
    await refuse_another_key(store, keyring)
    shelf = FolderShelf(run / "attachments")
    await prove(store, shelf, node="gateway-1", alone=True)
    names = await keep(store, keyring, run / "attachments", FILES)
    backups.make_key(to)
    yield Place(run, to, settings, store, names)
    await store.close()


async def test_a_backup_of_a_running_store_can_be_tried_and_names_what_it_holds(
    place: Place,
) -> None:
    made = await asyncio.to_thread(place.make)
    assert (made.files, made.facts.dossiers) == (len(FILES), 1)
    assert made.path.stat().st_mode & 0o077 == 0
    content = made.path.read_bytes()
    assert b"SQLite format" not in content
    assert b"%PDF" not in content
    found = place.verify(made.path)
    assert (found.files, found.opened, found.proved) == (2, 2, True)
    assert found.lines == made.facts.lines > 0
    assert [p.name for p in place.to.iterdir() if p.name.startswith(".")] == []


async def test_writers_go_on_while_a_backup_is_made(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = snapshots._copy

    def slowly(source: Any, spool: Any) -> None:
        copied(source, spool)
        writing = asyncio.run_coroutine_threadsafe(
            place.store.set_mark("meanwhile", "1"), loop
        )
        writing.result(10)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(snapshots, "_copy", slowly)
    made = await asyncio.to_thread(place.make)
    assert await place.store.mark("meanwhile") == "1"
    into = place.to / "back"
    place.restore(made.path, into)
    db = apsw.Connection(str(into / "store.sqlite"))
    rows = db.execute("SELECT count(*) FROM mark WHERE name = 'meanwhile'").get
    db.close()
    assert rows == 0, "the point comes before it"


async def test_a_missing_file_is_named_and_no_backup_is_made(place: Place) -> None:
    name = place.names[1]
    (place.run / "attachments" / name[:2] / name).unlink()
    with pytest.raises(BackupFailed, match=name) as wrong:
        place.make()
    assert wrong.value.code == "backup_file_missing"
    assert name in wrong.value.remedy
    assert place.archives() == ["backup.key", "backup.pub"]


async def test_a_full_disk_leaves_the_old_backup_and_no_half_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = place.make().path
    write = backups.new_file

    def full(path: Path, **more: Any) -> Any:
        file = write(path, **more)
        file.close()
        return Path("/dev/full").open("wb")

    monkeypatch.setattr(backups, "new_file", full)
    with pytest.raises(BackupFailed):
        place.make()
    assert place.archives() == ["backup.key", "backup.pub", old.name]


async def test_what_the_disk_gives_back_otherwise_is_no_backup(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = place.make(keep=1).path

    def spoilt(path: Path, *_: object) -> None:
        with path.open("r+b") as file:
            file.seek(-3, os.SEEK_END)
            file.write(b"xxx")
        read_back(path, *_)

    read_back: Any = backups._read_back
    monkeypatch.setattr(backups, "_read_back", spoilt)
    with pytest.raises(BackupFailed, match="otherwise"):
        place.make(keep=1)
    assert old.exists()


async def test_so_many_are_kept_and_only_archives_of_ours_go(place: Place) -> None:
    for day in (1, 2, 3):
        name = f"lienthong-2026010{day}T000000Z-0000000{day}.backup"
        (place.to / name).write_bytes(b"old")
    (place.to / "lienthong-notes.backup").write_bytes(b"somebody's")
    made = place.make(keep=2)
    assert made.removed == (
        "lienthong-20260101T000000Z-00000001.backup",
        "lienthong-20260102T000000Z-00000002.backup",
    )
    left = [name for name in place.archives() if name.endswith(".backup")]
    assert left == [
        "lienthong-20260103T000000Z-00000003.backup",
        made.path.name,
        "lienthong-notes.backup",
    ]


async def test_nothing_is_swept_while_a_backup_copies_files(place: Place) -> None:
    keyring = Keyring.open(place.run / "keys")
    from gateway.vault.local import LocalVault

    disk = DiskAttachments(
        place.run / "attachments", LocalVault(keyring, mono=lambda: 0)
    )
    shelf = FolderShelf(place.run / "attachments")
    with shelf.holding(), shelf.holding():
        async with disk.sweeping() as may:
            assert not may
    async with disk.sweeping() as may:
        assert may
    disk.close()


async def test_a_restore_goes_into_an_empty_place_only(place: Place) -> None:
    made = place.make()
    with pytest.raises(InUse) as used:
        place.restore(made.path, place.run)
    assert used.value.code == "store_in_use"
    await place.store.close()
    with pytest.raises(RestoreRefused) as full:
        place.restore(made.path, place.run)
    assert full.value.code == "restore_not_empty"
    (place.run / "store.sqlite").rename(place.run / "old.sqlite")
    with pytest.raises(RestoreRefused, match="attachments"):
        place.restore(made.path, place.run)
    shutil.rmtree(place.run / "attachments")
    found = place.restore(made.path, place.run)
    assert found.into == str(place.run)
    assert not [path.name for path in place.run.iterdir() if path.name[0] == "."]
    place.store = await SQLiteStore.open(place.run / "store.sqlite")
    (life,) = await place.store.incarnations()
    assert (life.number, life.backup, life.by, life.begun_at) == (
        1,
        made.id,
        "quan-tri",
        None,
    )
    shelf = FolderShelf(place.run / "attachments")
    assert await prove(place.store, shelf, node="gateway-1", alone=True)
    assert all(shelf.length(name) for name in place.names)


async def test_a_restore_that_broke_off_leaves_no_store_and_can_be_begun_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, into = place.make(), place.to / "back"
    spoilt = made.path.with_name("spoilt")
    spoilt.write_bytes(made.path.read_bytes()[:-9])
    spoilt.replace(made.path.with_suffix(".cut"))
    cut = made.path.with_suffix(".cut")
    with pytest.raises(BackupUnreadable):
        place.restore(cut, into)
    assert {path.name for path in into.iterdir()} == {
        "attachments",
        "store.sqlite.lock",
    }
    with pytest.raises(RestoreRefused):
        place.restore(made.path, into)  # of another archive
    cut.write_bytes(made.path.read_bytes())
    assert place.restore(cut, into).files == len(FILES)
    assert (into / "store.sqlite").exists()


async def test_another_master_key_is_told_before_anything_is_believed(
    place: Place,
) -> None:
    made = place.make()
    shutil.rmtree(place.run / "keys")
    Keyring.open(place.run / "keys", may_create=True)
    with pytest.raises(BackupUnreadable) as wrong:
        place.verify(made.path)
    assert wrong.value.code == "backup_master_differs"
    shutil.rmtree(place.run / "keys")
    found = place.verify(made.path)
    assert (found.opened, found.with_master, found.files) == (0, False, len(FILES))


async def test_a_journal_that_was_altered_is_found(place: Place) -> None:
    await place.store.close()
    db = apsw.Connection(str(place.run / "store.sqlite"))
    db.execute("UPDATE journal SET actor = 'another' WHERE id = 1")
    db.close()
    made = place.make()
    with pytest.raises(BackupUnreadable) as wrong:
        place.verify(made.path)
    assert wrong.value.code == "backup_journal_broken"
    place.store = await SQLiteStore.open(place.run / "store.sqlite")


async def test_the_private_half_has_to_be_its_owners_alone(place: Place) -> None:
    made = place.make()
    place.key.chmod(0o644)
    with pytest.raises(ValueError, match="chmod 600"):
        place.verify(made.path)


async def test_a_store_restored_by_other_means_is_marked(place: Place) -> None:
    with pytest.raises(InUse):
        restoring.mark(place.settings, point=None, by="quan-tri", why="PITR")
    await place.store.close()
    assert restoring.mark(place.settings, point=None, by="quan-tri", why="PITR") == 1
    place.store = await SQLiteStore.open(place.run / "store.sqlite")
    (life,) = await place.store.incarnations()
    assert (life.backup, life.point, life.why) == ("", None, "PITR")
