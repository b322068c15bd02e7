"""Sessions of DVCLT: pairs of tokens, by their text."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_WEEK_S = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Pair:
    """A token and the refresh token that was given with it."""

    token: str
    refresh: str
    ends_at: datetime
    refresh_ends_at: datetime

    def told(self) -> dict[str, str]:
        """As the answer tells it; the end of the token stands nowhere."""
        end = self.refresh_ends_at
        return {
            "token": self.token,
            "refreshToken": self.refresh,
            "refreshTokenExpiryTime": f"{end:%Y-%m-%dT%H:%M:%S.%f}0Z",
        }


class Sessions:
    """All pairs that live; a renewal ends the pair that it is made from."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Settings are read at every use."""
        self._settings = settings
        self._pairs: dict[str, Pair] = {}

    def begin(self, now: datetime) -> Pair:
        """A pair that nobody guesses."""
        lives = timedelta(seconds=float(self._settings.get("token_s", 3600)))
        renews = timedelta(seconds=float(self._settings.get("refresh_s", _WEEK_S)))
        pair = Pair(
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(24),
            now + lives,
            now + renews,
        )
        self._pairs[pair.token] = pair
        return pair

    def renew(self, token: str, refresh: str, now: datetime) -> Pair | None:
        """The pair after this one; None: it has ended, or never was."""
        pair = self._pairs.get(token)
        if pair is None or pair.refresh != refresh:
            return None
        if now >= pair.refresh_ends_at:
            return None
        del self._pairs[token]
        return self.begin(now)

    def state(self, header: str, now: datetime) -> str:
        """``open``, ``over`` or ``unknown``."""
        scheme, _, token = header.partition(" ")
        pair = self._pairs.get(token.strip())
        if pair is None or scheme.casefold() != "bearer":
            return "unknown"
        return "over" if now >= pair.ends_at else "open"
