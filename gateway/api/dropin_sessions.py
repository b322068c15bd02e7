"""Sessions that the gateway gives where an office's system would give them.

The address shows already who calls; a program that knows the office's interface
wants a token all the same. It says until when it holds and is signed, so that every
node knows it and none keeps it.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Protocol

from gateway.api.bodies import whole
from gateway.domain.errors import TooLarge
from gateway.ports.agency import HostedReply

if TYPE_CHECKING:
    from datetime import datetime

    from fastapi import Request

    from gateway.domain.identifiers import OfficeId
    from gateway.ports.link import LinkSessions
    from gateway.routing.link import Link
    from gateway.sealing.tools import Tools

#: Seconds that a token holds, as usual there (interface document, 2.4).
LIFETIME_S = 3600
MAX_FORM_BYTES = 16 * 1024


class SessionSecrets(Protocol):
    """What accounts and tokens are held against."""

    def is_secret(self, name: str, shown: str) -> bool:
        """Whether it is the secret of that name."""

    def signed(self, one_stop: OfficeId, text: str) -> str:
        """A keyed hash of a text that only the gateway can make."""


async def token(
    tools: Tools,
    secrets: SessionSecrets,
    link: Link,
    sessions: LinkSessions,
    request: Request,
) -> HostedReply:
    """A token for the account of a link, or the refusal of another."""
    try:
        body = await whole(request, MAX_FORM_BYTES)
    except TooLarge:
        body = b""
    account = sessions.asked(body)
    if isinstance(account, HostedReply):
        return account
    own = f"{link.one_stop}.ilis"
    client = account.client == link.client
    client &= secrets.is_secret(f"{own}.client", account.client_secret)
    user = account.user == link.account
    user &= secrets.is_secret(f"{own}.account", account.password)
    if not (client and user):
        return sessions.refused(client_known=client)
    until = int(tools.clock.now().timestamp()) + LIFETIME_S
    text = f"{until}.{link.office}"
    return sessions.given(f"{until}.{secrets.signed(link.one_stop, text)}", LIFETIME_S)


def is_alive(
    secrets: SessionSecrets, link: Link, request: Request, now: datetime
) -> bool:
    """Whether a call carries a token of ours that still holds."""
    kind, _, shown = request.headers.get("authorization", "").partition(" ")
    until, _, signature = shown.strip().partition(".")
    if kind.lower() != "bearer" or not (until.isdigit() and until.isascii()):
        return False
    wanted = secrets.signed(link.one_stop, f"{until}.{link.office}")
    good = hmac.compare_digest(wanted.encode(), signature.encode())
    return good and int(until) > now.timestamp()
