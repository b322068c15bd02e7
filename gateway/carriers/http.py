"""HTTP over aiohttp, for one lane: its own connections, its own registered address.

A carrier sends a request at most once. It tells the caller only one thing about
a failure: whether a byte of the request may have left.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
from multidict import CIMultiDictProxy
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_fixed

from gateway.carriers.bodies import (
    AnswerLimits,
    AnswerTooLarge,
    StreamedBody,
    Unpacker,
    closed,
    exactly,
)
from gateway.carriers.carrier import Carrier
from gateway.carriers.connections import QuietConnector
from gateway.carriers.destination import CheckedResolver, Destination
from gateway.carriers.failures import FLEETING, NothingLeft
from gateway.carriers.ground import LOCAL
from gateway.carriers.line import Dated, Line
from gateway.carriers.tls import tls_context
from gateway.carriers.tracing import Progress, noting_progress
from gateway.domain.attempt import Times
from gateway.domain.values import dataclass

if TYPE_CHECKING:
    from ssl import SSLContext

    from aiohttp.abc import AbstractResolver
    from yarl import URL

    from gateway.carriers.ground import Ground

#: Shorter than common servers keep a connection, so that it is we who close it:
#: a request written into a connection that the server just closed has unknown fate.
KEEP_ALIVE_S = 4.0
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_CONNECT_TRIES = 2
_BETWEEN_TRIES_S = 0.05


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Real seconds for one call; never virtual."""

    total_s: float
    connect_s: float
    #: waiting for a free connection, name, TCP and TLS
    read_s: float
    #: silence between two pieces of the answer

    @classmethod
    def within(cls, total_s: float) -> Timeouts:
        """A whole call within ``total_s``, at most a third of it for connecting."""
        return cls(total_s, total_s / 3, total_s)


@dataclass(frozen=True, slots=True)
class HTTPAnswer:
    """A whole answer; the body is unpacked, the status may be any."""

    status: int
    headers: Mapping[str, str]
    #: names in any case
    body: bytes
    times: Times


