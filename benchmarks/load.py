"""A load generator: so many connections, each sends its next request when answered.

It speaks just enough HTTP/1.1 for requests that are ready as bytes, so that it
costs a small part of what it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass
class Load:
    """What came of one load; ``began`` by the wall clock, waits in milliseconds."""

    began: float = 0.0
    waits_ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        """The wait that this share of requests did not exceed."""
        ordered = sorted(self.waits_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def post(url: str, body: bytes, *, token: str, media_type: str) -> bytes:
    """A POST as it goes over the wire."""
    return _request("POST", url, body, token, media_type)


def put(url: str, body: bytes, *, token: str, media_type: str) -> bytes:
    """A PUT as it goes over the wire."""
    return _request("PUT", url, body, token, media_type)


def _request(method: str, url: str, body: bytes, token: str, media_type: str) -> bytes:
    parts = urlsplit(url)
    head = (
        f"{method} {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def send(
    url: str,
    requests: list[bytes],
    *,
    connections: int,
    others: Sequence[str] = (),
) -> Load:
    """Send all requests over so many connections; returns when all are answered.

    Connections go to ``url`` and ``others`` in turn, as through a load balancer.

    Raises:
        ConnectionError: a connection broke.
    """
    doors = [urlsplit(one) for one in (url, *others)]
    loop = asyncio.get_running_loop()
    load, waiting = Load(), iter(requests)
    open_ones = [
        (
            await loop.create_connection(
                lambda: _Connection(load, waiting),
                door.hostname or "",
                door.port or 80,
            )
        )[1]
        for _, door in zip(range(connections), cycle(doors), strict=False)
    ]
    load.began = time.time()
    for connection in open_ones:
        connection.next()
    await asyncio.gather(*(connection.done for connection in open_ones))
    return load


class _Connection(asyncio.Protocol):
    """One kept connection."""

    def __init__(self, load: Load, waiting: Iterator[bytes]) -> None:
        self._load = load
        self._waiting = waiting
        self._answer = b""
        self._sent_at = 0.0
        self._transport: Any = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def next(self) -> None:
        """Send what waits; close when nothing does."""
        request = next(self._waiting, None)
        if request is None:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(_END)
        if not found or len(body) < _length(head):
            return
        self._load.waits_ms.append((time.perf_counter() - self._sent_at) * 1000)
        self._load.statuses[int(head[9:12])] += 1
        self._answer = b""
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("closed while waiting"))


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    return int(lowered[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
