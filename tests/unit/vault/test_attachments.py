"""Files sealed in chunks: whole and durable, or not there; altered, never read."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.domain.errors import StoreUnavailable, TooLarge
from gateway.domain.identifiers import AttachmentId
from gateway.vault.attachments import (
    BATCH_CHUNKS,
    CHUNK_BYTES,
    TAG_BYTES,
    DiskAttachments,
    _Draft,
    sweep,
)
from gateway.vault.keyring import Keyring
from gateway.vault.local import LocalVault
from tests.unit.vault.conftest import files_at_most

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from gateway.ports.attachments import FileKeys, StoredAttachment

MARKER = "TỆP VÍ DỤ CỦA NGUYỄN VĂN VÍ DỤ ".encode()
LIMIT = 64 * 1024 * 1024
STEP = CHUNK_BYTES + TAG_BYTES
BATCH = BATCH_CHUNKS * CHUNK_BYTES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "attachments"


@pytest.fixture
def disk(folder: Path, vault: LocalVault) -> Iterator[DiskAttachments]:
    disk = DiskAttachments(folder, vault)
    yield disk
    disk.close()


def content(size: int) -> bytes:
    """Bytes of which no two chunks are equal."""
    count = size // len(MARKER) + 1
    return b"".join(MARKER + str(i).encode() for i in range(count))[:size]


async def pieces(plain: bytes, size: int = 50_000) -> AsyncIterator[bytes]:
    for start in range(0, len(plain), size):
        yield plain[start : start + size]


async def put(disk: DiskAttachments, plain: bytes) -> StoredAttachment:
    return await disk.put(pieces(plain), limit_bytes=LIMIT)


async def read(
    disk: DiskAttachments, stored: StoredAttachment, keys: FileKeys | None = None
) -> bytes:
    opened = disk.open(stored, keys or disk._vault)
    return b"".join([chunk async for chunk in opened])


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def folders(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_dir()]


async def discarded(folder: Path) -> None:
    """Wait for the thread that undoes; a few turns of the loop at most."""
    async with asyncio.timeout(10):
        while files(folder):
            await asyncio.to_thread(os.sync)


SIZES = [
    0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES,
    BATCH - 1, BATCH, BATCH + 1, 2 * BATCH, 2 * BATCH + CHUNK_BYTES + 7,
]  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
async def test_a_file_of_every_size_comes_back(
    disk: DiskAttachments, folder: Path, size: int
) -> None:
    plain = content(size)
    stored = await put(disk, plain)
    assert await read(disk, stored) == plain
    assert stored.size_bytes == size
    assert stored.sha256 == hashlib.sha256(plain).hexdigest()
    chunks = max(1, -(-size // CHUNK_BYTES))
    assert [p.stat().st_size for p in files(folder)] == [size + chunks * TAG_BYTES]


@pytest.mark.parametrize("piece", [1000, CHUNK_BYTES, 3 * BATCH + 1])
async def test_it_does_not_matter_in_what_pieces_a_file_comes(
    disk: DiskAttachments, piece: int
) -> None:
    plain = content(3 * BATCH + 1)
    stored = await disk.put(pieces(plain, piece), limit_bytes=len(plain))
    assert await read(disk, stored) == plain


async def test_another_process_with_the_same_keys_reads_it(
    disk: DiskAttachments, folder: Path, keys: Path
) -> None:
    stored = await put(disk, content(2 * BATCH))
    again = DiskAttachments(folder, LocalVault(Keyring.open(keys)))
    assert await read(again, stored) == content(2 * BATCH)
    again.close()


@pytest.mark.parametrize("size", [20_000, 2 * BATCH + 5])
async def test_no_file_shows_anything_of_the_content(
    disk: DiskAttachments, folder: Path, size: int
) -> None:
    plain = content(size)
    stored = await put(disk, plain)
    assert len(found := files(folder)) == 1
    assert MARKER in plain
    assert MARKER[:12] not in found[0].read_bytes()
    assert stored.sha256 not in str(found[0])
    assert stored.id not in str(found[0])


async def test_while_a_file_comes_in_nothing_of_it_is_plain(
    disk: DiskAttachments, folder: Path
) -> None:
    plain = content(4 * BATCH)
    seen: list[bytes] = []

    async def watched() -> AsyncIterator[bytes]:
        async for piece in pieces(plain):
            yield piece
            seen.extend(path.read_bytes() for path in files(folder))

    stored = await disk.put(watched(), limit_bytes=LIMIT)
    assert max(map(len, seen)) > BATCH
    assert not [written for written in seen if MARKER[:12] in written]
    assert await read(disk, stored) == plain


async def test_equal_files_have_nothing_in_common(
    disk: DiskAttachments, folder: Path
) -> None:
    one, two = await put(disk, content(9000)), await put(disk, content(9000))
    assert one.sha256 == two.sha256
    assert one.id != two.id
    assert one.name != two.name
    first, second = (path.read_bytes() for path in files(folder))
    assert first != second


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


def altered(sealed: bytes) -> dict[str, bytes]:
    """Three chunks, treated in every way that leaves whole chunks whole, or not."""
    one, two, three = sealed[:STEP], sealed[STEP : 2 * STEP], sealed[2 * STEP :]
    return {
        "one bit": sealed[:100] + bytes([sealed[100] ^ 1]) + sealed[101:],
        "one bit of the last chunk": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "two chunks exchanged": two + one + three,
        "one chunk twice": one + one + three,
        "the last one missing": one + two,
        "the first one missing": two + three,
        "cut": sealed[:-1],
        "cut to nothing": b"",
        "longer": sealed + b"\x00",
        "one chunk more": one + two + two + three,
    }


@pytest.mark.parametrize("how", altered(b"\x00" * (2 * STEP + 50)))
async def test_an_altered_file_is_not_read_to_its_end(
    disk: DiskAttachments, folder: Path, how: str
) -> None:
    plain = content(2 * CHUNK_BYTES + 50)
    stored = await put(disk, plain)
    path = files(folder)[0]
    sealed = path.read_bytes()
    path.write_bytes(altered(sealed)[how])
    with pytest.raises(ValueError, match="not what was put away"):
        await read(disk, stored)
    path.write_bytes(sealed)
    assert await read(disk, stored) == plain


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


@pytest.mark.parametrize("change", [-STEP, -1, 1])
async def test_of_a_file_of_another_length_not_a_byte_is_given_out(
    disk: DiskAttachments, folder: Path, vault: LocalVault, change: int
) -> None:
    stored = await put(disk, content(3 * BATCH))
    path = files(folder)[0]
    sealed = path.read_bytes()
    path.write_bytes((sealed + b"\x00")[: len(sealed) + change])
    with pytest.raises(ValueError, match="not what was put away"):
        await anext(disk.open(stored, vault))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES])
async def test_a_file_of_one_chunk_is_given_at_once(
    disk: DiskAttachments, vault: LocalVault, size: int
) -> None:
    assert disk.at_once(await put(disk, content(size)), vault) == content(size)


async def test_a_file_of_several_chunks_has_to_be_opened(
    disk: DiskAttachments, vault: LocalVault
) -> None:
    assert disk.at_once(await put(disk, content(CHUNK_BYTES + 1)), vault) is None


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
    draft = _Draft(folder, vault)
    draft.add(bytes(CHUNK_BYTES))
    assert len(files(folder)) == 1
    draft.discard()
    with pytest.raises(OSError, match="nobody wants"):
        draft.finish(b"VI DU")
    draft.discard()
    assert files(folder) == []


async def test_a_file_in_the_place_of_another_is_not_read(
    disk: DiskAttachments, folder: Path
) -> None:
    one, two = await put(disk, content(9000)), await put(disk, content(9000)[::-1])
    first, second = (folder / s.name[:2] / s.name for s in (one, two))
    sealed = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(sealed)
    for stored in (one, two):
        with pytest.raises(ValueError, match="not what was put away"):
            await read(disk, stored)


async def test_a_row_that_was_altered_opens_nothing(disk: DiskAttachments) -> None:
    one, two = await put(disk, content(9000)), await put(disk, content(9000))
    changes: list[dict[str, Any]] = [
        {"id": AttachmentId("a_other")}, {"id": two.id}, {"name": two.name},
        {"size_bytes": 8999}, {"sealed_key": two.sealed_key},
        {"sealed_key": b""}, {"name": "../../keys/master.key"}, {"name": ""},
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(ValueError, match=r"sealed|put away"):
            await read(disk, replace(one, **change))
    assert await read(disk, one) == content(9000)


async def test_a_lost_file_is_told_as_such(disk: DiskAttachments, folder: Path) -> None:
    small, large = await put(disk, content(90)), await put(disk, content(2 * BATCH))
    for path in files(folder):
        path.unlink()
    for stored in (small, large):
        with pytest.raises(ValueError, match="not what was put away"):
            await read(disk, stored)


async def test_a_link_in_the_place_of_a_file_is_not_followed(
    disk: DiskAttachments, folder: Path
) -> None:
    stored = await put(disk, content(90))
    path = files(folder)[0]
    path.rename(elsewhere := folder.with_name("elsewhere"))
    path.symlink_to(elsewhere)
    with pytest.raises(StoreUnavailable, match="ELOOP"):
        await read(disk, stored)


@pytest.mark.parametrize("size", [20_000, 3 * BATCH])
async def test_over_the_limit_nothing_is_kept(
    disk: DiskAttachments, folder: Path, size: int
) -> None:
    plain = content(size)
    with pytest.raises(TooLarge):
        await disk.put(pieces(plain), limit_bytes=size - 1)
    assert files(folder) == []
    stored = await disk.put(pieces(plain), limit_bytes=size)
    assert stored.size_bytes == size


async def test_what_is_over_the_limit_is_not_read_on(disk: DiskAttachments) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield bytes(CHUNK_BYTES)

    with pytest.raises(TooLarge):
        await disk.put(endless(), limit_bytes=5 * CHUNK_BYTES)
    assert given == 6


@pytest.mark.parametrize("after", [0, 20_000, 3 * BATCH])
async def test_a_source_that_breaks_off_leaves_nothing(
    disk: DiskAttachments, folder: Path, after: int
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for piece in pieces(content(after)):
            yield piece
        raise ConnectionResetError("the sender has gone")

    # The sender's trouble stays the sender's: it says nothing about the disk.
    with pytest.raises(ConnectionResetError):
        await disk.put(broken(), limit_bytes=LIMIT)
    assert files(folder) == []


@pytest.mark.parametrize("after", [20_000, 3 * BATCH])
async def test_a_caller_that_goes_away_leaves_nothing(
    disk: DiskAttachments, folder: Path, after: int
) -> None:
    waiting = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        async for piece in pieces(content(after)):
            yield piece
        waiting.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(disk.put(slow(), limit_bytes=LIMIT))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files(folder) == []


@pytest.mark.parametrize("turns", range(12))
async def test_wherever_a_caller_goes_away_the_file_is_whole_or_not_there(
    disk: DiskAttachments, folder: Path, turns: int
) -> None:
    plain = content(2 * BATCH)
    task = asyncio.create_task(put(disk, plain))
    for _ in range(turns):
        await asyncio.to_thread(int)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    if task.cancelled():
        await discarded(folder)
    else:
        assert await read(disk, task.result()) == plain


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


async def test_deleting_twice_is_no_error(disk: DiskAttachments, folder: Path) -> None:
    stored, kept = await put(disk, content(10)), await put(disk, content(11))
    assert len(files(folder)) == 2
    await disk.delete(stored.name)
    await disk.delete(stored.name)
    assert [path.name for path in files(folder)] == [kept.name]
    with pytest.raises(ValueError, match="not what was put away"):
        await read(disk, stored)


async def test_deleting_never_leaves_the_folder(
    disk: DiskAttachments, folder: Path
) -> None:
    (outside := folder.with_name("outside")).write_bytes(b"x")
    with pytest.raises(ValueError, match="put away"):
        await disk.delete("../outside")
    assert outside.exists()


async def test_what_an_earlier_process_left_unfinished_is_swept(
    disk: DiskAttachments, folder: Path, vault: LocalVault
) -> None:
    stored = await put(disk, content(10))
    left = folder / "parts" / "a_left.part"
    left.write_bytes(b"x")
    DiskAttachments(folder, vault).close()
    assert not left.exists()
    assert await read(disk, stored) == content(10)


def test_what_others_are_writing_is_not_swept(folder: Path, vault: LocalVault) -> None:
    DiskAttachments(folder, vault).close()
    old, fresh = folder / "parts" / "a_old.part", folder / "parts" / "a_fresh.part"
    for path, written_at in ((old, 1000), (fresh, 2000)):
        path.write_bytes(b"x")
        os.utime(path, (written_at, written_at))
    assert sweep(folder / "parts", untouched_since=1500) == 1
    assert (old.exists(), fresh.exists()) == (False, True)


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


async def test_many_files_at_once_are_all_kept(
    disk: DiskAttachments, folder: Path
) -> None:
    plains = [content(size) for size in range(1, 200_000, 9_000)]
    stored = await asyncio.gather(*(put(disk, plain) for plain in plains))
    assert len(files(folder)) == len(plains) == 23
    assert [await read(disk, one) for one in stored] == plains
