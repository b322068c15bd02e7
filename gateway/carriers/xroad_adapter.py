"""The national exchange behind its adapter (docs/platforms/xroad_adapter.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from gateway.carriers.peeking import PEEKED_BYTES
from gateway.carriers.platform import (
    TOO_LARGE,
    BehindPlatform,
    Next,
    Own,
    PlatformCarrier,
    Way,
)
from gateway.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from gateway.carriers.carrier import Carrier

#: §3.3: what reaches an agency, lower case.
PASSES = frozenset({"content-type", "content-encoding", "accept"})
#: §6: what the adapter takes at once, unless its operators say otherwise.
MOST_BYTES = 20 * 1024 * 1024
_UNREACHED = Own(Next.LATER, "platform_agency_unreachable")
_NO_ANSWER = Own(Next.SETTLE, "platform_no_answer")


@dataclass(frozen=True, slots=True)
class _Row:
    """§4.2: the beginning of a type, and of the message where it matters."""

    type: str
    own: Own
    begins: str = ""
    contains: str = ""


# The first row that fits wins.
_ROWS = (
    _Row("Client.", Own(Next.PERSON, "platform_settings")),
    _Row(
        "Server.ClientProxy.UnknownMember",
        Own(Next.PERSON, "platform_destination_unknown"),
    ),
    _Row(
        "Server.ClientProxy.NetworkError",
        _UNREACHED,
        "Could not connect to any target host",
    ),
    _Row(
        "Server.ClientProxy.OutdatedGlobalConf",
        Own(Next.LATER, "platform_in_trouble"),
    ),
    _Row("Server.ServerProxy.AccessDenied", Own(Next.PERSON, "platform_forbidden")),
    _Row(
        "Server.ServerProxy.UnknownService",
        Own(Next.PERSON, "platform_service_unknown"),
    ),
    _Row(
        "Server.ServerProxy.ServiceDisabled",
        Own(Next.LATER, "platform_service_closed"),
    ),
    _Row("Server.ServerProxy.NetworkError", _UNREACHED, "Connect to ", " failed: "),
    _Row(
        "Server.ServerProxy.ServiceFailed.NetworkError",
        _UNREACHED,
        "Connect to ",
        " failed: ",
    ),
    _Row("Server.ServerProxy.ServiceFailed", _NO_ANSWER),
    _Row("Server.ServerProxy.NetworkError", _NO_ANSWER),
    _Row("Server.ClientProxy.NetworkError", Own(Next.SETTLE, "platform_broke_off")),
    _Row("Server.", Own(Next.SETTLE, "platform_fault")),
)


class XRoadAdapterCarrier(PlatformCarrier):
    """Carries one office's requests through the adapter in our own network."""

    def __init__(
        self,
        http: Carrier,
        destination: BehindPlatform,
        way: Way,
        *,
        dstcode: str,
        in_header: bool,
        provider_url: str,
        now: Callable[[], datetime],
    ) -> None:
        """``in_header``: the habit of the installation, which looks nowhere else."""
        super().__init__(http, destination, way, now)
        self._shown_code = {"dstcode": dstcode} if in_header else {}
        # Colons stand as they are seen at callers; what is in an address does not.
        asked = [] if in_header else [f"dstcode={quote(dstcode, safe=':')}"]
        asked += [f"providerurl={quote(provider_url, safe='')}"] if provider_url else []
        self._asked = "&".join(asked)

    def own(self, status: int, body: bytes) -> Own | None:
        """An error on the way, or 413 and 504 without one; below 400 none (§4.3)."""
        error = _error(body) if status >= 400 else None
        if error is not None:
            kind, message = error
            for row in _ROWS:
                fits = kind.startswith(row.type) and message.startswith(row.begins)
                if fits and row.contains in message:
                    return row.own
            return None
        return {413: TOO_LARGE, 504: _NO_ANSWER}.get(status)

    def _shown(self, key: str) -> Mapping[str, str]:  # noqa: ARG002  it wants none
        return self._shown_code

    def _path(self, path: str, query: Mapping[str, str] | None) -> str:
        """With the destination beside the dialect's own parameters, which come first."""
        target = super()._path(path, query)
        if not self._asked:
            return target
        return f"{target}{'&' if '?' in target else '?'}{self._asked}"


def _error(body: bytes) -> tuple[str, str] | None:
    """Type and message of a body in the shape of an error (§4.1)."""
    if len(body) > PEEKED_BYTES:
        return None
    try:
        said: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict):
        return None
    kind, message = said.get("type"), said.get("message")
    if not isinstance(kind, str) or not isinstance(message, str):
        return None
    return (kind, message) if kind.startswith(("Client.", "Server.")) else None
