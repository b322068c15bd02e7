"""How far a request has come, noted by the client before its first byte is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from types import SimpleNamespace


def noting_progress() -> aiohttp.TraceConfig:
    """Notes on the request's own context: queued, connected, writing."""
    trace = aiohttp.TraceConfig()

    async def queued(_session: Any, context: SimpleNamespace, _event: Any) -> None:
        context.trace_request_ctx.queued = True

    async def unqueued(_session: Any, context: SimpleNamespace, _event: Any) -> None:
        context.trace_request_ctx.queued = False

    async def connected(_session: Any, context: SimpleNamespace, _event: Any) -> None:
        progress = context.trace_request_ctx
        progress.connected_ms = progress.since_begun()

    async def writing(_session: Any, context: SimpleNamespace, _event: Any) -> None:
        context.trace_request_ctx.writing = True

    trace.on_connection_queued_start.append(queued)
    trace.on_connection_queued_end.append(unqueued)
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    trace.on_request_headers_sent.append(writing)
    trace.on_request_chunk_sent.append(writing)
    return trace
