"""Who calls: a bearer token, or the cookie that the pages set."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gateway.domain.errors import NotAllowed, NotSignedIn
from gateway.domain.principal import may_act, may_configure

if TYPE_CHECKING:
    from fastapi import Request

    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

COOKIE = "lienthong"


def token_hash(token: str) -> bytes:
    """What the store knows of a token; tokens are long and random, so SHA-256 suffices."""
    return hashlib.sha256(token.encode()).digest()


def shown_token(request: Request) -> str:
    """The token a request shows; empty when none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.cookies.get(COOKIE, "")


async def signed_in(tools: Tools, request: Request) -> Principal:
    """The principal of a request.

    Raises:
        NotSignedIn: no token, or one that nobody holds.
    """
    token = shown_token(request)
    principal = await tools.store.principal(token_hash(token)) if token else None
    if principal is None:
        raise NotSignedIn
    return principal


async def operator(tools: Tools, request: Request) -> Principal:
    """A principal that may move stuck transfers.

    Raises:
        NotAllowed: it may only look.
    """
    principal = await signed_in(tools, request)
    if not may_act(principal):
        raise NotAllowed
    return principal


async def administrator(tools: Tools, request: Request) -> Principal:
    """A principal that may configure.

    Raises:
        NotAllowed: it may not.
    """
    principal = await signed_in(tools, request)
    if not may_configure(principal):
        raise NotAllowed
    return principal
