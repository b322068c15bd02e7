"""Nodes that share a store: their names, duties, and what they may do together."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.identifiers import OfficeId, TransferId
from gateway.domain.lane import LaneLimits
from gateway.domain.values import dataclass

#: What one node does for all: number the journal, delete unused files, look into
#: exchange folders, ask for answers, watch the engine, send offices their mail,
#: measure dossiers, tell of alerts, match reports that came too early, delete what was
#: kept long enough.
SEAL, SWEEP, COLLECT, POLL, WATCH = "seal", "sweep", "collect", "poll", "watch"
DIGEST, MEASURE, ALERTS, MATCH = "digest", "measure", "alerts", "match"
EXPIRE = "expire"
DUTIES = (
    *(SEAL, SWEEP, COLLECT, POLL, WATCH, DIGEST, MEASURE, ALERTS, MATCH),
    EXPIRE,
)


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a node holds from now on for another lease."""

    duties: frozenset[str] = frozenset()
    transfers: frozenset[TransferId] = frozenset()
    is_ours: bool = True
    #: False: another process goes by the node's name


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for calls to an office, to be given back; ``count`` messages of them.

    ``wait_s``: real seconds until more could be allowed, where that is known.
    """

    count: int
    wait_s: float = 0.0
    token: str = ""


@dataclass(frozen=True, slots=True)
class KnownNode:
    """A node as the others see it."""

    name: str
    since: datetime
    duties: tuple[str, ...]
    facts: Mapping[str, str]
    is_alive: bool = True


class Nodes(Protocol):
    """Membership and duties. Leases run by the clock of the store, never a node's."""

    @property
    @abstractmethod
    def lease_s(self) -> float | None:
        """How long a lease lasts unless renewed; None: as long as its process."""

    @abstractmethod
    async def join(self, facts: Mapping[str, str]) -> float:
        """Take this node's name, or say how long another process still has it (s).

        0: it is ours. What is told of a node besides are ``facts``.
        """

    @abstractmethod
    async def renew(
        self, transfers: Sequence[TransferId], duties: Collection[str], now: datetime
    ) -> Renewed:
        """Hold on to the name, to transfers being sent, and to duties that are free."""

    @abstractmethod
    async def end_leases(self, office: OfficeId, now: datetime, ask_s: float) -> int:
        """Transfers whose lease ended without an outcome: unconfirmed; how many.

        They are asked about in ``ask_s``, at least a whole attempt's timeout.
        """

    @abstractmethod
    async def leave(self) -> None:
        """Give name and duties back; transfers that are still on their way stay."""

    @abstractmethod
    async def nodes(self) -> Sequence[KnownNode]:
        """Nodes that are there or were lately, by name."""

    @abstractmethod
    async def newest_configuration(self) -> int:
        """Number of the newest version; 0: none yet."""


class Permits(Protocol):
    """Limits of offices over all nodes, for calls that are no claimed transfer."""

    @abstractmethod
    async def permit(
        self,
        office: OfficeId,
        count: int,
        *,
        calls: int,
        limits: LaneLimits,
        now: datetime,
        hold_s: float,
    ) -> Permit:
        """Leave for at most ``count`` messages of so many calls each.

        ``hold_s``: how long they may be on their way; 0: they are counted elsewhere,
        and only the rate is asked. ``now`` is the wall's, for a virtual clock.
        """

    @abstractmethod
    async def give_back(self, permit: Permit, count: int | None = None) -> None:
        """So many of its messages have ended; None: all. An ended permit is no error."""


class Duties(Protocol):
    """What this node does for all."""

    @abstractmethod
    def holds(self, duty: str) -> bool:
        """Whether it is this node's now; asked before each turn."""