class _Ended(Exception):
    """Keeps the client from sending a request again by itself."""


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Left alone, aiohttp repeats PUT, DELETE and GET on a broken kept connection."""
    try:
        return await handler(request)
    except (aiohttp.ClientError, OSError) as error:
        raise _Ended from error


class HTTPStream:
    """An answer whose body is still to be read, once."""

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        progress: Progress,
        until: float,
        limits: AnswerLimits,
    ) -> None:
        """Wrap an open response; ``until`` by the loop's clock."""
        self.status = response.status
        self.headers: CIMultiDictProxy[str] = response.headers
        self._response = response
        self._progress = progress
        self._until = until
        self._limits = limits

    @property
    def times(self) -> Times:
        """What was measured so far."""
        return self._progress.times()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces, unpacked within its limits.

        Raises:
            MayHaveLeft: it broke off, came too slowly or is too large.
        """
        content = self._response.content
        try:
            encoding = self.headers.get("Content-Encoding", "")
            unpacker = Unpacker(encoding, self._limits)
            if (self._response.content_length or 0) > self._limits.body_bytes:
                raise AnswerTooLarge("announces more than its limit")
            while True:
                if content.is_eof():
                    # All of it is here: nothing is waited for, so nothing is timed.
                    piece = content.read_nowait()
                else:
                    async with asyncio.timeout_at(self._until):
                        piece = await content.readany()
                if not piece:
                    break
                plain = unpacker.feed(piece)
                if plain:
                    yield plain
            unpacker.finish()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self._response.close()
            raise self._progress.failure(error) from error


class HTTPCarrier(Carrier):
    """Carries one lane's requests to its registered address."""

    def __init__(
        self,
        base_url: str,
        *,
        connections: int = 8,
        tls: SSLContext | None = None,
        limits: AnswerLimits | None = None,
        ground: Ground = LOCAL,
        names: AbstractResolver | None = None,
    ) -> None:
        """Prepare; nothing is opened before the first request.

        ``ground``: networks that its address may lie in; ``names``: who knows them.

        ``tls``: None verifies by the system's authorities, a context of
        ``gateway.carriers.tls`` by registered ones.

        Raises:
            AddressRefused: the base is no address that a carrier may go to.
        """
        self.destination = Destination(base_url, ground)
        self._names = names
        self._connections = connections
        self._tls = tls
        self._limits = limits or AnswerLimits()
        self._session: aiohttp.ClientSession | None = None
        self._dated: Dated | None = None

    def line(self) -> Line:
        """Its registered address; TLS as its requests use it."""
        scheme, host, port = self.destination.origin
        tls = None
        if scheme == "https":
            tls = self._tls or tls_context()
        ground = self.destination.ground
        return Line(host, port, tls, lambda: self._dated, ground=ground)

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | StreamedBody = b"",
        *,
        timeouts: Timeouts,
        query: Mapping[str, str] | None = None,
        limits: AnswerLimits | None = None,
    ) -> HTTPAnswer:
        """Send one request and read its whole answer; redirects are answers.

        ``path`` lies below the registered base. Ends within ``timeouts.total_s``.

        Raises:
            NothingLeft: no byte of the request left.
            MayHaveLeft: one may have, and no whole answer came.
            AddressRefused: the path leads out of the base.
        """
        until = asyncio.get_running_loop().time() + timeouts.total_s
        url = self.destination.url(path, query)
        request = _Request(method, url, headers or {}, limits)
        stream = await self._opened(request, body, timeouts, until)
        try:
            async with aclosing(stream.chunks()) as chunks:  # type: ignore[type-var]
                whole = b"".join([chunk async for chunk in chunks])
        finally:
            stream._response.release()  # noqa: SLF001  its other half
        return HTTPAnswer(stream.status, stream.headers, whole, stream.times)

    @asynccontextmanager
    async def receive(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        timeouts: Timeouts,
        limits: AnswerLimits | None = None,
    ) -> AsyncIterator[HTTPStream]:
        """GET something large; its body is read piece by piece inside the block.

        Raises:
            NothingLeft: no byte of the request left.
            MayHaveLeft: one may have, and no whole answer came.
            AddressRefused: the path leads out of the base.
        """
        until = asyncio.get_running_loop().time() + timeouts.total_s
        request = _Request("GET", self.destination.url(path), headers or {}, limits)
        stream = await self._opened(request, b"", timeouts, until)
        try:
            yield stream
        finally:
            # What was not read to its end is not read on.
            stream._response.close()  # noqa: SLF001  its other half

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _opened(
        self,
        request: _Request,
        body: bytes | StreamedBody,
        timeouts: Timeouts,
        until: float,
    ) -> HTTPStream:
        """The answer's head, by a second try at most where connecting failed."""
        if isinstance(body, bytes):
            return await self._tried(request, lambda: body or None, timeouts, until)
        source = body.open()
        try:
            # Read before anything leaves: content that is not here is our affair.
            first = await _first_piece(source, until)
            request.headers["Content-Length"] = str(body.length_bytes)
            return await self._tried(
                request,
                lambda: exactly(first, source, body.length_bytes),
                timeouts,
                until,
            )
        finally:
            await closed(source)

    async def _tried(
        self, request: _Request, content: Any, timeouts: Timeouts, until: float
    ) -> HTTPStream:
        if request.method != "POST":
            tries = AsyncRetrying(
                stop=stop_after_attempt(_CONNECT_TRIES),
                wait=wait_fixed(_BETWEEN_TRIES_S),
                retry=retry_if_exception(_is_fleeting),
                reraise=True,
            )
            stream: HTTPStream = await tries(
                self._attempt, request, content, timeouts, until
            )
            return stream
        # The same by hand: every message is a POST, and setting up the policy for
        # each cost a twelfth of the CPU of a dossier.
        try:
            return await self._attempt(request, content, timeouts, until)
        except NothingLeft as error:
            if not _is_fleeting(error):
                raise
        await asyncio.sleep(_BETWEEN_TRIES_S)
        return await self._attempt(request, content, timeouts, until)

    async def _attempt(
        self, request: _Request, content: Any, timeouts: Timeouts, until: float
    ) -> HTTPStream:
        progress = Progress()
        try:
            async with asyncio.timeout_at(until):
                response = await self._open_session().request(
                    request.method,
                    request.url,
                    headers=request.headers,
                    data=content(),
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(
                        total=None,
                        connect=timeouts.connect_s,
                        sock_connect=timeouts.connect_s,
                        sock_read=timeouts.read_s,
                        ceil_threshold=timeouts.total_s + 1,
                    ),
                    # aiohttp never repeats a POST by itself.
                    middlewares=() if request.method == "POST" else (_once,),
                    trace_request_ctx=progress,
                )
        except _Ended as ended:
            error = ended.__cause__ or ended
            raise progress.failure(error) from error
        except Exception as error:  # what it was does not matter; how far it came does
            raise progress.failure(error) from error
        progress.first_byte_ms = progress.since_begun()
        progress.status = response.status
        if "Date" in response.headers:
            self._dated = Dated(response.headers["Date"], time.time())
        return HTTPStream(response, progress, until, request.limits or self._limits)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=QuietConnector(
                    limit=self._connections,
                    ssl=self._tls or True,
                    resolver=CheckedResolver(self._names, self.destination.ground),
                    keepalive_timeout=KEEP_ALIVE_S,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                trace_configs=[noting_progress()],
                headers={
                    "User-Agent": "lienthong-gateway",
                    "Accept-Encoding": "identity",
                },
            )
        return self._session


class _Request:
    """One request before it leaves."""

    def __init__(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        limits: AnswerLimits | None = None,
    ) -> None:
        self.method = method
        self.url = url
        self.headers = dict(headers)
        self.limits = limits
        if any(_CONTROL.search(text) for pair in headers.items() for text in pair):
            # The client would only notice when it has begun to write.
            raise NothingLeft("header", Times())


async def _first_piece(source: AsyncIterator[bytes], until: float) -> bytes:
    progress = Progress()
    try:
        async with asyncio.timeout_at(until):
            return await anext(source, b"")
    except Exception as error:
        raise NothingLeft("body", progress.times()) from error


def _is_fleeting(error: BaseException) -> bool:
    return isinstance(error, NothingLeft) and error.reason in FLEETING
