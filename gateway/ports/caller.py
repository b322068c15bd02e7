"""The dialect of an agency's system that calls the operations of our open interface."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from gateway.domain.report import AgencyReport, HandedIn, Reference
    from gateway.ports.agency import OutboundMessage


class Caller(Protocol):
    """The dialect of an agency's system that calls ours."""

    pushed: bool
    #: its messages are brought to it; it fetches none

    @abstractmethod
    def shown(self, message: OutboundMessage) -> dict[str, Any]:
        """A message as the system is shown it.

        Raises:
            NeedsData: something that it must have is missing.
        """

    @abstractmethod
    def report(
        self,
        said: Mapping[str, Any],
        about: tuple[Reference, ...],
        files: tuple[HandedIn, ...],
    ) -> AgencyReport:
        """What its schema-checked report says of a dossier; ``files`` are put away."""

    @abstractmethod
    def keys(self) -> Sequence[Mapping[str, str]]:
        """Public keys by which it tells that a message is ours."""
