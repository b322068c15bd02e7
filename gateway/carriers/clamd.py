"""clamd, a scanner of files, by its INSTREAM command over a socket or TCP.

A file goes to clamd piece by piece while it is sealed here, so that neither side waits
for the other's disk and nothing of it is ever whole in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.file_errors import (
    FileInfected,
    FileUnscannable,
    ScanLimitTooSmall,
    ScannerAway,
)
from gateway.ports.scanning import Scanner, ScannerState

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

CONNECT_S = 5.0
#: What clamd answers is a line; one that is longer is no clamd's.
MOST_ANSWER = 4096
#: A piece as clamd is given it: its length in four bytes comes before it.
MOST_PIECE = 256 * 1024
#: Prefixes of names by which clamd says that it did not look at all of a file.
_LIMITS = ("Heuristics.Limits.", "Heuristics.Encrypted.")
#: A name goes into rows and pages: what clamd's lists use, and no more of it.
_NAME = re.compile(r"[^0-9A-Za-z._:/+-]")
MOST_NAME = 120


@dataclass(frozen=True, slots=True)
class Address:
    """Where clamd listens: a Unix socket, or host and port."""

    socket: Path | None = None
    host: str = "127.0.0.1"
    port: int = 3310


class Clamd(Scanner):
    """One connection a file: clamd ends it after the verdict."""

    def __init__(self, address: Address, *, timeout_s: float) -> None:
        """``timeout_s``: real seconds for each piece, and for the verdict."""
        self._address = address
        self._timeout_s = timeout_s

    async def through(
        self, chunks: AsyncIterator[bytes]
    ) -> AsyncGenerator[bytes, None]:
        """The same pieces; the end comes after the verdict."""
        async with self._asked(b"zINSTREAM\0") as talk:
            async for chunk in chunks:
                for start in range(0, len(chunk), MOST_PIECE):
                    await talk.give(chunk[start : start + MOST_PIECE])
                yield chunk
            await talk.give(b"")
            _judge(await talk.answer())

    async def state(self) -> ScannerState:
        """Its version, and how old its list is."""
        async with self._asked(b"zVERSION\0") as talk:
            told = await talk.answer()
        version, _, rest = told.partition("/")
        if not version.startswith("ClamAV"):
            raise ScannerAway("no clamd answers there")
        return ScannerState(version, _moment(rest.partition("/")[2]))

    @contextlib.asynccontextmanager
    async def _asked(self, command: bytes) -> AsyncIterator[_Talk]:
        try:
            async with asyncio.timeout(CONNECT_S):
                line = await self._connected()
        except (OSError, TimeoutError) as wrong:
            raise ScannerAway(f"clamd: {type(wrong).__name__}") from wrong
        with line:
            talk = _Talk(line, self._timeout_s)
            await talk.send(command)
            yield talk

    async def _connected(self) -> socket.socket:
        at, loop = self._address, asyncio.get_running_loop()
        if at.socket is not None:
            return await _line_to(socket.AF_UNIX, str(at.socket))
        found = await loop.getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)
        # clamd often listens on one of the addresses of «localhost» only.
        wrong: OSError = OSError(None, "the name leads to no address")
        for family, *_, where in found:
            try:
                async with asyncio.timeout(CONNECT_S / len(found)):
                    return await _line_to(family, where)
            except OSError as error:  # also that it took too long
                wrong = error
        raise wrong


async def _line_to(family: int, where: Any) -> socket.socket:
    line = socket.socket(family, socket.SOCK_STREAM)
    line.settimeout(0.0)
    try:
        await asyncio.get_running_loop().sock_connect(line, where)
    except BaseException:
        line.close()
        raise
    return line


class _Talk:
    """One connection, as a bare socket.

    clamd that has had enough answers and hangs up while pieces are still given: of a
    stream that broke when written to, nothing would be read any more.
    """

    def __init__(self, line: socket.socket, timeout_s: float) -> None:
        self._line = line
        self._timeout_s = timeout_s
        self._loop = asyncio.get_running_loop()
        self._heard = b""

    async def give(self, piece: bytes) -> None:
        """One piece; an empty one is the end."""
        with contextlib.suppress(BlockingIOError, OSError):
            self._heard = self._line.recv(MOST_ANSWER)
        if self._heard:
            _judge(await self.answer(), early=True)
        await self.send(len(piece).to_bytes(4, "big") + piece)

    async def send(self, data: bytes) -> None:
        """Write it all."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._loop.sock_sendall(self._line, data)
        except TimeoutError as wrong:
            raise ScannerAway("clamd: takes nothing more") from wrong
        except OSError:
            # What it said before it hung up says why.
            _judge(await self.answer(), early=True)

    async def answer(self) -> str:
        """What it says, without its end."""
        heard = self._heard
        try:
            async with asyncio.timeout(self._timeout_s):
                while not heard.endswith(b"\0") and len(heard) < MOST_ANSWER:
                    more = await self._loop.sock_recv(self._line, MOST_ANSWER)
                    if not more:
                        break
                    heard += more
        except (OSError, TimeoutError) as wrong:
            raise ScannerAway(f"clamd: {type(wrong).__name__}") from wrong
        if not heard.endswith(b"\0"):
            raise ScannerAway("clamd: half an answer")
        return heard[:-1].decode("utf-8", "replace").strip()


def _judge(told: str, *, early: bool = False) -> None:
    """What an answer means; only ``OK`` after all of a file lets it in."""
    verdict = told.removeprefix("stream: ")
    if verdict.endswith(" FOUND"):
        name = _NAME.sub("_", verdict.removesuffix(" FOUND"))[:MOST_NAME]
        if name.startswith(_LIMITS):
            raise FileUnscannable(name)
        raise FileInfected(name)
    if "size limit exceeded" in verdict:
        raise ScanLimitTooSmall("clamd: StreamMaxLength")
    if early or verdict != "OK":
        raise ScannerAway("clamd: an answer that is no verdict")


def _moment(told: str) -> datetime | None:
    """When its list was made, as ``ctime`` tells it: by its machine's zone, UTC here."""
    try:
        return datetime.strptime(told.strip(), "%a %b %d %H:%M:%S %Y").replace(
            tzinfo=UTC
        )
    except ValueError:
        return None
