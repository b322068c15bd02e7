"""Asks for a token over HTTP and reads whatever comes back (RFC 6749, and near it)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from gateway.carriers.failures import MayHaveLeft, NothingLeft
from gateway.carriers.http import HTTPAnswer, Timeouts
from gateway.carriers.replies import seconds_asked
from gateway.carriers.tokens import Grant, Login, LoginFailed, Why
from gateway.domain.way_words import PLATFORM_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.carriers.carrier import Carrier

#: Real seconds that a login may take.
LOGIN_S = 15.0
#: What ``error`` says when asking again with the same account is of no use.
REFUSALS = frozenset(
    {
        "access_denied",
        "invalid_client",
        "invalid_grant",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class Encoding(StrEnum):
    """How the fields of a token call are written."""

    FORM = "form"
    JSON = "json"


_MEDIA_TYPES = {
    Encoding.FORM: "application/x-www-form-urlencoded",
    Encoding.JSON: "application/json",
}


class TokenEndpoint(Login):
    """One address that gives tokens for these fields; they stand in its body only."""

    def __init__(
        self,
        carrier: Carrier,
        path: str,
        fields: Mapping[str, str],
        *,
        now: Callable[[], datetime],
        headers: Mapping[str, str] | None = None,
        encoding: Encoding = Encoding.FORM,
        timeout_s: float = LOGIN_S,
    ) -> None:
        """``carrier``: to the registered address; ``fields``: grant, account, password."""
        self._carrier = carrier
        self._path = path
        self._fields = dict(fields)
        self._now = now
        self._headers = dict(headers or {})
        self._encoding = encoding
        self._timeout_s = timeout_s

    @property
    def shown(self) -> str:
        """A digest of account, password and whatever else is shown."""
        told = {"fields": self._fields, "headers": self._headers}
        exact = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(exact).hexdigest()

    async def __call__(self) -> Grant:
        """A token.

        Raises:
            LoginFailed: there is none.
            DeliveryError: a platform in between refuses or cannot be reached.
        """
        return grant_of(await self.ask(self._encoding), self._now())

    async def ask(self, encoding: Encoding) -> HTTPAnswer:
        """The whole answer to one call.

        Raises:
            LoginFailed: there was none.
            DeliveryError: a platform in between refuses or cannot be reached.
        """
        form = encoding is Encoding.FORM
        body = urlencode(self._fields).encode() if form else orjson.dumps(self._fields)
        headers = {
            **self._headers,
            "Content-Type": _MEDIA_TYPES[encoding],
            "Accept": "application/json",
        }
        timeouts = Timeouts.within(self._timeout_s)
        try:
            return await self._carrier.send(
                "POST", self._path, headers, body, timeouts=timeouts
            )
        except (NothingLeft, MayHaveLeft) as error:
            if isinstance(error, NothingLeft) and error.code in PLATFORM_WORDS:
                raise  # of a platform in between, which is to be called, not the agency
            raise LoginFailed(Why.UNAVAILABLE) from error


def grant_of(answer: HTTPAnswer, now: datetime) -> Grant:
    """The token of an answer, whatever is unusual about its shape.

    Raises:
        LoginFailed: it has none.
    """
    said = _object(answer.body)
    if answer.status == 200 and "access_token" in said:
        return _grant(said)
    if error_of(answer) in REFUSALS or (answer.status == 401 and not _is_page(answer)):
        raise LoginFailed(Why.REFUSED)
    if answer.status in _BUSY:
        asked = answer.headers.get("Retry-After", "")
        wait_s = seconds_asked(asked, now, date=answer.headers.get("Date", ""))
        raise LoginFailed(Why.UNAVAILABLE, wait_s)
    raise LoginFailed(Why.UNREADABLE)


def error_of(answer: HTTPAnswer) -> str:
    """The code of a refusal; empty where the answer has none."""
    code = _object(answer.body).get("error")
    return code.strip().lower() if isinstance(code, str) else ""


def _grant(said: Mapping[str, Any]) -> Grant:
    token, kind = said["access_token"], said.get("token_type", "bearer")
    if not isinstance(token, str) or not isinstance(kind, str):
        raise LoginFailed(Why.UNREADABLE)
    if kind.strip().lower() != "bearer":
        raise LoginFailed(Why.UNREADABLE)
    return Grant(token, _seconds(said.get("expires_in")))


def _seconds(told: object) -> float | None:
    """A life in seconds, also where it came as a text; None: none that can be read."""
    if isinstance(told, str):
        text = told.strip()
        told = float(text) if text.isascii() and text.isdecimal() else None
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    return float(min(told, 86_400)) if told > 0 else None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_page(answer: HTTPAnswer) -> bool:
    """A page for people: a proxy's, or a sign-in form."""
    kind = answer.headers.get("Content-Type", "").lower()
    return kind.startswith("text/html") or answer.body.lstrip()[:1] == b"<"
