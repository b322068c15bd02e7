"""Calls of one address: signed by Standard Webhooks, or bare for a heartbeat.

One connection a call, in a thread, with the standard library only: there are few of
them, and the watchdog on another machine has nothing else.
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

from gateway.carriers.bounded import Bounded
from gateway.carriers.checked import Connector, connection_to
from gateway.carriers.ground import LOCAL, Ground
from gateway.domain.errors import NoticeNotTaken
from gateway.ports.alerts import Poster

if TYPE_CHECKING:
    from gateway.carriers.bounded import Line

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
        self._calls = Bounded(Connector(address.ground), "webhook")

    async def post(self, identifier: str, body: bytes) -> None:
        """POST, or GET where there is nothing to be said."""
        try:
            await self._calls.run(
                lambda line: self._call(line, identifier, body), WHOLE_S
            )
        except TimeoutError:
            raise NoticeNotTaken("TimeoutError") from None

    def _call(self, line: Line, identifier: str, body: bytes) -> None:
        where = urlsplit(self._address.url)
        path = where.path or "/"
        path += f"?{where.query}" if where.query else ""
        headers = self._headers(identifier, body) if body else {}
        connection = self._connection(line)
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

    def _connection(self, line: Line) -> http.client.HTTPConnection:
        one = self._address
        return connection_to(one.url, one.authorities, TIMEOUT_S, line)

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
