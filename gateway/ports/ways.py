"""How an office is reached and how well its interface was proved, for whoever looks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from gateway.domain.values import dataclass

if TYPE_CHECKING:
    from gateway.domain.identifiers import OfficeId


class Road(StrEnum):
    """What carries messages to an office."""

    DIRECT = "direct"
    PLATFORM = "platform"
    SFTP = "sftp"
    FOLDER = "folder"
    FETCHED = "fetched"
    #: its system comes for them
    LIST = "list"
    #: its officer works by a list
    NONE = "none"
    #: its entry is not enough


@dataclass(frozen=True, slots=True)
class WayTold:
    """``host``: of the address alone, never a path; ``platform``: its name."""

    road: Road
    host: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Proved:
    """An interface: its document, how far it was proved, and what is missing for more."""

    interface: str
    name: str
    document: str
    grade: str
    missing: Sequence[str] = ()
    proofs: Sequence[str] = ()
    #: with what system, when, by whom, and whether that still counts


class Ways(Protocol):
    """What the process knows of the roads to its offices."""

    @abstractmethod
    def way(self, office: OfficeId) -> WayTold:
        """How messages get there; no error is raised."""

    @abstractmethod
    async def proved(self, office: OfficeId) -> Sequence[Proved]:
        """The interfaces of the folder that speaks to the office."""
