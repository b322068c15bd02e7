"""Makes keepers of tokens over the store that all nodes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.carriers.tokens import TokenKeeper, agency_error

if TYPE_CHECKING:
    from gateway.carriers.tokens import AsError, Login
    from gateway.ports.clock import Clock
    from gateway.ports.sessions import Sessions
    from gateway.ports.vault import Vault


class KeepTokens(Protocol):
    """Makes the keeper of one token."""

    def __call__(
        self, name: str, login: Login, as_error: AsError = agency_error
    ) -> TokenKeeper:
        """``name``: the same on all nodes, another one for every account and address."""


class SharedTokens(KeepTokens):
    """Keepers whose tokens lie sealed in the store."""

    def __init__(self, sessions: Sessions, vault: Vault, clock: Clock) -> None:
        """Keep the ports."""
        self._sessions = sessions
        self._vault = vault
        self._clock = clock

    def __call__(
        self, name: str, login: Login, as_error: AsError = agency_error
    ) -> TokenKeeper:
        """A keeper of its own; of several under one name, one logs in."""
        return TokenKeeper(
            name,
            login,
            sessions=self._sessions,
            vault=self._vault,
            clock=self._clock,
            as_error=as_error,
        )
