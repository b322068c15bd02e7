"""Data keys of dossiers as they lie, on both stores in the same words."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.identifiers import DossierId
from gateway.ports.wrapped_keys import WrappedKeys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.ports.wrapped_keys import Rewrapped
    from gateway.store.database import Database, Tx

T = TypeVar("T")
_PAGE = (
    "SELECT id, wrapped_key FROM dossier WHERE unit = ? AND id > ? ORDER BY id LIMIT ?"
)
_REPLACE = "UPDATE dossier SET wrapped_key = ? WHERE id = ? AND wrapped_key = ?"


class WrappedKeyRows(WrappedKeys):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T], of: str | None = None) -> Awaitable[T]:
        """What a unit gives, once it is durable."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def wrapped_keys(
        self, unit: str, *, after: str, limit: int
    ) -> Sequence[tuple[DossierId, bytes]]:
        """A page."""
        return await self._list(_page, unit, after, limit)

    async def rewrap(self, keys: Sequence[Rewrapped]) -> int:
        """Each where it is as it was read."""
        # In the order of identifiers, as every unit of several dossiers locks them.
        given = sorted(keys, key=lambda one: one.dossier_id)
        return await self._write(lambda tx: _replace(tx, given)) if given else 0


def _page(
    db: Database, unit: str, after: str, limit: int
) -> list[tuple[DossierId, bytes]]:
    rows = db.execute(_PAGE, (unit, after, limit)).fetchall()
    return [(DossierId(row[0]), bytes(row[1])) for row in rows]


def _replace(tx: Tx, keys: Sequence[Rewrapped]) -> int:
    count = 0
    for one in keys:
        tx.db.execute(_REPLACE, (one.now, one.dossier_id, one.was))
        count += tx.db.changes()
    return count
