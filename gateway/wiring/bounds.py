"""What a listener lets one connection take: lines and bytes of a head, time, places.

It stands below the application, since a head that never ends, or a body that
crawls, holds memory and a place long before anything of ours is called. Time that
passes while we do not read is ours, not the caller's.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.api.problems import problem
from gateway.domain.errors import SenderError
from gateway.wiring.upgrades import PlainHTTP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.limit_settings import LimitSettings

#: How often connections are looked at, of the shortest time that is measured.
_LOOKS = 4
_REASONS = {408: b"Request Timeout", 431: b"Request Header Fields Too Large"}
_AWAY = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\n"
    b"connection: close\r\n\r\n"
)


def too_slow() -> SenderError:
    """A head or a body did not come in time."""
    return SenderError(
        code="request_too_slow",
        remedy="Yêu cầu đến quá chậm nên đã bị ngắt; chưa ghi nhận gì. Gửi lại.",
    )


def head_too_large() -> SenderError:
    """A request has more headers, or longer ones, than a listener takes."""
    return SenderError(
        code="headers_too_large",
        remedy="Bớt tiêu đề (header) của yêu cầu rồi gửi lại.",
    )


class Door:
    """The connections of one listener, and what they may take."""

    def __init__(
        self,
        limits: LimitSettings,
        proxies: Iterable[str] = (),
        *,
        made: type[BoundedHTTP] | None = None,
        one_peer: bool = True,
    ) -> None:
        """Nobody is there; ``proxies``: addresses behind which there are many peers.

        ``made``: what each connection is; ``one_peer``: an address is one caller.
        """
        self.limits = limits
        self._made = made or BoundedHTTP
        self._one_peer = one_peer
        self._proxies = frozenset(proxies)
        self._peers: Counter[str] = Counter()
        self._inside: set[Bounded] = set()
        self._looking: asyncio.TimerHandle | None = None

    def protocol(self, **given: Any) -> asyncio.Protocol:
        """One connection's, as uvicorn asks for it."""
        made = self._made(**given)
        made.door = self
        return made

    def enter(self, one: Bounded) -> bool:
        """Whether there is a place for one more of its peer."""
        peer = self._peer(one)
        limits = self.limits
        full = len(self._inside) >= limits.connections
        if full or (peer and self._peers[peer] >= limits.connections_each):
            return False
        self._inside.add(one)
        self._peers[peer] += 1
        if self._looking is None:
            self._look()
        return True

    def leave(self, one: Bounded) -> None:
        """Its place is free again."""
        if one not in self._inside:
            return
        self._inside.discard(one)
        peer = self._peer(one)
        self._peers[peer] -= 1
        if not self._peers[peer]:
            del self._peers[peer]

    def _peer(self, one: Bounded) -> str:
        host = one.client[0] if one.client else ""
        if not self._one_peer or host in self._proxies:
            return ""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return host
        # Whoever has one address of IPv6 has the whole /64.
        wide = isinstance(address, IPv6Address) and address.ipv4_mapped is None
        return address.exploded[:19] if wide else host

    def _look(self) -> None:
        self._looking = None
        if not self._inside:
            return
        now = asyncio.get_running_loop().time()
        for one in tuple(self._inside):
            one.look(now)
        limits = self.limits
        shortest = min(limits.head_s, limits.idle_s, limits.still_s, limits.grace_s)
        loop = asyncio.get_running_loop()
        self._looking = loop.call_later(shortest / _LOOKS, self._look)


