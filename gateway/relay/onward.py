"""Carries one call to the core and its answer back, each on a connection of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from gateway.domain.relay_table import CERTIFICATE, PEER
from gateway.relay.bodies import PIECE_BYTES, Gone
from gateway.relay.head import passes
from gateway.relay.refusing import Refused, away

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.relay.bodies import Incoming
    from gateway.relay.head import Head
    from gateway.relay.settings import CoreSettings

#: Answers that have no body.
_BARE = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the relay can tell."""

    peer: str
    certificate: str = ""
    #: hash of its key, where the caller showed one


class BrokeOff(Exception):
    """The core's answer is not whole: what was passed on must not look as if it were."""


class Body:
    """A request's body on its way; what went wrong with it is kept."""

    def __init__(self, incoming: Incoming, head: Head, most: int) -> None:
        """Nothing of it was read yet."""
        self._pieces = incoming.body(head.length, most)
        self.failed: Exception | None = None
        self.whole = head.length == 0
        self._passing: asyncio.Task[object] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces; if they end early, the core never gets the end either."""
        self._passing = asyncio.current_task()
        try:
            async for piece in self._pieces:
                yield piece
            self.whole = True
        except (Refused, Gone) as wrong:
            self.failed = wrong
            raise

    async def drop(self) -> None:
        """Read no further: the call is over, whatever is left of the body."""
        if self._passing is not None and not self._passing.done():
            self._passing.cancel()
            await asyncio.wait([self._passing])


class Core:
    """The core as the relay reaches it."""

    def __init__(self, settings: CoreSettings) -> None:
        """Nothing is open."""
        self._settings = settings
        connector = aiohttp.TCPConnector(
            ssl=settings.context(), force_close=True, limit=0
        )
        timeout = aiohttp.ClientTimeout(
            sock_connect=settings.connect_s, sock_read=settings.answer_s
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            auto_decompress=False,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=(
                "User-Agent",
                "Accept",
                "Accept-Encoding",
                "Content-Type",
            ),
        )

    async def close(self) -> None:
        """Give everything back."""
        await self._session.close()

    async def ask(
        self, head: Head, caller: Caller, body: Body
    ) -> aiohttp.ClientResponse:
        """The head of the core's answer.

        Raises:
            Refused: the core is away, or the body is none that may pass.
            Gone: the caller broke off.
        """
        headers = [*head.headers, ("Host", head.host), (PEER, caller.peer)]
        if caller.certificate:
            headers.append((CERTIFICATE, caller.certificate))
        try:
            answer = await self._session.request(
                head.method,
                URL(self._settings.url + head.target, encoded=True),
                headers=headers,
                data=None if body.whole else body,
                allow_redirects=False,
                server_hostname=self._settings.name,
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if body.failed is not None:
                raise body.failed from None
            raise away(type(error).__name__) from None
        if not _has_an_end(answer, head.method):
            answer.close()
            raise away("endless")
        return answer


def _has_an_end(answer: aiohttp.ClientResponse, method: str) -> bool:
    """Whether the end of an answer can be told from its breaking off."""
    return (
        answer.status in _BARE
        or method == "HEAD"
        or "Content-Length" in answer.headers
        or "chunked" in answer.headers.get("Transfer-Encoding", "").lower()
    )


async def pass_back(
    answer: aiohttp.ClientResponse,
    writer: asyncio.StreamWriter,
    *,
    bare: bool,
    closes: bool,
    send_s: float,
) -> int:
    """Write the core's answer; how many bytes of body it had.

    Raises:
        BrokeOff: it broke off, or nobody takes it.
    """
    bare = bare or answer.status in _BARE
    length = answer.headers.get("Content-Length")
    lines = [f"HTTP/1.1 {answer.status} {answer.reason or ''}"]
    lines += [
        f"{name}: {value}"
        for name, value in answer.headers.items()
        if passes(name)
        and name.lower() not in {"set-cookie", "server", "content-length"}
    ]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    elif not bare:
        lines.append("Transfer-Encoding: chunked")
    lines.append(f"Connection: {'close' if closes else 'keep-alive'}")
    sent = 0
    try:
        await _write(writer, "\r\n".join((*lines, "", "")).encode("latin-1"), send_s)
        if bare:
            return 0
        async for piece in answer.content.iter_chunked(PIECE_BYTES):
            sent += len(piece)
            around = (
                piece if length is not None else b"%x\r\n%b\r\n" % (len(piece), piece)
            )
            await _write(writer, around, send_s)
        if length is None:
            await _write(writer, b"0\r\n\r\n", send_s)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise BrokeOff(type(error).__name__) from None
    return sent


async def _write(writer: asyncio.StreamWriter, content: bytes, send_s: float) -> None:
    writer.write(content)
    async with asyncio.timeout(send_s):
        await writer.drain()
