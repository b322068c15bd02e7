"""What monitoring asks a relay: whether it lives, reaches the core, how calls end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

from gateway.relay.bodies import Gone, Incoming
from gateway.relay.head import Head
from gateway.relay.onward import Body, Caller
from gateway.relay.refusing import Refused, unknown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from gateway.relay.serving import Shared
    from gateway.relay.settings import Watch

#: Asked of the core, which knows no such path: any answer is one.
_KNOCK = Head(
    method="GET",
    path="/",
    query="",
    segments=("",),
    headers=(),
    host="relay",
    length=0,
    expects=False,
    closes=True,
    bearer="",
    forwarded="",
)
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
#: Codes of ``/readyz``.
AWAY, KEPT = "core_away", "table_kept"


class Watching:
    """A listener of its own, for machines of the province."""

    def __init__(self, watch: Watch, shared: Shared) -> None:
        """Nothing listens yet."""
        self._watch = watch
        self._shared = shared

    async def open(self) -> str:
        """Listen from now on; the address."""
        self._server = await asyncio.start_server(
            self._serve, self._watch.host, self._watch.port
        )
        port = self._server.sockets[0].getsockname()[1]
        return f"http://{self._watch.host}:{port}"

    async def close(self) -> None:
        """Listen no more."""
        self._server.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            head = await Incoming(reader, self._shared.limits).head()
            writer.write(await self._answer(head))
        except Refused as refused:
            refused.closes = True
            writer.write(refused.answer())
        except (Gone, OSError):
            writer.transport.abort()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, head: Head) -> bytes:
        if head.method != "GET":
            raise unknown("method")
        if head.path == "/healthz":
            return _said(200, json.dumps({"lives": True}))
        if head.path == "/readyz":
            why = [code async for code in self._why_not()]
            ready = json.dumps({"ready": not why, "reasons": why})
            return _said(503 if AWAY in why else 200, ready)
        if head.path == "/metrics":
            why = [code async for code in self._why_not()]
            return _said(200, "".join(self._figures(is_away=AWAY in why)), _TEXT)
        raise unknown()

    async def _why_not(self) -> AsyncIterator[str]:
        shared = self._shared
        body = Body(Incoming(asyncio.StreamReader(), shared.limits), _KNOCK, 0)
        try:
            (await shared.core.ask(_KNOCK, Caller("127.0.0.1"), body)).close()
        except (Refused, Gone):
            yield AWAY
        if shared.table.is_broken:
            yield KEPT

    def _figures(self, *, is_away: bool) -> Iterator[str]:
        shared = self._shared
        yield "# HELP lienthong_relay_lines_total Calls and events, as the log has them.\n"
        yield "# TYPE lienthong_relay_lines_total counter\n"
        for (event, door, why), count in sorted(shared.telling.counts.items()):
            labels = f'event="{event}",door="{door}",why="{why}"'
            yield f"lienthong_relay_lines_total{{{labels}}} {count}\n"
        yield "# HELP lienthong_relay_connections Connections that are open.\n"
        yield "# TYPE lienthong_relay_connections gauge\n"
        yield f"lienthong_relay_connections {shared.places.taken}\n"
        yield "# HELP lienthong_relay_core_away The core did not answer when asked now.\n"
        yield "# TYPE lienthong_relay_core_away gauge\n"
        yield f"lienthong_relay_core_away {int(is_away)}\n"
        yield "# HELP lienthong_relay_table_broken The table's file cannot be used.\n"
        yield "# TYPE lienthong_relay_table_broken gauge\n"
        yield f"lienthong_relay_table_broken {int(shared.table.is_broken)}\n"


def _said(status: int, text: str, kind: str = "application/json") -> bytes:
    body = text.encode()
    words = "OK" if status == 200 else "Service Unavailable"
    head = (
        f"HTTP/1.1 {status} {words}\r\nContent-Type: {kind}\r\nCache-Control: no-store\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