class Bounded:
    """One connection, measured; stands before a protocol of uvicorn's."""

    door: Door
    cycle: Any
    flow: Any
    transport: Any
    client: tuple[str, int] | None
    in_head = False
    #: a head has begun and not ended, as far as the parser tells

    def connection_made(self, transport: Any) -> None:
        """Take a place, or turn away."""
        super().connection_made(transport)  # type: ignore[misc]
        self._now = asyncio.get_running_loop().time
        self._looked = self._moved = self._free_since = self._now()
        self._begun: float | None = None
        self._seen = 0
        self._measured: Any = None
        self._read_s = self._stuck_s = 0.0
        if not self.door.enter(self):
            transport.write(_AWAY)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self.door.leave(self)
        super().connection_lost(exc)  # type: ignore[misc]

    def data_received(self, data: bytes) -> None:
        """Count what comes."""
        self._moved = self._now()
        self._seen += len(data)
        if self._between and self._begun is None:
            self._begun = self._moved
        super().data_received(data)  # type: ignore[misc]
        if not self._between:
            self._begun = None

    @property
    def _between(self) -> bool:
        """Whether nothing is being answered: a head may come, or be on its way."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def _last(self) -> float:
        """When it was last of use; a request that came and went between two looks, too."""
        return max(self._free_since, self._moved)

    def look(self, now: float) -> None:
        """Cut what takes too long."""
        passed, self._looked = now - self._looked, now
        limits = self.door.limits
        if self.flow.write_paused:
            self._stuck_s += passed
            if self._stuck_s > limits.still_s:
                self.transport.abort()
            return
        self._stuck_s = 0.0
        if self._between:
            self._look_between(now)
        elif self.cycle.more_body:
            self._free_since = now
            self._look_at_body(now, passed)
        else:
            self._free_since = now

    def _look_between(self, now: float) -> None:
        limits = self.door.limits
        if self._begun is not None and now - self._begun > limits.head_s:
            self.turn_away(too_slow() if self.in_head else None)
        elif self._begun is None and now - self._last > limits.idle_s:
            self.turn_away(None)

    def _look_at_body(self, now: float, passed: float) -> None:
        cycle = self.cycle
        if cycle is not self._measured:
            self._measured, self._read_s, self._from = cycle, 0.0, self._seen
            self._since = now
            return
        if cycle.waiting_for_100_continue or self.flow.read_paused:
            self._since = now
            return
        self._read_s += passed
        limits = self.door.limits
        came = self._seen - self._from
        crawls = came < self._read_s * limits.least_bytes_s
        is_still = now - max(self._moved, self._since) > limits.still_s
        if is_still or (crawls and self._read_s > limits.grace_s):
            self.turn_away(too_slow())

    def turn_away(self, error: SenderError | None) -> None:
        """Say why, if anything waits for an answer, and end the connection."""
        if self.transport.is_closing():
            self.transport.abort()
            return
        cycle = self.cycle
        under_way = cycle is not None and not cycle.response_complete
        if error is not None and not (under_way and cycle.response_started):
            self.transport.write(_said(error))
        if under_way:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()


class BoundedSlower(Bounded, H11Protocol):
    """The slower parser, which bounds a head by itself (``h11_max_incomplete…``)."""


class BoundedHTTP(Bounded, PlainHTTP):
    """The fast parser, which bounds nothing by itself."""

    _head_bytes = _head_lines = 0
    _fresh = False
    _is_too_much = False

    def slower(self) -> asyncio.Protocol:
        """Go on with the other parser, at the same place."""
        self.door.leave(self)
        other = BoundedSlower(
            config=self.config,
            server_state=self.server_state,
            app_state=self.app_state,
            _loop=self.loop,
        )
        other.door = self.door
        return other

    def data_received(self, data: bytes) -> None:
        """Bound a line that has not ended, too."""
        self._fresh = False
        super().data_received(data)
        # What came before this head began is not its own.
        if self.in_head and not self._fresh and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > self.door.limits.header_bytes:
                self.turn_away(head_too_large())

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._head_bytes = self._head_lines = self._known_bytes = 0
        self.in_head = self._fresh = True

    def on_url(self, url: bytes) -> None:
        """The target counts as much as a header."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count one; what comes after a body (trailers) is nobody's header."""
        self._head_lines += 1
        self._count(len(name) + len(value) + 4)
        if self.in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head has ended."""
        self.in_head = False
        self._head_bytes = 0
        super().on_headers_complete()

    def _count(self, size: int) -> None:
        self._known_bytes += size
        limits = self.door.limits
        if (
            self._known_bytes > limits.header_bytes
            or self._head_lines > limits.header_count
        ):
            self._is_too_much = True
            raise ValueError("too much of a head")

    def send_400_response(self, msg: str) -> None:
        """Say what was wrong with what could not be read."""
        if self._is_too_much:
            self.turn_away(head_too_large())
        else:
            super().send_400_response(msg)


def _said(error: SenderError) -> bytes:
    response = problem(error)
    status = response.status_code
    lines = [b"HTTP/1.1 %d %b" % (status, _REASONS[status]), b"connection: close"]
    lines += [b"%b: %b" % line for line in response.raw_headers]
    return b"\r\n".join([*lines, b"", bytes(response.body)])
