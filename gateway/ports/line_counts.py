"""What waits for each office, for whoever looks at many of them at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.identifiers import OfficeId
from gateway.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class LineCount:
    """Transfers of one office; a count that reached the limit may be more."""

    ready: int = 0
    #: may leave, or is leaving
    unconfirmed: int = 0
    parked: int = 0
    oldest: datetime | None = None
    #: when the oldest of those that were counted was made
    more_parked: bool = False
    #: not all that wait for people were looked through: there may be more of these

    @property
    def total(self) -> int:
        """All that is not done and not behind another one."""
        return self.ready + self.unconfirmed + self.parked


class LineCounts(Protocol):
    """Each count by its own index, and none beyond the limit."""

    @abstractmethod
    async def line_counts(
        self, offices: Sequence[OfficeId], most: int
    ) -> Mapping[OfficeId, LineCount]:
        """Of these offices; at most so many of each kind and office are visited.

        Of what waits for people, the longest waiting are counted, so many for all
        offices together as ``most`` allows for each.
        """
