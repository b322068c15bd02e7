"""Sessions at other people's systems: one node logs in, all of them use its token."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from gateway.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Session:
    """A token as the store keeps it: equal ciphertexts are one and the same token."""

    sealed: bytes
    expires_at: datetime
    #: by the wall


@dataclass(frozen=True, slots=True)
class LoginTurn:
    """Leave to log in, under a ticket; or how long another login may still take.

    ``wait_s``: real seconds, at most; 0: it is our turn.
    """

    ticket: str
    wait_s: float = 0.0


class Sessions(Protocol):
    """Tokens by name. A turn ends by the clock of the store, never by a node's."""

    @abstractmethod
    async def session(self, name: str) -> Session | None:
        """The token of that name, whether or not it still lives."""

    @abstractmethod
    async def begin_login(self, name: str, *, lease_s: float) -> LoginTurn:
        """Be the only one that logs in, for at most so many real seconds."""

    @abstractmethod
    async def keep_session(
        self, name: str, ticket: str, session: Session, *, now: datetime
    ) -> bool:
        """Keep what a login gave, and end its turn; what has expired is forgotten.

        False: the turn was over, and another login's token counts.
        """

    @abstractmethod
    async def end_login(self, name: str, ticket: str) -> None:
        """Let the next one log in; a turn that is over is no error."""

    @abstractmethod
    async def drop_session(self, name: str, session: Session) -> None:
        """Forget exactly this token; a newer one of that name stays."""
