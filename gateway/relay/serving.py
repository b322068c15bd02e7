"""A door: takes connections, lets pass what the table names, refuses the rest."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from gateway.relay.bodies import Gone, Incoming
from gateway.relay.head import parameters
from gateway.relay.onward import Body, BrokeOff, Caller, pass_back
from gateway.relay.pairs import shown_hash
from gateway.relay.refusing import Refused, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.relay_table import Entry
    from gateway.relay.head import Head
    from gateway.relay.limits import Places, Rates
    from gateway.relay.onward import Core
    from gateway.relay.settings import Door, Limits
    from gateway.relay.tables import TableFile
    from gateway.relay.telling import Telling

_BACKLOG = 512
#: Of a bearer in rates: enough to tell callers apart.
_HASH_CHARS = 16


@dataclass(frozen=True, slots=True)
class Shared:
    """What all doors of a relay have in common."""

    limits: Limits
    table: TableFile
    core: Core
    rates: Rates
    places: Places
    telling: Telling


@dataclass(slots=True)
class _Call:
    """What is told of one call."""

    entry: str = ""
    status: int = 0
    why: str = ""
    sent: int = 0


class Listening:
    """One door."""

    def __init__(self, door: Door, shared: Shared) -> None:
        """Nothing listens yet."""
        self._door = door
        self._shared = shared
        self._tls = door.tls.context() if door.tls else None
        self._under_way: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.Task[None]] = set()
        self._stopping = False

    def open(self) -> str:
        """Listen from now on; the address."""
        family = socket.AF_INET6 if ":" in self._door.host else socket.AF_INET
        self._socket = socket.create_server(
            (self._door.host, self._door.port), family=family, backlog=_BACKLOG
        )
        self._socket.settimeout(0)
        self._accepting = asyncio.create_task(self._accept())
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{self._door.host}:{self._socket.getsockname()[1]}"

    async def close(self, within_s: float) -> None:
        """Take nobody any more; let calls under way come to their end."""
        self._stopping = True
        self._accepting.cancel()
        await asyncio.gather(self._accepting, return_exceptions=True)
        self._socket.close()
        for task in self._idle:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=within_s)
        left = list(self._under_way)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                taken, address = await loop.sock_accept(self._socket)
            except OSError as error:
                # No descriptor is free, for one: those that are open will end.
                self._shared.telling.say("accept", error=type(error).__name__)
                await asyncio.sleep(0.1)  # noqa: TID251
                continue
            task = asyncio.create_task(self._connection(taken, str(address[0])))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _connection(self, taken: socket.socket, peer: str) -> None:
        """One connection: counted before its handshake costs anything."""
        with (
            contextlib.closing(taken),
            self._shared.places.one(peer, proxy=peer in self._door.behind) as has_place,
        ):
            if not has_place:
                self._shared.telling.say("full", door=self._door.serves, peer=peer)
                return
            with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
                await self._spoken(taken, peer)

    async def _spoken(self, taken: socket.socket, peer: str) -> None:
        loop, limits = asyncio.get_running_loop(), self._shared.limits
        reader = asyncio.StreamReader(limit=limits.line_bytes * 2, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        more = {"ssl_handshake_timeout": limits.handshake_s} if self._tls else {}
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol, taken, ssl=self._tls, **more
        )
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            certificate = _key_of(transport)
            incoming = Incoming(reader, limits)
            while await self._one(incoming, writer, peer, certificate):
                pass
            await incoming.rest()
        except (Gone, BrokeOff):
            transport.abort()
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
                async with asyncio.timeout(limits.send_s):
                    await writer.wait_closed()
            transport.abort()

    async def _one(
        self,
        incoming: Incoming,
        writer: asyncio.StreamWriter,
        peer: str,
        certificate: str,
    ) -> bool:
        """One request and its answer; whether another may follow."""
        loop, call = asyncio.get_running_loop(), _Call()
        head: Head | None = None
        begun = loop.time()
        try:
            with self._interruptible():
                head = await incoming.head()
            begun = loop.time()
            peer = self._caller(head, peer)
            return await self._passed(
                head, incoming, writer, Caller(peer, certificate), call
            )
        except Refused as refused:
            call.status, call.why = refused.status, refused.why
            left = head is None or head.length != 0 or head.closes
            refused.closes |= left or self._stopping
            is_head = head is not None and head.method == "HEAD"
            await self._say(writer, refused.answer(head_only=is_head))
            return not refused.closes
        except (Gone, BrokeOff) as error:
            call.why = str(error) or "gone" if head is not None else ""
            raise
        finally:
            self._tell(call, peer, incoming.taken, loop.time() - begun)

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        """While nothing is under way on a connection, stopping may end it."""
        task = asyncio.current_task()
        if task is None:
            yield
            return
        self._idle.add(task)
        try:
            yield
        finally:
            self._idle.discard(task)

    def _tell(self, call: _Call, peer: str, taken: int, took_s: float) -> None:
        if not (call.status or call.why):
            return
        event = "refused" if call.why else "passed"
        self._shared.telling.say(
            event,
            door=self._door.serves,
            peer=peer,
            entry=call.entry,
            status=call.status,
            why=call.why,
            taken=taken,
            sent=call.sent,
            ms=round(took_s * 1000, 1),
        )

    def _caller(self, head: Head, peer: str) -> str:
        """Whence a call comes: a proxy of ours says so of those behind it."""
        if peer not in self._door.behind:
            return peer
        try:
            return str(ip_address(head.forwarded))
        except ValueError:
            return peer

    async def _passed(
        self,
        head: Head,
        incoming: Incoming,
        writer: asyncio.StreamWriter,
        caller: Caller,
        call: _Call,
    ) -> bool:
        entry = self._admitted(head, caller)
        call.entry = entry.name
        if head.length is not None and head.length > entry.most_bytes:
            raise Refused(413, "body_too_large", closes=True)
        if head.expects and head.length != 0:
            await self._say(writer, b"HTTP/1.1 100 Continue\r\n\r\n")
        body = Body(incoming, head, entry.most_bytes)
        try:
            return await self._exchanged(head, caller, body, writer, call)
        finally:
            # The core may have answered before it had the body: nobody waits for the rest.
            await body.drop()

    async def _exchanged(
        self,
        head: Head,
        caller: Caller,
        body: Body,
        writer: asyncio.StreamWriter,
        call: _Call,
    ) -> bool:
        answer = await self._shared.core.ask(head, caller, body)
        call.status = answer.status
        closes = head.closes or not body.whole or self._stopping
        try:
            call.sent = await pass_back(
                answer,
                writer,
                bare=head.method == "HEAD",
                closes=closes,
                send_s=self._shared.limits.send_s,
            )
        finally:
            answer.close()
        return not closes

    def _admitted(self, head: Head, caller: Caller) -> Entry:
        """The kind of the call.

        Raises:
            Refused: there is none for it, or it comes too often.
        """
        shared, door = self._shared, self._door
        shared.rates.take(
            ("peer", caller.peer), shared.limits.calls_per_s, shared.limits.burst
        )
        table = shared.table.present
        name = head.host.lower().rpartition(":")[0] or head.host.lower()
        is_ours = not door.hosts or name in door.hosts or head.host in door.hosts
        entry = table.find(door.serves, head.method, head.segments)
        shown = _shown(entry, head)
        proved = table.proves(entry, shown)
        if entry is None or not is_ours:
            raise unknown()
        if entry.shown in {"key", "bearer"}:
            proved = proved or bool(
                entry.tokens and head.bearer.startswith(entry.tokens)
            )
            wrong_key = entry.shown == "key" and head.bearer and not proved
            if wrong_key or (entry.shown == "bearer" and not head.bearer):
                raise Refused(401, "key" if wrong_key else "no_bearer")
        elif entry.hashes and not proved:
            raise unknown("secret")
        if entry.certificates and caller.certificate not in entry.certificates:
            raise unknown("certificate")
        whose = head.bearer or shown or caller.peer
        key = hashlib.sha256(whose.encode()).hexdigest()[:_HASH_CHARS]
        shared.rates.take((entry.name, key), entry.per_s, entry.burst)
        return entry

    async def _say(self, writer: asyncio.StreamWriter, content: bytes) -> None:
        writer.write(content)
        try:
            async with asyncio.timeout(self._shared.limits.send_s):
                await writer.drain()
        except (OSError, TimeoutError):
            raise Gone from None


def _shown(entry: Entry | None, head: Head) -> str:
    """The secret that a call shows where its kind has one."""
    if entry is None:
        return head.segments[-1]
    if entry.shown == "key":
        return head.bearer
    if entry.shown == "path":
        return entry.secret_in(head.segments)
    if entry.shown.startswith("query:"):
        found = parameters(head.query, entry.shown.partition(":")[2])
        # The core would take one of several, and we cannot know which.
        return found[0] if len(found) == 1 else ""
    return ""


def _key_of(transport: asyncio.Transport) -> str:
    """Hash of the key in the certificate that the caller showed; empty without one."""
    tls = transport.get_extra_info("ssl_object")
    shown = tls.getpeercert(binary_form=True) if tls is not None else None
    return shown_hash(shown)
