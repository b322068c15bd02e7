"""Looks at an office's line step by step: name, connection, certificate, sign-in, a call.

Each step uses what the office's messages use: the same registered address, the same
refusal of addresses, the same authorities, the same token. Where a certificate is not
believed, a second handshake reads what is shown; no byte of a message ever leaves by it.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from aiohttp.resolver import ThreadedResolver
from cryptography import x509

from gateway.carriers import shown_certificates as shown
from gateway.carriers.calling import called, dated
from gateway.carriers.destination import CheckedResolver
from gateway.carriers.line import Line
from gateway.domain.check import Finding, Result, Step, finding
from gateway.domain.check_words import ends_soon
from gateway.domain.errors import DeliveryError
from gateway.domain.legal_day import VIETNAM
from gateway.domain.words import words_of
from gateway.ports.reaching import Ping, Reach

if TYPE_CHECKING:
    from gateway.carriers.carrier import Carrier
    from gateway.carriers.tokens import TokenKeeper

#: Of the whole time, what one step of connecting may take.
_PART = 3
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
#: What OpenSSL found wrong with a certificate.
_EXPIRED, _NOT_YET, _OTHER_NAMES = 10, 9, frozenset({62, 64})


@dataclass(frozen=True, slots=True)
class Way:
    """What an office's adapter was lent, and what it offers; all but words may be none."""

    carrier: Carrier | None = None
    tokens: Sequence[TokenKeeper] = ()
    ping: Ping | None = None
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Look:
    """One look as far as it has come."""

    line: Line
    until: float
    began: float = field(default_factory=time.time)
    addresses: list[str] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)

    @property
    def left_s(self) -> float:
        """Seconds of the whole that are left."""
        return max(self.until - asyncio.get_running_loop().time(), 0.001)

    def tell(self, step: Step, result: Result, code: str, **facts: object) -> Finding:
        """A finding that knows who keeps the server."""
        platform = {"platform": "1"} if self.line.platform else {}
        return finding(step, result, code, host=self.line.host, **platform, **facts)


class LineReach(Reach):
    """An office that is called over HTTP, straight or over a platform."""

    def __init__(self, way: Way) -> None:
        """Connect to nothing yet."""
        self._way = way

    async def look(self, *, timeout_s: float) -> Sequence[Finding]:
        """Name, connection, certificate, sign-in, a call, the clock."""
        until = asyncio.get_running_loop().time() + timeout_s
        try:
            line = self._way.carrier.line() if self._way.carrier else None
        except DeliveryError as error:
            return [_by_words(Step.ENTRY, error, self._way.words)]
        if line is None:
            return [Finding(Step.CALL, Result.NONE, "call_none")]
        look = Look(line, until)
        await go(
            look,
            (Step.NAME, lambda: name(look, CheckedResolver(ground=line.ground))),
            (Step.CONNECT, lambda: connect(look)),
            (Step.TLS, lambda: _tls(look)),
            (Step.SIGN_IN, lambda: self._sign_in(look)),
            (Step.CALL, lambda: called(self._way, look.line, look.left_s)),
        )
        return _settled(look)

    async def _sign_in(self, look: Look) -> Finding:
        line = look.line
        has_token = bool(self._way.tokens)
        try:
            if line.prove is not None:
                has_token = bool(await line.prove(look.left_s)) or has_token
            for keeper in self._way.tokens:
                await keeper.token(within_s=look.left_s)
        except DeliveryError as error:
            return _by_words(Step.SIGN_IN, error, self._way.words)
        if has_token:
            return look.tell(Step.SIGN_IN, Result.DONE, "sign_in_token")
        if line.certificate is None:
            return look.tell(Step.SIGN_IN, Result.NONE, "sign_in_none")
        own = x509.load_pem_x509_certificate(line.certificate.read_bytes())
        days = shown.days_left(own, datetime.now(UTC))
        facts = {"subject": shown.said(own.subject), "days": days}
        if days < 0:
            code, result = "sign_in_certificate_over", Result.FAILED
        else:
            ends = "_ends" if ends_soon(days) else ""
            code, result = f"sign_in_certificate{ends}", Result.DONE
        return look.tell(Step.SIGN_IN, result, code, **facts)


async def go(look: Look, *steps: tuple[Step, Callable[[], Awaitable[Finding]]]) -> None:
    """Step by step, until one fails."""
    failed = False
    for step, go in steps:
        if failed:
            look.found.append(Finding(step, Result.LEFT, "not_tried"))
            continue
        look.found.append(await go())
        failed = look.found[-1].result is Result.FAILED


def _settled(look: Look) -> list[Finding]:
    """The findings with the clock's; a call that was refused is a sign-in that failed."""
    *before, call = look.found
    if call.code == "sign_in_wanted":
        before[-1] = Finding(Step.SIGN_IN, Result.FAILED, call.code, call.facts)
        call = Finding(Step.CALL, Result.LEFT, "not_tried")
    return [*before, call, dated(look.line, look.began)]


# ------------------------------------------------------------------- steps


