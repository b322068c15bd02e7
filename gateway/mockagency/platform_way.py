"""The stretch from a platform to an agency: one call, with what passes and no more."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: What the client would add by itself.
_OWN = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")


class NotReached(Exception):
    """No connection: the agency has nothing."""


class NoAnswer(Exception):
    """It has the message and is silent."""


class BrokeOff(Exception):
    """The connection broke off; nobody knows what it has."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What the agency answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def passing(headers: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The headers that pass, each by the name that it is known by."""
    return {name: headers[name] for name in names if name in headers}


class Way:
    """Calls agencies; a connection each, so that none is found closed."""

    def __init__(self, *, connect_s: float, wait_s: float) -> None:
        """Real seconds; the session opens with the first call."""
        self._connect_s = connect_s
        self._wait_s = wait_s
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Carried:
        """One call and its whole answer; percent-encodings are written anew.

        Raises:
            NotReached: no connection.
            NoAnswer: none in time; the agency may go on.
            BrokeOff: the connection ended before the answer did.
        """
        try:
            async with asyncio.timeout(self._wait_s):
                return await self._called(method, URL(url), headers, body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as away:
            raise NotReached(type(away).__name__) from away
        except TimeoutError as late:
            raise NoAnswer from late
        except (aiohttp.ClientError, OSError) as wrong:
            raise BrokeOff(type(wrong).__name__) from wrong

    async def _called(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes
    ) -> Carried:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_OWN,
                auto_decompress=False,
            )
        async with self._session.request(
            method,
            url,
            headers=headers,
            data=body or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_s),
        ) as answer:
            return Carried(answer.status, answer.headers, await answer.read())

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
