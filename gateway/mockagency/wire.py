"""What faults do to a connection below HTTP."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

#: Until what was written has really left; then the connection may be cut.
LEAVES_S = 0.02


def cut(transport: asyncio.Transport | None, *, reset: bool = False) -> None:
    """End a connection without a further byte; ``reset``: by RST, not by FIN."""
    if transport is None:
        return
    if reset:
        raw = transport.get_extra_info("socket")
        if raw is not None:
            linger = struct.pack("ii", 1, 0)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


async def say(transport: asyncio.Transport | None, raw: bytes) -> None:
    """Write bytes past HTTP and let them leave."""
    if transport is not None and not transport.is_closing():
        transport.write(raw)
        await asyncio.sleep(LEAVES_S)


def whole(status: int, headers: Mapping[str, str], body: bytes, length: int) -> bytes:
    """An HTTP answer byte by byte, which may announce another length than it has."""
    lines = [f"HTTP/1.1 {status} OK", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def garbage(drawn: float, size: int) -> bytes:
    """Bytes that are nothing; the same for the same draw."""
    return b"\x00" + random.Random(drawn).randbytes(max(size - 1, 0))  # noqa: S311


class Watched(asyncio.Protocol):
    """Stands before a server's protocol to hear when the other side has gone."""

    def __init__(self, before: asyncio.Protocol) -> None:
        """``before``: what the connection belonged to."""
        self._before = before
        self.gone = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """Whatever still comes is read and forgotten."""

    def eof_received(self) -> bool:
        """Our half stays open."""
        self.gone.set()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        """The server has to know, too."""
        self.gone.set()
        self._before.connection_lost(error)

    def pause_writing(self) -> None:
        """Nothing is written."""

    def resume_writing(self) -> None:
        """Nothing is written."""


async def silence(request: web.Request, released: asyncio.Event) -> None:
    """Say nothing until the caller has gone, or ``released``; then cut."""
    transport = request.transport
    if transport is None:
        return
    watched = Watched(request.protocol)
    transport.set_protocol(watched)
    ends = [asyncio.create_task(e.wait()) for e in (watched.gone, released)]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in ends:
            one.cancel()
    cut(transport)


def half_closed(transport: asyncio.Transport | None) -> bool:
    """End our half of a connection; TLS has no such thing."""
    if transport is None or not transport.can_write_eof():
        return False
    transport.write_eof()
    return True
