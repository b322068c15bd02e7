"""Files in a folder: what only a file system can do to them, and they to it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.conformance.attachment_making import (
    BATCH,
    CHUNK_BYTES,
    LIMIT,
    STEP,
    TAG_BYTES,
    content,
    pieces,
)
from gateway.disk import durable
from gateway.domain.errors import StoreUnavailable
from gateway.vault import attachments
from gateway.vault.attachments import _Sealing
from gateway.vault.folder import UNTOUCHED_S, FolderShelf
from gateway.vault.local import LocalVault
from tests.files import DiskAttachments
from tests.unit.vault.conftest import files_at_most

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.ports.attachments import FileKeys, StoredAttachment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "attachments"


@pytest.fixture
def disk(folder: Path, vault: LocalVault) -> Iterator[DiskAttachments]:
    disk = DiskAttachments(folder, vault)
    yield disk
    disk.close()


async def put(disk: DiskAttachments, plain: bytes) -> StoredAttachment:
    return await disk.put(pieces(plain), limit_bytes=LIMIT)


async def read(
    disk: DiskAttachments, stored: StoredAttachment, keys: FileKeys | None = None
) -> bytes:
    opened = disk.open(stored, keys or disk._vault)
    return b"".join([chunk async for chunk in opened])


def test_the_suite_cuts_files_as_they_are_cut() -> None:
    sizes = (attachments.CHUNK_BYTES, attachments.TAG_BYTES, attachments.BATCH_BYTES)
    assert sizes == (CHUNK_BYTES, TAG_BYTES, BATCH)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def folders(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_dir()]


async def test_files_and_folders_are_for_their_owner_only(
    folder: Path, vault: LocalVault
) -> None:
    before = os.umask(0)
    try:
        disk = DiskAttachments(folder, vault)
        await put(disk, content(2 * BATCH))
        await put(disk, content(20))
    finally:
        os.umask(before)
    everything = [folder, *folders(folder), *files(folder)]
    modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in everything}
    assert modes == {(True, 0o700), (False, 0o600)}
    disk.close()


async def test_a_chunk_says_itself_whether_it_is_the_last(
    disk: DiskAttachments, folder: Path, vault: LocalVault
) -> None:
    stored = await put(disk, content(3 * CHUNK_BYTES))
    shorter = replace(stored, size_bytes=2 * CHUNK_BYTES)
    resealed = vault.keep_file(shorter, vault.file_key(stored))
    path = files(folder)[0]
    path.write_bytes(path.read_bytes()[: 2 * STEP])
    # Even a row that agrees with the cut file does not make it a whole one.
    with pytest.raises(ValueError, match="not what was put away"):
        await read(disk, resealed)


@pytest.mark.parametrize("size", [90, CHUNK_BYTES])
async def test_a_small_file_of_another_length_does_not_open(
    disk: DiskAttachments, folder: Path, vault: LocalVault, size: int
) -> None:
    stored = await put(disk, content(size))
    path = files(folder)[0]
    sealed = path.read_bytes()
    for other in (b"", sealed[:-1], sealed + b"\x00", sealed + sealed):
        path.write_bytes(other)
        with pytest.raises(ValueError, match="not what was put away"):
            disk.at_once(stored, vault)
    path.write_bytes(sealed)
    assert disk.at_once(stored, vault) == content(size)


def test_a_thread_that_comes_late_writes_nothing_any_more(
    disk: DiskAttachments, folder: Path, vault: LocalVault
) -> None:
    sealing = _Sealing(disk._shelf.begin(), vault)
    sealing.add(bytes(CHUNK_BYTES))
    assert len(files(folder)) == 1
    sealing.discard()
    with pytest.raises(StoreUnavailable, match="nobody wants"):
        sealing.finish(b"VI DU", vault.keep_file)
    sealing.discard()
    assert files(folder) == []


async def test_a_link_in_the_place_of_a_file_is_not_followed(
    disk: DiskAttachments, folder: Path
) -> None:
    stored = await put(disk, content(90))
    path = files(folder)[0]
    path.rename(elsewhere := folder.with_name("elsewhere"))
    path.symlink_to(elsewhere)
    with pytest.raises(StoreUnavailable, match="ELOOP"):
        await read(disk, stored)


@pytest.mark.parametrize(("size", "room"), [(20_000, 100), (3 * BATCH, BATCH + 7)])
async def test_a_full_disk_keeps_nothing_and_says_so(
    disk: DiskAttachments, folder: Path, size: int, room: int
) -> None:
    with files_at_most(room), pytest.raises(StoreUnavailable) as full:
        await put(disk, content(size))
    assert (full.value.code, full.value.detail) == (
        "store_unavailable",
        "attachments: EFBIG",
    )
    assert files(folder) == []
    assert await read(disk, await put(disk, content(size))) == content(size)


async def test_a_folder_that_has_gone_is_no_success(
    disk: DiskAttachments, folder: Path
) -> None:
    stored = await put(disk, content(10))
    (folder / "parts").rmdir()
    with pytest.raises(StoreUnavailable, match="ENOENT"):
        await put(disk, content(10))
    assert await read(disk, stored) == content(10)


def test_a_folder_that_cannot_be_made_is_told_at_once(
    tmp_path: Path, vault: LocalVault
) -> None:
    (tmp_path / "attachments").write_bytes(b"")
    with pytest.raises(StoreUnavailable, match=r"EEXIST|ENOTDIR"):
        DiskAttachments(tmp_path / "attachments", vault)


async def test_what_an_earlier_process_left_unfinished_is_swept(
    disk: DiskAttachments, folder: Path, vault: LocalVault
) -> None:
    stored = await put(disk, content(10))
    left = folder / "parts" / "a_left.part"
    left.write_bytes(b"x")
    DiskAttachments(folder, vault).close()
    assert not left.exists()
    assert await read(disk, stored) == content(10)


def test_what_others_are_writing_is_not_swept(folder: Path) -> None:
    folder.mkdir()
    shelf = FolderShelf(folder, shared=True)
    shelf.make_ready(None)
    old, fresh = folder / "parts" / "old.part", folder / "parts" / "fresh.part"
    for path, age_s in ((old, 2 * UNTOUCHED_S), (fresh, UNTOUCHED_S / 2)):
        path.write_bytes(b"x")
        at = shelf.as_of() - age_s
        os.utime(path, (at, at))
    again = FolderShelf(folder, shared=True)
    again.make_ready(None)
    assert (old.exists(), fresh.exists()) == (False, True)
    assert again.sweep(UNTOUCHED_S / 3) == 1
    assert files(folder) == []


async def test_a_place_that_another_process_just_made_is_synced_here_as_well(
    folder: Path, vault: LocalVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, synced = DiskAttachments(folder, vault), []
    for number in range(256):
        (folder / f"{number:02x}").mkdir()
    sync = durable.sync_folder

    def seen(path: Path) -> None:
        synced.append(path)
        sync(path)

    monkeypatch.setattr(durable, "sync_folder", seen)
    first = await put(disk, content(10))
    place = folder / first.name[:2]

    assert synced == [folder, place]


async def test_a_reader_that_stops_early_lets_go_of_the_file(
    disk: DiskAttachments, vault: LocalVault
) -> None:
    stored = await put(disk, content(3 * BATCH))

    def open_files() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    before = open_files()
    async with contextlib.aclosing(disk.open(stored, vault)) as chunks:  # type: ignore[type-var]
        assert await anext(chunks) == content(CHUNK_BYTES)
        assert open_files() == before + 1
    assert open_files() == before
