"""Lines and bodies of requests as they come, counted and timed."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, TypeVar

from gateway.relay.head import Head, read_head
from gateway.relay.refusing import Refused, broken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from gateway.relay.settings import Limits

_T = TypeVar("_T")
PIECE_BYTES = 64 * 1024
#: What is thrown away after a refusal, at most.
LEFT_BYTES, LEFT_S = 1024 * 1024, 2.0
_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,8}")


class Gone(Exception):
    """The caller has left."""


class Incoming:
    """What comes from one caller."""

    def __init__(self, reader: asyncio.StreamReader, limits: Limits) -> None:
        """Nothing was read yet."""
        self._reader = reader
        self._limits = limits
        self.taken = 0
        #: bytes of the present body

    async def head(self) -> Head:
        """The next request's head.

        Raises:
            Gone: there is none.
            Refused: it is none, too large or too slow.
        """
        limits = self._limits
        self.taken = 0
        try:
            async with asyncio.timeout(limits.idle_s):
                first = await self._reader.read(1)
        except TimeoutError:
            raise Gone from None
        if not first:
            raise Gone
        try:
            async with asyncio.timeout(limits.head_s):
                line = await self._line(limits.line_bytes, first)
                lines, size = [], len(line)
                while rest := await self._line(limits.line_bytes):
                    size += len(rest)
                    lines.append(rest)
                    if size > limits.head_bytes or len(lines) > limits.headers:
                        raise Refused(431, "head_too_large", closes=True)
        except TimeoutError:
            raise Refused(408, "slow_head", closes=True) from None
        return read_head(line, lines)

    async def _line(self, most: int, begun: bytes = b"") -> bytes:
        """A line without its end, which is both characters or it is none."""
        try:
            line = begun + await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            raise Gone from None
        except asyncio.LimitOverrunError:
            raise Refused(431, "line_too_long", closes=True) from None
        if len(line) > most:
            raise Refused(431, "line_too_long", closes=True)
        if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line:
            raise broken("line_end")
        return line[:-2]

    async def body(self, length: int | None, most: int) -> AsyncIterator[bytes]:
        """The body's pieces.

        Raises:
            Gone: it broke off.
            Refused: it is more than ``most``, too slow, or not in chunks as it said.
        """
        wait = _Patience(self._limits)
        if length is not None:
            async for piece in self._counted(length, most, wait):
                yield piece
            return
        while size := await self._chunk(wait):
            async for piece in self._counted(size, most, wait):
                yield piece
            if await wait.on(self._exactly(2), self.taken) != b"\r\n":
                raise broken("chunk_end")
        if await wait.on(self._line(PIECE_BYTES), self.taken):
            raise broken("trailer")

    async def rest(self) -> None:
        """Let who is still sending read what was answered, before the connection ends."""
        left = LEFT_BYTES
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(LEFT_S):
                while left > 0 and (piece := await self._reader.read(PIECE_BYTES)):
                    left -= len(piece)

    async def _chunk(self, wait: _Patience) -> int:
        line = await wait.on(self._line(16), self.taken)
        if not _CHUNK.fullmatch(line):
            raise broken("chunk_size")
        return int(line, 16)

    async def _counted(
        self, length: int, most: int, wait: _Patience
    ) -> AsyncIterator[bytes]:
        if self.taken + length > most:
            raise Refused(413, "body_too_large", closes=True)
        left = length
        while left:
            reading = self._reader.read(min(left, PIECE_BYTES))
            piece = await wait.on(reading, self.taken)
            if not piece:
                raise Gone
            left -= len(piece)
            self.taken += len(piece)
            yield piece

    async def _exactly(self, count: int) -> bytes:
        try:
            return await self._reader.readexactly(count)
        except asyncio.IncompleteReadError:
            raise Gone from None


class _Patience:
    """How long a body has kept us waiting; what the core takes is not the caller's."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waited_s = 0.0

    async def on(self, reading: Awaitable[_T], taken: int) -> _T:
        """Wait for the next part of it.

        Raises:
            Refused: it took too long for what has come.
        """
        limits = self._limits
        allowed_s = limits.body_s + taken / limits.bytes_per_s
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            async with asyncio.timeout(max(0.0, allowed_s - self._waited_s)):
                return await reading
        except TimeoutError:
            raise Refused(408, "slow_body", closes=True) from None
        finally:
            self._waited_s += clock() - begun
