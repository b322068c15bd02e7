"""The token endpoint of an LGSP: who may have one, for how long, in which encoding."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from gateway.mockagency.platform_answers import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.mockagency.platform import Inbound

VIETNAM = timezone(timedelta(hours=7))
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
ACCESS_HEADER = "lgspaccesstoken"


@dataclass(frozen=True, slots=True)
class Token:
    """One token that was given."""

    value: str
    holder: str
    ends: datetime


class Tokens:
    """Tokens live in memory: a restart ends them all."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Consumers and rules; see schemas/platforms/lgsp/mock.toml."""
        self._secrets = {
            row["key"]: row["secret"] for row in settings.get("consumer", ())
        }
        self._access: Mapping[str, Any] | None = settings.get("access")
        self._by_access = settings.get("token_by", "basic") == ACCESS_HEADER
        day = str(settings.get("form_from", ""))
        self._form_from = date.fromisoformat(day) if day else None
        self._second = str(settings.get("second_login", "same"))
        self._lifetime = timedelta(seconds=settings.get("token_lifetime_s", 3600))
        self._given: dict[str, Token] = {}

    def told(self, call: Inbound, now: datetime) -> Told:
        """The answer to a token call."""
        wanted = self._encoding(now)
        media = call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if wanted == FORM and media != FORM:
            return Told("wrong_encoding", 415, {})
        try:
            grant = _grant(wanted, media, call.body or b"")
        except ValueError:
            return _refused("wrong_encoding", 400, "invalid_request")
        holder = self._holder(call.headers)
        if holder is None:
            return _refused("client_refused", 401, "invalid_client")
        if grant != "client_credentials":
            return _refused("grant_refused", 400, "unsupported_grant_type")
        token = self._token(holder, now)
        return _json(
            "issued",
            200,
            {
                "access_token": token.value,
                "scope": "am_application_scope default",
                "token_type": "Bearer",
                "expires_in": max(1, int((token.ends - now).total_seconds())),
            },
        )

    def find(self, value: str) -> Token | None:
        """A token that was given and not revoked; it may have run out."""
        return self._given.get(value)

    def revoke(self, value: str) -> None:
        """End one before its time."""
        self._given.pop(value, None)

    def revoke_all(self) -> int:
        """End all; returns how many there were."""
        count = len(self._given)
        self._given.clear()
        return count

    def access_fits(self, headers: Mapping[str, str]) -> bool:
        """Whether the access header is right, or none is wanted."""
        if self._access is None:
            return True
        try:
            raw = base64.b64decode(headers.get(ACCESS_HEADER, ""), validate=True)
            return bool(json.loads(raw) == dict(self._access))
        except (binascii.Error, ValueError):
            return False

    def _encoding(self, now: datetime) -> str:
        if self._form_from is None:
            return FORM
        today = now.astimezone(VIETNAM).date()
        return FORM if today >= self._form_from else JSON

    def _holder(self, headers: Mapping[str, str]) -> str | None:
        if self._by_access:
            return ACCESS_HEADER if self.access_fits(headers) else None
        scheme, _, packed = headers.get("Authorization", "").partition(" ")
        try:
            plain = base64.b64decode(packed, validate=True).decode()
        except (binascii.Error, ValueError):
            return None
        key, _, secret = plain.partition(":")
        right = scheme.lower() == "basic" and self._secrets.get(key) == secret
        return key if right and secret else None

    def _token(self, holder: str, now: datetime) -> Token:
        living = [
            t for t in self._given.values() if t.holder == holder and t.ends > now
        ]
        if living and self._second == "same":
            return living[-1]
        if self._second == "ends_first":
            for token in living:
                self.revoke(token.value)
        token = Token(secrets.token_urlsafe(24), holder, now + self._lifetime)
        self._given[token.value] = token
        return token


def _grant(wanted: str, media: str, body: bytes) -> str:
    """The grant that is asked for.

    Raises:
        ValueError: it is not in the encoding that is wanted.
    """
    if wanted == FORM:
        return parse_qs(body.decode()).get("grant_type", [""])[-1]
    if media != JSON:
        raise ValueError(media)
    found = json.loads(body)
    return str(found.get("grant_type", "")) if isinstance(found, dict) else ""


def _refused(name: str, status: int, error: str) -> Told:
    return _json(name, status, {"error": error, "error_description": name})


def _json(name: str, status: int, content: Mapping[str, Any]) -> Told:
    media = {"Content-Type": "application/json; charset=UTF-8"}
    return Told(name, status, media, json.dumps(content).encode())
