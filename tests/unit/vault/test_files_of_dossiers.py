"""A file's key is the vault's until a dossier takes it, then that dossier's alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import NeedsConfiguration
from gateway.domain.identifiers import AttachmentId, DossierId
from gateway.ports.attachments import StoredAttachment
from gateway.vault.attachments import CHUNK_BYTES
from gateway.vault.keyring import Keyring
from gateway.vault.local import REMEMBERED_S, LocalVault, _bound_file
from tests.files import DiskAttachments

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from gateway.ports.attachments import FileKeys
    from tests.unit.vault.conftest import Mono

UNIT = "UBND-PHUONG-VI-DU"
OTHER_UNIT = "UBND-XA-VI-DU"
ONE, TWO = DossierId("d_1"), DossierId("d_2")
PLAIN = "TỆP VÍ DỤ CỦA NGUYỄN VĂN VÍ DỤ ".encode()


@pytest.fixture
def disk(tmp_path: Path, vault: LocalVault) -> Iterator[DiskAttachments]:
    disk = DiskAttachments(tmp_path / "attachments", vault)
    yield disk
    disk.close()


async def put(disk: DiskAttachments, size: int = 2000) -> StoredAttachment:
    async def chunks() -> AsyncIterator[bytes]:
        yield (PLAIN * (size // len(PLAIN) + 1))[:size]

    return await disk.put(chunks(), limit_bytes=size)


async def read(disk: DiskAttachments, stored: StoredAttachment, by: FileKeys) -> int:
    """How many bytes of it can be read, all of them right."""
    plain = b"".join([chunk async for chunk in disk.open(stored, by)])
    assert plain == (PLAIN * (len(plain) // len(PLAIN) + 1))[: len(plain)]
    return len(plain)


def a_file(vault: LocalVault, name: str = "a") -> StoredAttachment:
    bare = StoredAttachment(AttachmentId("a_1"), name * 64, 2000, "", b"")
    return vault.keep_file(bare, b"k" * 32)


@pytest.mark.parametrize("size", [2000, 3 * CHUNK_BYTES + 1])
async def test_an_upload_opens_by_the_vault_and_a_taken_file_by_its_dossier(
    disk: DiskAttachments, vault: LocalVault, keys: Path, size: int
) -> None:
    upload = await put(disk, size)
    key = vault.new_key(ONE, UNIT)
    taken = key.take(upload)
    assert await read(disk, upload, vault) == size
    assert await read(disk, taken, key) == size
    later = LocalVault(Keyring.open(keys)).key(ONE, UNIT, key.wrapped)
    assert await read(disk, taken, later) == size
    for stored, by in (
        (upload, key),
        (taken, vault),
        (taken, vault.new_key(ONE, UNIT)),
    ):
        with pytest.raises(ValueError, match="sealed"):
            await read(disk, stored, by)


async def test_taking_a_file_leaves_it_as_it_lies(
    disk: DiskAttachments, vault: LocalVault, tmp_path: Path
) -> None:
    upload = await put(disk)
    path = tmp_path / "attachments" / upload.name[:2] / upload.name
    before = (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes())
    taken = vault.new_key(ONE, UNIT).take(upload)
    assert replace(taken, sealed_key=upload.sealed_key) == upload
    assert before == (path.stat().st_mtime_ns, path.stat().st_ino, path.read_bytes())


async def test_of_a_destroyed_unit_no_file_opens_and_of_others_every_one(
    disk: DiskAttachments, vault: LocalVault, keys: Path, mono: Mono
) -> None:
    lost, kept = vault.new_key(ONE, UNIT), vault.new_key(TWO, OTHER_UNIT)
    theirs = [lost.take(await put(disk, size)) for size in (1, 2000, 99_999)]
    others = [kept.take(await put(disk, size)) for size in (1, 2000, 99_999)]
    upload = await put(disk)
    running = LocalVault(Keyring.open(keys), mono=mono)
    assert await read(disk, theirs[0], running.key(ONE, UNIT, lost.wrapped)) == 1
    Keyring.open(keys).destroy(UNIT)
    mono.seconds += REMEMBERED_S
    with pytest.raises(NeedsConfiguration):
        running.key(ONE, UNIT, lost.wrapped)
    open_key = running.key(TWO, OTHER_UNIT, kept.wrapped)
    sizes = [await read(disk, stored, open_key) for stored in others]
    assert sizes == [1, 2000, 99_999]
    # Whoever has the master key and every other unit's key opens none of them.
    for by in (running, open_key, running.new_key(ONE, OTHER_UNIT)):
        for stored in theirs:
            with pytest.raises(ValueError, match="sealed"):
                await read(disk, stored, by)
    assert await read(disk, upload, running) == 2000


def test_a_file_of_one_dossier_is_not_opened_by_another_of_the_same_unit(
    vault: LocalVault,
) -> None:
    one, two = vault.new_key(ONE, UNIT), vault.new_key(TWO, UNIT)
    taken = one.take(a_file(vault))
    assert one.file_key(taken) == b"k" * 32
    with pytest.raises(ValueError, match="sealed"):
        two.file_key(taken)


def test_what_a_dossier_has_is_taken_by_nobody(vault: LocalVault) -> None:
    one, two = vault.new_key(ONE, UNIT), vault.new_key(TWO, UNIT)
    taken = one.take(a_file(vault))
    for key in (one, two):
        with pytest.raises(ValueError, match="sealed"):
            key.take(taken)


def test_no_byte_of_a_sealed_key_may_change_its_mark_least_of_all(
    vault: LocalVault,
) -> None:
    key = vault.new_key(ONE, UNIT)
    upload = a_file(vault)
    taken = key.take(upload)
    assert (upload.sealed_key[:1], taken.sealed_key[:1]) == (b"\x01", b"\x02")
    tried = 0
    for stored in (upload, taken):
        for place in range(len(stored.sealed_key)):
            for bits in (1, 2, 3):
                altered = bytearray(stored.sealed_key)
                altered[place] ^= bits
                for by in (vault, key):
                    tried += 1
                    with pytest.raises(ValueError, match="sealed"):
                        by.file_key(replace(stored, sealed_key=bytes(altered)))
    assert tried == 2 * 61 * 3 * 2


@given(
    changed=st.fixed_dictionaries(
        {},
        optional={
            "id": st.text(max_size=40).map(AttachmentId),
            "name": st.text(max_size=70),
            "size_bytes": st.integers(0, 10**12),
        },
    )
)
def test_a_taken_file_opens_only_as_what_it_was_taken(
    keyrings: LocalVault, changed: dict[str, object]
) -> None:
    key = keyrings.new_key(ONE, UNIT)
    taken = key.take(a_file(keyrings))
    other = replace(taken, **changed)  # type: ignore[arg-type]
    if other == taken:
        assert key.file_key(other) == b"k" * 32
        return
    with pytest.raises(ValueError, match="sealed"):
        key.file_key(other)


@pytest.fixture(scope="module")
def keyrings(tmp_path_factory: pytest.TempPathFactory) -> LocalVault:
    """One vault for all examples of a property."""
    folder = tmp_path_factory.mktemp("keyring") / "keys"
    return LocalVault(Keyring.open(folder, may_create=True))


FILES = st.builds(
    StoredAttachment,
    id=st.text("a1 _", max_size=6).map(AttachmentId),
    name=st.text("a1 _", max_size=6),
    size_bytes=st.integers(0, 200),
    sha256=st.just(""),
    sealed_key=st.just(b""),
)


@given(FILES, FILES)
def test_different_files_are_never_bound_to_the_same_bytes(
    one: StoredAttachment, two: StoredAttachment
) -> None:
    assert (_bound_file(one) == _bound_file(two)) == (one == two)
