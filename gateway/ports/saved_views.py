"""Lists that people named, as they are kept."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.journal import JournalLine
from gateway.domain.values import dataclass
from gateway.ports.vault import SealedPayload


@dataclass(frozen=True, slots=True)
class SavedView:
    """A list of a page that somebody named; its name lies sealed, ``blind`` its hash.

    ``query``: the list's address, of codes and days alone.
    """

    id: str
    by: str
    at: datetime
    page: str
    query: str
    blind: bytes
    shared: bool
    sealed: SealedPayload


class SavedViews(Protocol):
    """Own and shared ones."""

    @abstractmethod
    async def add_view(self, row: SavedView, line: JournalLine, *, most: int) -> bool:
        """Keep one; False: whoever it is of has as many as they get.

        Raises:
            KeyTaken: they have one of that page with that name.
        """

    @abstractmethod
    async def views(self, by: str, page: str) -> Sequence[SavedView]:
        """Those of somebody, then those of others that are shared; oldest first."""

    @abstractmethod
    async def drop_view(self, identifier: str, by: str, line: JournalLine) -> bool:
        """Forget one of somebody's own; False: it is not there, or another's."""
