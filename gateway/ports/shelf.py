"""Where sealed files lie: a folder or a database, which see ciphertext and names alone.

All of it may wait and is called in threads. What cannot be read or written is told
as ``StoreUnavailable``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol


class Draft(Protocol):
    """A sealed file in the making; used by one thread at a time."""

    @abstractmethod
    def add(self, sealed: bytes) -> None:
        """Write what comes next."""

    @abstractmethod
    def finish(self, name: str, sealed: bytes) -> None:
        """Write the rest and show the file under its name: whole and durable."""

    @abstractmethod
    def discard(self) -> None:
        """Leave nothing behind, wherever it had come to; what stays is swept."""


class Reading(Protocol):
    """A sealed file being read; used by one thread at a time."""

    @abstractmethod
    def read(self, count: int) -> bytes:
        """So many of the next bytes; fewer only at the end."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""


class Shelf(Protocol):
    """Keeps sealed files by name; of an unfinished one nobody sees anything."""

    @abstractmethod
    def identity(self) -> str | None:
        """What tells this shelf from every other; None: it was given nothing yet."""

    @abstractmethod
    def identify(self, identity: str) -> str:
        """Give it an identity unless it has one; the one that it has, durably."""

    @abstractmethod
    def rename(self, identity: str) -> None:
        """Give it another identity: nodes that know the old one are refused here."""

    @abstractmethod
    def make_ready(self, identity: str | None) -> None:
        """Prepare for files; sweep what nobody can be writing any more.

        With an ``identity``, nothing is written any more once the shelf has lost it.
        """

    @abstractmethod
    def begin(self) -> Draft:
        """A new file; does not wait."""

    @abstractmethod
    def reading(self, name: str, length: int) -> Reading:
        """A file of exactly this length.

        Raises:
            LookupError: there is none.
        """

    @abstractmethod
    def at_once(self, name: str, length: int) -> bytes | None:
        """A short file where reading it does not wait; None: it has to be ``reading``.

        Raises:
            LookupError: there is none of this name.
        """

    @abstractmethod
    def length(self, name: str) -> int | None:
        """How many bytes a whole file of this name has; None: there is none."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Forget it, durably; deleting twice is no error."""

    @abstractmethod
    def as_of(self) -> float:
        """Now, in the seconds that files carry: those of the shelf, not of the node."""

    @abstractmethod
    def written(self, since: float, until: float) -> Iterator[str]:
        """Names of files put between two moments (``as_of``).

        An empty text for whatever else was looked at, so that a caller can stop.
        """

    @abstractmethod
    def sweep(self, untouched_s: float) -> int:
        """Remove unfinished files that were not written to for so long; how many."""

    @abstractmethod
    def holding(self) -> AbstractContextManager[None]:
        """Keep sweeps of all nodes away; a process that dies holds nothing any more."""

    @abstractmethod
    def sweeping(self) -> AbstractContextManager[bool]:
        """Whether files may be deleted now; nobody begins to hold them meanwhile."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything."""
