"""Sessions of the other land system: when they begin, and when they are over."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

USUAL_LIFETIME_S = 3600


@dataclass
class Session:
    """One token that was given."""

    begun: datetime
    calls: int = 0
    replaced: bool = False
    #: the account has a newer one, where it may have one only


class Sessions:
    """Tokens by their text; an account is not asked who it is."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Settings are read at every use."""
        self._settings = settings
        self._sessions: dict[str, Session] = {}

    @property
    def lifetime_s(self) -> int:
        """How long a session lasts if nothing happens to it."""
        return int(self._settings.get("expires_in_s", USUAL_LIFETIME_S))

    def begin(self, now: datetime) -> str:
        """A token that nobody guesses, and that no other start gives again."""
        if self._settings.get("one_session"):
            for session in self._sessions.values():
                session.replaced = True
        token = secrets.token_urlsafe(32)
        self._sessions[token] = Session(now)
        return token

    def use(self, header: str, now: datetime) -> str:
        """``open``, ``over`` or ``unknown``; an open session has one call more."""
        scheme, _, token = header.partition(" ")
        session = self._sessions.get(token.strip())
        if session is None or scheme.casefold() != "bearer":
            return "unknown"
        if self._is_over(session, now):
            return "over"
        session.calls += 1
        return "open"

    def _is_over(self, session: Session, now: datetime) -> bool:
        calls = self._settings.get("session_calls")
        return (
            session.replaced
            or now >= session.begun + timedelta(seconds=self.lifetime_s)
            or (calls is not None and session.calls >= calls)
            or any(session.begun < moment <= now for moment in self._moments())
        )

    def _moments(self) -> Sequence[datetime]:
        """When everybody's session ends, as when the system is started anew."""
        told = self._settings.get("session_ends_at", ())
        several = told if isinstance(told, list | tuple) else [told]
        return [datetime.fromisoformat(str(moment)) for moment in several]
