"""Backups that were stolen, changed or cut off: none of it is read, none of it taken."""

from __future__ import annotations

import io
import tarfile
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
from tests.attack.frame import Attack, attacks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

CHUNK = CHUNK_BYTES + TAG_BYTES
#: What a thief looks for: a person, the name of a file, the name of a member.
SECRET, NAMED = b"Nguyen Van Vi Du 099190000001", "store.sqlite"
DOOR = "backup archive"


@pytest.fixture(scope="module")
def keys(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[X25519PrivateKey, X25519PrivateKey]:
    """The centre's, and a thief's."""

    def pair(folder: Path) -> X25519PrivateKey:
        escrow.make_pair(folder)
        text = (folder / escrow.PRIVATE).read_bytes()
        return escrow.private_half(text, escrow.PRIVATE)

    here = tmp_path_factory.mktemp("pairs")
    return pair(here / "own"), pair(here / "other")


def written(private: X25519PrivateKey, said: bytes = SECRET) -> bytes:
    public = private.public_key()
    out = io.BytesIO()
    head = Head("id-1", "2026-03-10T00:00:00+00:00", escrow.fingerprint(public))
    archive = ArchiveWriter(out, public, head)
    archive.member(NAMED, [said * 100_000])
    archive.close()
    return out.getvalue()


def read(content: bytes, private: X25519PrivateKey) -> dict[str, bytes]:
    reader = ArchiveReader(io.BytesIO(content), private)
    return {one.name: b"".join(one.pieces()) for one in reader.members()}


def begins(content: bytes) -> int:
    source = io.BytesIO(content)
    head_of(source)
    return source.tell()


def _flipped(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


def _mixed(content: bytes, other: bytes) -> bytes:
    """The first chunk of one archive in the place of another's."""
    first, theirs = begins(content), begins(other)
    return content[:first] + other[theirs : theirs + CHUNK] + content[first + CHUNK :]


def _swapped(content: bytes) -> bytes:
    first = begins(content)
    one, two = content[first : first + CHUNK], content[first + CHUNK :][:CHUNK]
    return content[:first] + two + one + content[first + 2 * CHUNK :]


def _less(content: bytes) -> bytes:
    first = begins(content)
    return content[:first] + content[first + CHUNK :]


#: What is done to an archive, given another one of the same centre.
CHANGES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "first-byte": lambda content, _: _flipped(content, begins(content)),
    "byte-in-the-middle": lambda content, _: _flipped(content, len(content) // 2),
    "last-byte": lambda content, _: _flipped(content, len(content) - 1),
    "head-of-another-day": lambda content, _: content.replace(b"03-10", b"03-11", 1),
    "head-of-another": lambda content, _: content.replace(b"id-1", b"id-2", 1),
    "chunks-swapped": lambda content, _: _swapped(content),
    "chunk-taken-out": lambda content, _: _less(content),
    "chunk-of-another": _mixed,
    "cut-in-a-chunk": lambda content, _: content[: begins(content) + CHUNK // 2],
    "cut-after-a-chunk": lambda content, _: content[: begins(content) + CHUNK],
    "more-behind": lambda content, _: content + b"m" * CHUNK,
    "two-in-one": lambda content, other: content + other,
    "empty": lambda _content, _: b"",
    "no-archive": lambda _content, _: b"PK\3\4" + SECRET,
}


@pytest.mark.parametrize(
    ("attack", "technique"),
    attacks(*((Attack(33, name, DOOR), name) for name in CHANGES)),
)
def test_a_changed_backup_is_not_restored(
    keys: tuple[X25519PrivateKey, X25519PrivateKey], attack: Attack, technique: str
) -> None:
    content, other = (
        written(keys[0]),
        written(keys[0], b"Another day's content, longer"),
    )
    changed = CHANGES[technique](content, other)
    assert changed != content
    with pytest.raises(BackupUnreadable) as wrong:
        read(changed, keys[0])
    assert wrong.value.remedy


@pytest.mark.parametrize("attack", attacks((Attack(33, "other-key", DOOR),)))
def test_a_backup_opens_for_its_own_key_alone(
    keys: tuple[X25519PrivateKey, X25519PrivateKey], attack: Attack
) -> None:
    with pytest.raises(BackupUnreadable):
        read(written(keys[0]), keys[1])


@pytest.mark.parametrize(
    "attack",
    attacks((Attack(33, "read-without-a-key", DOOR),), (Attack(33, "listed", DOOR),)),
)
def test_a_stolen_backup_says_neither_what_nor_whose(
    keys: tuple[X25519PrivateKey, X25519PrivateKey], attack: Attack
) -> None:
    sought = NAMED.encode() if attack.technique == "listed" else SECRET
    assert sought not in written(keys[0])


@pytest.mark.control
@pytest.mark.parametrize(
    "attack",
    attacks(
        (Attack(33, "byte-in-the-middle", DOOR),),
        (Attack(33, "read-without-a-key", DOOR),),
        (Attack(33, "listed", DOOR),),
    ),
)
def test_an_archive_as_it_comes_is_read_and_changed(attack: Attack) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(NAMED)
        entry.size = len(SECRET) * 1000
        archive.addfile(entry, io.BytesIO(SECRET * 1000))
    content = out.getvalue()
    assert SECRET in content
    assert NAMED.encode() in content
    changed = _flipped(content, len(content) // 2)
    with tarfile.open(fileobj=io.BytesIO(changed)) as archive:
        member = archive.extractfile(NAMED)
        assert member is not None
        assert member.read() != SECRET * 1000


@pytest.mark.honest
@pytest.mark.parametrize("attack", attacks((Attack(33, "own-key", DOOR),)))
def test_an_honest_backup_is_read(
    keys: tuple[X25519PrivateKey, X25519PrivateKey], attack: Attack
) -> None:
    assert read(written(keys[0]), keys[0]) == {NAMED: SECRET * 100_000}
