"""Connections of libraries that look names up themselves: to checked addresses only.

A name is looked up once, and the connection goes to an address that was found then and
may be gone to, as carriers of agencies do it (``carriers.destination``).
"""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gateway.carriers.ground import LOCAL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.carriers.ground import Ground

    Find = Callable[..., list[tuple[Any, Any, Any, str, Any]]]


class Connector:
    """Connects as ``socket.create_connection`` does, and nowhere that is not permitted."""

    def __init__(self, ground: Ground = LOCAL, find: Find = socket.getaddrinfo) -> None:
        """``find`` looks a name up; the system by default."""
        self._ground = ground
        self._find = find

    def __call__(
        self,
        address: tuple[str, int],
        timeout: float | None = None,
        source_address: tuple[str, int] | None = None,
        **_options: Any,
    ) -> socket.socket:
        """A connected socket.

        Raises:
            OSError: nobody answers, or the name leads to no permitted address.
        """
        host, port = address
        found = self._find(host, port, 0, socket.SOCK_STREAM)
        places = [place[:2] for *_, place in found if self.permits(place[0], host)]
        wrong: OSError = OSError(None, "the name leads to no permitted address")
        for place in places:
            try:
                return socket.create_connection(place, timeout, source_address)
            except OSError as error:
                wrong = error
        raise wrong

    def permits(self, place: str, host: str) -> bool:
        """Whether an address that was found for a host may be gone to."""
        return self._ground.permits(place, host)


def connection_to(
    url: str,
    authorities: Path | None,
    timeout_s: float,
    connect: Callable[..., socket.socket],
) -> http.client.HTTPConnection:
    """A connection to one address of the settings; redirects are answers to it."""
    where = urlsplit(url)
    host = where.hostname or ""
    made: http.client.HTTPConnection
    if where.scheme == "https":
        cafile = str(authorities) if authorities else None
        context = ssl.create_default_context(cafile=cafile)
        made = http.client.HTTPSConnection(
            host, where.port, timeout=timeout_s, context=context
        )
    else:
        made = http.client.HTTPConnection(host, where.port, timeout=timeout_s)
    # The one place at which the standard library lets a caller connect by itself.
    vars(made)["_create_connection"] = connect
    return made
