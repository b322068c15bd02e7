"""The decisive line: no byte of a request left, or one may have.

The class of an exception does not tell: a reset before the first byte and one
after the last are the same class. What tells is whether writing had begun; the
table below only names the reason.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import aiohttp

from gateway.domain.errors import AgencyUnavailable, DeliveryUnknown
from gateway.domain.way_words import WAY_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.attempt import Times


#: Reason of an answer that is over its limit: the same one is no smaller next time.
TOO_LARGE = "too_large"


class NothingLeft(AgencyUnavailable):
    """No byte of the request left this machine: sending it again is safe.

    ``reason``: stable, one of the values of ``REASONS`` or ``wait`` (no free
    connection in time), ``body`` (the content could not be read here),
    ``header`` (one that would be two) or ``platform`` (what lies between has
    answered, and its answer proves that the agency has nothing).
    """

    def __init__(
        self,
        reason: str,
        times: Times,
        *,
        code: str | None = None,
        remedy: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """Keep the reason and what was measured until then."""
        super().__init__(
            f"nothing left: {reason}",
            code=code,
            remedy=remedy,
            retry_after_s=retry_after_s,
        )
        self.reason = reason
        self.times = times


class MayHaveLeft(DeliveryUnknown):
    """A byte may have left and no whole answer came: enquire before any resend.

    ``reason``: stable, one of the values of ``REASONS`` or ``too_large``,
    ``encoding``, ``body`` or ``platform``; ``status``: what the answer began with.
    """

    def __init__(
        self,
        reason: str,
        times: Times,
        status: int | None = None,
        *,
        code: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Keep the reason, what was measured and the status line, if any."""
        super().__init__(f"may have left: {reason}", code=code, remedy=remedy)
        self.reason = reason
        self.times = times
        self.status = status


#: Every exception that may end a request, most specific first where one derives
#: from another; a test holds this against the library.
REASONS: Mapping[type[BaseException], str] = {
    aiohttp.ClientConnectorCertificateError: "certificate",
    aiohttp.ClientConnectorSSLError: "tls",
    aiohttp.ServerFingerprintMismatch: "certificate",
    aiohttp.ClientSSLError: "tls",
    aiohttp.ClientConnectorDNSError: "name",
    aiohttp.ClientProxyConnectionError: "connect",
    aiohttp.client_exceptions.UnixClientConnectorError: "connect",
    aiohttp.ClientConnectorError: "connect",
    aiohttp.ClientConnectionResetError: "reset",
    aiohttp.ConnectionTimeoutError: "timeout",
    aiohttp.SocketTimeoutError: "timeout",
    aiohttp.ServerTimeoutError: "timeout",
    aiohttp.ServerDisconnectedError: "disconnected",
    aiohttp.ServerConnectionError: "disconnected",
    aiohttp.ClientOSError: "reset",
    aiohttp.ClientPayloadError: "half_answer",
    aiohttp.UploadAbortedError: "body",
    aiohttp.ClientConnectionError: "disconnected",
    aiohttp.ContentTypeError: "no_http",
    aiohttp.WSServerHandshakeError: "no_http",
    aiohttp.ClientHttpProxyError: "connect",
    aiohttp.TooManyRedirects: "redirect",
    aiohttp.ClientResponseError: "no_http",
    aiohttp.InvalidUrlRedirectClientError: "redirect",
    aiohttp.NonHttpUrlRedirectClientError: "redirect",
    aiohttp.RedirectClientError: "redirect",
    aiohttp.NonHttpUrlClientError: "address",
    aiohttp.InvalidUrlClientError: "address",
    aiohttp.InvalidURL: "address",
    aiohttp.WSMessageTypeError: "no_http",
    aiohttp.ClientError: "other",
    ssl.SSLError: "tls",
    asyncio.TimeoutError: "timeout",
    EOFError: "half_answer",
    OSError: "reset",
    ValueError: "no_http",
}
#: Reasons of a connect phase that may be different a moment later.
FLEETING = frozenset({"connect", "name", "reset", "disconnected", "tls"})


#: What OpenSSL found wrong with a certificate → code, in ``WAY_WORDS``.
_FOUND_WRONG = {
    9: "agency_certificate_not_yet",
    10: "agency_certificate_expired",
    62: "agency_certificate_of_another",
    64: "agency_certificate_of_another",
}


def unconnected(error: BaseException, times: Times, reason: str = "") -> NothingLeft:
    """Nothing left; a certificate that is wrong is told by what is wrong with it."""
    reason = reason or reason_of(error)
    if reason == "certificate":
        found = getattr(error, "certificate_error", None)
        verified = getattr(found, "verify_code", 0)
        code = _FOUND_WRONG.get(verified, "agency_certificate_untrusted")
    elif reason == "tls":
        code = "agency_tls_failed"
    else:
        return NothingLeft(reason, times)
    return NothingLeft(reason, times, code=code, remedy=WAY_WORDS[code][1])


def reason_of(error: BaseException) -> str:
    """The reason that the table gives to the nearest class of an exception."""
    for ancestor in type(error).__mro__:
        if ancestor in REASONS:
            return REASONS[ancestor]
    return "other"
