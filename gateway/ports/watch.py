"""What shows that the engine itself stands, asked of the store."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.domain.identifiers import OfficeId, TransferId
from gateway.domain.values import dataclass


class Stall(StrEnum):
    """What was to be done and is not done."""

    SEND = "send"
    ASK = "ask"
    POLL = "poll"
    LEASE = "lease"
    #: a lease that ended, or whose owner is gone, and that nobody took up


@dataclass(frozen=True, slots=True)
class StallLimits:
    """How long each may be overdue, in seconds."""

    send_s: float = 120.0
    ask_s: float = 120.0
    poll_s: float = 120.0
    lease_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Stalled:
    """Transfers of one office that are overdue; ``first`` is the one longest so."""

    what: Stall
    office: OfficeId
    since: datetime
    count: int
    #: no more than ``COUNTED_AT_MOST`` are counted
    first: TransferId
    on_their_way: int
    #: of the same office, by whichever node


#: Nobody needs to know exactly how many there are beyond this.
COUNTED_AT_MOST = 1_000


class EngineWatch(Protocol):
    """Reads over what is open, never over what is done."""

    @abstractmethod
    async def stalled(self, now: datetime, limits: StallLimits) -> Sequence[Stalled]:
        """What is overdue by more than the limits, by kind and office."""
