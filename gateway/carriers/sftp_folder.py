"""A shared folder that is an account on an SFTP server.

The same as on a disk, by other means: a file is written beside, synced where the
server can, read back and compared, and renamed by the plain rename of the protocol,
which puts nothing in place of another file. Only notes of ours are replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import posixpath
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

import asyncssh

from gateway.carriers.folder import (
    NOTES,
    UNFINISHED,
    Folder,
    Found,
    NameTaken,
    Written,
)
from gateway.carriers.sftp import Line, within
from gateway.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from gateway.carriers.sftp import Account

_PIECE: Final = 1024 * 1024
_FOR_BOTH: Final = 0o660
_PLACES_FOR_BOTH: Final = 0o770
#: Files of one part that are looked at; more than that is a flood.
MOST_FILES = 20_000
_LIST_S: Final = 120.0
_GONE: Final = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
#: What version 3 of the protocol says of a name that is taken, among other things.
_TAKEN: Final = (asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists)

_T = TypeVar("_T")
_As = TypeVarTuple("_As")


class SFTPFolder(Folder):
    """Every call takes the account's one connection; none holds it longer than a step."""

    def __init__(self, account: Account, now: Callable[[], datetime]) -> None:
        """``now``: aware wall time, as moved files are dated."""
        self._account = account
        self._root = account.folder
        self._line = Line(account)
        self._now = now
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="sftp")
        self._made: set[str] = set()
        self._moved: dict[tuple[str, str], datetime] = {}

    def misfits(self) -> Iterable[tuple[str, str]]:
        """Keys of ``[office.sftp]`` whose values cannot be, and what is wrong."""
        return self._account.misfits()

    def hang_up(self) -> None:
        """Let the connection go; the next call opens another."""
        self._line.drop()

    async def close(self) -> None:
        """Close the connection, and give the thread back."""
        self._threads.shutdown(wait=False)
        await self._line.close()

    async def run(self, work: Callable[[*_As], _T], *values: *_As) -> _T:
        """Do work that blocks beside the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, work, *values)

    async def make(self, *parts: str) -> None:
        """Make these parts where they are not there."""
        if wanted := [part for part in parts if part not in self._made]:
            async with self._line.open() as sftp:
                for part in wanted:
                    await self._ready(sftp, part)

    async def _ready(self, sftp: asyncssh.SFTPClient, part: str) -> None:
        if part in self._made:
            return
        place = self._path(part)
        if not await within(sftp.isdir(place)):
            mode = asyncssh.SFTPAttrs(permissions=_PLACES_FOR_BOTH)
            await within(sftp.makedirs(place, mode, exist_ok=True))
        self._made.add(part)

    async def listed(self, part: str) -> list[Found]:
        """Every file of a part, also what is not there yet, by name."""
        found: list[Found] = []
        async with self._line.open() as sftp, asyncio.timeout(_LIST_S):
            with contextlib.suppress(*_GONE):
                async for entry in sftp.scandir(self._path(part)):
                    name, told = str(entry.filename), entry.attrs
                    if stat.S_ISREG(told.permissions or 0):
                        found.append(self._found(part, name, told))
                    if len(found) > MOST_FILES:
                        raise StoreUnavailable("sftp: too many files")
        return sorted(found)

    def _found(self, part: str, name: str, told: asyncssh.SFTPAttrs) -> Found:
        size, written = told.size or 0, told.mtime or 0
        touched = datetime.fromtimestamp(written, UTC)
        touched = max(touched, self._moved.get((part, name), touched))
        return Found(name, size, f"{size}/{written}", touched)

    async def read(self, part: str, name: str, most: int) -> bytes | None:
        """The first ``most`` bytes of a file; None: there is none."""
        body = bytearray()
        async for piece in self._pieces(part, name, most):
            if piece is None:
                return None
            body += piece
        return bytes(body)

    async def sha256(self, part: str, name: str) -> str | None:
        """The digest of a file, hexadecimal; it is carried here for that."""
        digest = hashlib.sha256()
        async for piece in self._pieces(part, name):
            if piece is None:
                return None
            digest.update(piece)
        return digest.hexdigest()

    async def pieces(self, part: str, name: str) -> AsyncIterator[bytes]:
        """A file piece by piece; one that is gone ends at once."""
        async for piece in self._pieces(part, name):
            if piece is not None:
                yield piece

    async def _pieces(
        self, part: str, name: str, most: int | None = None
    ) -> AsyncIterator[bytes | None]:
        """Its pieces, or None alone: there is no such file."""
        async with self._line.open() as sftp:
            try:
                file = await within(sftp.open(self._path(part, name), "rb"))
            except _GONE:
                yield None
                return
            try:
                left = most
                while left is None or left > 0:
                    size = _PIECE if left is None else min(_PIECE, left)
                    piece = await within(file.read(size))
                    if not isinstance(piece, bytes) or not piece:
                        return
                    left = None if left is None else left - len(piece)
                    yield piece
            finally:
                await _let_go(file)

    async def put(self, part: str, name: str, content: AsyncIterator[bytes]) -> Written:
        """Put a file down: written beside, read back, renamed.

        Raises:
            NameTaken: another lies there.
        """
        draft = self._path(part, f".{name}{UNFINISHED}")
        async with self._line.open() as sftp:
            await self._ready(sftp, part)
            written = await _write(sftp, draft, content)
        if await self.sha256(part, f".{name}{UNFINISHED}") != written.sha256:
            await self.remove(part, f".{name}{UNFINISHED}")
            raise StoreUnavailable("sftp: what was written reads otherwise")
        async with self._line.open() as sftp:
            try:
                await within(sftp.rename(draft, self._path(part, name)))
            except _TAKEN:
                if not await within(sftp.exists(self._path(part, name))):
                    raise
                await within(sftp.remove(draft))
                raise NameTaken from None
        return written

    async def move(self, part: str, name: str, to: str) -> str:
        """Move a file; the name that it got there, empty where it was gone."""
        async with self._line.open() as sftp:
            await self._ready(sftp, to)
            free, count = name, 1
            while True:
                try:
                    await within(
                        sftp.rename(self._path(part, name), self._path(to, free))
                    )
                except _GONE:
                    return ""
                except _TAKEN:
                    if not await within(sftp.exists(self._path(to, free))):
                        raise
                    count += 1
                    free = f"{name}.{count}"
                else:
                    await self._date(sftp, to, free)
                    return free

    async def _date(self, sftp: asyncssh.SFTPClient, part: str, name: str) -> None:
        """When it was moved, not written, is what it is kept by."""
        now = self._now()
        self._moved[part, name] = now
        # Only whoever owns a file may date it.
        with contextlib.suppress(asyncssh.SFTPError):
            moment = now.timestamp()
            await within(sftp.utime(self._path(part, name), (moment, moment)))

    async def remove(self, part: str, name: str) -> None:
        """Delete a file; again is harmless."""
        self._moved.pop((part, name), None)
        async with self._line.open() as sftp:
            with contextlib.suppress(*_GONE):
                await within(sftp.remove(self._path(part, name)))

    async def claim(self, part: str, name: str) -> bool:
        """Create an empty file; whether it is ours: False where it was there."""
        async with self._line.open() as sftp:
            await self._ready(sftp, part)
            path = self._path(part, name)
            try:
                file = await within(sftp.open(path, "xb"))
            except _TAKEN:
                if not await within(sftp.exists(path)):
                    raise
                return False
            await _let_go(file)
        return True

    async def note(self, name: str, content: bytes) -> None:
        """Keep a small note under a name, in place of an earlier one."""
        # Of two nodes that write one note, neither may cut the other's short.
        draft = self._path(NOTES, f".{name}.{secrets.token_hex(8)}{UNFINISHED}")
        path = self._path(NOTES, name)
        async with self._line.open() as sftp:
            await self._ready(sftp, NOTES)
            await _write(sftp, draft, _at_once(content))
            try:
                await within(sftp.posix_rename(draft, path))
            except asyncssh.SFTPOpUnsupported:
                with contextlib.suppress(*_GONE):
                    await within(sftp.remove(path))
                await within(sftp.rename(draft, path))

    def _path(self, part: str, name: str = "") -> str:
        # Names come from listings, which have no "/" in them.
        return posixpath.join(self._root, part, name) if name else self._place(part)

    def _place(self, part: str) -> str:
        return posixpath.join(self._root, part) or "."


async def _write(
    sftp: asyncssh.SFTPClient, path: str, content: AsyncIterator[bytes]
) -> Written:
    size, digest = 0, hashlib.sha256()
    mode = asyncssh.SFTPAttrs(permissions=_FOR_BOTH)
    file = await within(sftp.open(path, "wb", mode))
    try:
        async for piece in content:
            await within(file.write(piece))
            size += len(piece)
            digest.update(piece)
        with contextlib.suppress(asyncssh.SFTPOpUnsupported):
            await within(file.fsync())
    except BaseException:
        await _let_go(file)
        raise
    await within(file.close())
    return Written(size, digest.hexdigest())


async def _let_go(file: asyncssh.SFTPClientFile) -> None:
    """Close a file whose content is settled already, or lost."""
    with contextlib.suppress(asyncssh.Error, asyncssh.SFTPError, OSError):
        await within(file.close())


async def _at_once(content: bytes) -> AsyncIterator[bytes]:
    yield content
