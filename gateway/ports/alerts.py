"""Alerts: who finds them, where they are kept, and the roads by which they are told.

To have something more watched, give wiring one more ``Source``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from gateway.domain.alert import Alert, Holding, What
from gateway.domain.journal import JournalLine
from gateway.domain.values import dataclass
from gateway.ports.vault import SealedPayload

Look: TypeAlias = Callable[[datetime], Awaitable[Sequence[Holding]]]


@dataclass(frozen=True, slots=True)
class Source:
    """Gives, at each look, everything of its kinds that holds now.

    What it gives no more has ended. If a look fails, nothing of its kinds begins or
    ends.
    """

    kinds: frozenset[str]
    look: Look
    local: bool = False
    #: every node looks and sees its own only; else the node whose duty it is looks


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert with the note of whoever acknowledged it, sealed."""

    alert: Alert
    note: SealedPayload | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One message for one road, made when an alert began, grew worse or ended."""

    id: str
    alert_id: str
    place: int
    #: its order among the notices of the alert
    channel: str
    what: What
    at: datetime
    #: from when on it is to be told
    due_at: datetime
    #: when it is tried next
    content: Mapping[str, Any]
    #: the alert as it stood, for machines and people
    attempts: int = 0


class AlertStore(Protocol):
    """Keeps alerts and what is to be told of them; each method is one atomic unit."""

    @abstractmethod
    async def standing_alerts(self) -> Sequence[AlertRow]:
        """Every alert that has not ended, told or not, oldest first."""

    @abstractmethod
    async def ended_alerts(
        self, *, after: str | None, limit: int
    ) -> Sequence[AlertRow]:
        """Those that have ended, latest first; ``after`` is the id of the last seen."""

    @abstractmethod
    async def alert(self, identifier: str) -> AlertRow | None:
        """One alert."""

    @abstractmethod
    async def keep_alerts(
        self,
        kept: Sequence[Alert],
        forgotten: Sequence[Alert] = (),
        notices: Sequence[Notice] = (),
    ) -> None:
        """Keep new versions, forget what never was told, and make notices.

        A notice of an end whose onset was never tried on the same road takes its
        place: neither is told there. A notice that is there already stays.

        Raises:
            ChangedMeanwhile: a version is not the next one, or another alert of the
                same kind and subject stands; nothing was kept.
        """

    @abstractmethod
    async def acknowledge_alert(
        self, alert: Alert, note: SealedPayload | None, journal: JournalLine
    ) -> None:
        """Keep a version that a person has acknowledged.

        Raises:
            ChangedMeanwhile: it is not the next one.
        """

    @abstractmethod
    async def claim_notices(
        self, channel: str, *, now: datetime, again_at: datetime, limit: int
    ) -> Sequence[Notice]:
        """Notices that are due on a road; due once more ``again_at`` unless ended.

        Of one alert only the first that was not told yet.
        """

    @abstractmethod
    async def end_notices(self, identifiers: Sequence[str]) -> None:
        """They were told, or are given up."""

    @abstractmethod
    async def put_off_notices(
        self, identifiers: Sequence[str], due_at: datetime
    ) -> None:
        """They could not be told; try again then."""

    @abstractmethod
    async def channels(self) -> Mapping[str, tuple[datetime, str]]:
        """Roads whose last use failed: since when, and the code."""

    @abstractmethod
    async def note_channel(
        self, name: str, failed: tuple[datetime, str] | None
    ) -> None:
        """How the last use of a road went; a failing one keeps its first moment."""

    @abstractmethod
    async def forget_alerts(self, before: datetime) -> None:
        """Delete what had ended before, and notices from before."""

    @abstractmethod
    async def unsealed_since(self) -> datetime | None:
        """When the oldest line of the journal that no seal covers was written."""


class Channel(Protocol):
    """One road by which people learn of alerts."""

    @property
    @abstractmethod
    def name(self) -> str:
        """How it is called in the store and in words."""

    @abstractmethod
    def wants(self, notice: Notice) -> bool:
        """Whether anybody there is to hear it."""

    @abstractmethod
    def batches(self, notices: Sequence[Notice]) -> Sequence[Sequence[Notice]]:
        """Which of them go together in one message."""

    @abstractmethod
    async def tell(self, batch: Sequence[Notice]) -> None:
        """Return once it was taken.

        Raises:
            MailNotSent, NoticeNotTaken: it was not.
        """


class Poster(Protocol):
    """Calls one address of the settings."""

    @abstractmethod
    async def post(self, identifier: str, body: bytes) -> None:
        """Return once it was taken; the same ``identifier`` means the same message.

        Without a body it is a mere call.

        Raises:
            NoticeNotTaken: it was not.
        """
