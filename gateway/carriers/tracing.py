"""How far a request has come, noted by the client before its first byte is written."""

from __future__ import annotations

import time
from dataclasses import field
from typing import TYPE_CHECKING, Any

import aiohttp

from gateway.carriers.bodies import AnswerEncoding, AnswerTooLarge
from gateway.carriers.failures import (
    TOO_LARGE,
    MayHaveLeft,
    NothingLeft,
    reason_of,
    unconnected,
)
from gateway.domain.attempt import Times
from gateway.domain.values import dataclass
from gateway.ports.asked import note

if TYPE_CHECKING:
    from types import SimpleNamespace


@dataclass(slots=True)
class Progress:
    """How far one request came; written by the client's own trace."""

    begun: float = field(default_factory=time.monotonic)
    writing: bool = False
    queued: bool = False
    connecting: float | None = None
    connected_ms: float | None = None
    first_byte_ms: float | None = None
    status: int | None = None

    def times(self) -> Times:
        """What was measured so far."""
        return Times(self.connected_ms, self.first_byte_ms, self.since_begun())

    def since_begun(self) -> float:
        """Milliseconds."""
        return (time.monotonic() - self.begun) * 1000

    def failure(self, error: BaseException) -> NothingLeft | MayHaveLeft:
        """The decisive line."""
        match error:
            case AnswerTooLarge():
                reason = TOO_LARGE
            case AnswerEncoding():
                reason = "encoding"
            case TimeoutError() if self.queued and not self.writing:
                reason = "wait"
            case _:
                reason = reason_of(error)
        if self.writing:
            return MayHaveLeft(reason, self.times(), self.status)
        return unconnected(error, self.times(), reason)


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
