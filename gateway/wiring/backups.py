"""Makes a backup of a store that may be in use: database and files at one point."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from gateway import settings as settings_module
from gateway.disk import durable
from gateway.domain.errors import BackupFailed
from gateway.domain.system_words import system_words
from gateway.store.postgres.dumping import database_snapshot
from gateway.store.snapshot import Facts, snapshot
from gateway.vault import escrow
from gateway.vault.archive import ArchiveWriter, Head, Written, head_of
from gateway.vault.attachments import sealed_bytes
from gateway.vault.keyring import MASTER, Keyring
from gateway.wiring.attachments import shelf_of
from gateway.wiring.keys import KEYS, MARK, STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    from gateway.ports.shelf import Shelf
    from gateway.settings import Settings

PACKAGE = "lienthong-gateway"
#: Names of archives sort by their moment; nothing in them is about anybody.
NAME = re.compile(r"lienthong-(\d{8}T\d{6}Z)-[0-9a-f]{8}\.backup")
ABOUT, DATABASE, FILE, MANIFEST, PROOF = (
    "about",
    "database",
    "file",
    "manifest",
    "proof",
)
#: What is derived from the master key to prove who made an archive.
PURPOSE = "backup"
_PIECE = 256 * 1024


class Point(Protocol):
    """A store at one point, as long as it is held."""

    facts: Facts

    def database(self) -> Iterator[bytes]:
        """The database."""

    def files(self) -> Iterator[tuple[str, int]]:
        """Name and plain size of every file that it names."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made, and read back from the disk."""

    path: Path
    id: str
    point: datetime
    facts: Facts
    files: int
    file_bytes: int
    database_bytes: int
    size_bytes: int
    took_s: float
    held_s: float
    #: how long the point was held in the store
    proved: bool
    #: the master key was at hand to prove who made it
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """An archive in a folder, by what stands in plain at its beginning."""

    path: Path
    id: str
    at: str
    key: str
    size_bytes: int


def back_up(
    path: Path,
    to: Path,
    public: Path,
    *,
    keep: int = 0,
    told: Callable[[str], object] = lambda _: None,
) -> Made:
    """Make one for the store of a settings file, whole and durable when it returns.

    ``public`` is the public half of the backup's key; ``keep`` how many archives of
    the folder stay, the new one among them (0: all). Older ones go only after the
    new one was read back.

    Raises:
        BackupFailed: none was made; ``remedy`` says why.
        StoreUnavailable: the store or its files cannot be reached.
        ValueError: the key is none, or the settings are wrong.
    """
    settings = settings_module.load(path)
    key = escrow.public_half(public.read_bytes(), public.name)
    if not to.is_dir():
        raise BackupFailed(
            "no folder",
            remedy=f"Không có thư mục {to}: tạo trước (nơi có ổ đĩa riêng, không phải"
            " đĩa của kho) rồi chạy lại.",
        )
    begun, point = time.monotonic(), datetime.now(UTC)
    head = Head(secrets.token_hex(16), point.isoformat(), escrow.fingerprint(key))
    final = to / f"lienthong-{point:%Y%m%dT%H%M%SZ}-{head.id[:8]}.backup"
    writing, written = _written(settings, to, final, head, key, told)
    return Made(
        path=final,
        id=head.id,
        point=point,
        facts=writing.facts,
        files=writing.files,
        file_bytes=writing.file_bytes,
        database_bytes=writing.database_bytes,
        size_bytes=written.size_bytes,
        took_s=time.monotonic() - begun,
        held_s=writing.held_s,
        proved=writing.proved,
        removed=_remove_older(to, keep, final),
    )


