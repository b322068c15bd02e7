"""Reads the head of a request as HTTP/1.1 writes it, and nothing that only resembles it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from gateway.domain.relay_table import OURS
from gateway.relay.refusing import Refused, broken, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_LINE = re.compile(rb"([A-Z]{1,16}) ([\x21-\x7e]+) HTTP/1\.1")
_HEADER = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}):[ \t]*([\t\x20-\x7e\x80-\xff]*)"
)
_SEGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})+")
_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::[0-9]{1,5})?")
_LENGTH = re.compile(r"[0-9]{1,15}")
#: Of one connection only (RFC 9110, 7.6.1); and an offer to speak otherwise.
_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"),
        *("proxy-authenticate", "proxy-authorization", "transfer-encoding"),
        *("http2-settings", "expect", "host"),
    }
)
#: What ``Connection`` may name; anything else would take a header out of the request.
_NAMED = frozenset({"close", "keep-alive", "upgrade", "http2-settings", "te"})
#: By which proxies speak, or a session of the pages: never an outsider's to say.
_PRETENCE = re.compile(
    rf"(?:x-)?{OURS.removeprefix('x-')}|x-forwarded|x-original-|x-rewrite-|x-client-|x-real-|x-remote-|x-cluster-"
    r"|x-http-method|x-method|x-accel|x-sendfile|x-ssl|ssl-|x-envoy|x-proxy|proxy-|cf-"
    r"|(?:forwarded|true-client-ip|fastly-client-ip|via|cookie|x-csrf-token|x-host|base-url"
    r"|x-amzn-mtls-clientcert|x-arr-clientcert|client-cert|client-cert-chain|remote-user"
    r"|remote-addr|x-user|x-authenticated-user)$"
)
_APART = frozenset("/\\%;?#")
_PLAIN = frozenset(range(0x20, 0x7F)) - {ord(one) for one in _APART}


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body."""

    method: str
    path: str
    #: as it came
    query: str
    segments: tuple[str, ...]
    #: of the path, decoded
    headers: tuple[tuple[str, str], ...]
    #: that may pass
    host: str
    length: int | None
    #: None: in chunks
    expects: bool
    closes: bool
    bearer: str
    forwarded: str
    #: X-Forwarded-For, where it stands once

    @property
    def target(self) -> str:
        """Path and query, as they came."""
        return f"{self.path}?{self.query}" if self.query else self.path


def read_head(first: bytes, lines: Sequence[bytes]) -> Head:
    """What the lines say, each without its end.

    Raises:
        Refused: they say nothing certain.
    """
    found = _LINE.fullmatch(first)
    if found is None:
        raise broken("request_line")
    method, target = found[1].decode(), found[2].decode()
    headers = [_header(line) for line in lines]
    named = _by_name(headers)
    length = _framing(method, named)
    connection = _connection(named)
    host = _only(named, "host")
    if host is None or not _HOST.fullmatch(host):
        raise broken("host")
    expects = named.get("expect", [])
    if expects and [one.lower() for one in expects] != ["100-continue"]:
        raise Refused(417, "expect", closes=True)
    scheme, _, token = (_only(named, "authorization") or "").partition(" ")
    forwarded = named.get("x-forwarded-for", [])
    # What the framing is goes first: a path that is unknown leaves the rest readable.
    path, query = _target(method, target)
    return Head(
        method=method,
        path=path,
        query=query,
        segments=segments(path),
        headers=tuple((name, value) for name, value in headers if passes(name)),
        host=host,
        length=length,
        expects=bool(expects),
        closes="close" in connection,
        bearer=token.strip() if scheme.lower() == "bearer" else "",
        forwarded=forwarded[0] if len(forwarded) == 1 else "",
    )


def passes(name: str) -> bool:
    """Whether a header goes on to the core."""
    plain = name.lower().replace("_", "-")
    return plain not in _HOP and not _PRETENCE.match(plain)


def segments(path: str) -> tuple[str, ...]:
    """A path's segments, decoded once.

    Raises:
        Refused: it is not written in the simplest way, so that two readers could differ.
    """
    return tuple(_decoded(one) for one in path.removeprefix("/").split("/"))


def parameters(query: str, name: str) -> list[str]:
    """Every value of one parameter, as the core will read it."""
    pairs = (one.partition("=") for one in query.split("&"))
    plus = ((k.replace("+", " "), v.replace("+", " ")) for k, _, v in pairs)
    return [_text(v) for k, v in plus if _text(k) == name]


def _text(raw: str) -> str:
    return unquote_to_bytes(raw).decode("utf-8", "replace")


def _target(method: str, target: str) -> tuple[str, str]:
    if method not in METHODS:
        raise unknown("method")
    path, mark, query = target.partition("?")
    if not path.startswith("/") or (mark and not _QUERY.fullmatch(query)):
        raise unknown("target")
    return path, query


def _decoded(raw: str) -> str:
    if not _SEGMENT.fullmatch(raw):
        raise unknown("path")
    plain = unquote_to_bytes(raw)
    if any(byte < 0x80 and byte not in _PLAIN for byte in plain):
        raise unknown("path")
    try:
        text = plain.decode("utf-8")
    except UnicodeDecodeError:
        raise unknown("path") from None
    # A reader that folds letters of one look must not find a way out here either.
    folded = unicodedata.normalize("NFKC", text)
    if folded in {".", ".."} or not _APART.isdisjoint(folded):
        raise unknown("path")
    return text


def _header(line: bytes) -> tuple[str, str]:
    found = _HEADER.fullmatch(line)
    if found is None:
        raise broken("header")
    try:
        return found[1].decode(), found[2].decode("utf-8").strip(" \t")
    except UnicodeDecodeError:
        raise broken("header") from None


def _by_name(headers: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for name, value in headers:
        named.setdefault(name.lower(), []).append(value)
    # A reader that takes both for one would find a second length here.
    if any(
        name.replace("_", "-") in _HOP | {"content-length"}
        for name in named
        if "_" in name
    ):
        raise broken("underscore")
    return named


def _only(named: dict[str, list[str]], name: str) -> str | None:
    found = named.get(name, [])
    if len(found) > 1:
        raise broken(f"two_{name.replace('-', '_')}")
    return found[0] if found else None


def _framing(method: str, named: dict[str, list[str]]) -> int | None:
    """How long the body is; None: it says so itself, in chunks."""
    length, coding = _only(named, "content-length"), _only(named, "transfer-encoding")
    if coding is not None:
        if length is not None:
            raise broken("two_framings")
        if coding.lower() != "chunked":
            raise broken("transfer_encoding")
        if method not in WITH_BODY:
            raise broken("body")
        return None
    if length is None:
        return 0
    if not _LENGTH.fullmatch(length):
        raise broken("content_length")
    if int(length) and method not in WITH_BODY:
        raise broken("body")
    return int(length)


def _connection(named: dict[str, list[str]]) -> set[str]:
    found = {
        one.strip().lower()
        for value in named.get("connection", ())
        for one in value.split(",")
    } - {""}
    if not found <= _NAMED:
        raise broken("connection")
    return found
