"""Messages that lie ready until their office fetches them: nobody is called.

What lies ready for an office is every unconfirmed transfer of its; the truth is
*not acknowledged yet*. A number only saves reading anew what was read before.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.identifiers import OfficeId, TransferId
from gateway.ports.store import Claimed


@dataclass(frozen=True, slots=True)
class Ready:
    """A message as it is shown to its office; ``number`` is its place in the list."""

    number: int
    claimed: Claimed


@dataclass(frozen=True, slots=True)
class LiesReady:
    """How many messages lie ready for an office, and since when the oldest does."""

    count: int
    since: datetime | None


class Pickup(Protocol):
    """What an office has not acknowledged; each method is one atomic unit."""

    @abstractmethod
    async def hand_out(
        self, office: OfficeId, *, after: int, limit: int, now: datetime
    ) -> Sequence[Ready]:
        """The messages with the next numbers above ``after``, which leave with this.

        One that was not shown before is given the next number, its fate becomes
        ``may_have_left`` and an attempt ``fetch`` is kept, durably. Numbers never go
        backwards: above one that was given out none below it will come. One that lies
        ready anew (a person had it sent again) gets a new number.
        """

    @abstractmethod
    async def last_number(self, office: OfficeId) -> int:
        """The highest number that an office was ever given; 0: none."""

    @abstractmethod
    async def lies_ready(self, office: OfficeId) -> LiesReady:
        """What an office has not acknowledged; nothing is shown by counting."""

    @abstractmethod
    async def note_ready(self, transfer_id: TransferId, *, overdue: bool) -> None:
        """Say in its cause whether it was shown, and whether that is too long ago."""
