"""Maintenance windows of offices, as people enter them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.journal import JournalLine
from gateway.domain.opening import Maintenance


class MaintenanceStore(Protocol):
    """Keeps windows; each method is one atomic unit, durable when it returns."""

    @abstractmethod
    async def maintenance(self, since: datetime) -> Sequence[Maintenance]:
        """Windows of which something is left at ``since``, in order of their ids."""

    @abstractmethod
    async def set_maintenance(self, window: Maintenance, journal: JournalLine) -> None:
        """Keep a window: a new one of version 1, else in place of the version before.

        Raises:
            ChangedMeanwhile: the version before is not the one that is kept.
        """