def _written(
    settings: Settings,
    to: Path,
    final: Path,
    head: Head,
    key: X25519PublicKey,
    told: Callable[[str], object],
) -> tuple[_Writing, Written]:
    """Write it beside its place, read it back, put it there; or leave nothing."""
    draft = final.with_name(f".{final.name}.part")
    try:
        with new_file(draft) as out:
            writing = _Writing(settings, ArchiveWriter(out, key, head), head)
            written = writing.work(to, told)
            out.flush()
            os.fsync(out.fileno())
        _read_back(draft, written)
        draft.replace(final)
        durable.sync_folder(to)
    except OSError as error:
        raise BackupFailed(
            f"{error.strerror}",
            remedy=f"Không ghi được vào {to}: {system_words(error)}. Chưa có bản sao mới; các"
            " bản cũ còn nguyên.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
    return writing, written


class _Writing:
    """One archive in the making."""

    def __init__(self, settings: Settings, archive: ArchiveWriter, head: Head) -> None:
        self._settings = settings
        self._archive = archive
        self._head = head
        self.files = self.file_bytes = self.database_bytes = 0
        self.held_s = 0.0
        self.proved = False

    def work(self, to: Path, told: Callable[[str], object]) -> Written:
        settings, archive = self._settings, self._archive
        shelf = shelf_of(settings)
        about = {
            "id": self._head.id,
            "point": self._head.at,
            "store": settings.store.kind,
            "attachments": settings.attachments.kind,
            "release": version(PACKAGE),
        }
        archive.member(ABOUT, [json.dumps(about).encode()])
        listed = hashlib.sha256()
        with _held(settings, shelf), self._point(to) as held:
            begun = time.monotonic()
            self.facts = held.facts
            told("database")
            size, digest = archive.member(DATABASE, held.database())
            self.database_bytes = size
            if settings.attachments.kind != "postgresql":
                told("files")
                for name, plain in held.files():
                    content = _content(shelf, name, sealed_bytes(plain))
                    length, known = archive.member(FILE, content, file=name, size=plain)
                    listed.update(f"{name} {known}\n".encode())
                    self.files += 1
                    self.file_bytes += length
            self.held_s = time.monotonic() - begun
        manifest = {
            **about,
            "facts": asdict(self.facts),
            "database": {"bytes": size, "sha256": digest},
            "files": {
                "count": self.files,
                "bytes": self.file_bytes,
                "sha256": listed.hexdigest(),
            },
        }
        text = json.dumps(manifest, sort_keys=True).encode()
        archive.member(MANIFEST, [text])
        archive.member(PROOF, [self._proof(text)])
        return archive.close()

    @contextmanager
    def _point(self, to: Path) -> Iterator[Point]:
        settings = self._settings
        if settings.store.kind == "postgresql":
            with database_snapshot(settings.store.parameters(), MARK) as held:
                yield held
        else:
            with snapshot(settings.run_dir / STORE, to, MARK) as copied:
                yield copied

    def _proof(self, manifest: bytes) -> bytes:
        """That whoever made it had the master key; empty where it is not here."""
        folder = self._settings.run_dir / KEYS
        if not (folder / MASTER).is_file():
            return b""
        self.proved = True
        return proof_of(Keyring.open(folder), manifest)


def proof_of(keyring: Keyring, manifest: bytes) -> bytes:
    """A keyed hash of a manifest."""
    return hmac.digest(keyring.derived(PURPOSE), manifest, hashlib.sha256)


@contextmanager
def _held(settings: Settings, shelf: Shelf) -> Iterator[None]:
    """Files stay until they are copied: the point comes after this begins."""
    kind = settings.attachments.kind
    if kind == "disk" and shelf.identity() is None:
        yield  # no gateway has run here: there is nothing to be kept away
        return
    with shelf.holding():
        yield


def _content(shelf: Shelf, name: str, length: int) -> Iterator[bytes]:
    try:
        reading = shelf.reading(name, length)
    except LookupError:
        raise BackupFailed(
            f"file {name} of {length} bytes is not there",
            code="backup_file_missing",
            remedy=f"Kho nêu tệp {name} nhưng nơi cất tệp không có (hoặc độ dài khác)."
            " Chưa có bản sao mới. Tìm lại tệp ấy trong bản sao trước, chép vào nơi cất"
            " tệp rồi chạy lại.",
        ) from None
    try:
        while piece := reading.read(_PIECE):
            yield piece
    finally:
        reading.close()


def new_file(path: Path, *, over: bool = False) -> BinaryIO:
    """A file that its owner alone may read; ``over``: what was there goes."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
    flags |= os.O_TRUNC if over else os.O_EXCL
    return os.fdopen(os.open(path, flags, durable.OWNER_ONLY), "wb")


def _read_back(path: Path, written: Written) -> None:
    """Hold what the disk has against what was written; the cache is let go first."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while piece := file.read(1 << 20):
            digest.update(piece)
    if digest.hexdigest() != written.sha256:
        raise BackupFailed(
            "read back otherwise than written",
            remedy="Đọc lại bản sao thấy khác lúc ghi: đĩa nơi cất bản sao hỏng. Đổi đĩa"
            " rồi chạy lại; các bản cũ còn nguyên.",
        )


def archives(folder: Path) -> list[Listed]:
    """Whole archives of a folder, the oldest first."""
    found = []
    for path in sorted(folder.iterdir()):
        if not NAME.fullmatch(path.name):
            continue
        with path.open("rb") as file:
            head, _, _ = head_of(file)
        size = path.stat().st_size
        found.append(Listed(path, head.id, head.at, head.key, size))
    return found


def _remove_older(folder: Path, keep: int, newest: Path) -> tuple[str, ...]:
    """Delete whole archives beyond so many; never the one that was just made."""
    if keep < 1:
        return ()
    named = sorted(p for p in folder.iterdir() if NAME.fullmatch(p.name))
    older = [path for path in named if path != newest]
    gone = older[: max(0, len(older) + 1 - keep)]
    for path in gone:
        path.unlink()
    if gone:
        durable.sync_folder(folder)
    return tuple(path.name for path in gone)


def make_key(folder: Path) -> str:
    """Make the pair of keys of backups; its fingerprint.

    Raises:
        ValueError: there is one.
        StoreUnavailable: it cannot be written.
    """
    try:
        return escrow.make_pair(folder)
    except OSError as error:
        raise durable.unavailable("backup key", error) from error


def private_key(path: Path) -> Any:
    """The private half, which nobody else may read.

    Raises:
        ValueError: others may read it, or it is none.
    """
    text = settings_module.own_secret(path)
    return escrow.private_half(text.encode(), path.name)