async def name(look: Look, resolver: CheckedResolver | ThreadedResolver) -> Finding:
    """Where the host is; one that is a number needs no name."""
    line, seconds = look.line, look.left_s / _PART
    with suppress(ValueError):
        look.addresses = [str(ip_address(line.host))]
        return look.tell(Step.NAME, Result.NONE, "name_is_number")
    try:
        async with asyncio.timeout(seconds):
            found = await resolver.resolve(line.host, line.port, socket.AF_UNSPEC)
    except TimeoutError:
        told = {"seconds": _whole(seconds)}
        return look.tell(Step.NAME, Result.FAILED, "name_slow", **told)
    except OSError as error:
        # What was found and may not be gone to has no number.
        code = "name_refused" if error.errno is None else "name_unknown"
        return look.tell(Step.NAME, Result.FAILED, code)
    look.addresses = list(dict.fromkeys(str(one["host"]) for one in found))
    addresses = ", ".join(look.addresses)
    return look.tell(Step.NAME, Result.DONE, "name_found", addresses=addresses)


async def connect(look: Look) -> Finding:
    """Whether any of its addresses takes a connection; that one is used from then on."""
    seconds, port = look.left_s / _PART, look.line.port
    worst = look.tell(Step.CONNECT, Result.FAILED, "connect_no_route", address="—")
    for address in look.addresses:
        began = time.perf_counter()
        facts = {"address": address, "port": port, "seconds": _whole(seconds)}
        try:
            async with asyncio.timeout(seconds / len(look.addresses)):
                _, writer = await asyncio.open_connection(address, port)
        except OSError as error:
            code = _unconnected(error)
            worst = look.tell(Step.CONNECT, Result.FAILED, code, **facts)
            continue
        writer.transport.abort()
        look.addresses = [address]
        ms = round((time.perf_counter() - began) * 1000)
        return look.tell(Step.CONNECT, Result.DONE, "connected", ms=ms, **facts)
    return worst


def _unconnected(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "connect_silent"
    return "connect_no_route" if error.errno in _NO_ROUTE else "connect_refused"


async def _tls(look: Look) -> Finding:
    """Whose certificate it is, and whether it is believed."""
    line, seconds = look.line, look.left_s / _PART
    if line.tls is None:
        return look.tell(Step.TLS, Result.NONE, "tls_plain")
    try:
        good, version = await _shown(look, line.tls, seconds)
    except ssl.SSLCertVerificationError as error:
        return await _disbelieved(look, error, seconds)
    except TimeoutError:
        told = {"seconds": _whole(seconds)}
        return look.tell(Step.TLS, Result.FAILED, "tls_silent", **told)
    except OSError:  # of which errors of TLS are some
        return look.tell(Step.TLS, Result.FAILED, "tls_failed")
    facts = _facts(good)
    soon = ends_soon(facts.get("days", 0))
    code = "tls_ends_soon" if soon else "tls_good"
    return look.tell(Step.TLS, Result.DONE, code, version=version, **facts)


async def _disbelieved(
    look: Look, error: ssl.SSLCertVerificationError, seconds: float
) -> Finding:
    """Why it is not believed, by what it is."""
    reading = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    reading.check_hostname = False
    reading.verify_mode = ssl.CERT_NONE
    sent: Sequence[x509.Certificate] = ()
    with suppress(OSError):
        sent, _ = await _shown(look, reading, seconds)
    code = "tls_unknown_issuer"
    if error.verify_code == _EXPIRED:
        code = "tls_expired"
    elif error.verify_code == _NOT_YET:
        code = "tls_not_yet"
    elif error.verify_code in _OTHER_NAMES:
        code = "tls_other_name"
    return look.tell(Step.TLS, Result.FAILED, code, **_facts(sent))


async def _shown(
    look: Look, context: ssl.SSLContext, seconds: float
) -> tuple[Sequence[x509.Certificate], str]:
    """What a handshake shows; the connection ends with it."""
    async with asyncio.timeout(seconds):
        _, writer = await asyncio.open_connection(
            look.addresses[0],
            look.line.port,
            ssl=context,
            server_hostname=look.line.host,
        )
    try:
        found = writer.get_extra_info("ssl_object")
        return shown.chain(found), str(found.version() or "")
    finally:
        writer.transport.abort()


def _facts(sent: Sequence[x509.Certificate]) -> dict[str, Any]:
    if not sent:
        return {}
    own, top = sent[0], sent[-1]
    return {
        "subject": shown.said(own.subject),
        "names": shown.names(own),
        "issuer": shown.said(own.issuer),
        "missing": shown.said(top.issuer),
        "days": shown.days_left(own, datetime.now(UTC)),
        "begins": _day(own.not_valid_before_utc),
        "until": _day(own.not_valid_after_utc),
    }


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y}"


def _whole(seconds: float) -> int:
    return max(1, round(seconds))


def _by_words(
    step: Step, error: DeliveryError, words: Mapping[str, tuple[str, str]]
) -> Finding:
    said = words_of(error.code, words)
    facts = {"platform": "1"} if error.code.startswith("platform_") else {}
    todo = error.remedy or said.next_action
    return Finding(step, Result.FAILED, error.code, facts, said.reason, todo)
