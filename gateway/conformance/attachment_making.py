"""Files for the cases of attachments, and what lies on the shelf as others see it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from gateway.ports.attachments import AttachmentStore, FileKeys, StoredAttachment

#: Chunks as every file is cut, on every shelf: their format never changes.
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
STEP = CHUNK_BYTES + TAG_BYTES
BATCH = 16 * CHUNK_BYTES
LIMIT = 64 * 1024 * 1024
MARKER = "TỆP VÍ DỤ CỦA NGUYỄN VĂN VÍ DỤ ".encode()


class Place(Protocol):
    """Sealed bytes as somebody finds and changes them who has no key."""

    @abstractmethod
    def lying(self) -> list[bytes]:
        """What lies there, unfinished files as well."""

    @abstractmethod
    def sealed(self, name: str) -> bytes:
        """A whole file."""

    @abstractmethod
    def put_back(self, name: str, sealed: bytes) -> None:
        """Other bytes in the place of a file, its length told accordingly."""

    @abstractmethod
    def age(self, name: str, seconds: float) -> None:
        """Make a file older."""

    @abstractmethod
    def leave_unfinished(self, age_s: float) -> None:
        """What a process left that died so long ago."""

    @abstractmethod
    def full(self, room_bytes: int) -> AbstractContextManager[None]:
        """Meanwhile the place takes no file beyond this size."""

    @abstractmethod
    def away(self) -> AbstractContextManager[None]:
        """Meanwhile the place cannot be reached."""


@dataclass(slots=True)
class FileBench:
    """Attachments under test, the keys of files no dossier took, and the shelf."""

    files: AttachmentStore
    keys: FileKeys
    place: Place
    again: Callable[[], AttachmentStore]
    #: opens the same shelf as another process would

    async def put(self, plain: bytes, *, piece: int = 50_000) -> StoredAttachment:
        """Put away a file that comes in pieces."""
        return await self.files.put(pieces(plain, piece), limit_bytes=LIMIT)

    async def read(
        self, stored: StoredAttachment, files: AttachmentStore | None = None
    ) -> bytes:
        """All of a file."""
        opened = (files or self.files).open(stored, self.keys)
        return b"".join([chunk async for chunk in opened])

    async def names(self, since: float = 0.0, until: float = float("inf")) -> list[str]:
        """Names of the files that were put between two moments."""
        found: list[str] = []
        async for page in self.files.written(since=since, until=until):
            found += page
        return sorted(found)


Check = Callable[[FileBench], Awaitable[None]]
#: Every case of attachments by its name, which is a sentence.
CASES: dict[str, Check] = {}


def case(check: Check) -> Check:
    """Enter a case in the list."""
    CASES[getattr(check, "__name__", "")] = check
    return check


def content(size: int) -> bytes:
    """Bytes of which no two chunks are equal."""
    count = size // len(MARKER) + 1
    return b"".join(MARKER + str(i).encode() for i in range(count))[:size]


async def pieces(plain: bytes, size: int = 50_000) -> AsyncIterator[bytes]:
    """The same as it comes over a line."""
    for start in range(0, len(plain), size):
        yield plain[start : start + size]
