"""Where a carrier connects to, and by what it knows the other side: for whoever looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext

from gateway.carriers.ground import LOCAL, Ground


@dataclass(frozen=True, slots=True)
class Dated:
    """What an answer said of the time: its ``Date`` header, and ours (Unix seconds)."""

    header: str
    at: float


def _nothing_heard() -> Dated | None:
    """No answer has come."""


@dataclass(frozen=True, slots=True)
class Line:
    """One host and port; ``tls``: None where the address is a plain one."""

    host: str
    port: int
    tls: SSLContext | None = None
    dated: Callable[[], Dated | None] = _nothing_heard
    #: of the last answer that came over it
    certificate: Path | None = None
    #: what we show of ourselves
    platform: bool = False
    #: a sharing platform stands there, not the agency
    prove: Callable[[float], Awaitable[object]] | None = None
    #: proves to the platform who we are, within seconds; raises ``DeliveryError``s
    ground: Ground = LOCAL
    #: networks that the host may be in
