"""Who calls: a bearer token, or the cookie that the pages set."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.domain.errors import NotAllowed, NotSignedIn
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Right, Role, may

if TYPE_CHECKING:
    from fastapi import Request

    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

COOKIE = "lienthong"
#: Methods that change nothing.
READING = frozenset({"GET", "HEAD"})


def token_hash(token: str) -> bytes:
    """What the store knows of a token; tokens are long and random, so SHA-256 suffices."""
    return hashlib.sha256(token.encode()).digest()


def shown_token(request: Request) -> str:
    """The token a request shows; empty when none.

    Raises:
        NotAllowed: a cookie came with a call that changes something, from elsewhere.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    token = request.cookies.get(COOKIE, "")
    if token and request.method not in READING:
        # A browser sends the cookie by itself, whoever made it call.
        same_origin(request)
    return token


def same_origin(request: Request) -> None:
    """Refuse a call that another site made a browser send.

    Raises:
        NotAllowed: the Origin is missing or another.
    """
    origin = urlsplit(request.headers.get("origin", ""))
    if not origin.netloc or origin.netloc != request.headers.get("host", ""):
        raise NotAllowed(
            code="foreign_origin",
            remedy="Thao tác này đến từ một trang khác nên không được thực hiện."
            " Mở lại trang của cổng rồi làm lại.",
        )


async def known(tools: Tools, request: Request) -> Principal:
    """The principal of a request, whatever it may see.

    Raises:
        NotSignedIn: no token, or one that nobody holds.
    """
    token = shown_token(request)
    principal = await holder(tools, token) if token else None
    if principal is None:
        raise NotSignedIn
    return principal


async def holder(tools: Tools, token: str) -> Principal | None:
    """Who holds a token; None also when its last day has passed."""
    found = await tools.store.principal(token_hash(token))
    today = legal_day(tools.clock.now())
    return found if found is not None and found.holds_on(today) else None


async def signed_in(tools: Tools, request: Request) -> Principal:
    """A principal of the gateway itself.

    Raises:
        NotSignedIn: no token, or one that nobody holds.
        NotAllowed: an officer of an office, who has a work list and nothing else.
    """
    principal = await known(tools, request)
    if principal.role is Role.OFFICER:
        raise NotAllowed
    return principal


async def at_work_list(tools: Tools, request: Request) -> Principal:
    """Who may look at a work list: an officer, or staff of the gateway.

    Raises:
        NotAllowed: a one-stop system.
    """
    principal = await known(tools, request)
    if principal.role is Role.ONE_STOP:
        raise NotAllowed
    if principal.role is Role.OFFICER:
        await _note_use(tools, principal)
    return principal


def last_used(principal: Principal) -> str:
    """The mark that keeps the day on which somebody was last at a list."""
    return f"used:{principal.id}"


async def _note_use(tools: Tools, principal: Principal) -> None:
    mark, today = last_used(principal), legal_day(tools.clock.now()).isoformat()
    if await tools.store.mark(mark) != today:
        await tools.store.set_mark(mark, today)


async def allowed(tools: Tools, request: Request, right: Right) -> Principal:
    """A principal that has a right.

    Raises:
        NotAllowed: it has not.
    """
    principal = await signed_in(tools, request)
    if not may(principal, right):
        raise NotAllowed
    return principal


async def operator(tools: Tools, request: Request) -> Principal:
    """A principal that may move stuck transfers.

    Raises:
        NotAllowed: it may only look.
    """
    return await allowed(tools, request, Right.MOVE)


async def head(tools: Tools, request: Request) -> Principal:
    """Who decides what counts in reports.

    Raises:
        NotAllowed: anybody else.
    """
    return await allowed(tools, request, Right.DECIDE)


async def administrator(tools: Tools, request: Request) -> Principal:
    """A principal that may configure.

    Raises:
        NotAllowed: it may not.
    """
    return await allowed(tools, request, Right.CONFIGURE)
