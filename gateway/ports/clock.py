"""Two clocks: ``wall`` for law, offices and retries; ``mono`` for leases and timeouts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol


class Bell(Protocol):
    """Wakes one waiting loop; ringing before it waits is not lost."""

    name: str
    turns: int
    #: how often its loop has come to wait
    turned_at: float
    #: when it last did, by ``mono``

    @abstractmethod
    def ring(self) -> None:
        """Wake the loop; safe from the event loop's thread only."""

    @abstractmethod
    def wait(self, until: datetime | None, *, looks: bool = False) -> Awaitable[None]:
        """Return when rung, or at ``until`` (wall; None: never by time).

        ``looks``: the loop will only look whether there is anything for it; virtual
        time need not stop there while nothing lies ready.
        """


class Clock(Protocol):
    """Time as the gateway sees it. The wall clock may be virtual, ``mono`` never is."""

    @abstractmethod
    def now(self) -> datetime:
        """Wall time, aware UTC."""

    @abstractmethod
    def wrong(self) -> str:
        """Why the wall is known to be wrong, in words for people; empty: it is not.

        Nothing is signed, and no signature or token judged, by a wall that is.
        """

    @abstractmethod
    def distrust(self, why: str) -> None:
        """Say that it is wrong, or (empty) that it is not any more."""

    @abstractmethod
    def later(self, seconds: float) -> datetime:
        """Wall time that many real seconds from now, for loops that rest after trouble."""

    @abstractmethod
    def rest(self, seconds: float) -> Awaitable[None]:
        """Wait really, by ``mono``: for a task that retries a write of its own."""

    @abstractmethod
    def mono(self) -> float:
        """Seconds that never jump; for leases on one machine and for timeouts."""

    @abstractmethod
    def bell(self, name: str) -> Bell:
        """A bell for a loop of that name.

        While a loop waits on an unrung bell it is idle; virtual time moves on
        only when every loop is idle and nothing is under way.
        """

    @abstractmethod
    def under_way(self) -> AbstractContextManager[None]:
        """Marks work that must end before virtual time may jump."""
