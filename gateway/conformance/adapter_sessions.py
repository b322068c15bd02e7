"""Tokens of an agency's system on the bench: nothing is stored, nothing sealed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.carriers.tokens import AsError, TokenKeeper, agency_error
from gateway.clocks.clock import RealClock
from gateway.ports.sessions import LoginTurn, Session, Sessions
from gateway.ports.vault import SealsSecrets

if TYPE_CHECKING:
    from gateway.carriers.tokens import Login


class SessionsInMemory(Sessions):
    """As a store keeps them, by the same cases, for everybody who shares this object.

    A file for each of the kit's trials would cost more than the trial.
    """

    def __init__(self) -> None:
        """Nobody has logged in."""
        self._kept: dict[str, Session] = {}
        self._turns: dict[str, tuple[str, float]] = {}
        #: name → ticket, and the real second at which its turn ends
        self._tickets = itertools.count(1)

    async def session(self, name: str) -> Session | None:
        """The newest one."""
        return self._kept.get(name)

    async def begin_login(self, name: str, *, lease_s: float) -> LoginTurn:
        """One at a time."""
        now = time.monotonic()
        _, until = self._turns.get(name, ("", now))
        if until > now:
            return LoginTurn("", until - now)
        ticket = str(next(self._tickets))
        self._turns[name] = (ticket, now + lease_s)
        return LoginTurn(ticket)

    async def keep_session(
        self, name: str, ticket: str, session: Session, *, now: datetime
    ) -> bool:
        """Keep it if the turn is still that one's."""
        if self._turns.get(name, ("", 0.0))[0] != ticket:
            return False
        living = {n: one for n, one in self._kept.items() if one.expires_at > now}
        self._kept = {**living, name: session}
        del self._turns[name]
        return True

    async def end_login(self, name: str, ticket: str) -> None:
        """Let the next one log in."""
        if self._turns.get(name, ("", 0.0))[0] == ticket:
            del self._turns[name]

    async def drop_session(self, name: str, session: Session) -> None:
        """Forget exactly this one."""
        if self._kept.get(name) == session:
            del self._kept[name]


class _Open(SealsSecrets):
    def seal_secret(self, name: str, plain: str) -> bytes:
        return f"{name}\n{plain}".encode()

    def open_secret(self, name: str, sealed: bytes) -> str:
        owner, _, plain = sealed.decode().partition("\n")
        if owner != name:
            raise ValueError(name)
        return plain


class _Wall(RealClock):
    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now

    def now(self) -> datetime:
        return self._now()


def keeper(
    name: str,
    login: Login,
    shared: SessionsInMemory,
    now: Callable[[], datetime],
    as_error: AsError = agency_error,
) -> TokenKeeper:
    """A keeper as wiring makes it, by another wall time."""
    return TokenKeeper(
        *(name, login),
        sessions=shared,
        vault=_Open(),
        clock=_Wall(now),
        as_error=as_error,
    )
