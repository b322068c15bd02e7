"""A folder through which two sides exchange files that somebody carries.

``di/`` holds what is to be carried, until the other side has confirmed it; ``ve/``
what came back and was not read yet; ``khong-doc-duoc/`` what could not be read;
``so/`` small notes of our own. What was read is deleted: its content lives under the
keys of its dossiers. A file is in place whole or not at all; a name that begins with
a dot is not finished.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar, TypeVarTuple

from gateway.carriers.envelope import HEAD_BYTES, whole_length
from gateway.disk import durable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OUT, IN, UNREADABLE, NOTES = "di", "ve", "khong-doc-duoc", "so"
SUFFIX = ".p7m"
#: Threads that wait for the disk; one slow share must not keep others waiting.
THREADS = 2
#: Real seconds for which a file that ends in zeros has to stand still.
STILL_S = 120.0
#: Whole blocks of zeros: an encrypted end is never so, an end not copied yet is.
_END = bytes(16)
_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_NAME = 80

_T = TypeVar("_T")
_As = TypeVarTuple("_As")


class Lying(NamedTuple):
    """A file that lies in the folder; ``since``: aware UTC."""

    name: str
    size_bytes: int
    since: datetime


class ExchangeFolder:
    """One office's folder; every method works on the disk, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when it is first used."""
        self._folder = folder
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="exchange")
        #: files that end in zeros: what was seen of each, and since when it is so
        self._seen: dict[str, tuple[tuple[int, datetime], float]] = {}

    @property
    def path(self) -> Path:
        """Where it is, or will be."""
        return self._folder

    async def _run(self, work: Callable[[*_As], _T], *values: *_As) -> _T:
        """Do disk work beside the event loop.

        Raises:
            StoreUnavailable: the disk fails or is full.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, work, *values)
        except OSError as error:
            raise durable.unavailable("exchange folder", error) from error

    async def lay(self, name: str, content: bytes) -> None:
        """Put a file down to be carried, in place of an earlier one of that name."""
        await self._run(lambda: durable.replace(self._ready(OUT) / name, content))

    async def lying(self) -> list[Lying]:
        """What lies to be carried, the oldest first."""
        return await self._run(self._lying, OUT)

    async def copy(self, name: str) -> bytes | None:
        """The content of a file that lies to be carried; None: there is none."""
        return await self._run(self._copy, name)

    async def confirmed(self, name: str) -> None:
        """Take a file away that the other side has; again is harmless."""
        await self._run(self._remove, OUT, name)

    async def waiting(self) -> list[str]:
        """Whole files that came, the oldest first.

        Of one that is no envelope the length cannot be told, so it counts as whole.
        Some copy by taking all of the room first: what they have not written yet
        reads as zeros, so that such a file has to stand still for a while.
        """
        return await self._run(self._waiting)

    async def bring(self, name: str, content: bytes) -> str:
        """Lay a file down as if it had been carried here; the name it got."""
        return await self._run(self._bring, name, content)

    async def read(self, name: str, most: int) -> bytes:
        """The first ``most`` bytes of a file that came."""
        return await self._run(self._read, self._folder / IN / name, most)

    async def done(self, name: str) -> None:
        """Delete a file that came and was taken in; again is harmless."""
        await self._run(self._remove, IN, name)

    async def put_aside(self, name: str) -> None:
        """Move a file that could not be read out of the way; again is harmless."""
        await self._run(self._put_aside, name)

    async def note(self, name: str, content: bytes) -> None:
        """Keep a small note under a name, in place of an earlier one."""
        await self._run(lambda: durable.replace(self._ready(NOTES) / name, content))

    async def noted(self, name: str) -> bytes | None:
        """The note under a name; None: there is none."""
        return await self._run(self._noted, name)

    async def forget(self, name: str) -> None:
        """Delete a note; again is harmless."""
        await self._run(self._remove, NOTES, name)

    def close(self) -> None:
        """Give the threads back; what they are at is finished."""
        self._threads.shutdown(wait=False)

    def _ready(self, part: str) -> Path:
        path = self._folder / part
        if not path.is_dir():
            durable.make_folder(path)
        return path

    def _lying(self, part: str) -> list[Lying]:
        found = []
        for path in self._ready(part).iterdir():
            if path.name.startswith(".") or path.suffix != SUFFIX:
                continue
            # Whoever carries may take a file away between the two.
            with contextlib.suppress(FileNotFoundError):
                state = path.stat()
                since = datetime.fromtimestamp(state.st_mtime, UTC)
                found.append(Lying(path.name, state.st_size, since))
        return sorted(found, key=lambda one: (one.since, one.name))

    def _copy(self, name: str) -> bytes | None:
        if name not in {one.name for one in self._lying(OUT)}:
            return None
        with contextlib.suppress(FileNotFoundError):
            return (self._folder / OUT / name).read_bytes()
        return None

    def _remove(self, part: str, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            (self._folder / part / name).unlink()

    def _waiting(self) -> list[str]:
        found, seen = [], {}
        for one in self._lying(IN):
            with contextlib.suppress(FileNotFoundError):
                path = self._folder / IN / one.name
                whole = whole_length(self._read(path, HEAD_BYTES))
                if one.size_bytes < (whole or HEAD_BYTES):
                    continue
                if _ends_in_zeros(path):
                    seen[one.name] = last = self._since(one)
                    if time.monotonic() - last[1] < STILL_S:
                        continue
                found.append(one.name)
        self._seen = seen
        return found

    def _since(self, one: Lying) -> tuple[tuple[int, datetime], float]:
        """What a file is now, and since when it is: by our own count of time.

        The clock of a share, or of the machine that wrote it, is not ours.
        """
        state = (one.size_bytes, one.since)
        last = self._seen.get(one.name)
        return last if last and last[0] == state else (state, time.monotonic())

    def _bring(self, name: str, content: bytes) -> str:
        folder = self._ready(IN)
        stem = _STRANGE.sub("-", name.removesuffix(SUFFIX)).strip(".-")[:_MOST_NAME]
        free, count = f"{stem or 'goi'}{SUFFIX}", 1
        while True:
            try:
                durable.put_new(folder / free, content)
            except FileExistsError:
                count += 1
                free = f"{stem or 'goi'}-{count}{SUFFIX}"
            else:
                return free

    @staticmethod
    def _read(path: Path, most: int) -> bytes:
        with path.open("rb") as file:
            return file.read(most)

    def _put_aside(self, name: str) -> None:
        target = self._ready(UNREADABLE)
        free, count = target / name, 1
        while True:
            try:
                durable.rename_new(self._folder / IN / name, free)
            except FileNotFoundError:
                return
            except FileExistsError:
                count += 1
                free = target / f"{name.removesuffix(SUFFIX)}-{count}{SUFFIX}"
            else:
                durable.sync_folder(target)
                return

    def _noted(self, name: str) -> bytes | None:
        with contextlib.suppress(FileNotFoundError):
            return (self._folder / NOTES / name).read_bytes()
        return None


def _ends_in_zeros(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - len(_END)))
        return not file.read(len(_END)).strip(b"\0")
