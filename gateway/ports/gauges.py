"""What stands in the store, counted for whoever watches the gateway from outside."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.identifiers import OfficeId
from gateway.domain.values import dataclass

#: States beside those of the table: lies ready for an office that comes and fetches;
#: was answered, and nobody can read the answer.
READY, UNREAD = "lies_ready", "unread"


@dataclass(frozen=True, slots=True)
class TransferCount:
    """Transfers of an office that have not ended, in one state."""

    office: OfficeId
    state: str
    count: int
    since: datetime | None
    #: the earliest moment at which one of them was due, or since which it stands still


class StandingCounts(Protocol):
    """Numbers over what is open; each by its own index, however much is done."""

    @abstractmethod
    async def transfer_counts(self) -> Sequence[TransferCount]:
        """Of every office with something open."""

    @abstractmethod
    async def schema(self) -> int:
        """Number of the newest migration that the store has now."""
