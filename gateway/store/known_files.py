"""Files as rows, and marks: the same on both stores."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.ports.known_files import KnownFiles
from gateway.store import remnants
from gateway.store.rows import stamp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.ports.attachments import StoredAttachment
    from gateway.store.database import Tx

T = TypeVar("T")


class FileRows(KnownFiles):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T]) -> Awaitable[T]:
        """What a unit gives, once it is durable."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def end_uploads(
        self, *, before: datetime, limit: int
    ) -> Sequence[StoredAttachment]:
        """Forget unused uploads."""
        at = stamp(before)
        return await self._write(lambda tx: remnants.end_uploads(tx.db, at, limit))

    async def set_mark(self, name: str, value: str) -> None:
        """Remember something of the store itself."""
        await self._write(lambda tx: remnants.set_mark(tx.db, name, value))

    async def mark_once(self, name: str, value: str) -> str:
        """Remember it, or read what was first."""
        return await self._write(lambda tx: remnants.mark_once(tx.db, name, value))

    async def newest_files(self, limit: int) -> Sequence[str]:
        """The last files of both tables."""
        return await self._list(remnants.newest_files, limit)

    async def count_files(self) -> int:
        """Names of both tables, each once."""
        return await self._list(remnants.count_files)
