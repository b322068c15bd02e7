"""Attachments: encrypted chunk by chunk, in place whole or not at all.

Each file has a random key of its own. A chunk's nonce is its number and whether
it is the last one, so a chunk that was moved, dropped or added does not open. Where
the sealed chunks lie is a shelf's affair: a folder, or a database.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.domain.errors import StoreUnavailable, TooLarge
from gateway.domain.file_errors import FileRefused
from gateway.domain.identifiers import AttachmentId
from gateway.ports.attachments import OURS, AttachmentStore, StoredAttachment
from gateway.vault.folder import UNTOUCHED_S
from gateway.vault.keyring import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from gateway.ports.attachments import FileKeys, FileSource
    from gateway.ports.shelf import Draft, Reading, Shelf
    from gateway.vault.examining import Examination
    from gateway.vault.local import LocalVault

    KeepKey = Callable[[StoredAttachment, bytes], StoredAttachment]

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
#: Chunks that travel to a thread and back at once, and lie together on a shelf.
BATCH_CHUNKS = 16
BATCH_BYTES = BATCH_CHUNKS * CHUNK_BYTES
#: Threads that wait for the disk or the database; never those that resolve names.
THREADS = 4
#: Names in a page, and files that a thread looks at before others have their turn.
PAGE_NAMES = 5_000
_NAME = re.compile(r"[0-9a-f]{64}")
_ALTERED = "the file is not what was put away"

_T = TypeVar("_T")
_As = TypeVarTuple("_As")


class SealedAttachments(AttachmentStore):
    """Files sealed here and laid on a shelf."""

    def __init__(
        self, shelf: Shelf, vault: LocalVault, examination: Examination | None = None
    ) -> None:
        """``shelf`` is ready; without ``examination`` nobody looks at a file."""
        self._shelf = shelf
        self._vault = vault
        self._examination = examination
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="attachments")

    async def put(
        self,
        chunks: AsyncIterator[bytes],
        *,
        limit_bytes: int,
        source: FileSource = OURS,
    ) -> StoredAttachment:
        """Encrypt and keep; a small file costs one visit to a thread."""
        limited = _limited(chunks, limit_bytes)
        if self._examination is None:
            return await self._sealed(limited)
        try:
            async with contextlib.aclosing(
                self._examination.through(limited)
            ) as looked:
                return await self._sealed(looked)
        except FileRefused as refused:
            await self._examination.refused(refused, source, self.delete)
            raise

    async def _sealed(self, chunks: AsyncIterator[bytes]) -> StoredAttachment:
        sealing = _Sealing(self._shelf.begin(), self._vault)
        ahead = bytearray()
        try:
            try:
                async for chunk in chunks:
                    ahead += chunk
                    # The last chunk is sealed as such, so one is always held back.
                    while len(ahead) > BATCH_BYTES:
                        batch = bytes(memoryview(ahead)[:BATCH_BYTES])
                        del ahead[:BATCH_BYTES]
                        await self._run(sealing.add, batch)
            except FileRefused as refused:
                if refused.kept:
                    # Under a key that opens no file of anybody's.
                    last = bytes(ahead), self._vault.confine_file
                    refused.stored = await self._run(sealing.finish, *last)
                else:
                    await self._run(sealing.discard)
                raise
            return await self._run(sealing.finish, bytes(ahead), self._vault.keep_file)
        except FileRefused:
            raise
        except BaseException:
            # Whatever a thread is still doing for a caller that has gone is undone.
            await asyncio.shield(self._run(sealing.discard))
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
        opening = _Opening(self._shelf, _checked(stored), keys.file_key(stored))
        try:
            while pieces := await self._run(opening.next):
                for piece in pieces:
                    if piece:
                        yield piece
        finally:
            await asyncio.shield(self._run(opening.close))

    async def delete(self, name: str) -> None:
        """Forget the chunks, durably."""
        await self._run(self._shelf.delete, _named(name))

    def at_once(self, stored: StoredAttachment, keys: FileKeys) -> bytes | None:
        """A file of one chunk: most are, and each step here is taken for each."""
        if stored.size_bytes > CHUNK_BYTES:
            return None
        key = keys.file_key(stored)
        try:
            sealed = self._shelf.at_once(
                _named(stored.name), stored.size_bytes + TAG_BYTES
            )
        except LookupError:
            raise ValueError(_ALTERED) from None
        return None if sealed is None else _plain(AESGCM(key), _ONLY_CHUNK, sealed)

    @contextlib.asynccontextmanager
    async def sweeping(self) -> AsyncIterator[bool]:
        """As the shelf says."""
        with contextlib.ExitStack() as held:
            may = await self._run(held.enter_context, self._shelf.sweeping())
            yield may

    async def as_of(self) -> float:
        """Now, as the shelf keeps it."""
        return await self._run(self._shelf.as_of)

    async def written(
        self, *, since: float, until: float
    ) -> AsyncIterator[Sequence[str]]:
        """Names of files by when they were put; looked at so many at a time."""
        walk = self._shelf.written(since, until)
        names: list[str] = []
        while looked := await self._run(lambda: list(islice(walk, PAGE_NAMES))):
            names += filter(None, looked)
            if len(names) >= PAGE_NAMES:
                yield names
                names = []
        if names:
            yield names

    async def sweep(self) -> int:
        """Remove what no process can be writing any more."""
        return await self._run(self._shelf.sweep, UNTOUCHED_S)

    def close(self) -> None:
        """Let the threads finish what they are doing, then let go of the shelf."""
        self._threads.shutdown()
        self._shelf.close()

    async def _run(self, work: Callable[[*_As], _T], *given: *_As) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, work, *given)


class _Sealing:
    """A file in the making; its methods run in threads, one at a time."""

    def __init__(self, draft: Draft, vault: LocalVault) -> None:
        self._draft = draft
        self._vault = vault
        self._id = f"a_{secrets.token_hex(16)}"
        self._key = os.urandom(KEY_BYTES)
        self._cipher = AESGCM(self._key)
        self._hash = hashlib.sha256()
        self._count = 0
        self._size = 0
        self._unwanted = False
        self._alone = threading.Lock()

    def add(self, plain: bytes) -> None:
        """Seal and write whole chunks, none of them the last."""
        with self._alone:
            self._draft.add(self._sealed(plain, last=False))

    def finish(self, plain: bytes, keep: KeepKey) -> StoredAttachment:
        """Seal and write the rest; durable in its place on return.

        ``keep`` seals the file's own key.
        """
        with self._alone:
            sealed = self._sealed(plain, last=True)
            sha256 = self._hash.hexdigest()
            name = self._vault.file_name(self._id, sha256)
            self._draft.finish(name, sealed)
            return keep(
                StoredAttachment(AttachmentId(self._id), name, self._size, sha256, b""),
                self._key,
            )

    def discard(self) -> None:
        """Leave nothing behind, wherever it had come to."""
        with self._alone:
            self._unwanted = True
            self._draft.discard()

    def _sealed(self, plain: bytes, *, last: bool) -> bytes:
        if self._unwanted:
            raise StoreUnavailable("nobody wants this file any more")
        self._hash.update(plain)
        self._size += len(plain)
        sealed = []
        for start in range(0, max(len(plain), 1), CHUNK_BYTES):
            end = start + CHUNK_BYTES
            nonce = _nonce(self._count, last=last and end >= len(plain))
            sealed.append(self._cipher.encrypt(nonce, plain[start:end], None))
            self._count += 1
        return b"".join(sealed)


class _Opening:
    """A file being read; its methods run in threads, one at a time."""

    def __init__(self, shelf: Shelf, stored: StoredAttachment, key: bytes) -> None:
        self._shelf = shelf
        self._cipher = AESGCM(key)
        self._name = stored.name
        self._chunks = max(1, -(-stored.size_bytes // CHUNK_BYTES))
        self._length = stored.size_bytes + self._chunks * TAG_BYTES
        self._next = 0
        self._reading: Reading | None = None
        self._alone = threading.Lock()

    def next(self) -> list[bytes]:
        """Some chunks, opened; none at the end."""
        with self._alone:
            count = min(BATCH_CHUNKS, self._chunks - self._next)
            if count <= 0:
                return []
            step = CHUNK_BYTES + TAG_BYTES
            try:
                if self._reading is None:
                    self._reading = self._shelf.reading(self._name, self._length)
                sealed = self._reading.read(count * step)
            except LookupError:
                raise ValueError(_ALTERED) from None
            return [
                self._plain(sealed[i * step : (i + 1) * step]) for i in range(count)
            ]

    def close(self) -> None:
        """Let go of the file."""
        with self._alone:
            if self._reading is not None:
                self._reading.close()
                self._reading = None
            self._next = self._chunks

    def _plain(self, sealed: bytes) -> bytes:
        nonce = _nonce(self._next, last=self._next == self._chunks - 1)
        self._next += 1
        return _plain(self._cipher, nonce, sealed)


async def _limited(
    chunks: AsyncIterator[bytes], limit_bytes: int
) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit_bytes:
            raise TooLarge
        yield chunk


def sealed_bytes(size_bytes: int) -> int:
    """How long a file of this size is once it is sealed."""
    return size_bytes + max(1, -(-size_bytes // CHUNK_BYTES)) * TAG_BYTES


def opens(key: bytes, size_bytes: int, pieces: Iterable[bytes]) -> bool:
    """Whether a sealed file that comes in pieces opens with its own key to its end."""
    cipher, number, step = AESGCM(key), 0, CHUNK_BYTES + TAG_BYTES
    chunks, ahead = max(1, -(-size_bytes // CHUNK_BYTES)), bytearray()
    try:
        for piece in pieces:
            ahead += piece
            while len(ahead) > step:
                sealed = bytes(memoryview(ahead)[:step])
                del ahead[:step]
                _plain(cipher, _nonce(number, last=False), sealed)
                number += 1
        _plain(cipher, _nonce(number, last=True), bytes(ahead))
    except ValueError:
        return False
    return number + 1 == chunks


def _named(name: str) -> str:
    """A name that a file of ours can have; never a path."""
    if not _NAME.fullmatch(name):
        raise ValueError(_ALTERED)
    return name


def _checked(stored: StoredAttachment) -> StoredAttachment:
    _named(stored.name)
    return stored


def _plain(cipher: AESGCM, nonce: bytes, sealed: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError):
        raise ValueError(_ALTERED) from None


def _nonce(number: int, *, last: bool) -> bytes:
    """Unique under a file's key, which seals nothing else."""
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


#: Of the one chunk of a small file.
_ONLY_CHUNK = _nonce(0, last=True)
