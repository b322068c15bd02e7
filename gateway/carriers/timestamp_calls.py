"""Carries requests to one timestamp service, by HTTP (RFC 3161, 3.4)."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.carriers.bounded import Bounded
from gateway.carriers.checked import Connector, connection_to
from gateway.carriers.ground import LOCAL
from gateway.ports.evidence import NotStamped

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.carriers.bounded import Line
    from gateway.carriers.ground import Ground

TIMEOUT_S = 15.0
#: Of all of a call: an address that sends drop by drop holds nothing up for longer.
WHOLE_S = 30.0
#: Bytes of an answer; a token with its certificates has a tenth of it.
MOST_BYTES = 64 * 1024


class TimestampCalls:
    """One address; it goes nowhere else, whatever the address answers."""

    def __init__(
        self, url: str, authorities: Path | None = None, ground: Ground = LOCAL
    ) -> None:
        """``authorities`` are believed for an https address; ``ground``: where it may lie."""
        self._url = url
        self._where = urlsplit(url)
        self._authorities = authorities
        self._calls = Bounded(Connector(ground), "timestamp")

    async def ask(self, request: bytes) -> bytes:
        """The service's answer as it came.

        Raises:
            NotStamped: nobody answered in time, with another status, or too much.
        """
        try:
            return await self._calls.run(
                lambda line: self._call(line, request), WHOLE_S
            )
        except TimeoutError:
            raise NotStamped("TimeoutError") from None

    def _call(self, line: Line, request: bytes) -> bytes:
        path = self._where.path or "/"
        path += f"?{self._where.query}" if self._where.query else ""
        headers = {"Content-Type": "application/timestamp-query"}
        connection = connection_to(self._url, self._authorities, TIMEOUT_S, line)
        try:
            connection.request("POST", path, request, headers)
            answer = connection.getresponse()
            content = answer.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException) as wrong:
            # An address may carry a secret: the class of the error is enough.
            raise NotStamped(type(wrong).__name__) from None
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise NotStamped(f"status {answer.status}")
        if len(content) > MOST_BYTES:
            raise NotStamped("too much")
        return content
