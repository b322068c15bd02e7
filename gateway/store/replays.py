"""Signed messages that came already, as rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, TypeVar

from gateway.ports.replays import Replays
from gateway.store.rows import stamp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.store.database import Tx

T = TypeVar("T")
# The row that is there is locked and given back: two nodes see the same one.
_REMEMBER = (
    "INSERT INTO heard_webhook (id, said, at) VALUES (?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET said = heard_webhook.said RETURNING said"
)
_FORGET = (
    "DELETE FROM heard_webhook WHERE id IN"
    " (SELECT id FROM heard_webhook WHERE at < ? ORDER BY at LIMIT ?) RETURNING at"
)


class ReplayRows(Replays):
    """The port over whatever writes a unit."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T]) -> Awaitable[T]:
        """What a unit gives, once it is durable."""

    async def remember(self, identifier: bytes, said: bytes, at: datetime) -> bytes:
        """Insert it, or read what is there."""
        row = (identifier, said, stamp(at))
        return await self._write(lambda tx: _one(tx, row))

    async def forget(self, before: datetime, *, limit: int) -> int:
        """Delete some."""
        old = (stamp(before), limit)
        return await self._write(lambda tx: len(tx.db.execute(_FORGET, old).fetchall()))


def _one(tx: Tx, row: tuple[bytes, bytes, int]) -> bytes:
    ((said,),) = tx.db.execute(_REMEMBER, row).fetchall()
    return bytes(said)
