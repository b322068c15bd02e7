"""A shared folder that is a path here: local, or mounted."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from gateway.carriers.folder import (
    NOTES,
    UNFINISHED,
    Folder,
    Found,
    NameTaken,
    Written,
)
from gateway.disk import durable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

#: Threads that wait for the disk; one slow share must not keep others waiting.
_THREADS = 2
_PIECE = 1024 * 1024
_FOR_BOTH = 0o660

_T = TypeVar("_T")
_As = TypeVarTuple("_As")


class SharedFolder(Folder):
    """Every method works on the disk, in a thread of its own.

    Each raises ``StoreUnavailable`` where the disk or share fails.
    """

    def __init__(self, folder: Path) -> None:
        """Name the folder; its parts are made when they are first used."""
        self._folder = folder
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="shared")

    async def run(self, work: Callable[[*_As], _T], *values: *_As) -> _T:
        """Do work that blocks beside the event loop.

        Raises:
            StoreUnavailable: the disk or share fails.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, work, *values)
        except OSError as error:
            raise durable.unavailable("shared folder", error) from error

    async def make(self, *parts: str) -> None:
        """Make these parts where they are not there."""
        await self.run(lambda: [self._ready(part) for part in parts])

    async def listed(self, part: str) -> list[Found]:
        """Every file of a part, also what is not there yet, by name."""
        return await self.run(self._lying, part)

    async def read(self, part: str, name: str, most: int) -> bytes | None:
        """The first ``most`` bytes of a file; None: there is none."""
        return await self.run(self._read, part, name, most)

    async def sha256(self, part: str, name: str) -> str | None:
        """The digest of a file, hexadecimal; None: there is none."""
        return await self.run(self._sha256, part, name)

    async def pieces(self, part: str, name: str) -> AsyncIterator[bytes]:
        """A file piece by piece; one that is gone ends at once."""
        place = 0
        while piece := await self.run(self._piece, part, name, place):
            place += len(piece)
            yield piece

    async def put(self, part: str, name: str, content: AsyncIterator[bytes]) -> Written:
        """Put a file down: written beside, made durable, renamed.

        Raises:
            NameTaken: another lies there.
        """
        draft, size, digest = f".{name}{UNFINISHED}", 0, hashlib.sha256()
        await self.run(self._begin, part, draft)
        async for piece in content:
            await self.run(self._append, part, draft, piece)
            size += len(piece)
            digest.update(piece)
        await self.run(self._finish, part, draft, name)
        return Written(size, digest.hexdigest())

    async def move(self, part: str, name: str, to: str) -> str:
        """Move a file; the name that it got there, empty where it was gone."""
        return await self.run(self._move, part, name, to)

    async def remove(self, part: str, name: str) -> None:
        """Delete a file; again is harmless."""
        await self.run(self._remove, part, name)

    async def claim(self, part: str, name: str) -> bool:
        """Create an empty file; whether it is ours: False where it was there."""
        return await self.run(self._claim, part, name)

    async def note(self, name: str, content: bytes) -> None:
        """Keep a small note under a name, in place of an earlier one."""
        await self.run(lambda: durable.replace(self._ready(NOTES) / name, content))

    def _ready(self, part: str) -> Path:
        path = self._folder / part
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
        return path

    def _lying(self, part: str) -> list[Found]:
        found = []
        with os.scandir(self._ready(part)) as entries:
            for one in entries:
                # Whoever shares the folder may take a file away between the two.
                with contextlib.suppress(FileNotFoundError):
                    if one.is_file():
                        told = one.stat()
                        touched = max(told.st_mtime, told.st_ctime)
                        state = f"{told.st_size}/{told.st_mtime_ns}"
                        moment = datetime.fromtimestamp(touched, UTC)
                        found.append(Found(one.name, told.st_size, state, moment))
        return sorted(found)

    def _read(self, part: str, name: str, most: int) -> bytes | None:
        with (
            contextlib.suppress(FileNotFoundError),
            (self._folder / part / name).open("rb") as file,
        ):
            return file.read(most)
        return None

    def _piece(self, part: str, name: str, place: int) -> bytes:
        with (
            contextlib.suppress(FileNotFoundError),
            (self._folder / part / name).open("rb") as file,
        ):
            file.seek(place)
            return file.read(_PIECE)
        return b""

    def _sha256(self, part: str, name: str) -> str | None:
        with (
            contextlib.suppress(FileNotFoundError),
            (self._folder / part / name).open("rb") as file,
        ):
            return hashlib.file_digest(file, "sha256").hexdigest()
        return None

    def _begin(self, part: str, draft: str) -> None:
        (self._ready(part) / draft).write_bytes(b"")
        (self._folder / part / draft).chmod(_FOR_BOTH)

    def _append(self, part: str, draft: str, piece: bytes) -> None:
        with (self._folder / part / draft).open("ab") as file:
            file.write(piece)

    def _finish(self, part: str, draft: str, name: str) -> None:
        path = self._folder / part / draft
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        try:
            durable.rename_new(path, path.with_name(name))
        except FileExistsError:
            path.unlink(missing_ok=True)
            raise NameTaken from None
        durable.sync_folder(path.parent)

    def _move(self, part: str, name: str, to: str) -> str:
        target, count = self._ready(to) / name, 1
        while True:
            try:
                durable.rename_new(self._folder / part / name, target)
            except FileNotFoundError:
                return ""
            except FileExistsError:
                count += 1
                target = target.with_name(f"{name}.{count}")
            else:
                durable.sync_folder(target.parent)
                return target.name

    def _remove(self, part: str, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            (self._folder / part / name).unlink()

    def _claim(self, part: str, name: str) -> bool:
        try:
            with (self._ready(part) / name).open("xb"):
                return True
        except FileExistsError:
            return False
