"""Moments after the wall was put back: what was due stays due, rests stay as long."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, TypeVar

from gateway.ports.wall import Moments
from gateway.store.claims import DUE
from gateway.store.rows import stamp

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from datetime import datetime

    from gateway.store.database import Tx

T = TypeVar("T")
_PLACES = (*(("transfer", at) for at in DUE), ('"fetch"', "due_at"))
_BRING = tuple(
    f"UPDATE {table} SET {at} = ? WHERE {at} > ? AND {at} <= ? AND {at} IS NOT NULL"  # noqa: S608
    for table, at in _PLACES
)
#: An office's rest is ours to choose, unlike a moment of law: as much of it is left as
#: was left, or a breaker's minute would last as long as the wall was ahead.
_REST = "UPDATE lane SET resume_at = resume_at - ? WHERE resume_at > ?"


def bring_back(tx: Tx, was: int, now: int) -> int:
    """Let everything be due that was, and no office rest longer."""
    moved = 0
    for statement in _BRING:
        tx.db.execute(statement, (now, now, was))
        moved += max(tx.db.changes(), 0)
    tx.db.execute(_REST, (was - now, now))
    moved += max(tx.db.changes(), 0)
    tx.woke = tx.woke or bool(moved)
    return moved


class WithMoments(Moments):
    """The port over whatever runs a unit that belongs to no dossier."""

    @abstractmethod
    def _own_unit(self, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Hand a unit over."""

    async def wall_went_back(self, was: datetime, now: datetime) -> int:
        """What had been due is due now."""
        before, at = stamp(was), stamp(now)
        return await self._own_unit(lambda tx: bring_back(tx, before, at))
