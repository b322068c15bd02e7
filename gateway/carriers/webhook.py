"""Calls of one address: signed by Standard Webhooks, or bare for a heartbeat.

One connection a call, in a thread, with the standard library only: there are few of
them, and the watchdog on another machine has nothing else.
"""

from __future__ import annotations

import asyncio
import http.client
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

from gateway.carriers.checked import Connector, connection_to
from gateway.carriers.ground import LOCAL, Ground
from gateway.domain.errors import NoticeNotTaken
from gateway.ports.alerts import Poster

TIMEOUT_S = 10.0
#: Of all of a call: an address that sends drop by drop holds nothing up for longer.
WHOLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a call goes; ``secret`` signs it, ``authorities`` are believed for it."""

    url: str
    secret: str = ""
    authorities: Path | None = None
    ground: Ground = LOCAL
    #: where it may lie


class HTTPPoster(Poster):
    """Calls one address; it goes nowhere else, whatever the address answers."""

    def __init__(self, address: Address) -> None:
        """Read the secret.

        Raises:
            ValueError: it is none.
        """
        self._address = address
        self._signer = Webhook(_key(address.secret)) if address.secret else None

    async def post(self, identifier: str, body: bytes) -> None:
        """POST, or GET where there is nothing to be said."""
        try:
            async with asyncio.timeout(WHOLE_S):
                await asyncio.to_thread(self.call, identifier, body)
        except TimeoutError:
            raise NoticeNotTaken("TimeoutError") from None

    def call(self, identifier: str, body: bytes) -> None:
        """The same, in this thread.

        Raises:
            NoticeNotTaken: nobody answered, or with another status than 2xx.
        """
        where = urlsplit(self._address.url)
        path = where.path or "/"
        path += f"?{where.query}" if where.query else ""
        headers = self._headers(identifier, body) if body else {}
        connection = self._connection()
        try:
            method = "POST" if body else "GET"
            connection.request(method, path, body or None, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as wrong:
            # An address may carry a secret: the class of the error is enough.
            raise NoticeNotTaken(type(wrong).__name__) from None
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise NoticeNotTaken(f"status {status}")

    def _connection(self) -> http.client.HTTPConnection:
        one = self._address
        connect = Connector(one.ground)
        return connection_to(one.url, one.authorities, TIMEOUT_S, connect)

    def _headers(self, identifier: str, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._signer is None:
            return headers
        # Receivers hold it against their own time: that of this try, never virtual.
        moment = datetime.now(UTC)
        return {
            **headers,
            "webhook-id": identifier,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": self._signer.sign(identifier, moment, body.decode()),
        }


def _key(secret: str) -> str | bytes:
    return secret if secret.startswith("whsec_") else secret.encode()
