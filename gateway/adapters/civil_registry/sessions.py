"""The session of DVCLT (§2.2): signed in by password, renewed by what came with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.logins import LOGIN_S
from gateway.carriers.replies import seconds_asked
from gateway.carriers.tokens import Grant, Login, LoginFailed, Why
from gateway.domain.way_words import PLATFORM_WORDS

if TYPE_CHECKING:
    from gateway.carriers.carrier import Carrier

#: The life of a token is told nowhere; about that many seconds (§2.2).
LIFE_S = 3600.0
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_HEADERS = {"Content-Type": "application/json; charset=utf-8"}


class DvcltLogin(Login):
    """Asks DVCLT for tokens of one account; its password stands in a body only."""

    def __init__(
        self,
        carrier: Carrier,
        path: str,
        account: str,
        password: str,
        *,
        now: Callable[[], datetime],
    ) -> None:
        """``path``: of the tokens, below the registered address."""
        self._carrier = carrier
        self._path = path
        self._shown = {"userName": account, "password": password}
        self._now = now

    @property
    def shown(self) -> str:
        """A digest of account and password."""
        exact = orjson.dumps(self._shown, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(exact).hexdigest()

    async def __call__(self) -> Grant:
        """A pair of tokens by the password.

        Raises:
            LoginFailed: there is none.
            DeliveryError: a platform in between refuses or cannot be reached.
        """
        return await self._asked(self._path, self._shown)

    async def renew(self, token: str, refresh: str) -> Grant:
        """A new pair for an old one, which ends with it (§2.2).

        Raises:
            LoginFailed: there is none; ``REFUSED``: the refresh token is over.
            DeliveryError: a platform in between refuses or cannot be reached.
        """
        pair = {"token": token, "refreshToken": refresh}
        return await self._asked(f"{self._path}/refresh", pair)

    async def _asked(self, path: str, told: Mapping[str, str]) -> Grant:
        timeouts = Timeouts.within(LOGIN_S)
        body = orjson.dumps(told)
        try:
            answer = await self._carrier.send(
                "POST", path, _HEADERS, body, timeouts=timeouts
            )
        except (NothingLeft, MayHaveLeft) as error:
            if isinstance(error, NothingLeft) and error.code in PLATFORM_WORDS:
                raise  # of a platform in between, which is to be called, not DVCLT
            raise LoginFailed(Why.UNAVAILABLE) from error
        return grant_of(answer, self._now())


def grant_of(answer: HTTPAnswer, now: datetime) -> Grant:
    """The pair of an answer.

    Raises:
        LoginFailed: it has none.
    """
    found = _object(answer.body)
    token = found.get("token")
    if answer.status == 200 and isinstance(token, str):
        refresh = found.get("refreshToken")
        return Grant(token, LIFE_S, refresh if isinstance(refresh, str) else "")
    if answer.status in {401, 403}:
        raise LoginFailed(Why.REFUSED)
    if answer.status in _BUSY:
        asked = answer.headers.get("Retry-After", "")
        wait_s = seconds_asked(asked, now, date=answer.headers.get("Date", ""))
        raise LoginFailed(Why.UNAVAILABLE, wait_s)
    raise LoginFailed(Why.UNREADABLE)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
