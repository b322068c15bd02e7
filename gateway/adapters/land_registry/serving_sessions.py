"""The sessions of dialect iLIS, served: a token for an account (section 2.4); pure."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import orjson

from gateway.adapters.land_registry.hosting import JSON
from gateway.ports.agency import HostedReply
from gateway.ports.link import LinkAccount, LinkSessions

_FIELDS = ("client_id", "client_secret", "username", "password")
#: More is no form of five short fields.
_MAX_FORM_BYTES = 16 * 1024


class TokenSessions(LinkSessions):
    """OAuth password grant at ``{base}/token``."""

    operation = "token"

    def asked(self, body: bytes) -> LinkAccount | HostedReply:
        """The account that a form shows, or what is answered to what is none."""
        try:
            text = body[:_MAX_FORM_BYTES].decode("utf-8")
            form = parse_qs(text, max_num_fields=20, strict_parsing=True)
        except ValueError:
            return _error("invalid_request")
        told = {name: values[0] for name, values in form.items()}
        if told.get("grant_type") != "password":
            return _error("unsupported_grant_type")
        if not all(told.get(name) for name in _FIELDS):
            return _error("invalid_request")
        return LinkAccount(*(told[name] for name in _FIELDS))

    def given(self, token: str, lifetime_s: int) -> HostedReply:
        """The answer that gives a token."""
        told = {"access_token": token, "token_type": "bearer", "expires_in": lifetime_s}
        return _said(HTTPStatus.OK, told)

    def refused(self, *, client_known: bool) -> HostedReply:
        """The account is none: a person has to mend it."""
        if client_known:
            return _error("invalid_grant")
        return _error("invalid_client", HTTPStatus.UNAUTHORIZED)

    def ended(self) -> HostedReply:
        """A call without a living token: nothing was taken (section 3)."""
        told = {"Message": "Authorization has been denied for this request."}
        return _said(HTTPStatus.UNAUTHORIZED, told)


def _error(code: str, status: int = HTTPStatus.BAD_REQUEST) -> HostedReply:
    return _said(status, {"error": code})


def _said(status: int, content: Mapping[str, Any]) -> HostedReply:
    return HostedReply(int(status), JSON, orjson.dumps(content))
