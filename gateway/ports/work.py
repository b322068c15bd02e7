"""What offices without software have in hand, and which entries stand in for others."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from gateway.domain.fallback import Fallback
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Principal
from gateway.domain.transfer import Transfer
from gateway.domain.values import dataclass
from gateway.ports.maintenance import MaintenanceStore
from gateway.ports.store import DossierRow


@dataclass(frozen=True, slots=True)
class Held:
    """A message of an office; ``number`` is its place in the list, 0: not shown yet."""

    number: int
    transfer: Transfer
    row: DossierRow


class WorkStore(Protocol):
    """Each method is one atomic unit, durable when it returns."""

    @abstractmethod
    async def in_hand(
        self, office: OfficeId, *, after: int, limit: int
    ) -> Sequence[Held]:
        """Dossiers in hand, by the message that was shown first, in that order.

        Of dossiers that are open, or of which it has not acknowledged a message.
        """

    @abstractmethod
    async def lying(self, office: OfficeId, *, limit: int) -> Sequence[Held]:
        """What it has not acknowledged, oldest first; nothing is shown by this."""

    @abstractmethod
    async def officers(self) -> Sequence[Principal]:
        """Everybody who was ever given a list, in order of their ids."""

    @abstractmethod
    async def fallbacks(self) -> Sequence[Fallback]:
        """Every time that an entry stood in for another, in order of ids."""

    @abstractmethod
    async def set_fallback(self, fallback: Fallback, journal: JournalLine) -> None:
        """Begin one, or keep its end.

        Raises:
            ChangedMeanwhile: another stands in already, or this one has ended.
        """


class LaneStore(MaintenanceStore, WorkStore, Protocol):
    """What stands beside the lanes: windows, and entries that stand in."""
