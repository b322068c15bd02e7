"""Calls a counterpart by plain HTTP, as the document says and nothing more."""

from __future__ import annotations

import asyncio
import io
import ssl
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
from cryptography import x509

from gateway.conforming import Answer

if TYPE_CHECKING:
    from pathlib import Path

#: Calls that may go out together before the pace holds.
BURST = 2
AT_ONCE_BYTES = 1024 * 1024
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_UNSENT = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class NoAnswer(Exception):
    """No answer came; its text says in Vietnamese what was seen instead."""


class Stranger(Exception):
    """The other side is not the one that was told; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a counterpart shows of itself; ``wrong``: why it is not to be trusted."""

    subject: str = ""
    issuer: str = ""
    ends: datetime | None = None
    wrong: str = ""


class Wire:
    """One counterpart's address; a connection for each call, so that none is stale."""

    def __init__(
        self, base: str, *, ca: Path | None, answer_s: float, pace_s: float
    ) -> None:
        """``pace_s``: real seconds for two calls; ``ca``: whom to trust beside the usual."""
        self.base = base
        self._tls = ssl.create_default_context()
        if ca is not None:
            self._tls.load_verify_locations(str(ca))
        self._answer_s = answer_s
        self._pace_s = pace_s
        self._sent: deque[float] = deque(maxlen=BURST)
        self._turn = asyncio.Lock()
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        """One call and its whole answer; no redirect is followed.

        Raises:
            NoAnswer: none came in time, or no connection did.
        """
        await self._in_turn()
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._answer_s),
                connector=aiohttp.TCPConnector(ssl=self._tls, force_close=True),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        try:
            async with self._session.request(
                method,
                f"{self.base}{path}",
                data=_data(body),
                headers=headers,
                allow_redirects=False,
                skip_auto_headers=_UNSENT,
            ) as answer:
                return Answer(answer.status, dict(answer.headers), await answer.read())
        except TimeoutError as late:
            raise NoAnswer(
                f"không có câu trả lời trong {self._answer_s:g} giây"
            ) from late
        except aiohttp.ClientConnectorError as away:
            raise NoAnswer("không kết nối được") from away
        except (aiohttp.ClientError, OSError, ValueError) as cut:
            raise NoAnswer("kết nối đứt, không có câu trả lời trọn vẹn") from cut

    async def _in_turn(self) -> None:
        async with self._turn:
            if len(self._sent) == BURST:
                wait = self._sent[0] + self._pace_s - time.monotonic()
                if wait > 0:
                    await _wait(wait)
            self._sent.append(time.monotonic())

    async def certificate(self) -> Certificate | None:
        """What stands behind the address, looked at without sending anything.

        None: it is an address on this machine without TLS.

        Raises:
            NoAnswer: nobody is there.
        """
        address = urlsplit(self.base)
        host, port = address.hostname or "", address.port or 443
        if address.scheme != "https":
            if host in LOOPBACK:
                return None
            return Certificate(wrong="địa chỉ http:// không có TLS")
        try:
            return _read(await self._shown(host, port, self._tls), "")
        except ssl.SSLCertVerificationError as refused:
            wrong = _why(refused, host)
        except ssl.SSLError as refused:
            said = refused.reason or "TLS"
            return Certificate(wrong=f"không bắt tay TLS được ({said})")
        return _read(await self._shown(host, port, _believing()), wrong)

    async def _shown(self, host: str, port: int, tls: ssl.SSLContext) -> bytes:
        try:
            async with asyncio.timeout(self._answer_s):
                _, writer = await asyncio.open_connection(
                    host, port, ssl=tls, server_hostname=host
                )
        except ssl.SSLError:
            raise
        except (OSError, TimeoutError) as away:
            raise NoAnswer("không kết nối được") from away
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.transport.abort()
        return bytes(shown or b"")

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()


def _data(body: bytes) -> bytes | io.BytesIO | None:
    """A long body goes out piece by piece, so that nothing else stands meanwhile."""
    return (body or None) if len(body) < AT_ONCE_BYTES else io.BytesIO(body)


async def _wait(seconds: float) -> None:
    try:
        await asyncio.wait_for(asyncio.Event().wait(), seconds)
    except TimeoutError:
        return


def _believing() -> ssl.SSLContext:
    """Reads a certificate that is not trusted; nothing is sent over it."""
    believing = ssl.create_default_context()
    believing.check_hostname = False
    believing.verify_mode = ssl.CERT_NONE
    return believing


def _why(refused: ssl.SSLCertVerificationError, host: str) -> str:
    said = refused.verify_message.lower()
    if "expired" in said:
        return "chứng thư đã hết hạn"
    if "mismatch" in said or "not valid for" in said:
        return f"chứng thư không cấp cho máy chủ {host}"
    if "not yet valid" in said:
        return "chứng thư chưa có hiệu lực"
    return "chứng thư do nơi cấp không được tin cậy (xem addresses.ca trong preset)"


def _read(raw: bytes, wrong: str) -> Certificate:
    if not raw:
        return Certificate(wrong=wrong or "không có chứng thư")
    found = x509.load_der_x509_certificate(raw)
    return Certificate(
        subject=found.subject.rfc4514_string(),
        issuer=found.issuer.rfc4514_string(),
        ends=found.not_valid_after_utc.astimezone(UTC),
        wrong=wrong,
    )
