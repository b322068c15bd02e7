"""Weekly letters of what is due: one row for each week and whom it is meant for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from gateway.domain.values import dataclass

#: Whom a letter is meant for: a unit, or a one-stop for its units without an address.
UNIT, ONE_STOP = "unit", "one_stop"


class DueMailState(StrEnum):
    """What became of a letter."""

    BEGUN = "begun"
    #: being handed over; one that stays was cut off, and may have left
    SENT = "sent"
    UNCLEAR = "unclear"
    #: handed over without an answer: it may have left
    FAILED = "failed"
    #: surely not taken; tried again
    NOTHING = "nothing"
    #: nothing was due
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True)
class DueMailRow:
    """One letter; ``version`` says which of its states it is, from 1."""

    week: date
    #: the day for which the week's letters are meant
    kind: str
    target: str
    version: int
    state: DueMailState
    at: datetime
    dossiers: int = 0
    overdue: int = 0
    addresses: int = 0
    #: that took it
    refused: int = 0
    code: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Whom it is meant for."""
        return self.kind, self.target


class DueMailStore(Protocol):
    """Keeps them; each method is one atomic unit, durable when it returns."""

    @abstractmethod
    async def due_mails(self, week: date) -> Sequence[DueMailRow]:
        """All of a week, by whom they are meant for."""

    @abstractmethod
    async def keep_due_mail(self, row: DueMailRow) -> None:
        """Keep the next version of one; of several who do at once, one does.

        Raises:
            ChangedMeanwhile: it is not the next one.
        """
