"""The way to the land system's operations: open, or for who has a token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson

from gateway.adapters.one_stop.mock_contract import Answer, Office
from gateway.adapters.one_stop.mock_landlink_fate import Fate, Verdict

JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
#: A token is renewed when a tenth of its life is left, but not earlier than this.
MARGIN_S = 60.0
#: What a token lives whose answer does not say it.
UNTOLD_S = 300
#: Answers of the token operation that a person has to mend.
_MISTAKES = {
    "invalid_grant": "wrong_account",
    "invalid_client": "wrong_client",
    "invalid_request": "wrong_request",
    "unsupported_grant_type": "wrong_request",
}


class Barred(Exception):
    """A message did not leave, or was turned away at the door."""

    def __init__(self, verdict: Verdict, answer: Answer | None = None) -> None:
        """``answer``: what the door said, if anything."""
        super().__init__(verdict.rule)
        self.verdict = verdict
        self.answer = answer


class Door(Protocol):
    """Carries one message."""

    async def send(self, operation: str, body: bytes, number: str) -> Answer:
        """The answer of the land system.

        Raises:
            Barred: it did not come as far as the operation.
            OSError: nobody answered.
        """


class OpenDoor:
    """The network is trusted; nothing is shown."""

    def __init__(self, office: Office, settings: Mapping[str, Any]) -> None:
        """``land_base``: the one address."""
        self._office = office
        self._base = str(settings["land_base"]).rstrip("/")

    async def send(
        self, operation: str, body: bytes, number: str, token: str = ""
    ) -> Answer:
        """Post it as JSON."""
        shown = {"Authorization": f"Bearer {token}"} if token else {}
        return await self._office.call(
            "POST",
            f"{self._base}/{operation}",
            headers={"Content-Type": JSON, **shown},
            body=body,
            kind=operation,
            number=number,
        )


class TokenDoor:
    """A token for the account of this one-stop, shared by all its calls."""

    def __init__(self, office: Office, settings: Mapping[str, Any]) -> None:
        """No token before the first message."""
        self._office = office
        self._open = OpenDoor(office, settings)
        self._url = f"{str(settings['land_base']).rstrip('/')}/token"
        names = ("client_id", "client_secret", "username", "password")
        fields = {name: str(settings[name]) for name in names}
        self._form = urlencode({"grant_type": "password", **fields}).encode()
        self._token = ""
        self._until = office.now()
        self._asking = asyncio.Lock()

    async def send(self, operation: str, body: bytes, number: str) -> Answer:
        """With the token at hand; after a 401 with a new one, once."""
        token = await self._current()
        answer = await self._open.send(operation, body, number, token)
        if answer.status != 401:
            return answer
        token = await self._current(over=token)
        answer = await self._open.send(operation, body, number, token)
        if answer.status == 401:
            raise Barred(Verdict(Fate.REFUSED, "not_admitted"), answer)
        return answer

    async def _current(self, over: str = "") -> str:
        """A token; ``over``: one that was just turned away."""
        async with self._asking:
            if self._token in {"", over} or self._office.now() >= self._until:
                self._token = ""
                self._token, life_s = await self._ask()
                margin_s = min(MARGIN_S, life_s / 10)
                ends = timedelta(seconds=life_s - margin_s)
                self._until = self._office.now() + ends
            return self._token

    async def _ask(self) -> tuple[str, int]:
        try:
            answer = await self._office.call(
                "POST",
                self._url,
                headers={"Content-Type": FORM},
                body=self._form,
                kind="token",
                number="",
            )
        except OSError:
            raise Barred(Verdict(Fate.LATER, "no_token")) from None
        told = _object(answer.body)
        if answer.status in {400, 401} and told.get("error") in _MISTAKES:
            raise Barred(Verdict(Fate.REFUSED, _MISTAKES[told["error"]]), answer)
        token = _token_in(told) if answer.status == 200 else ""
        if not token:
            raise Barred(Verdict(Fate.LATER, "no_token"), answer)
        return token, life_of(told.get("expires_in"))


def life_of(told: Any) -> int:
    """Seconds that a token lives: a number, or a text of digits, above 0."""
    if isinstance(told, str) and told.isascii() and told.isdecimal():
        told = int(told)
    if isinstance(told, bool) or not isinstance(told, int | float):
        return UNTOLD_S
    return int(told) if told > 0 and told == int(told) else UNTOLD_S


def _token_in(told: Mapping[str, Any]) -> str:
    """The token of an answer; empty if there is none that can be used."""
    token, kind = told.get("access_token"), told.get("token_type") or "Bearer"
    usable = (
        isinstance(token, str)
        and len(token) <= 4096
        and all("!" <= letter <= "~" for letter in token)
        and str(kind).lower() == "bearer"
    )
    return str(token) if usable else ""


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
