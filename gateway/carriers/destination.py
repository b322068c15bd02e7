"""Where a carrier may go: below one registered address, and nowhere else.

Addresses come from the registry, never from a message. A link that an agency
sends is taken only when it lies below the address registered for that office.
"""

from __future__ import annotations

import re
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from gateway.carriers.ground import LOCAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.carriers.ground import Ground

_PATH = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*\Z")
_QUERY = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*\Z")
#: A dot, a slash or a backslash in disguise, and a half escape.
_DISGUISE = re.compile(r"%(2e|2f|5c|00|(?![0-9a-f]{2}))", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


class AddressRefused(ValueError):
    """The address lies outside what is registered; it is never quoted."""


class Destination:
    """A registered base address and what lies below it."""

    def __init__(self, base_url: str, ground: Ground = LOCAL) -> None:
        """Check the address; a literal one lies on the ground that may be gone to.

        Raises:
            AddressRefused: no plain http or https address of a host.
        """
        parts = _split(base_url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise AddressRefused("an address is http or https and names a host")
        if parts.query or parts.fragment or parts.username or parts.password:
            raise AddressRefused("an address has no query, fragment or password")
        _require_path(parts.path)
        self.origin = _origin(parts)
        #: scheme, host in lower case, port
        self._base_path = parts.path.rstrip("/")
        self._base = f"{parts.scheme}://{parts.netloc}{self._base_path}"
        self.host = parts.hostname
        self.ground = ground
        if is_literal(self.host) and not ground.permits(self.host):
            raise AddressRefused("no agency has an address of this kind")

    def url(self, path: str, query: Mapping[str, str] | None = None) -> URL:
        """The address of a path below the base.

        ``path`` is percent-encoded and may end in an encoded query; ``query`` is
        encoded here. Nothing is normalised: what would need it is refused.

        Raises:
            AddressRefused: the path could lead out of the base.
        """
        bare, mark, told = path.partition("?")
        _require_path(bare)
        if not _QUERY.match(told) or (mark and query):
            raise AddressRefused("a query is percent-encoded and given once")
        if query:
            told = urlencode(query, quote_via=quote, safe="")
        joined = self._base + ("" if not bare or bare.startswith("/") else "/") + bare
        return URL(f"{joined}?{told}" if told else joined, encoded=True)

    def path_of(self, link: str) -> str:
        """The path, below the base, of a link that an agency sent.

        A link without a host counts from the base.

        Raises:
            AddressRefused: it leads anywhere else.
        """
        parts = _split(link)
        if not parts.scheme and not parts.netloc:
            self.url(link)
            return link
        if _origin(parts) != self.origin or parts.username or parts.password:
            raise AddressRefused("the link leads to another host")
        below = parts.path.removeprefix(self._base_path)
        inside = parts.path.startswith(self._base_path + "/")
        if not inside or parts.fragment:
            raise AddressRefused("the link leads out of the registered address")
        path = f"{below}?{parts.query}" if parts.query else below
        self.url(path)
        return path


class CheckedResolver(AbstractResolver):
    """Resolves a name once; the connection goes to the address that was checked."""

    def __init__(
        self, resolver: AbstractResolver | None = None, ground: Ground = LOCAL
    ) -> None:
        """Check what ``resolver`` finds; the system's by default."""
        self._resolver = resolver or ThreadedResolver()
        self._ground = ground

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        """Addresses of a host, the refused ones left out.

        Raises:
            OSError: none is left.
        """
        # A literal address is looked up nowhere: without a network nobody would answer.
        found = (
            [_literally(host, port)]
            if is_literal(host)
            else await self._resolver.resolve(host, port, family)
        )
        kept = [entry for entry in found if self._ground.permits(entry["host"], host)]
        if not kept:
            raise OSError(None, "the name leads to no permitted address")
        return kept

    async def close(self) -> None:
        """Release the resolver underneath."""
        await self._resolver.close()


def _literally(host: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return ResolveResult(
        hostname=host,
        host=host,
        port=port,
        family=family,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST,
    )


def _split(address: str) -> SplitResult:
    if any(ord(letter) <= 32 or letter == "\\" for letter in address):
        raise AddressRefused("an address holds no blanks or backslashes")
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise AddressRefused("this is no address") from None
    return parts


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    default = _PORTS.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or default


def _require_path(path: str) -> None:
    plain = _PATH.match(path) and not _DISGUISE.search(path)
    if not plain or "//" in path or {".", ".."} & set(path.split("/")):
        raise AddressRefused("a path stays below the registered address")


def is_literal(host: str) -> bool:
    """Whether a host is an address, and no name."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
