"""Configurations that wait for a second person."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gateway.domain.journal import JournalLine
from gateway.domain.proposed import ProposedConfiguration, ProposedState


class ProposedConfigurations(Protocol):
    """At most one waits; each method is one atomic unit."""

    @abstractmethod
    async def propose_configuration(
        self, row: ProposedConfiguration, line: JournalLine
    ) -> None:
        """Keep one that waits.

        Raises:
            ChangedMeanwhile: another one waits.
        """

    @abstractmethod
    async def proposed_configuration(
        self, identifier: str | None = None
    ) -> ProposedConfiguration | None:
        """One by its name, or the one that waits."""

    @abstractmethod
    async def decide_proposed(
        self,
        identifier: str,
        state: ProposedState,
        line: JournalLine,
        *,
        content: dict[str, Any] | None = None,
        after: int | None = None,
    ) -> int:
        """Decide the one that waits; a content becomes the version that runs, its number.

        Without a content the number is 0.

        Raises:
            ChangedMeanwhile: it is decided, or another version than ``after`` runs.
        """

    @abstractmethod
    async def told_of_proposed(
        self, identifier: str, at: datetime | None, effect_at: datetime | None
    ) -> None:
        """Its time runs from the notice on; None: somebody else may approve it."""


@dataclass(frozen=True, slots=True)
class Configuring:
    """Where they are kept, and whether destinations need a second person here."""

    rows: ProposedConfigurations
    second_person: bool
