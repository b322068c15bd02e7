"""HTTP/1.1 for clients that offer HTTP/2 with their requests (``Upgrade: h2c``).

Java's ``HttpClient`` does so unless it is told not to. The fast parser takes such an
offer for the end of HTTP and drops the body. An offer need not be taken (RFC 9110,
7.8): the connection goes on with the slower parser, which reads the request as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

if TYPE_CHECKING:
    import asyncio

_OFFER = b"pgrade: h2c"
#: A line that names none is one of 1991, which has no headers to say who asks whom.
_VERSIONS = frozenset({"1.0", "1.1"})


class PlainHTTP(HttpToolsProtocol):
    """The fast parser, which gives a connection away before it would stumble."""

    def data_received(self, data: bytes) -> None:
        """Look at the beginning of each request."""
        cycle: RequestResponseCycle | None = self.cycle
        between = cycle is None or cycle.response_complete
        if between and _OFFER in data:
            self._give_away(data)
        else:
            super().data_received(data)

    def on_headers_complete(self) -> None:
        """Go on, of a version that is spoken here; else the parser ends with a 400."""
        if self.parser.get_http_version() not in _VERSIONS:
            raise ValueError(self.parser.get_http_version())
        super().on_headers_complete()

    def _give_away(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        other = self.slower()
        other.connection_made(self.transport)
        self.transport.set_protocol(other)
        other.data_received(data)

    def slower(self) -> asyncio.Protocol:
        """What reads on."""
        return H11Protocol(
            config=self.config,
            server_state=self.server_state,
            app_state=self.app_state,
            _loop=self.loop,
        )
