"""An archive opens as it was written, for its own key, or says what is wrong with it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from gateway.domain.errors import BackupUnreadable
from gateway.vault import escrow
from gateway.vault.archive import (
    CHUNK_BYTES,
    TAG_BYTES,
    ArchiveReader,
    ArchiveWriter,
    Head,
    head_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

CHUNK = CHUNK_BYTES + TAG_BYTES
SECRET = b"Nguyen Van Vi Du 099190000001"
MEMBERS = {
    "small": [SECRET, b"", b"x"],
    "empty": [],
    "large": [bytes([n % 251]) * 70_001 for n in range(60)],
}


@pytest.fixture
def private(tmp_path: Path) -> X25519PrivateKey:
    escrow.make_pair(tmp_path / "key")
    text = (tmp_path / "key" / escrow.PRIVATE).read_bytes()
    return escrow.private_half(text, escrow.PRIVATE)


def written(private: X25519PrivateKey) -> bytes:
    public = private.public_key()
    out = io.BytesIO()
    head = Head("id-1", "2026-03-10T00:00:00+00:00", escrow.fingerprint(public))
    archive = ArchiveWriter(out, public, head)
    for name, pieces in MEMBERS.items():
        archive.member(name, pieces)
    told = archive.close()
    assert told.size_bytes == len(out.getvalue())
    return out.getvalue()


def read(content: bytes, private: X25519PrivateKey) -> dict[str, bytes]:
    reader = ArchiveReader(io.BytesIO(content), private)
    return {one.name: b"".join(one.pieces()) for one in reader.members()}


def refused(content: bytes, private: X25519PrivateKey) -> str:
    with pytest.raises(BackupUnreadable) as wrong:
        read(content, private)
    assert wrong.value.remedy
    return wrong.value.code


def begins(content: bytes) -> int:
    """Where the first chunk begins."""
    source = io.BytesIO(content)
    head_of(source)
    return source.tell()


def test_what_was_written_is_read_and_none_of_it_stands_in_the_open(
    private: X25519PrivateKey,
) -> None:
    content = written(private)
    assert read(content, private) == {n: b"".join(p) for n, p in MEMBERS.items()}
    assert SECRET not in content
    assert len(content) > 4 * CHUNK
    assert written(private) != content, "each archive has a key of its own"


def test_a_changed_byte_anywhere_is_found(private: X25519PrivateKey) -> None:
    content = written(private)
    first = begins(content)
    for place in (first, first + CHUNK + 7, len(content) - 1):
        spoilt = bytearray(content)
        spoilt[place] ^= 1
        assert refused(bytes(spoilt), private) in {"backup_damaged", "backup_cut_off"}


def test_a_changed_head_opens_nothing(private: X25519PrivateKey) -> None:
    content = written(private)
    assert refused(content.replace(b"id-1", b"id-2", 1), private) == "backup_damaged"


def test_chunks_that_changed_places_are_found(private: X25519PrivateKey) -> None:
    content = written(private)
    first = begins(content)
    one, two = content[first : first + CHUNK], content[first + CHUNK :][:CHUNK]
    swapped = content[:first] + two + one + content[first + 2 * CHUNK :]
    assert refused(swapped, private) == "backup_damaged"
    without = content[:first] + content[first + CHUNK :]
    assert refused(without, private) == "backup_damaged"


@pytest.mark.parametrize("chunks", [0.5, 1, 2.3, 3])
def test_an_archive_that_was_cut_off_is_told_as_such(
    private: X25519PrivateKey, chunks: float
) -> None:
    content = written(private)
    cut = content[: begins(content) + int(chunks * CHUNK)]
    assert refused(cut, private) == "backup_cut_off"


def test_what_is_appended_is_found(private: X25519PrivateKey) -> None:
    assert refused(written(private) + b"more", private) == "backup_cut_off"
    assert refused(written(private) + b"m" * CHUNK, private) == "backup_damaged"


def test_another_key_is_told_by_its_fingerprint(
    private: X25519PrivateKey, tmp_path: Path
) -> None:
    escrow.make_pair(tmp_path / "other")
    text = (tmp_path / "other" / escrow.PRIVATE).read_bytes()
    other = escrow.private_half(text, escrow.PRIVATE)
    with pytest.raises(BackupUnreadable) as wrong:
        read(written(private), other)
    assert wrong.value.code == "backup_key_differs"
    assert escrow.fingerprint(private.public_key()) in wrong.value.detail


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"lienthong backup\n"])
def test_another_file_is_no_backup(private: X25519PrivateKey, content: bytes) -> None:
    assert refused(content, private) == "backup_is_none"


def test_an_archive_of_a_later_release_is_told(private: X25519PrivateKey) -> None:
    later = written(private).replace(b'"version": 1', b'"version": 2', 1)
    assert refused(later, private) == "backup_newer"


def test_the_machine_that_makes_backups_is_refused_the_private_half(
    tmp_path: Path,
) -> None:
    escrow.make_pair(tmp_path / "key")
    secret = (tmp_path / "key" / escrow.PRIVATE).read_bytes()
    with pytest.raises(ValueError, match=r"nửa bí mật"):
        escrow.public_half(secret, escrow.PRIVATE)
    with pytest.raises(ValueError, match="không phải"):
        escrow.public_half(b"nothing", "x.pub")
    with pytest.raises(ValueError, match="không phải"):
        escrow.private_half(b"nothing", "x.key")
    with pytest.raises(ValueError, match="đã có khóa"):
        escrow.make_pair(tmp_path / "key")
    assert (tmp_path / "key" / escrow.PRIVATE).stat().st_mode & 0o077 == 0
