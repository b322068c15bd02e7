"""Signed messages that came already: their ids, as keyed hashes, for a while."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Replays(Protocol):
    """What came; each method is one atomic unit."""

    @abstractmethod
    async def remember(self, identifier: bytes, said: bytes, at: datetime) -> bytes:
        """Remember what an id said, durably, unless it is remembered; what it said first.

        Of several calls at once, on whatever nodes, all are given the same answer.
        """

    @abstractmethod
    async def forget(self, before: datetime, *, limit: int) -> int:
        """Forget the oldest from before a moment; how many."""
