"""Attachments on a disk: encrypted chunk by chunk, in place whole or not at all.

Each file has a random key of its own. A chunk's nonce is its number and whether
it is the last one, so a chunk that was moved, dropped or added does not open.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.disk import durable
from gateway.domain.errors import TooLarge
from gateway.domain.identifiers import AttachmentId
from gateway.ports.attachments import AttachmentStore, StoredAttachment
from gateway.vault.keyring import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from gateway.ports.attachments import FileKeys
    from gateway.vault.local import LocalVault

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
#: Chunks that travel to a thread and back at once.
BATCH_CHUNKS = 16
#: Threads that wait for the disk; never those that resolve names.
THREADS = 4
PARTS = "parts"
#: Names in a page, and files that a thread looks at before others have their turn.
PAGE_NAMES = 5_000
_NAME = re.compile(r"[0-9a-f]{64}")
_ALTERED = "the file is not what was put away"

_T = TypeVar("_T")
_As = TypeVarTuple("_As")


class DiskAttachments(AttachmentStore):
    """A folder of sealed files.

    ``parts/ID.part`` is a file in the making, ``ab/NAME`` one that was put away.
    """

    def __init__(
        self, folder: Path, vault: LocalVault, *, untouched_s: float = 0.0
    ) -> None:
        """Make the folder ready and sweep what an earlier process left unfinished.

        ``untouched_s``: where other nodes write here too, how old an unfinished
        file must be before it counts as left.

        Raises:
            StoreUnavailable: the folder cannot be made or written.
        """
        self._folder = folder
        self._root = str(folder)
        self._parts = folder / PARTS
        self._vault = vault
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="attachments")
        try:
            _make_ready(folder)
            sweep(self._parts, untouched_since=time.time() - untouched_s)
        except OSError as error:
            raise durable.unavailable("attachments", error) from error

    async def put(
        self, chunks: AsyncIterator[bytes], *, limit_bytes: int
    ) -> StoredAttachment:
        """Encrypt and keep; a small file costs one visit to a thread."""
        draft = _Draft(self._folder, self._vault)
        ahead = bytearray()
        size = 0
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit_bytes:
                    raise TooLarge
                ahead += chunk
                # The last chunk is sealed as such, so one is always held back.
                whole = (len(ahead) - 1) // CHUNK_BYTES
                if whole >= BATCH_CHUNKS:
                    count = whole * CHUNK_BYTES
                    batch = bytes(memoryview(ahead)[:count])
                    del ahead[:count]
                    await self._run(draft.add, batch)
            return await self._run(draft.finish, bytes(ahead))
        except BaseException:
            # Whatever a thread is still doing for a caller that has gone is undone.
            await asyncio.shield(self._run(draft.discard))
            raise

    async def open(
        self, stored: StoredAttachment, keys: FileKeys
    ) -> AsyncIterator[bytes]:
        """Plain bytes in order; a small file is read where it stands."""
        plain = self.at_once(stored, keys)
        if plain is not None:
            if plain:
                yield plain
            return
        reading = _Reading(self._path(stored.name), keys.file_key(stored), stored)
        try:
            while pieces := await self._run(reading.next):
                for piece in pieces:
                    yield piece
        finally:
            await asyncio.shield(self._run(reading.close))

    async def delete(self, name: str) -> None:
        """Forget the chunks, durably."""
        path = Path(self._path(name))

        def forget() -> None:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                durable.sync_folder(path.parent)

        await self._run(forget)

    def at_once(self, stored: StoredAttachment, keys: FileKeys) -> bytes | None:
        """A file of one chunk: most are, and each step here is taken for each."""
        if stored.size_bytes > CHUNK_BYTES:
            return None
        key = keys.file_key(stored)
        path, length = self._path(stored.name), stored.size_bytes + TAG_BYTES
        try:
            descriptor = os.open(path, _LOOK)
            try:
                # One byte more, so that a longer file does not open, either.
                sealed = os.read(descriptor, length + 1)
                if len(sealed) < length:
                    sealed += _read(descriptor, length + 1 - len(sealed))
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            raise ValueError(_ALTERED) from None
        except OSError as error:
            raise durable.unavailable("attachments", error) from error
        return _plain(AESGCM(key), _ONLY_CHUNK, sealed)

    def as_of(self) -> float:
        """Now, as the file system keeps it."""
        return time.time()

    async def written(
        self, *, since: float, until: float
    ) -> AsyncIterator[Sequence[str]]:
        """Names of files by their last change; looked at so many at a time."""
        walk = _walk(self._folder, since, until)
        names: list[str] = []
        while looked := await self._run(lambda: list(islice(walk, PAGE_NAMES))):
            names += filter(None, looked)
            if len(names) >= PAGE_NAMES:
                yield names
                names = []
        if names:
            yield names

    def close(self) -> None:
        """Let the threads end; what they are doing is finished."""
        self._threads.shutdown(wait=False)

    def _path(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(_ALTERED)
        return f"{self._root}/{name[:2]}/{name}"

    async def _run(self, work: Callable[[*_As], _T], *given: *_As) -> _T:
        loop = asyncio.get_running_loop()
        with _as_unavailable():
            return await loop.run_in_executor(self._threads, work, *given)


def _walk(root: Path, since: float, until: float) -> Iterator[str]:
    """For each file its name, or nothing when it is no file of ours of that time."""
    for folder in _places(root):
        with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                is_ours = entry.name[:2] == folder.name and _NAME.fullmatch(entry.name)
                yield entry.name if is_ours and _is_of(entry, since, until) else ""


def _is_of(entry: os.DirEntry[str], since: float, until: float) -> bool:
    with contextlib.suppress(FileNotFoundError):
        if entry.is_file(follow_symlinks=False):
            return since <= entry.stat(follow_symlinks=False).st_mtime <= until
    return False


def sweep(parts: Path, *, untouched_since: float) -> int:
    """Remove unfinished files that nobody has written to since a moment; how many.

    ``untouched_since``: seconds of the epoch, as the file system keeps them.
    """
    count = 0
    for part in parts.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):
            if part.stat().st_mtime <= untouched_since:
                part.unlink()
                count += 1
    return count


class _Draft:
    """A file in the making; its methods run in threads, one at a time."""

    def __init__(self, folder: Path, vault: LocalVault) -> None:
        self._folder = folder
        self._vault = vault
        self._id = f"a_{secrets.token_hex(16)}"
        self._part = folder / PARTS / f"{self._id}.part"
        self._path: Path | None = None
        self._key = os.urandom(KEY_BYTES)
        self._cipher = AESGCM(self._key)
        self._hash = hashlib.sha256()
        self._count = 0
        self._size = 0
        self._descriptor: int | None = None
        self._unwanted = False
        self._alone = threading.Lock()

    def add(self, plain: bytes) -> None:
        """Seal and write whole chunks, none of them the last."""
        with self._alone:
            self._write(plain, last=False)

    def finish(self, plain: bytes) -> StoredAttachment:
        """Seal and write the rest; durable in its place on return."""
        with self._alone:
            descriptor = self._write(plain, last=True)
            os.fsync(descriptor)
            os.close(descriptor)
            self._descriptor = None
            sha256 = self._hash.hexdigest()
            name = self._vault.file_name(self._id, sha256)
            self._path = self._folder / name[:2] / name
            self._part.rename(self._path)
            durable.sync_folder(self._path.parent)
            return self._vault.keep_file(
                StoredAttachment(AttachmentId(self._id), name, self._size, sha256, b""),
                self._key,
            )

    def discard(self) -> None:
        """Leave nothing behind, wherever it had come to."""
        with self._alone:
            self._unwanted = True
            if self._descriptor is not None:
                with contextlib.suppress(OSError):
                    os.close(self._descriptor)
                self._descriptor = None
            for path in filter(None, (self._part, self._path)):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _write(self, plain: bytes, *, last: bool) -> int:
        if self._unwanted:
            raise OSError(errno.ECANCELED, "nobody wants this file any more")
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            self._descriptor = os.open(self._part, flags, durable.OWNER_ONLY)
        self._hash.update(plain)
        self._size += len(plain)
        sealed = []
        for start in range(0, max(len(plain), 1), CHUNK_BYTES):
            end = start + CHUNK_BYTES
            nonce = _nonce(self._count, last=last and end >= len(plain))
            sealed.append(self._cipher.encrypt(nonce, plain[start:end], None))
            self._count += 1
        durable.write_all(self._descriptor, b"".join(sealed))
        return self._descriptor


class _Reading:
    """A file being read; its methods run in threads, one at a time."""

    def __init__(self, path: str, key: bytes, stored: StoredAttachment) -> None:
        self._cipher = AESGCM(key)
        self._path = path
        self._chunks = max(1, -(-stored.size_bytes // CHUNK_BYTES))
        self._length = stored.size_bytes + self._chunks * TAG_BYTES
        self._next = 0
        self._descriptor: int | None = None
        self._alone = threading.Lock()

    def next(self) -> list[bytes]:
        """Some chunks, opened; none at the end."""
        with self._alone:
            count = min(BATCH_CHUNKS, self._chunks - self._next)
            if count <= 0:
                return []
            if self._descriptor is None:
                self._descriptor = _opened(self._path, self._length)
            step = CHUNK_BYTES + TAG_BYTES
            sealed = _read(self._descriptor, count * step)
            return [
                self._plain(sealed[i * step : (i + 1) * step]) for i in range(count)
            ]

    def close(self) -> None:
        """Let go of the file."""
        with self._alone:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
            self._next = self._chunks

    def _plain(self, sealed: bytes) -> bytes:
        nonce = _nonce(self._next, last=self._next == self._chunks - 1)
        self._next += 1
        return _plain(self._cipher, nonce, sealed)


def _opened(path: str, length: int) -> int:
    """A descriptor of a file that has exactly this length."""
    try:
        descriptor = os.open(path, _LOOK)
    except FileNotFoundError:
        raise ValueError(_ALTERED) from None
    if os.fstat(descriptor).st_size != length:
        os.close(descriptor)
        raise ValueError(_ALTERED)
    return descriptor


def _plain(cipher: AESGCM, nonce: bytes, sealed: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError):
        raise ValueError(_ALTERED) from None


def _nonce(number: int, *, last: bool) -> bytes:
    """Unique under a file's key, which seals nothing else."""
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


_LOOK = os.O_RDONLY | os.O_NOFOLLOW
#: Of the one chunk of a small file.
_ONLY_CHUNK = _nonce(0, last=True)


def _read(descriptor: int, count: int) -> bytes:
    """So many bytes, fewer only at the end of the file."""
    pieces: list[bytes] = []
    while count > 0 and (piece := os.read(descriptor, count)):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _make_ready(folder: Path) -> None:
    """Make all folders at once: one made later would have to be synced by all."""
    durable.make_folder(folder)
    durable.sync_folder(folder.parent)
    for inner in (folder / PARTS, *_places(folder)):
        if not inner.is_dir():
            durable.make_folder(inner)
    durable.sync_folder(folder)


def _places(folder: Path) -> Iterator[Path]:
    """The folders in which files lie, by the first two letters of their names."""
    return (folder / f"{number:02x}" for number in range(256))


@contextlib.contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise durable.unavailable("attachments", error) from error
