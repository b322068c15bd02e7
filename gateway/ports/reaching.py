"""How an office's line is looked at, by the same way as its traffic."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.domain.check import Finding
    from gateway.domain.identifiers import OfficeId
    from gateway.ports.agency import Answer


class Ping(Protocol):
    """What an interface's document offers that makes no work for anybody."""

    @abstractmethod
    async def __call__(self, *, timeout_s: float) -> Answer:
        """Call it. DELIVERED: it answers as its document says.

        Any other outcome brings a code of the adapter's own ``words``, or of a folder.
        Raises only ``DeliveryError``s.
        """


class Reach(Protocol):
    """One office's way, looked at step by step."""

    @abstractmethod
    async def look(self, *, timeout_s: float) -> Sequence[Finding]:
        """Every step that the way has, in order; no error is raised.

        What comes after a step that failed is told as not tried. Each connection is
        made by what carries the office's messages: the same addresses are refused.
        """


class Reaches(Protocol):
    """The way of each office of the running configuration."""

    @abstractmethod
    def reach(self, office: OfficeId) -> Reach:
        """The office's way.

        Raises:
            NeedsConfiguration: its entry is not enough to make one.
        """


class OfficeNotes(Protocol):
    """Small last words about each office, the same at every node; nothing personal."""

    @abstractmethod
    async def office_notes(self, kind: str) -> Mapping[OfficeId, str]:
        """The last of each office that has one."""

    @abstractmethod
    async def note_offices(self, kind: str, notes: Mapping[OfficeId, str]) -> None:
        """Keep these in place of what was noted of the offices before."""
