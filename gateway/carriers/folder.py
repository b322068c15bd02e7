"""A folder that two sides share: what every way to one does, and its few words.

Parts of it are named by paths below it. A file is put in place whole or not at all,
never in place of another; a name that begins with a dot or ``~$``, or ends with
``.tam``, is not there yet. Small notes of this side lie in ``.cong``, which the other
side does not look at: nodes share them as they share the folder.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar, TypeVarTuple

NOTES = ".cong"
UNFINISHED = ".tam"
LOCK = "~$"
#: Bytes of a note at most.
NOTE_BYTES = 1024 * 1024

_T = TypeVar("_T")
_As = TypeVarTuple("_As")


class Found(NamedTuple):
    """A file that lies there; ``state`` changes with its size or time."""

    name: str
    size_bytes: int
    state: str
    touched: datetime
    #: written or moved last, aware UTC, by the clock of the disk


class Written(NamedTuple):
    """What was put down."""

    size_bytes: int
    sha256: str


class NameTaken(Exception):
    """A file of that name lies there already; nothing was put down."""


class Folder(Protocol):
    """Each call raises ``StoreUnavailable`` where the folder cannot be reached.

    ``FolderRefused``, one kind of it, says that a person has to act.
    """

    def misfits(self) -> Iterable[tuple[str, str]]:
        """Keys of its entry whose values cannot be, and what is wrong with each."""
        return ()

    @abstractmethod
    async def run(self, work: Callable[[*_As], _T], *values: *_As) -> _T:
        """Do work that blocks beside the event loop."""

    @abstractmethod
    async def make(self, *parts: str) -> None:
        """Make these parts where they are not there."""

    @abstractmethod
    async def listed(self, part: str) -> list[Found]:
        """Every file of a part, also what is not there yet, by name."""

    async def lying(self, part: str) -> list[Found]:
        """What lies in a part and is finished, by name."""
        return [one for one in await self.listed(part) if _is_whole(one.name)]

    async def locked(self, part: str) -> set[str]:
        """Names that Excel has open, as far as it tells: without their first signs."""
        found = await self.listed(part)
        return {
            one.name.removeprefix(LOCK) for one in found if one.name.startswith(LOCK)
        }

    async def unlooked(self, part: str, ending: str) -> list[Found]:
        """Files that begin with a dot and end so: claims, and what is being written."""
        return [
            one
            for one in await self.listed(part)
            if one.name.startswith(".") and one.name.endswith(ending)
        ]

    @abstractmethod
    async def read(self, part: str, name: str, most: int) -> bytes | None:
        """The first ``most`` bytes of a file; None: there is none."""

    @abstractmethod
    async def sha256(self, part: str, name: str) -> str | None:
        """The digest of a file, hexadecimal; None: there is none."""

    @abstractmethod
    def pieces(self, part: str, name: str) -> AsyncIterator[bytes]:
        """A file piece by piece; one that is gone ends at once."""

    @abstractmethod
    async def put(self, part: str, name: str, content: AsyncIterator[bytes]) -> Written:
        """Put a file down: written beside, made durable, renamed.

        Raises:
            NameTaken: another lies there.
        """

    @abstractmethod
    async def move(self, part: str, name: str, to: str) -> str:
        """Move a file; the name that it got there, empty where it was gone."""

    @abstractmethod
    async def remove(self, part: str, name: str) -> None:
        """Delete a file; again is harmless."""

    @abstractmethod
    async def claim(self, part: str, name: str) -> bool:
        """Create an empty file; whether it is ours: False where it was there."""

    @abstractmethod
    async def note(self, name: str, content: bytes) -> None:
        """Keep a small note under a name, in place of an earlier one."""

    async def noted(self, name: str) -> bytes | None:
        """The note under a name; None: there is none."""
        return await self.read(NOTES, name, NOTE_BYTES)

    async def forget(self, name: str) -> None:
        """Delete a note; again is harmless."""
        await self.remove(NOTES, name)

    async def notes(self) -> list[Found]:
        """Every note, by name."""
        return await self.listed(NOTES)


def _is_whole(name: str) -> bool:
    return not name.startswith((".", LOCK)) and not name.endswith(UNFINISHED)
