"""How far a request has come, noted by the client before its first byte is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp

from gateway.ports.asked import note

if TYPE_CHECKING:
    from types import SimpleNamespace


def noting_progress() -> aiohttp.TraceConfig:
    """Notes what it is, and on its own context: queued, connected, writing."""
    trace = aiohttp.TraceConfig()

    async def started(
        _session: Any,
        _context: SimpleNamespace,
        params: aiohttp.TraceRequestStartParams,
    ) -> None:
        note(params.method, params.url, params.headers)

    async def queued(_session: Any, context: SimpleNamespace, _event: Any) -> None:
        context.trace_request_ctx.queued = True

    async def unqueued(_session: Any, context: SimpleNamespace, _event: Any) -> None:
        context.trace_request_ctx.queued = False

    async def connected(_session: Any, context: SimpleNamespace, _event: Any) -> None:
        progress = context.trace_request_ctx
        progress.connected_ms = progress.since_begun()

    async def writing(_session: Any, context: SimpleNamespace, _event: Any) -> None:
        context.trace_request_ctx.writing = True

    trace.on_request_start.append(started)
    trace.on_connection_queued_start.append(queued)
    trace.on_connection_queued_end.append(unqueued)
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    trace.on_request_headers_sent.append(writing)
    trace.on_request_chunk_sent.append(writing)
    return trace
